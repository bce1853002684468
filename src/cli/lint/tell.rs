//! The report of a run: findings to stdout, notes on what was done and passed over to stderr, and the exit status.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use traceql_grammar::diagnostic::{Applicability, Code, Severity};

use super::{
    Exit, Failure, Format, Lint, Outcome,
    look::{Looked, Looker},
};
use crate::{
    cli::ui::{DEFAULT_WIDTH, Ui},
    output::{
        diagnostic::{
            checkstyle, full, github, gitlab,
            human::Style,
            junit, lint_json, markdown, queries, rdjson,
            report::{Finding, Report},
            sarif, short,
        },
        text::counted,
        visible::shown_lines,
    },
};

/// The place to which findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// To stdout.
    Out,
    /// To stderr, because stdout takes the mended text.
    Err,
}

/// Tells all of it; `worst` is the status of what went wrong before.
pub(super) fn tell(
    command: &Lint,
    looker: &Looker<'_>,
    looked: Vec<Looked>,
    mut worst: Option<Exit>,
    sink: Sink,
    ui: &mut Ui,
) -> Outcome {
    if let Some(file) = looker.settings.file.as_ref().filter(|_| command.verbose) {
        ui.note(&format!("the configuration is {}", file.display()));
    }
    let (mut report, mut read) = (Report::default(), 0);
    let (mut mended, mut mended_files) = (0, 0);
    for mut file in looked {
        read += usize::from(file.unread.is_none());
        let is_written = file.unwritten.is_none();
        tell_failures(command, &mut file, &mut worst, ui)?;
        if command.verbose {
            file.untold.iter().for_each(|line| ui.note(line));
        }
        report.files += usize::from(file.queries > 0 || file.source.is_some());
        report.queries += file.queries;
        if is_written {
            mended += file.mended;
            mended_files += usize::from(file.mended > 0);
        }
        if let Some(diff) = &file.diff {
            let diff = if ui.out_height.is_some() { shown_lines(diff) } else { diff.clone() };
            write!(ui.out(), "{diff}")?;
        }
        report.sources.extend(file.source);
    }
    if command.diff {
        ui.flush()?;
        ui.note(&match mended {
            0 => "there is nothing that `--fix` would mend".to_owned(),
            _ => {
                let what = counted(mended as u64, "finding");
                format!("`--fix` would mend {what} in {}", counted(mended_files as u64, "file"))
            }
        });
        return Ok(worst.unwrap_or(if mended > 0 { Exit::Nothing } else { Exit::Found }));
    }
    write(command, &report, sink, ui)?;
    if let (Some(baseline), Some(file)) = (&looker.baseline, &command.baseline) {
        // Of a part of the files nothing follows for the others.
        let is_whole = command.changed_since.is_none() && command.paths == [Path::new(".")];
        if let Some(note) = baseline.close(file, is_whole, &ui.cancel)? {
            ui.note(&note);
        }
    }
    if mended > 0 {
        ui.note(&format!("fixed {} in {}", counted(mended as u64, "finding"), counted(mended_files as u64, "file")));
    }
    // Right queries are not mentioned, as in `check`; where nothing could be read, that has been said.
    let is_mute = report.queries > 0 && report.findings().next().is_none() && !command.verbose;
    if !command.update_baseline && !is_mute && (read > 0 || worst.is_none()) {
        ui.note(&summary(&report, read));
    }
    let is_strict = looker.settings.is_strict;
    let fails = report.count(Severity::Error) > 0 || is_strict && report.count(Severity::Warning) > 0;
    Ok(worst.unwrap_or(if fails { Exit::Nothing } else { Exit::Found }))
}

