//! `traceql man`: the manual page.

use std::io;

use clap::{Args, CommandFactory};
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
        let name = format!("traceql {}", subcommand.get_name());
        writeln!(ui.out(), ".SH \"{}\"", name.to_uppercase())?;
        let page = Page::new(subcommand.clone().bin_name(name));
        let mut text = Vec::new();
        page.render_synopsis_section(&mut text)?;
        page.render_description_section(&mut text)?;
        page.render_options_section(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        // What is a section of a page of its own is a part of a section here.
        for line in text.lines() {
            writeln!(ui.out(), "{}", line.replacen(".SH ", ".SS ", 1))?;
        }
        if let Some(examples) = subcommand.get_after_help() {
            write_examples(ui, &examples.to_string())?;
        }
    }
    Ok(Exit::Found)
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
