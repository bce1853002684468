//! Findings on queries for people: the query underlined where it is wrong, why, and what to do.

use std::io;

use traceql_grammar::diagnostic::apply_fixes;
use traceql_lsp::document::lines::Lines;

use super::{
    Judged,
    drawing::{Drawing, draw},
};
pub use crate::output::style::PageStyle as Style;
use crate::output::{style::Ink, visible::shown};

/// More findings than this on one query help nobody; the other formats give all of them.
const SHOWN_PER_QUERY: usize = 20;

/// Maximum length of a query with all fixes that is shown, in bytes; it may have several lines.
const SHOWN_ALL_FIXED: usize = 1000;

/// Writes each finding as a headline and the marked text below it, with a blank line between two findings.
pub fn write(out: &mut dyn io::Write, judged: &[Judged], style: Style) -> io::Result<()> {
    let mut first = true;
    for judged in judged {
        let lines = Lines::new(&judged.text);
        for diagnostic in judged.diagnostics.iter().take(SHOWN_PER_QUERY) {
            if !std::mem::take(&mut first) {
                writeln!(out)?;
            }
            let position = lines.position(diagnostic.primary.span.start as usize);
            let place = format!("{}:{}:{}", shown(judged.source_name()), position.line, position.column);
            draw(out, &Drawing { diagnostic, text: &judged.text, first_line: 1, place, notes: Vec::new() }, style)?;
        }
        let rest = judged.diagnostics.len().saturating_sub(SHOWN_PER_QUERY);
        if rest > 0 {
            writeln!(out, "\n… and {rest} more findings in {}", shown(judged.source_name()))?;
        }
        write_all_fixed(out, judged, style)?;
    }
    Ok(())
}

/// Shows what all fixes together make of a query that has several.
fn write_all_fixed(out: &mut dyn io::Write, judged: &Judged, style: Style) -> io::Result<()> {
    let fixes = judged.diagnostics.iter().filter(|diagnostic| diagnostic.fix.is_some()).count();
    let fixed = apply_fixes(&judged.text, &judged.diagnostics);
    let fixed = fixed.trim();
    if fixes < 2 || fixed.is_empty() || fixed.len() > SHOWN_ALL_FIXED {
        return Ok(());
    }
    writeln!(out, "\n{}", style.paint(Ink::STRONG, "all fixes applied:"))?;
    for line in fixed.lines() {
        writeln!(out, "{}", format!("  {}", shown(line)).trim_end())?;
    }
    Ok(())
}
