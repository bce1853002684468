//! `traceql man`: the manual page.

use std::io;

use clap::{ArgAction, Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use super::{
    Cli, Exit, Outcome,
    reference::{STATUSES, VARIABLES},
    ui::Ui,
};

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
    write_closing(ui)?;
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

/// Writes what holds for every command.
fn write_closing(ui: &mut Ui) -> io::Result<()> {
    writeln!(ui.out(), ".SH \"EXIT STATUS\"")?;
    for status in STATUSES {
        writeln!(ui.out(), ".TP\n.B {}\n{}", status.number, roff(status.meaning))?;
    }
    writeln!(ui.out(), ".SH ENVIRONMENT")?;
    for row in VARIABLES {
        writeln!(ui.out(), ".TP\n.B {}\n{}", row.names.join(", ").replace('*', "\\(**"), roff(row.meaning))?;
    }
    Ok(())
}

/// Returns a sentence in roff; what stands between backquotes is bold.
fn roff(text: &str) -> String {
    let pieces = text.split('`').enumerate().map(|(at, piece)| match at % 2 {
        0 => piece.to_owned(),
        _ => format!("\\fB{}\\fR", piece.replace('-', "\\-")),
    });
    pieces.collect()
}

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
