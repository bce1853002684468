//! `traceql man`: the manual page.

use std::io;

use clap::{ArgAction, Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use super::{Cli, Exit, Outcome, ui::Ui};

/// Writes the manual page to stdout, in roff
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Man {}

const EXAMPLES: &str = "\
Examples:
  traceql man | man -l -
  traceql man > ~/.local/share/man/man1/traceql.1";

pub(super) fn run(_: &Man, ui: &mut Ui) -> Outcome {
    // Not built: otherwise every command would list the options that all of them have.
    let command = Cli::command();
    let page = Page::new(command.clone()).manual("traceql");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    ui.out().write_all(&text)?;
    // One page for all: each command is a section of its own.
    for subcommand in command.get_subcommands() {
        write_command(ui, "traceql", subcommand)?;
    }
    ui.out().write_all(CLOSING.as_bytes())?;
    Ok(Exit::Found)
}

/// Writes what a command does, and its own commands behind it.
fn write_command(ui: &mut Ui, parent: &str, command: &Command) -> io::Result<()> {
    let name = format!("{parent} {}", command.get_name());
    writeln!(ui.out(), ".SH \"{}\"", name.to_uppercase())?;
    let page = Page::new(command.clone().bin_name(name.clone()));
    let mut text = Vec::new();
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    let mut text = String::from_utf8_lossy(&text).into_owned();
    // The generator does not tell that an argument may be given several times.
    for argument in command.get_arguments().filter(|argument| argument.is_positional()) {
        let many = matches!(argument.get_action(), ArgAction::Append);
        for name in argument.get_value_names().into_iter().flatten().filter(|_| many) {
            text = text.replacen(&format!("[\\fI{name}\\fR]"), &format!("[\\fI{name}\\fR \\[u2026]]"), 2);
        }
    }
    // What is a section of a page of its own is a part of a section here.
    for line in text.lines() {
        writeln!(ui.out(), "{}", line.replacen(".SH ", ".SS ", 1))?;
    }
    if let Some(examples) = command.get_after_help() {
        write_examples(ui, &examples.to_string())?;
    }
    command.get_subcommands().try_for_each(|command| write_command(ui, &name, command))
}

/// What holds for every command.
const CLOSING: &str = r#".SH "EXIT STATUS"
.TP
.B 0
Done, and something found.
.TP
.B 1
Nothing found; or findings: \fBcheck\fR found an error, \fBfmt \-\-check\fR something to format.
.TP
.B 2
Wrong usage.
.TP
.B 3
The query given to \fBquery\fR, \fBtags\fR, \fBvalues\fR or \fBfmt\fR is invalid.
.TP
.B 4
The answer may be incomplete: something damaged was skipped, or the output could not be written.
.TP
.B 5
A source or a file cannot be read or written, or is damaged.
.SH ENVIRONMENT
.TP
.B TRACEQL_SOURCE
What \fBquery\fR, \fBtags\fR and \fBvalues\fR read where no SOURCE is given; without it the default context.
.TP
.B TRACEQL_CONFIG
The file of contexts; by default traceql/config.toml in XDG_CONFIG_HOME or ~/.config, on Windows in APPDATA.
.TP
.B AWS_\(**, GOOGLE_\(**, AZURE_\(**, STORAGE_EMULATOR_HOST
How object stores are reached, as their own tools take it; \fBAWS_PROFILE\fR names a profile of ~/.aws.
.TP
.B NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM
Whether there are colours where \fB\-\-color\fR is not given.
.TP
.B COLUMNS
How many columns the output may take; by default those of the terminal.
"#;

/// Writes the examples of a command, line by line as they are.
fn write_examples(ui: &mut Ui, text: &str) -> io::Result<()> {
    writeln!(ui.out(), ".SS EXAMPLES\n.nf")?;
    for line in text.lines().skip(1) {
        // A line that begins with a point or a quote would be a request.
        let line = line.trim_start().replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
        writeln!(ui.out(), "\\&{line}")?;
    }
    writeln!(ui.out(), ".fi")
}
