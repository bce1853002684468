//! Input made to do harm: what reaches terminals and logs, and what is left of files when a run is killed.

mod files;
mod text;

use std::process::{Command, Output, Stdio};

/// Makes a command that runs the program without anything of the user's own.
pub(crate) fn traceql() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.env_remove("TRACEQL_SOURCE").env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("TRACEQL_CONFIG");
    command.env("XDG_CONFIG_HOME", "/no-such-folder").stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the binary starts")
}
