//! Findings as SARIF 2.1.0, the format of code scanning services.

use std::io;

use serde::Serialize;
use traceql_grammar::{
    diagnostic::{CODES, CodeRow, Diagnostic, Severity},
    span::Span,
};
use traceql_lsp::document::lines::Lines;

use super::Judged;
use crate::output::visible;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

#[derive(Serialize)]
struct Log<'j> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'j>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'j> {
    tool: Tool,
    column_kind: &'static str,
    artifacts: Vec<Artifact<'j>>,
    results: Vec<Finding<'j>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    short_description: Text<&'static str>,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text<T> {
    text: T,
}

/// A file by its address; a query that is in no file has its text beside a name.
#[derive(Serialize)]
struct Artifact<'j> {
    location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<Text<&'j str>>,
}

#[derive(Clone, Serialize)]
struct ArtifactLocation {
    uri: String,
    index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'j> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text<String>,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix<'j>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: u32,
    byte_length: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix<'j> {
    description: Text<&'j str>,
    artifact_changes: [Change<'j>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'j> {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement<'j>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'j> {
    deleted_region: Region,
    inserted_content: Text<&'j str>,
}

/// Writes one SARIF log with one run, every rule described in it; columns count characters.
pub fn write(out: &mut dyn io::Write, judged: &[Judged]) -> io::Result<()> {
    let driver = Driver {
        name: "traceql",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: CODES.iter().map(rule).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        column_kind: "unicodeCodePoints",
        artifacts: judged.iter().enumerate().map(|(index, judged)| artifact(judged, index)).collect(),
        results: judged.iter().enumerate().flat_map(|(index, judged)| findings(judged, index)).collect(),
    };
    writeln!(out, "{}", visible::to_json_pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })?)
}

fn rule(row: &'static CodeRow) -> Rule {
    Rule {
        id: row.number,
        name: row.name,
        short_description: Text { text: row.summary },
        help: Help { text: row.page, markdown: row.page },
        default_configuration: Configuration { level: level(row.severity) },
    }
}

fn artifact(judged: &Judged, index: usize) -> Artifact<'_> {
    let contents = file(judged).is_none().then_some(Text { text: judged.text.as_str() });
    Artifact { location: location(judged, index), contents }
}

/// Returns the file of a query, if it is in one.
fn file(judged: &Judged) -> Option<&str> {
    judged.file.as_deref().filter(|file| *file != "-")
}

fn location(judged: &Judged, index: usize) -> ArtifactLocation {
    // Code scanning services take no result without an address.
    let uri = file(judged).map_or_else(|| format!("query-{}", index + 1), uri);
    ArtifactLocation { uri, index }
}

fn findings(judged: &Judged, index: usize) -> Vec<Finding<'_>> {
    let lines = Lines::new(&judged.text);
    let finding = |diagnostic| finding(diagnostic, &location(judged, index), &lines);
    judged.diagnostics.iter().map(finding).collect()
}

fn finding<'j>(diagnostic: &'j Diagnostic, location: &ArtifactLocation, lines: &Lines<'_>) -> Finding<'j> {
    let row = diagnostic.code.row();
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let fix = |fix: &'j traceql_grammar::diagnostic::Fix| Fix {
        description: Text { text: fix.title.as_str() },
        artifact_changes: [Change {
            artifact_location: location.clone(),
            replacements: fix
                .edits
                .iter()
                .map(|edit| Replacement {
                    deleted_region: region(edit.span, lines),
                    inserted_content: Text { text: edit.text.as_str() },
                })
                .collect(),
        }],
    };
    Finding {
        rule_id: row.number,
        rule_index: row.id as usize,
        level: level(diagnostic.severity),
        message: Text { text: message },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: location.clone(),
                region: region(diagnostic.primary.span, lines),
            },
        }],
        fixes: diagnostic.fix.iter().map(fix).collect(),
    }
}

fn region(span: Span, lines: &Lines<'_>) -> Region {
    let (start, end) = (lines.position(span.start as usize), lines.position(span.end as usize));
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
        byte_offset: span.start,
        byte_length: span.end.saturating_sub(span.start),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Returns the path as a URI reference, everything but plain characters escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            // A Windows path is a path all the same.
            b'\\' => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
