//! Findings in the Diagnostic Format of reviewdog, which comments on pull requests of many services.

use std::io;

use serde::Serialize;
use traceql_grammar::diagnostic::Severity;

use super::report::{FileEdit, Finding, Place, Report, Source};
use crate::output::visible;

#[derive(Serialize)]
struct Root {
    source: Tool,
    diagnostics: Vec<Remark>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Remark {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Span,
}

#[derive(Serialize)]
struct Span {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Suggestion {
    range: Span,
    text: String,
}

/// Writes one object; lines and columns count from 1, columns in bytes.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let root = Root {
        source: Tool { name: "traceql", url: env!("CARGO_PKG_REPOSITORY") },
        diagnostics: report.findings().map(|(source, finding)| remark(source, finding)).collect(),
    };
    writeln!(out, "{}", visible::to_json_pretty(&root)?)
}

fn remark(source: &Source, finding: &Finding) -> Remark {
    let help = finding.diagnostic.help.iter().map(|help| format!("\n{help}"));
    // Several edits of one fix only make sense together, and each suggestion is taken by itself.
    let edits = finding.fix.as_ref().map_or(&[][..], |fix| &fix.edits);
    let suggestion = |edit: &FileEdit| Suggestion { range: span(&edit.place), text: edit.text.clone() };
    Remark {
        message: finding.headline_and_holder() + &help.collect::<String>(),
        location: Location { path: source.name.clone(), range: span(&finding.place) },
        severity: match finding.diagnostic.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        code: Code { value: finding.diagnostic.code.row().number },
        suggestions: if edits.len() == 1 { edits.iter().map(suggestion).collect() } else { Vec::new() },
    }
}

fn span(place: &Place) -> Span {
    let [start, end] = place.byte_columns;
    Span {
        start: Position { line: place.start.line, column: start },
        end: Position { line: place.end.line, column: end },
    }
}
