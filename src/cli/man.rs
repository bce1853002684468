//! `traceql man`: the manual page.

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
    let mut command = Cli::command();
    command.build();
    Page::new(command.clone()).render(ui.out())?;
    // One page for all: each command as a section of its own.
    for subcommand in command.get_subcommands() {
        let page = Page::new(subcommand.clone());
        writeln!(ui.out(), ".SH \"TRACEQL {}\"", subcommand.get_name().to_uppercase())?;
        page.render_synopsis_section(ui.out())?;
        page.render_description_section(ui.out())?;
        page.render_options_section(ui.out())?;
        page.render_extra_section(ui.out())?;
    }
    Ok(Exit::Found)
}
