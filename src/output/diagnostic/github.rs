//! Findings as workflow commands of GitHub Actions, which shows them beside the changed lines.

use std::io;

use traceql_grammar::diagnostic::Severity;

use super::report::{Finding, Report, Source};
use crate::output::visible::{message, shown};

/// Writes one `::error …::` line for each finding, errors first: GitHub shows ten of a kind.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let mut findings: Vec<_> = report.findings().collect();
    findings.sort_by_key(|(_, finding)| finding.diagnostic.severity);
    findings.into_iter().try_for_each(|(source, finding)| write_finding(out, source, finding))
}

fn write_finding(out: &mut dyn io::Write, source: &Source, finding: &Finding) -> io::Result<()> {
    let command = match finding.diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let row = finding.diagnostic.code.row();
    let (start, end) = (finding.place.start, finding.place.end);
    write!(out, "::{command} ")?;
    // A query on the command line has no file that could be annotated.
    if let Some(file) = &source.file {
        write!(out, "file={},", escape_property(&shown(file)))?;
        write!(out, "line={},endLine={},", start.line, end.line)?;
        // Columns only make sense to GitHub within one line.
        if start.line == end.line {
            write!(out, "col={},endColumn={},", start.column, end.column)?;
        }
    }
    write!(out, "title={} {}::", row.number, row.name)?;
    // The log shows the message alone.
    let place = format!("{}:{}:{}: ", shown(&source.name), start.line, start.column);
    let mut text = place + &message(&finding.headline_and_holder());
    if let Some(help) = &finding.diagnostic.help {
        text = format!("{text}\n{}", message(help));
    }
    writeln!(out, "{}", escape_data(&text))
}

/// Escapes what would end the message of a command.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property of a command.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}
