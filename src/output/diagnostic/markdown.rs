//! Findings as a table in Markdown, for the summary of a job or a comment.

use std::io;

use traceql_grammar::diagnostic::Severity;

use super::report::{Finding, Report, Source};
use crate::output::{text::counted, visible::message};

/// Maximum number of rows: services take a megabyte of summary.
const ROWS: usize = 1000;

/// Writes a sentence and a table, errors first.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "remark")];
    let counts = counts.map(|(severity, word)| counted(report.count(severity) as u64, word)).join(", ");
    let (files, queries) = (counted(report.files as u64, "file"), super::queries(report.queries));
    writeln!(out, "### TraceQL\n\n{counts} in {queries} of {files}.")?;
    let mut findings: Vec<_> = report.findings().collect();
    if findings.is_empty() {
        return Ok(());
    }
    findings.sort_by_key(|(_, finding)| finding.diagnostic.severity);
    writeln!(out, "\n| Level | Place | Rule | Finding |\n|---|---|---|---|")?;
    findings.iter().take(ROWS).try_for_each(|(source, finding)| write_row(out, source, finding))?;
    match findings.len().saturating_sub(ROWS) {
        0 => Ok(()),
        rest => writeln!(out, "\n… and {rest} more."),
    }
}

fn write_row(out: &mut dyn io::Write, source: &Source, finding: &Finding) -> io::Result<()> {
    let (row, start, severity) = (finding.diagnostic.code.row(), finding.place.start, finding.severity_word());
    let place = in_cell(&format!("{}:{}:{}", source.name, start.line, start.column));
    let text = in_cell(&finding.headline_and_holder());
    writeln!(out, "| {severity} | {place} | {} {} | {text} |", row.number, row.name)
}

/// Returns a text that stands in one cell and says nothing to Markdown or HTML; code in backticks stays code.
fn in_cell(text: &str) -> String {
    let text = message(text);
    // A backtick without a partner would make code of the rest of the row.
    let text = if text.matches('`').count() % 2 == 1 { text.replace('`', "'") } else { text };
    let mut cell = String::with_capacity(text.len());
    let mut is_code = false;
    for c in text.chars() {
        is_code ^= c == '`';
        match c {
            '|' => cell.push_str("\\|"),
            '<' if !is_code => cell.push_str("&lt;"),
            '&' if !is_code => cell.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '@' if !is_code => cell.extend(['\\', c]),
            c => cell.push(c),
        }
    }
    cell
}
