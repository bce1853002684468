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
use crate::output::diagnostic::{
    Judged,
    human::{self, Style},
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
    let (mut changed, mut files, mut invalid) = (0, 0, false);
    for input in command.inputs.some()? {
        let text = input.read()?;
        let formatted = match traceql_grammar::format(&text) {
            Ok(formatted) => formatted,
            Err(diagnostics) => {
                // The other queries are formatted all the same.
                ui.flush()?;
                let judged = Judged { text, file: input.name(), diagnostics, verdict: Verdict::ParseError };
                let style = Style { color: ui.err_color, width: ui.err_width() };
                human::write(&mut io::stderr(), &[judged], style)?;
                invalid = true;
                continue;
            }
        };
        let is_formatted = text.strip_suffix('\n').unwrap_or(&text) == formatted;
        changed += usize::from(!is_formatted);
        if command.check {
            if !is_formatted {
                let name = input.name().unwrap_or_else(|| text.clone());
                writeln!(ui.out(), "{}", if name == "-" { "<stdin>" } else { &name })?;
            }
            continue;
        }
        match &input {
            Input::Text(_) | Input::Stdin => writeln!(ui.out(), "{formatted}")?,
            Input::File(path) => {
                files += 1;
                // A file that only lacks its last line break is left alone: nothing in it would look different.
                if !is_formatted {
                    replace_file(path, &format!("{formatted}\n"))?;
                }
            }
        }
    }
    if files > 0 {
        ui.note(&format!("{files} {}, {changed} changed", if files == 1 { "file" } else { "files" }));
    }
    Ok(match (invalid, command.check && changed > 0) {
        (true, _) => Exit::Query,
        (false, true) => Exit::Nothing,
        (false, false) => Exit::Found,
    })
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
