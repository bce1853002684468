//! The command line: the only place with stdout, stderr, the environment, the clock and exit statuses.

mod ask;
mod catalog;
mod check;
mod completions;
#[cfg(feature = "remote")]
mod context;
mod convert;
mod count;
mod difference;
mod explain;
mod failure;
mod files;
mod fmt;
mod inputs;
mod lint;
#[cfg(feature = "lsp")]
mod lsp;
mod man;
mod progress;
mod query;
mod reference;
mod secrets;
#[cfg_attr(not(feature = "remote"), path = "no_servers.rs")]
mod servers;
mod size;
mod sources;
mod tags;
mod time;
mod trace;
mod ui;
mod values;
mod watch;
mod whole_file;

use std::{any::Any, ffi::OsString};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::{
    failure::{Exit, Failure, Outcome},
    ui::{ColorWhen, Ui},
};
use crate::{model::cancel::Cancel, output::visible};

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
    Lint(lint::Lint),
    Fmt(fmt::Fmt),
    Explain(explain::Explain),
    Convert(convert::Convert),
    #[cfg(feature = "lsp")]
    Lsp(lsp::Lsp),
    #[cfg(feature = "remote")]
    Context(context::Command),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Something that need not be freed if the process ends at once.
pub type Leftover = Box<dyn Any + Send>;

/// How a run ended.
pub struct Ended {
    /// The exit status.
    pub status: u8,
    /// What is left to be freed. A process that ends now may do without, which for large answers saves as much time as it
    /// takes to find them.
    pub leftovers: Vec<Leftover>,
}

/// Runs the program with the given arguments, the program's own name first. `cancel` is cancelled by Ctrl-C: what watches it
/// then ends soon.
pub fn run(args: impl IntoIterator<Item = OsString>, cancel: &Cancel) -> Ended {
    let args: Vec<OsString> = args.into_iter().collect();
    let ended = |status| Ended { status, leftovers: Vec::new() };
    // Errors and help are written before the arguments are known.
    let (color, secrets) = (ui::color_of(&args), secrets::of_run(&args));
    let parse = |args: &[OsString]| {
        let matches = Cli::command().color(color.into()).try_get_matches_from(args)?;
        Cli::from_arg_matches(&matches)
    };
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(error) => {
            let mut ui = Ui::new(color, false, secrets.clone(), cancel.clone());
            // An error quotes arguments, so it is made anew of what may be shown of them.
            let shown: Vec<OsString> =
                args.iter().map(|arg| visible::message(&secrets.masked(&arg.to_string_lossy())).into()).collect();
            let error = if shown == args { Some(error) } else { parse(&shown).err() };
            let wrong = || Err(Failure::new(Exit::Usage, "an argument is wrong, and cannot be shown"));
            let exit = error.map_or_else(wrong, |error| failure::of_arguments(&error));
            let exit = exit.unwrap_or_else(|failure| failure.tell(&mut ui));
            return ended(exit as u8);
        }
    };
    let mut ui = Ui::new(cli.color, cli.quiet, secrets, cancel.clone());
    let outcome = match cli.command {
        Command::Query(command) => query::run(&command, &mut ui),
        Command::Tags(command) => tags::run(&command, &mut ui),
        Command::Values(command) => values::run(&command, &mut ui),
        Command::Trace(command) => trace::run(&command, &mut ui),
        Command::Check(command) => check::run(command, &mut ui),
        Command::Lint(command) => lint::run(&command, &mut ui),
        Command::Fmt(command) => fmt::run(command, &mut ui),
        Command::Explain(command) => explain::run(&command, &mut ui),
        Command::Convert(command) => convert::run(&command, &mut ui),
        #[cfg(feature = "lsp")]
        Command::Lsp(command) => lsp::run(command, &mut ui),
        #[cfg(feature = "remote")]
        Command::Context(command) => context::run(&command, &mut ui),
        Command::Completions(command) => completions::run(&command, &mut ui),
        Command::Man(command) => man::run(&command, &mut ui),
    };
    // What is still in the buffer may meet a closed pipe too.
    let outcome = outcome.and_then(|exit| ui.flush().map(|()| exit).map_err(Failure::from));
    let exit = outcome.unwrap_or_else(|failure| failure.tell(&mut ui));
    Ended { status: exit as u8, leftovers: ui.leftovers }
}
