//! Tempo servers among the sources of a command.
//!
//! ```text
//! sources ─► target: how to get there ─► Remote ─► release (kept for a day) ─► split: who does what
//!                                           └────► gather: candidates, whole traces ─► read as files are
//! ```

mod catalog;
mod flags;
mod gather;
mod progress;
mod release;
mod target;
mod trace;

use std::{
    io::{self, Write},
    time::Instant,
};

use crate::{
    plan::remote::{self, Split},
    tempo::{Call, Event, Kind, RemoteError, Server, Settings, Watcher},
};

use self::{
    progress::{Waiting, is_wanted},
    target::{has_password, of_context, target},
};
use super::{
    Exit, Failure,
    interrupt::giving_up,
    sources::{Source, Sources},
    ui::Ui,
};

pub(super) use self::{
    catalog::{add_tags, add_values},
    flags::{RemoteFlags, SERVERS},
    gather::{Gathered, Wanted, gather},
    target::{Grafana, is_server},
    trace::fetch_trace,
};

/// A server that is asked.
pub(super) struct Remote {
    /// The client.
    pub(super) server: Server,
    /// What people call it; nothing in it is secret.
    pub(super) name: String,
    /// Where its traces are looked at in a browser.
    pub(super) grafana: Option<Grafana>,
    /// Whether somebody looks at the progress.
    is_watched: bool,
}

/// Makes the clients of the servers among the sources, each once; nothing is asked yet.
///
/// # Errors
///
/// What was given cannot be used.
pub(super) fn servers(sources: &Sources, ui: &Ui) -> Result<Vec<Remote>, Failure> {
    let flags = sources.remote();
    let mut is_told = false;
    let (mut remotes, mut known): (Vec<Remote>, Vec<Settings>) = Default::default();
    for source in sources.given()? {
        let mut target = match &source {
            Source::Server(url) => target(url, flags)?,
            Source::Context(name) => of_context(name, sources.contexts()?, flags, ui)?,
            Source::Data(_) => continue,
        };
        if let Source::Server(url) = &source
            && has_password(url)
        {
            ui.warn(
                "everybody on this computer can read the password in the URL; `--user` takes it from $TRACEQL_PASSWORD",
            );
        }
        if let Some(name) = flags.readable_secret().filter(|_| !is_told) {
            ui.warn(&format!(
                "everybody on this computer can read the header `{name}`; `--header @FILE` takes it from a file"
            ));
            is_told = true;
        }
        let mut settings = target.settings.clone();
        if flags.verbose {
            target.settings.watcher = Some(watcher());
        }
        let server = Server::open(&target.settings).map_err(failed)?;
        // The same server is another source for another tenant.
        server.url().clone_into(&mut settings.url);
        if known.contains(&settings) {
            continue;
        }
        known.push(settings);
        remotes.push(Remote {
            server,
            name: target.name,
            grafana: target.grafana,
            is_watched: is_wanted(ui) && !flags.verbose,
        });
    }
    Ok(remotes)
}

impl Remote {
    /// Asks something, until it is answered or Ctrl-C comes; `doing` says what for people who wait: `searching`.
    ///
    /// # Errors
    ///
    /// What the question says.
    pub(super) fn ask<T>(
        &self,
        doing: &str,
        question: impl FnOnce(&Server, Call<'_>) -> Result<T, RemoteError>,
    ) -> Result<T, Failure> {
        let waiting = Waiting::new(format!("{doing} {}", self.name), self.is_watched);
        let answer = giving_up(|cancel| {
            question(&self.server, Call { cancel, progress: &|progress| waiting.advance(progress) })
        });
        // Before anything else is written.
        drop(waiting);
        answer.map_err(failed)
    }

    /// Decides what the server does of a query; `shared` tells whether other sources may have spans of its traces.
    ///
    /// # Errors
    ///
    /// The server does not say which release it is.
    pub(super) fn split(&self, text: &str, exact: bool, shared: bool) -> Result<(remote::Server, Split), Failure> {
        let server = remote::Server { release: self.release()?, exact, shared };
        Ok((server, remote::split(text, server)))
    }
}

/// Says why a server did not answer.
pub(super) fn failed(error: RemoteError) -> Failure {
    let exit = match error.kind {
        Kind::Cancelled => return Failure::Silent(Exit::Interrupted),
        Kind::Settings => Exit::Usage,
        _ => Exit::Source,
    };
    Failure::new(exit, format!("{}: {}", error.url, error.what())).with_hint(error.cure)
}

/// Writes what is asked and answered to stderr, each with the seconds since the beginning.
fn watcher() -> Watcher {
    let begun = Instant::now();
    Watcher::new(move |event| {
        let seconds = begun.elapsed().as_secs_f64();
        let line = match event {
            Event::Asked { number, url, parameters } => {
                let shown = parameters.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("#{number} GET {url}{}", shown.collect::<String>())
            }
            Event::Answered { number, status, bytes } => format!("#{number} status {status}, {bytes} bytes"),
            Event::Failed { number, problem } => format!("#{number} {problem}"),
        };
        // Whole lines, because threads write between each other. If stderr is closed, nobody is there to be told.
        let _ = io::stderr().write_all(format!("{seconds:7.3}s {line}\n").as_bytes());
    })
}