/// Tells why a file was not read or not written, or that it was passed over.
fn tell_failures(command: &Lint, file: &mut Looked, worst: &mut Option<Exit>, ui: &mut Ui) -> Result<(), Failure> {
    if let Some(unread) = &file.unread {
        if !file.is_named && unread.is_passed_over() {
            if command.verbose {
                ui.note(&format!("{}: passed over: {unread}", file.name));
            }
            return Ok(());
        }
        let failure = Failure::new(Exit::Source, format!("{}: {unread}", file.name));
        let failure = match unread.cure() {
            Some(cure) => failure.with_hint(cure),
            None => failure,
        };
        failure.tell_and_go_on(worst, ui)?;
    }
    match file.unwritten.take() {
        None => Ok(()),
        Some(failure @ Failure::Silent(_)) => Err(failure),
        Some(failure) => failure.tell_and_go_on(worst, ui),
    }
}

/// Writes the findings in the format that is asked for.
fn write(command: &Lint, report: &Report, sink: Sink, ui: &mut Ui) -> Result<(), Failure> {
    let mut text = Vec::new();
    let (color, width) = match sink {
        Sink::Out => (ui.out_color, ui.out_width.unwrap_or(DEFAULT_WIDTH)),
        Sink::Err => (ui.err_color, ui.err_width()),
    };
    let out: &mut dyn Write = match sink {
        Sink::Out => ui.out(),
        Sink::Err => &mut text,
    };
    if command.statistics {
        statistics(out, report)?;
    } else {
        match command.format {
            Format::Full => full::write(out, report, Style { color, width })?,
            Format::Concise => short::write(out, report)?,
            Format::Json => lint_json::write(out, report)?,
            Format::Sarif => sarif::write(out, report)?,
            Format::Github => github::write(out, report)?,
            Format::Gitlab => gitlab::write(out, report)?,
            Format::Junit => junit::write(out, report)?,
            Format::Checkstyle => checkstyle::write(out, report)?,
            Format::Rdjson => rdjson::write(out, report)?,
            Format::Markdown => markdown::write(out, report)?,
        }
    }
    if sink == Sink::Err {
        // If stderr is closed, there is no reader to be told.
        let _ = ui.write_err(&String::from_utf8_lossy(&text));
    }
    ui.flush()?;
    Ok(())
}

/// Writes how often each rule has found something, most often first, and how many of these can be mended.
fn statistics(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut counts: BTreeMap<Code, [usize; 2]> = BTreeMap::new();
    for (_, finding) in report.findings() {
        let [all, mendable] = counts.entry(finding.diagnostic.code).or_default();
        *all += 1;
        *mendable += usize::from(finding.fix.is_some());
    }
    let mut rows: Vec<(Code, [usize; 2])> = counts.into_iter().collect();
    rows.sort_by_key(|(_, [all, _])| std::cmp::Reverse(*all));
    let digits = rows.first().map_or(1, |(_, [all, _])| all.to_string().len());
    let width = rows.iter().map(|(code, _)| code.row().name.len()).max().unwrap_or_default();
    for (code, [all, mendable]) in rows {
        let row = code.row();
        let mendable = if mendable > 0 { format!("  {mendable} with a fix") } else { String::new() };
        let line = format!("{all:digits$}  {}  {:width$}{mendable}", row.number, row.name);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Sums up: `2 errors, 1 warning in 12 queries of 3 files; --fix mends 2 of them`.
fn summary(report: &Report, read: usize) -> String {
    let place = format!("{} of {}", queries(report.queries), counted(report.files as u64, "file"));
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "remark")];
    let counts = counts.map(|(severity, word)| (report.count(severity), word));
    let found: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count as u64, word)).collect();
    if found.is_empty() && report.queries == 0 {
        return format!("no queries in {}", counted(read as u64, "file"));
    }
    if found.is_empty() {
        return format!("nothing to say about {place}");
    }
    let is_safe = |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe);
    let (all, safe) = report.findings().fold((0, 0), |(all, safe), (_, finding)| {
        (all + usize::from(finding.fix.is_some()), safe + usize::from(is_safe(finding)))
    });
    let mends = match (safe, all - safe) {
        (0, 0) => String::new(),
        (0, more) => format!("; `--fix --unsafe` mends {more}"),
        (safe, 0) => format!("; `--fix` mends {safe}"),
        (safe, more) => format!("; `--fix` mends {safe}, with `--unsafe` {more} more"),
    };
    format!("{} in {place}{mends}", found.join(", "))
}
