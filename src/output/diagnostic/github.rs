//! Findings as workflow commands of GitHub Actions, which shows them beside the changed lines.

use std::io;

use traceql_grammar::diagnostic::{Diagnostic, Severity};
use traceql_lsp::document::lines::Lines;

use super::Judged;
use crate::output::visible::{message, shown};

/// Writes one `::error …::` line for each finding.
pub fn write(out: &mut dyn io::Write, judged: &[Judged]) -> io::Result<()> {
    for judged in judged {
        let lines = Lines::new(&judged.text);
        for diagnostic in &judged.diagnostics {
            write_finding(out, judged, diagnostic, &lines)?;
        }
    }
    Ok(())
}

fn write_finding(
    out: &mut dyn io::Write,
    judged: &Judged,
    diagnostic: &Diagnostic,
    lines: &Lines<'_>,
) -> io::Result<()> {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let row = diagnostic.code.row();
    let span = diagnostic.primary.span;
    let (start, end) = (lines.position(span.start as usize), lines.position(span.end as usize));
    write!(out, "::{command} ")?;
    // A query on the command line has no file that could be annotated.
    if let Some(file) = judged.file.as_deref().filter(|file| *file != "-") {
        write!(out, "file={},", escape_property(&shown(file)))?;
        write!(out, "line={},endLine={},", start.line, end.line)?;
        // Columns only make sense to GitHub within one line.
        if start.line == end.line {
            write!(out, "col={},endColumn={},", start.column, end.column)?;
        }
    }
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{}", message(&diagnostic.message), message(help)),
        None => message(&diagnostic.message),
    };
    writeln!(out, "title={} {}::{}", row.number, row.name, escape_data(&message))
}

/// Escapes what would end the message of a command.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property of a command.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}
