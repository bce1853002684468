//! `traceql explain`: what a diagnostic code means.

use std::io;

use clap::Args;
use traceql_grammar::{
    diagnostic::{CODES, Code, Diagnostic, Severity},
    span::Span,
};

use super::{
    Exit, Failure, Outcome,
    ui::{DEFAULT_WIDTH, Ui},
};
use crate::output::{
    page::{self, Style},
    text::wrapped,
};

/// Explains a diagnostic code: what it means, an example, and how to mend it
///
/// Without a code: lists all of them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Explain {
    /// A code by number or name: `TQ0301`, `type-mismatch`
    code: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  traceql explain TQ0301
  traceql explain type-mismatch
  traceql explain | grep tempo-";

/// A summary with fewer columns than this beside its code stands below it.
const NARROWEST_SUMMARY: usize = 24;

pub(super) fn run(command: &Explain, ui: &mut Ui) -> Outcome {
    let Some(text) = &command.code else {
        list(ui)?;
        return Ok(Exit::Found);
    };
    let Some(code) = Code::find(text.trim()) else {
        return Err(unknown(text));
    };
    let width = ui.out_width.map_or(DEFAULT_WIDTH, |width| width.min(DEFAULT_WIDTH));
    let style = Style { color: ui.out_color, width };
    page::write(ui.out(), code.row().page, style)?;
    Ok(Exit::Found)
}

/// Lists the codes; where the summaries have no room beside them they stand below.
fn list(ui: &mut Ui) -> io::Result<()> {
    let width = ui.out_width.unwrap_or(usize::MAX);
    let names = CODES.iter().map(|row| row.name.len()).max().unwrap_or(0);
    for row in CODES {
        let severity = match Diagnostic::new(row.id, "", Span::default()).severity() {
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
    Ok(())
}

/// Says that there is no such code, and which may have been meant.
fn unknown(text: &str) -> Failure {
    if text.contains(['{', '|', '(', ' ']) {
        return Failure::new(Exit::Usage, "the plan of a query cannot be shown yet")
            .with_hint("`explain` takes a code such as TQ0301; `check -e QUERY` says what is wrong with a query");
    }
    let lower = text.trim().to_lowercase();
    let nearest = CODES
        .iter()
        .flat_map(|row| [row.number, row.name])
        .map(|word| (distance(&lower, &word.to_lowercase()), word))
        .min()
        // A third of the letters may be wrong; beyond that the guess is noise.
        .filter(|(distance, word)| distance * 3 <= word.len());
    let failure = Failure::new(Exit::Usage, format!("no code has the number or name `{text}`"));
    match nearest {
        Some((_, word)) => failure.with_hint(format!("did you mean `{word}`? `traceql explain` lists all codes")),
        None => failure.with_hint("`traceql explain` lists all codes"),
    }
}

/// Counts the letters to change, add or drop to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
