//! `traceql fmt`: lays queries out anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use traceql_grammar::Verdict;

use super::{
    Exit, Failure, Outcome,
    inputs::{Input, Inputs},
    ui::Ui,
};
use crate::output::{
    diagnostic::{
        Judged,
        human::{self, Style},
    },
    text::counted,
};

/// Formats queries: files in place, `-e` and `-` to stdout
///
/// Exit status: 0 if all went well, 1 if `--check` found something to format, 2 for wrong usage, 3 if a query is
/// invalid (its file stays as it is), 5 if a file cannot be read or written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Fmt {
    #[command(flatten)]
    inputs: Inputs,

    /// Write nothing; list what would change, and end with status 1 if there is anything
    #[arg(long)]
    check: bool,
}

const EXAMPLES: &str = "\
Examples:
  traceql fmt -e '{status=error}|select( name )'
  traceql fmt queries/*.traceql
  traceql fmt --check queries/*.traceql";

pub(super) fn run(command: Fmt, ui: &mut Ui) -> Outcome {
    let (mut changed, mut files, mut queries, mut failed) = (0, 0, 0, None);
    for input in command.inputs.some()? {
        let Some(text) = input.read_or_tell(&mut failed, ui)? else { continue };
        // Checkouts on Windows end lines in their own way, and keep it.
        let crlf = text.contains('\n') && text.matches('\n').count() == text.matches("\r\n").count();
        let text = if crlf { text.replace("\r\n", "\n") } else { text };
        let as_before = |text: String| if crlf { text.replace('\n', "\r\n") } else { text };
        let formatted = match traceql_grammar::format(&text) {
            Ok(formatted) => formatted,
            Err(diagnostics) => {
                ui.flush()?;
                let judged = Judged { text, file: input.name(), diagnostics, verdict: Verdict::ParseError };
                let style = Style { color: ui.err_color, width: ui.err_width() };
                let mut text = Vec::new();
                human::write(&mut text, &[judged], style)?;
                ui.write_err(&String::from_utf8_lossy(&text))?;
                failed = failed.max(Some(Exit::Query));
                continue;
            }
        };
        let is_formatted = text.strip_suffix('\n').unwrap_or(&text) == formatted;
        queries += 1;
        changed += usize::from(!is_formatted);
        if command.check {
            if !is_formatted {
                let name = input.name().unwrap_or_else(|| text.clone());
                writeln!(ui.out(), "{}", if name == "-" { "<stdin>" } else { &name })?;
            }
            continue;
        }
        match &input {
            Input::Text(_) | Input::Stdin => write!(ui.out(), "{}", as_before(format!("{formatted}\n")))?,
            Input::File(path) => {
                files += 1;
                // A file that only lacks its last line break is left alone: nothing in it would look different.
                if !is_formatted {
                    let replaced = replace_file(path, &as_before(format!("{formatted}\n")));
                    replaced.or_else(|failure| failure.tell_and_go_on(&mut failed, ui))?;
                }
            }
        }
    }
    if files > 0 {
        let what = if queries > files { format!("{queries} queries") } else { counted(files, "file") };
        ui.note(&format!("{what}, {changed} changed"));
    }
    let formatted = if command.check && changed > 0 { Exit::Nothing } else { Exit::Found };
    Ok(failed.unwrap_or(formatted))
}

/// Writes a file anew so that it is never half written, whatever happens in between.
fn replace_file(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error: io::Error| Failure::new(Exit::Source, format!("{}: cannot write it: {error}", path.display()));
    // A link stays a link: what it points to is replaced.
    let target = fs::canonicalize(path).map_err(fail)?;
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary: PathBuf = target.with_file_name(name);
    let written = fs::write(&temporary, text)
        .and_then(|()| fs::metadata(&target))
        .and_then(|metadata| fs::set_permissions(&temporary, metadata.permissions()))
        .and_then(|()| fs::rename(&temporary, &target));
    written.map_err(|error| {
        // Best effort: the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
        fail(error)
    })
}
