//! What a diagnostic code means.

use strsim::levenshtein;
use traceql_grammar::diagnostic::{CODES, Code, Severity};

use super::{
    super::ui::{DEFAULT_WIDTH, Ui},
    Exit, Failure, Outcome,
};
use crate::output::{
    page::{self, Style},
    text::wrapped,
};

/// A summary with fewer columns than this beside its code stands below it.
const NARROWEST_SUMMARY: usize = 24;

/// Prints the page of a code.
pub(super) fn show(text: &str, ui: &mut Ui) -> Outcome {
    let Some(code) = Code::find(text.trim()) else {
        return Err(unknown(text));
    };
    let width = ui.out_width.map_or(DEFAULT_WIDTH, |width| width.min(DEFAULT_WIDTH));
    let style = Style { color: ui.out_color, width };
    page::write(ui.out(), code.row().page, style)?;
    Ok(Exit::Found)
}

/// Lists the codes; where the summaries have no room beside them they stand below.
pub(super) fn list(ui: &mut Ui) -> Outcome {
    let width = ui.out_width.unwrap_or(usize::MAX);
    let names = CODES.iter().map(|row| row.name.len()).max().unwrap_or(0);
    for row in CODES {
        let severity = match row.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let head = format!("{}  {:<names$}  {severity:<7}", row.number, row.name);
        let indent = head.len() + 2;
        if width < indent + NARROWEST_SUMMARY {
            writeln!(ui.out(), "{}  {}  {severity}", row.number, row.name)?;
            for line in wrapped(row.summary, width.saturating_sub(2)) {
                writeln!(ui.out(), "  {line}")?;
            }
            continue;
        }
        for (i, line) in wrapped(row.summary, width.saturating_sub(indent)).iter().enumerate() {
            let head = if i == 0 { head.as_str() } else { "" };
            writeln!(ui.out(), "{head:<indent$}{line}")?;
        }
    }
    Ok(Exit::Found)
}

/// Says that there is no such code, and which may have been meant.
fn unknown(text: &str) -> Failure {
    let lower = text.trim().to_lowercase();
    let nearest = CODES
        .iter()
        .flat_map(|row| [row.number, row.name])
        .map(|word| (levenshtein(&lower, &word.to_lowercase()), word))
        .min()
        // A third of the letters may be wrong; beyond that the guess is noise.
        .filter(|(distance, word)| distance * 3 <= word.len());
    let failure = Failure::new(Exit::Usage, format!("no code has the number or name `{text}`"));
    match nearest {
        Some((_, word)) => failure.with_hint(format!("did you mean `{word}`? `traceql explain` lists all codes")),
        None => failure.with_hint("`traceql explain` lists all codes"),
    }
}
