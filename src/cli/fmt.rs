//! `traceql fmt`: lays queries out anew.

use clap::Args;
use traceql_grammar::Verdict;

use super::{
    Exit, Failure, Outcome,
    inputs::{Input, Inputs},
    ui::Ui,
    whole_file,
};
use crate::output::{diagnostic::Judged, text::counted, visible};

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
                ui.findings(Judged { text, file: input.name(), diagnostics, verdict: Verdict::ParseError });
                failed = failed.max(Some(Exit::Query));
                continue;
            }
        };
        let is_formatted = text.strip_suffix('\n').unwrap_or(&text) == formatted;
        queries += 1;
        if command.check {
            if !is_formatted {
                changed += 1;
                let name = input.name().unwrap_or_else(|| text.clone());
                let name = if name == "-" { "<stdin>".to_owned() } else { visible::shown(&name) };
                writeln!(ui.out(), "{name}")?;
            }
            continue;
        }
        match &input {
            Input::Text(_) | Input::Stdin => {
                changed += usize::from(!is_formatted);
                let text = as_before(format!("{formatted}\n"));
                // A query may hold what a terminal obeys; what is piped on has to be the query.
                let text = if ui.out_height.is_some() { visible::shown_lines(&text) } else { text };
                write!(ui.out(), "{text}")?;
            }
            Input::File(path) => {
                files += 1;
                // A file that only lacks its last line break is left alone: nothing in it would look different.
                if !is_formatted {
                    match whole_file::replace(path, &as_before(format!("{formatted}\n")), &ui.cancel) {
                        Ok(()) => changed += 1,
                        Err(failure @ Failure::Silent(_)) => return Err(failure),
                        Err(failure) => failure.tell_and_go_on(&mut failed, ui)?,
                    }
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
