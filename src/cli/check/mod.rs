//! `traceql check`: what is wrong with queries.

mod mend;

use std::{io::Write, path::Path, sync::Arc};

use clap::{Args, ValueEnum};
use traceql_grammar::{diagnostic::Severity, vocab::release::Release};

use self::mend::{Mended, Mending};
use super::{
    Exit, Failure, Outcome,
    files::{self, Choice},
    inputs::{EXTENSION, Input, Inputs},
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
/// A query about which there is nothing to say prints nothing. Of a folder every `.traceql` file in it is checked; queries in
/// dashboards and other files are looked for by `traceql lint`.
///
/// Exit status: 0 if no query has an error, 1 if one has, or with `--strict` a warning, or with `--diff` something to mend,
/// 2 for wrong usage, 5 if a file cannot be read or written.
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

    /// Mend what can be mended without a doubt: files in place, `-e` and `-` to stdout
    #[arg(long, conflicts_with = "diff")]
    fix: bool,

    /// Show what `--fix` would change, and write nothing
    #[arg(long)]
    diff: bool,

    /// Take fixes too after which a query may mean something else
    #[arg(long = "unsafe")]
    takes_unsafe: bool,
}

const EXAMPLES: &str = "\
Examples:
  traceql check -e '{ status = \"error\" }'
  traceql check --target 2.8 alerts/*.traceql
  traceql check --fix queries/
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
    let mending = match (command.fix, command.diff) {
        (false, false) if command.takes_unsafe => {
            return Err(Failure::new(Exit::Usage, "`--unsafe` says which fixes are taken, and none are asked for")
                .with_hint("add `--fix`, or `--diff` to see them"));
        }
        (false, false) => None,
        (is_written, _) => Some(Mending { is_written, takes_unsafe: command.takes_unsafe }),
    };
    let (mut judged, mut failed, mut mended, mut prints_queries) = (Vec::new(), None, Mended::default(), false);
    for input in walked(command.inputs.some()?, &mut failed, ui)? {
        let Some(mut text) = input.read_or_tell(&mut failed, ui)? else { continue };
        if let Some(mending) = mending {
            prints_queries |= !matches!(input, Input::File(_));
            match mending.mend(&input, text, command.target, &mut mended, ui) {
                Ok(new) => text = new,
                Err(failure @ Failure::Silent(_)) => return Err(failure),
                Err(failure) => {
                    failure.tell_and_go_on(&mut failed, ui)?;
                    continue;
                }
            }
        }
        let checked = traceql_grammar::check(&text, command.target);
        let mut diagnostics = checked.diagnostics;
        diagnostics.retain(|found| found.severity <= command.level.into());
        judged.push(Judged { text, file: input.name(), diagnostics, verdict: checked.verdict });
    }
    if let Some(mending) = mending {
        ui.flush()?;
        mending.tell(mended, ui);
    }
    if command.diff {
        return Ok(failed.unwrap_or(if mended.findings > 0 { Exit::Nothing } else { Exit::Found }));
    }
    write(command.format, &judged, prints_queries, ui)?;
    let count = |severity| judged.iter().map(|judged| judged.count(severity)).sum::<usize>();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if matches!(command.format, Format::Human) && judged.iter().any(|judged| !judged.diagnostics.is_empty()) {
        ui.note(&summary(judged.len(), [errors, warnings, count(Severity::Info)]));
    }
    let fails = errors > 0 || command.strict && warnings > 0;
    Ok(failed.unwrap_or(if fails { Exit::Nothing } else { Exit::Found }))
}

/// Puts the `.traceql` files of folders and globs in their place.
fn walked(inputs: Vec<Input>, worst: &mut Option<Exit>, ui: &mut Ui) -> Result<Vec<Input>, Failure> {
    let mut walked = Vec::with_capacity(inputs.len());
    for input in inputs {
        let paths = match &input {
            Input::File(path) if path.is_dir() || is_glob(path) => [path.clone()],
            _ => {
                walked.push(input);
                continue;
            }
        };
        let choice = Choice {
            is_wanted: &|path| path.extension().is_some_and(|extension| extension == EXTENSION),
            is_excluded: Arc::new(|_| false),
            is_forced: false,
        };
        let mut failures = Vec::new();
        let listed = files::list(&paths, &choice, &mut failures);
        if listed.is_empty() && failures.is_empty() {
            let what = format!("{}: no `.{EXTENSION}` file is in it", paths[0].display());
            failures
                .push(Failure::new(Exit::Source, what).with_hint("`traceql lint` finds the queries in other files"));
        }
        for failure in failures {
            failure.tell_and_go_on(worst, ui)?;
        }
        walked.extend(listed.into_iter().map(|file| Input::File(file.path)));
    }
    Ok(walked)
}

/// Tells whether a path is a glob, and not a file or a query without quotes.
fn is_glob(path: &Path) -> bool {
    let is_text = |text: &str| text.contains('*') && !text.contains([' ', '{', '|', '(', '&']);
    path.to_str().is_some_and(is_text) && !path.exists()
}

/// Writes the findings: to stdout, or to stderr if stdout takes the mended queries.
fn write(format: Format, judged: &[Judged], to_stderr: bool, ui: &mut Ui) -> Result<(), Failure> {
    let (color, width) = match to_stderr {
        true => (ui.err_color, ui.err_width()),
        false => (ui.out_color, ui.out_width.unwrap_or(DEFAULT_WIDTH)),
    };
    let mut text = Vec::new();
    let out: &mut dyn Write = if to_stderr { &mut text } else { ui.out() };
    match format {
        Format::Human => human::write(out, judged, Style { color, width })?,
        Format::Json => json::write(out, judged)?,
        Format::Short => short::write(out, &Report::of(judged))?,
        Format::Github => github::write(out, &Report::of(judged))?,
        Format::Sarif => sarif::write(out, &Report::of(judged))?,
        Format::Gitlab => gitlab::write(out, &Report::of(judged))?,
        Format::Junit => junit::write(out, &Report::of(judged))?,
        Format::Checkstyle => checkstyle::write(out, &Report::of(judged))?,
        Format::Rdjson => rdjson::write(out, &Report::of(judged))?,
        Format::Markdown => markdown::write(out, &Report::of(judged))?,
    }
    if to_stderr {
        // If stderr is closed, there is no reader to be told.
        let _ = ui.write_err(&String::from_utf8_lossy(&text));
    }
    ui.flush()?;
    Ok(())
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
