//! `traceql check`: what is wrong with queries.

use clap::{Args, ValueEnum};
use traceql_grammar::{diagnostic::Severity, vocab::release::Release};

use super::{
    Exit, Outcome,
    inputs::Inputs,
    ui::{DEFAULT_WIDTH, Ui},
};
use crate::output::{
    diagnostic::{
        Judged, checkstyle, github, gitlab,
        human::{self, Style},
        json, junit, markdown, queries, rdjson,
        report::Report,
        sarif, short,
    },
    text::counted,
};

/// Checks syntax and types of queries
///
/// A query about which there is nothing to say prints nothing.
///
/// Exit status: 0 if no query has an error, 1 if one has, or with `--strict` a warning, 2 for wrong usage, 5 if a file
/// cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    #[command(flatten)]
    inputs: Inputs,

    /// How to write the findings
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// The Tempo release that is to take the queries: 2.2 to 3.0, or main
    #[arg(long, value_name = "RELEASE", default_value = "main", value_parser = target)]
    target: Release,

    /// The findings to look at: these and worse ones. Information is what matters only over unusual data
    #[arg(long, value_name = "LEVEL", default_value = "warning")]
    level: Level,

    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
}

const EXAMPLES: &str = "\
Examples:
  traceql check -e '{ status = \"error\" }'
  traceql check --target 2.8 alerts/*.traceql
  traceql check --format json -e '{ name = 1 }' | jq '.queries[].verdict'";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Level {
    Info,
    Warning,
    Error,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Severity {
        match level {
            Level::Info => Severity::Info,
            Level::Warning => Severity::Warning,
            Level::Error => Severity::Error,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The query underlined where it is wrong
    #[value(alias = "full")]
    Human,
    /// One object with everything that is known
    Json,
    /// One line for each finding
    #[value(alias = "concise")]
    Short,
    /// Workflow commands of GitHub Actions
    Github,
    /// SARIF 2.1.0
    Sarif,
    /// Code Quality of GitLab
    Gitlab,
    /// JUnit's XML: a failed test for each finding
    Junit,
    /// Checkstyle's XML
    Checkstyle,
    /// Diagnostics of reviewdog
    Rdjson,
    /// A table for the summary of a job
    Markdown,
}

pub(super) fn run(command: Check, ui: &mut Ui) -> Outcome {
    let (mut judged, mut failed) = (Vec::new(), None);
    for input in command.inputs.some()? {
        let Some(text) = input.read_or_tell(&mut failed, ui)? else { continue };
        let checked = traceql_grammar::check(&text, command.target);
        let mut diagnostics = checked.diagnostics;
        diagnostics.retain(|found| found.severity <= command.level.into());
        judged.push(Judged { text, file: input.name(), diagnostics, verdict: checked.verdict });
    }
    let style = Style { color: ui.out_color, width: ui.out_width.unwrap_or(DEFAULT_WIDTH) };
    match command.format {
        Format::Human => human::write(ui.out(), &judged, style)?,
        Format::Json => json::write(ui.out(), &judged)?,
        Format::Short => short::write(ui.out(), &Report::of(&judged))?,
        Format::Github => github::write(ui.out(), &Report::of(&judged))?,
        Format::Sarif => sarif::write(ui.out(), &Report::of(&judged))?,
        Format::Gitlab => gitlab::write(ui.out(), &Report::of(&judged))?,
        Format::Junit => junit::write(ui.out(), &Report::of(&judged))?,
        Format::Checkstyle => checkstyle::write(ui.out(), &Report::of(&judged))?,
        Format::Rdjson => rdjson::write(ui.out(), &Report::of(&judged))?,
        Format::Markdown => markdown::write(ui.out(), &Report::of(&judged))?,
    }
    ui.flush()?;
    let count = |severity| judged.iter().map(|judged| judged.count(severity)).sum::<usize>();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if matches!(command.format, Format::Human) && judged.iter().any(|judged| !judged.diagnostics.is_empty()) {
        ui.note(&summary(judged.len(), [errors, warnings, count(Severity::Info)]));
    }
    let fails = errors > 0 || command.strict && warnings > 0;
    Ok(failed.unwrap_or(if fails { Exit::Nothing } else { Exit::Found }))
}

/// Reads the release to check for.
pub(super) fn target(text: &str) -> Result<Release, String> {
    // The language began before, but what older releases take is known of none of them.
    let known = Release::ALL.iter().filter(|release| **release >= Release::V2_2);
    match text.parse() {
        Ok(release) if release >= Release::V2_2 => Ok(release),
        _ => {
            let names: Vec<&str> = known.map(|release| release.name()).collect();
            Err(format!("not a release that can be checked for; these are {}", names.join(", ")))
        }
    }
}

/// Sums up errors, warnings and remarks: `2 queries: 1 error, 3 warnings`.
fn summary(judged: usize, counts: [usize; 3]) -> String {
    let found = counts.into_iter().zip(["error", "warning", "remark"]).filter(|(count, _)| *count > 0);
    let found: Vec<String> = found.map(|(count, thing)| counted(count as u64, thing)).collect();
    format!("{}: {}", queries(judged), found.join(", "))
}
