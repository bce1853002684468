//! Findings as lines that editors and grep can read: `file:line:column: error[TQ0301] message`.

use std::io;

use super::report::Report;
use crate::output::visible;

/// Writes one line for each finding; lines and columns count from 1, columns in characters.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    for (source, finding) in report.findings() {
        let (start, severity) = (finding.place.start, finding.severity_word());
        let message = visible::message(&finding.headline_and_holder());
        let (name, code) = (visible::shown(&source.name), finding.diagnostic.code.row().number);
        writeln!(out, "{name}:{}:{}: {severity}[{code}] {message}", start.line, start.column)?;
    }
    Ok(())
}
