//! `traceql completions`: what a shell needs to complete arguments.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, Outcome, ui::Ui};

/// Writes the completion script for a shell to stdout
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  traceql completions bash > ~/.local/share/bash-completion/completions/traceql
  traceql completions zsh > ~/.zfunc/_traceql
  traceql completions fish > ~/.config/fish/completions/traceql.fish";

pub(super) fn run(command: &Completions, ui: &mut Ui) -> Outcome {
    // The generator panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "traceql", &mut script);
    ui.out().write_all(&script)?;
    Ok(Exit::Found)
}
