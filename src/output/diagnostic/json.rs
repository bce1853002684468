//! Findings as JSON: one object with a `queries` array.

use std::io;

use serde::Serialize;
use traceql_grammar::{
    Verdict,
    diagnostic::{Applicability, Diagnostic},
};
use traceql_lsp::document::lines::Lines;

use super::{Judged, severity_word};
use crate::output::visible;

#[derive(Serialize)]
struct Report<'j> {
    queries: Vec<QueryReport<'j>>,
}

#[derive(Serialize)]
struct QueryReport<'j> {
    query: &'j str,
    file: Option<&'j str>,
    verdict: &'static str,
    diagnostics: Vec<Finding<'j>>,
}

#[derive(Serialize)]
struct Finding<'j> {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    message: &'j str,
    help: Option<&'j str>,
    start: Place,
    end: Place,
    fixes: Vec<FixReport<'j>>,
}

#[derive(Serialize)]
struct Place {
    offset: usize,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct FixReport<'j> {
    title: &'j str,
    applicability: &'static str,
    edits: Vec<EditReport<'j>>,
}

#[derive(Serialize)]
struct EditReport<'j> {
    start: u32,
    end: u32,
    text: &'j str,
}

/// Writes the findings as one line of JSON: offsets in bytes from 0, lines and columns from 1, columns in characters.
pub fn write(out: &mut dyn io::Write, judged: &[Judged]) -> io::Result<()> {
    let report = Report { queries: judged.iter().map(query_report).collect() };
    writeln!(out, "{}", visible::to_json(&report)?)
}

fn query_report(judged: &Judged) -> QueryReport<'_> {
    let lines = Lines::new(&judged.text);
    QueryReport {
        query: &judged.text,
        file: judged.file.as_deref(),
        verdict: verdict_word(judged.verdict),
        diagnostics: judged.diagnostics.iter().map(|diagnostic| finding(diagnostic, &lines)).collect(),
    }
}

fn finding<'j>(diagnostic: &'j Diagnostic, lines: &Lines<'_>) -> Finding<'j> {
    let row = diagnostic.code.row();
    let place = |offset: u32| {
        let position = lines.position(offset as usize);
        Place { offset: offset as usize, line: position.line, column: position.column }
    };
    let edit = |edit: &'j traceql_grammar::diagnostic::Edit| EditReport {
        start: edit.span.start,
        end: edit.span.end,
        text: &edit.text,
    };
    let fix = |fix: &'j traceql_grammar::diagnostic::Fix| FixReport {
        title: &fix.title,
        applicability: match fix.applicability {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        },
        edits: fix.edits.iter().map(edit).collect(),
    };
    Finding {
        code: row.number,
        name: row.name,
        severity: severity_word(diagnostic.severity),
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        start: place(diagnostic.primary.span.start),
        end: place(diagnostic.primary.span.end),
        fixes: diagnostic.fix.iter().map(fix).collect(),
    }
}

/// Returns the word that the format uses for a verdict.
fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::ParseError => "parse_error",
        Verdict::ValidateError => "validate_error",
        Verdict::Unsupported => "unsupported",
    }
}
