//! `traceql check`: what is wrong with queries.

use clap::{Args, ValueEnum};
use traceql_grammar::{diagnostic::Severity, vocab::release::Release};

use super::{
    Exit, Outcome,
    inputs::Inputs,
    ui::{DEFAULT_WIDTH, Ui},
};
use crate::output::diagnostic::{
    Judged, github,
    human::{self, Style},
    json, sarif, short,
};

/// Checks syntax and types of queries
///
/// Exit status: 0 if no query has an error, 1 if one has, 2 for wrong usage, 5 if a file cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    #[command(flatten)]
    inputs: Inputs,

    /// How to write the findings
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// The Tempo release that is to take the queries: 2.2 to 3.0, or main
    #[arg(long, value_name = "RELEASE", default_value = "main")]
    target: Release,
}

const EXAMPLES: &str = "\
Examples:
  traceql check -e '{ status = \"error\" }'
  traceql check --target 2.8 alerts/*.traceql
  traceql check --format json -e '{ name = 1 }' | jq '.queries[].verdict'";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The query underlined where it is wrong
    Human,
    /// One object with everything that is known
    Json,
    /// One line for each finding
    Short,
    /// Workflow commands of GitHub Actions
    Github,
    /// SARIF 2.1.0
    Sarif,
}

pub(super) fn run(command: Check, ui: &mut Ui) -> Outcome {
    let mut judged = Vec::new();
    for input in command.inputs.some()? {
        let text = input.read()?;
        let checked = traceql_grammar::check(&text, command.target);
        judged.push(Judged { text, file: input.name(), diagnostics: checked.diagnostics, verdict: checked.verdict });
    }
    let style = Style { color: ui.out_color, width: ui.out_width.unwrap_or(DEFAULT_WIDTH) };
    match command.format {
        Format::Human => human::write(ui.out(), &judged, style)?,
        Format::Json => json::write(ui.out(), &judged)?,
        Format::Short => short::write(ui.out(), &judged)?,
        Format::Github => github::write(ui.out(), &judged)?,
        Format::Sarif => sarif::write(ui.out(), &judged)?,
    }
    ui.flush()?;
    let count = |severity| judged.iter().map(|judged| judged.count(severity)).sum::<usize>();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if let Format::Human = command.format {
        ui.note(&summary(judged.len(), errors, warnings));
    }
    Ok(if errors == 0 { Exit::Found } else { Exit::Nothing })
}

/// Sums up: `2 queries: 1 error, 3 warnings`.
fn summary(queries: usize, errors: usize, warnings: usize) -> String {
    let counted = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut found = Vec::new();
    if errors > 0 {
        found.push(counted(errors, "error", "errors"));
    }
    if warnings > 0 {
        found.push(counted(warnings, "warning", "warnings"));
    }
    let found = if found.is_empty() { "no findings".to_owned() } else { found.join(", ") };
    format!("{}: {found}", counted(queries, "query", "queries"))
}
