//! The command line: the only place with stdout, stderr, the environment, the clock and exit statuses.

mod catalog;
mod check;
mod completions;
#[cfg(feature = "remote")]
mod context;
mod convert;
mod explain;
mod fmt;
mod inputs;
#[cfg(feature = "remote")]
mod interrupt;
mod man;
mod progress;
mod query;
mod reference;
#[cfg(feature = "remote")]
mod remote;
mod sources;
mod tags;
mod time;
mod trace;
mod ui;
mod values;
mod watch;

use std::{ffi::OsString, io};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::ui::{ColorWhen, Ui};

/// Checks, explains, formats and runs TraceQL, the query language of Grafana Tempo, over trace files
#[derive(Debug, Parser)]
#[command(name = "traceql", version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colours; `auto`: on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", display_order = 900)]
    color: ColorWhen,

    /// Say nothing on stderr but errors
    #[arg(long, short, global = true, display_order = 901)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Query(query::Query),
    Tags(tags::Tags),
    Values(values::Values),
    Trace(trace::Trace),
    Check(check::Check),
    Fmt(fmt::Fmt),
    Explain(explain::Explain),
    Convert(convert::Convert),
    #[cfg(feature = "remote")]
    Context(context::Command),
    Completions(completions::Completions),
    Man(man::Man),
}

/// How a run ended; the number is the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// Done, and something found.
    Found = 0,
    /// Nothing found; or, for commands that look for faults, faults.
    Nothing = 1,
    /// Wrong usage.
    Usage = 2,
    /// The query is invalid.
    Query = 3,
    /// The answer may be wrong or incomplete.
    Incomplete = 4,
    /// The source failed.
    Source = 5,
    /// Ctrl-C, which shells tell so.
    #[cfg(feature = "remote")]
    Interrupted = 130,
}

/// Why a command could not do what it was asked to.
#[derive(Debug)]
enum Failure {
    /// A message for the user.
    Message {
        /// How the run ends.
        exit: Exit,
        /// What happened.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// Everything has been said already.
    Silent(Exit),
    /// Nobody reads the output any more, which is no failure: `| head` has what it wanted.
    ClosedPipe,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure::Message { exit, message: message.into(), hint: None }
    }

    fn with_hint(self, text: impl Into<String>) -> Failure {
        match self {
            Failure::Message { exit, message, .. } => Failure::Message { exit, message, hint: Some(text.into()) },
            other => other,
        }
    }
}

/// Of writing the output: what reads files makes its own messages.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::new(Exit::Incomplete, format!("cannot write the output: {error}")),
        }
    }
}

type Outcome = Result<Exit, Failure>;

/// Runs the program with the given arguments, the program's own name first, and returns its exit status.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    // Errors and help are written before the arguments are known.
    let color = ui::color_of(&args);
    let matches = match Cli::command().color(color.into()).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            // A closed pipe is no failure, and there is nobody left to tell about any other.
            let _ = error.print();
            return error.exit_code() as u8;
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return Exit::Usage as u8;
        }
    };
    let mut ui = Ui::new(cli.color, cli.quiet);
    let outcome = match cli.command {
        Command::Query(command) => query::run(&command, &mut ui),
        Command::Tags(command) => tags::run(&command, &mut ui),
        Command::Values(command) => values::run(&command, &mut ui),
        Command::Trace(command) => trace::run(&command, &mut ui),
        Command::Check(command) => check::run(command, &mut ui),
        Command::Fmt(command) => fmt::run(command, &mut ui),
        Command::Explain(command) => explain::run(&command, &mut ui),
        Command::Convert(command) => convert::run(&command, &mut ui),
        #[cfg(feature = "remote")]
        Command::Context(command) => context::run(&command, &mut ui),
        Command::Completions(command) => completions::run(&command, &mut ui),
        Command::Man(command) => man::run(&command, &mut ui),
    };
    // What is still in the buffer may meet a closed pipe too.
    let outcome = outcome.and_then(|exit| ui.flush().map(|()| exit).map_err(Failure::from));
    finish(outcome, &mut ui) as u8
}

/// Tells the user why the run failed, if it did.
fn finish(outcome: Outcome, ui: &mut Ui) -> Exit {
    match outcome {
        Ok(exit) | Err(Failure::Silent(exit)) => exit,
        Err(Failure::ClosedPipe) => Exit::Found,
        Err(Failure::Message { exit, message, hint }) => {
            // What was found before stays in front of the message.
            let _ = ui.flush();
            ui.error(&message, hint.as_deref());
            exit
        }
    }
}

/// Tells why one of several things could not be done, and goes on; `worst` becomes the status to end with.
fn tell_and_go_on(failure: Failure, worst: &mut Option<Exit>, ui: &mut Ui) -> Result<(), Failure> {
    match failure {
        Failure::ClosedPipe => Err(failure),
        failure => {
            let exit = finish(Err(failure), ui);
            *worst = (*worst).max(Some(exit));
            Ok(())
        }
    }
}
