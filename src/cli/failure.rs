//! How a run ends: the exit status, and why a command could not do what it was asked to.

use std::io;

use traceql_grammar::Checked;

use crate::{
    output::diagnostic::{
        Judged,
        human::{self, Style},
    },
    plan::TimesError,
    session::{self, Error, Problem},
};

use super::ui::Ui;

/// How a run ended; the number is the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
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
    /// Ctrl-C: shells give the same number.
    Interrupted = 130,
}

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// A message for the user.
    Message {
        /// How the run ends.
        exit: Exit,
        /// What happened.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A query is invalid; its diagnostics say why.
    Query(Box<Checked>),
    /// Everything has been said already.
    Silent(Exit),
    /// The reader of the output has closed it, which is no failure: `| head` has what it wanted.
    ClosedPipe,
}

/// Result of a command: its exit status, or why it failed.
pub(super) type Outcome = Result<Exit, Failure>;

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure::Message { exit, message: message.into(), hint: None }
    }

    pub(super) fn with_hint(self, text: impl Into<String>) -> Failure {
        match self {
            Failure::Message { exit, message, .. } => Failure::Message { exit, message, hint: Some(text.into()) },
            other => other,
        }
    }

    /// Tells the user why the run failed, and returns how it ends.
    pub(super) fn tell(self, ui: &mut Ui) -> Exit {
        match self {
            Failure::Silent(exit) => exit,
            Failure::ClosedPipe => Exit::Found,
            Failure::Query(checked) => {
                let text = checked.text().to_owned();
                let Checked { diagnostics, verdict, .. } = *checked;
                let judged = Judged { text, file: None, diagnostics, verdict };
                let style = Style { color: ui.err_color, width: ui.err_width() };
                let mut text = Vec::new();
                let _ = human::write(&mut text, &[judged], style);
                // If stderr is closed, there is no reader to be told.
                let _ = ui.write_err(&String::from_utf8_lossy(&text));
                Exit::Query
            }
            Failure::Message { exit, message, hint } => {
                // What was found before stays in front of the message.
                let _ = ui.flush();
                ui.error(&message, hint.as_deref());
                exit
            }
        }
    }

    /// Tells why one of several things could not be done, and goes on; `worst` becomes the status to end with.
    ///
    /// # Errors
    ///
    /// The output is closed, so that nothing is left to do.
    pub(super) fn tell_and_go_on(self, worst: &mut Option<Exit>, ui: &mut Ui) -> Result<(), Failure> {
        match self {
            Failure::ClosedPipe => Err(self),
            failure => {
                let exit = failure.tell(ui);
                *worst = (*worst).max(Some(exit));
                Ok(())
            }
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

/// Why a session has no answer, with the options that help.
impl From<session::Error> for Failure {
    fn from(error: session::Error) -> Failure {
        let message = error.to_string();
        match error {
            Error::Query(checked) => Failure::Query(checked),
            Error::Plan(_) | Error::Search(_) => Failure::new(Exit::Query, message),
            Error::SelectsSeries => Failure::new(Exit::Query, "`--query` selects spans, and a metrics query has none")
                .with_hint("keep the part before the metrics function: `{ … }`"),
            Error::Times(error) => Failure::new(Exit::Usage, message).with_hint(match error {
                TimesError::NoLength => "give an `--end` that lies behind `--start`, and behind the first span",
                TimesError::TooLong => {
                    "ask for a day at most with `--start` and `--end`; without them all of the data is taken"
                }
                TimesError::StepTooSmall { .. } => "give a longer `--step`, or none",
            }),
            Error::StartAfterEnd => {
                Failure::new(Exit::Usage, "`--start` lies after `--end`").with_hint("exchange them")
            }
            Error::NoSources => Failure::new(Exit::Usage, message)
                .with_hint("name a file, a directory, a glob or `-` for stdin, or set TRACEQL_SOURCE"),
            Error::NotASource(problem) | Error::Settings(problem) => of_problem(Exit::Usage, problem),
            Error::Server(problem) => of_problem(Exit::Source, problem),
            Error::Source(error) => Failure::new(Exit::Source, message).with_hint(error.cure),
            Error::Cancelled => Failure::Silent(Exit::Interrupted),
        }
    }
}

fn of_problem(exit: Exit, problem: Problem) -> Failure {
    Failure::new(exit, problem.to_string()).with_hint(problem.cure)
}
