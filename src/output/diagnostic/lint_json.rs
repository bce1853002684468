//! Findings in files as JSON: one object, whose schema is `lint.schema.json`.

use std::io;

use serde::Serialize;
use traceql_grammar::diagnostic::{Applicability, Severity};

use super::report::{Excerpted, FileEdit, FileFix, Finding, HolderName, Place, Report, Source};
use crate::output::visible;

/// The JSON schema of the format.
pub const SCHEMA: &str = include_str!("lint.schema.json");

#[derive(Serialize)]
struct Root<'r> {
    version: u8,
    files: usize,
    queries: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    findings: Vec<Entry<'r>>,
}

#[derive(Serialize)]
struct Entry<'r> {
    file: Option<&'r str>,
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    message: &'r str,
    case: Option<&'r str>,
    help: Option<&'r str>,
    start: Point,
    end: Point,
    holder: Option<HolderEntry<'r>>,
    query: Option<QueryEntry<'r>>,
    fixes: Vec<FixEntry<'r>>,
}

#[derive(Serialize)]
struct Point {
    offset: usize,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct HolderEntry<'r> {
    kind: &'static str,
    title: Option<&'r str>,
    id: Option<&'r str>,
    dashboard: Option<&'r str>,
    ref_id: Option<&'r str>,
}

/// The query with the place of the finding in it, in bytes.
#[derive(Serialize)]
struct QueryEntry<'r> {
    text: &'r str,
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct FixEntry<'r> {
    title: &'r str,
    applicability: &'static str,
    edits: Vec<EditEntry<'r>>,
}

#[derive(Serialize)]
struct EditEntry<'r> {
    start: usize,
    end: usize,
    text: &'r str,
}

/// Writes the findings as one line of JSON: offsets in bytes of the file from 0, lines and columns from 1, columns in
/// characters.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let root = Root {
        version: 1,
        files: report.files,
        queries: report.queries,
        errors: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        infos: report.count(Severity::Info),
        findings: report.findings().map(|(source, finding)| entry(source, finding)).collect(),
    };
    writeln!(out, "{}", visible::to_json(&root)?)
}

fn entry<'r>(source: &'r Source, finding: &'r Finding) -> Entry<'r> {
    let (row, [start, end]) = (finding.diagnostic.code.row(), points(&finding.place));
    let span = finding.diagnostic.primary.span;
    let query = QueryEntry { text: &finding.excerpt, start: span.start, end: span.end };
    Entry {
        file: source.file.as_deref(),
        code: row.number,
        name: row.name,
        severity: finding.severity_word(),
        message: &finding.diagnostic.message,
        case: finding.case.as_deref(),
        help: finding.diagnostic.help.as_deref(),
        start,
        end,
        holder: finding.holder.as_deref().map(holder),
        query: (finding.kind == Excerpted::Query).then_some(query),
        fixes: finding.fix.iter().map(fix).collect(),
    }
}

fn points(place: &Place) -> [Point; 2] {
    [(place.start, place.bytes.start), (place.end, place.bytes.end)].map(|(position, offset)| Point {
        offset,
        line: position.line,
        column: position.column,
    })
}

fn holder(holder: &HolderName) -> HolderEntry<'_> {
    HolderEntry {
        kind: holder.kind,
        title: holder.title.as_deref(),
        id: holder.id.as_deref(),
        dashboard: holder.dashboard.as_deref(),
        ref_id: holder.ref_id.as_deref(),
    }
}

fn fix(fix: &FileFix) -> FixEntry<'_> {
    FixEntry {
        title: &fix.title,
        applicability: match fix.applicability {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        },
        edits: fix.edits.iter().map(edit).collect(),
    }
}

fn edit(edit: &FileEdit) -> EditEntry<'_> {
    EditEntry { start: edit.place.bytes.start, end: edit.place.bytes.end, text: &edit.text }
}
