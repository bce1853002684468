//! Findings as lines that editors and grep can read: `file:line:column: error[TQ0301] message`.

use std::io;

use traceql_lsp::document::lines::Lines;

use super::{Judged, severity_word};
use crate::output::visible;

/// Writes one line for each finding; lines and columns count from 1, columns in characters.
pub fn write(out: &mut dyn io::Write, judged: &[Judged]) -> io::Result<()> {
    for judged in judged {
        let lines = Lines::new(&judged.text);
        for diagnostic in &judged.diagnostics {
            let position = lines.position(diagnostic.primary.span.start as usize);
            let severity = severity_word(diagnostic.severity);
            let message = visible::message(&diagnostic.message);
            let (source, code) = (visible::shown(judged.source_name()), diagnostic.code.row().number);
            writeln!(out, "{source}:{}:{}: {severity}[{code}] {message}", position.line, position.column)?;
        }
    }
    Ok(())
}
