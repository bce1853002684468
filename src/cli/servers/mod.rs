//! Tempo servers among the sources of a command: from a URL or the name of a context to a backend of the session.
//!
//! ```text
//! SOURCE ─► given: a server, a context, or data ─► target: how to get there ─► tempo::Server ─► session::Source
//! ```

mod flags;
mod share;
mod target;
mod url;

use std::{
    env,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;

use self::{
    target::{Target, of_context, target},
    url::{has_password, is_server, shown},
};
use super::{Exit, Failure, context::Contexts, count::count, ui::Ui};
use crate::{
    model::{budget::Budget, secrets::Secrets},
    output::visible,
    session::{Error, Source, Tempo},
    source::Runtime,
    tempo::{Event, Server, Settings, Watcher},
};

pub(super) use self::{flags::ServerFlags, share::grafana};
pub(super) use super::context::Grafana;

/// Heading in the help for options about servers.
const SERVERS: &str = "Servers";

/// Options of a query that are about servers.
#[derive(Debug, Args)]
pub(super) struct QueryFlags {
    /// How many traces a server is asked for where the query runs here; 0 for all. Where there are more, the answer is
    /// incomplete
    #[arg(
        long, value_name = "N", value_parser = count, default_value = "1000", allow_negative_numbers = true,
        help_heading = SERVERS
    )]
    candidates: usize,

    /// Print the URL of the query in Grafana instead of running it
    #[arg(long, conflicts_with = "watch", help_heading = SERVERS)]
    share: bool,
}

impl QueryFlags {
    /// Returns how many traces each source is asked for where a query runs here; 0 for all.
    pub(super) fn candidates(&self) -> Option<usize> {
        Some(self.candidates)
    }

    /// Tells whether the URL of the query in Grafana is wanted, and no answer.
    pub(super) fn share(&self) -> bool {
        self.share
    }
}

/// A source as it was given.
#[derive(Debug)]
enum Given {
    /// A server, and how to get to it.
    Server(Box<Target>),
    /// What is read: a file, stdin, an object store.
    Data(String),
}

/// Makes sources of what was named: of the default context where nothing was. Nothing is asked yet.
///
/// # Errors
///
/// What was named cannot be used.
pub(super) fn sources(
    names: &[String],
    flags: &ServerFlags,
    budget: &Budget,
    ui: &mut Ui,
) -> Result<Vec<Source>, Failure> {
    ui.shows_requests |= flags.verbose;
    let (mut sources, mut known): (Vec<Source>, Vec<Settings>) = Default::default();
    // One group of threads for all servers.
    let shared = Shared { runtime: Runtime::default(), budget: budget.clone(), secrets: ui.secrets.clone() };
    for source in given(names, flags, ui)? {
        match source {
            Given::Data(name) => sources.push(Source::Data(name)),
            Given::Server(target) => sources.extend(backend(&target, flags, &mut known, &shared)?),
        }
    }
    Ok(sources)
}

/// Makes sources of what was named, where servers cannot be read.
///
/// # Errors
///
/// A server is among it.
pub(super) fn without_servers(names: &[String]) -> Result<Vec<Source>, Failure> {
    let flags = ServerFlags::default();
    let source = |name: &String| match kind_of(name, &flags)? {
        Kind::Data => Ok(Source::Data(name.clone())),
        Kind::Server => Err(only_queries(&shown(name))),
        Kind::Context => Err(only_queries(&format!("the context `{name}`"))),
    };
    names.iter().map(source).collect()
}

fn only_queries(name: &str) -> Failure {
    Failure::new(Exit::Usage, format!("{name}: of a server only what a query finds can be had"))
        .with_hint("`traceql trace ID --format otlp` writes one of its traces")
}

/// Kind of source that a name stands for.
enum Kind {
    Server,
    Context,
    Data,
}

/// Tells a server from what is read.
fn kind_of(name: &str, flags: &ServerFlags) -> Result<Kind, Failure> {
    if is_server(name) {
        return Ok(Kind::Server);
    }
    // A file is nearer than a context of the same name.
    let is_context = Contexts::may_have(name) && !Path::new(name).exists() && flags.contexts()?.has(name)?;
    Ok(if is_context { Kind::Context } else { Kind::Data })
}

/// Finds out what was named, and how to get to servers.
fn given(names: &[String], flags: &ServerFlags, ui: &mut Ui) -> Result<Vec<Given>, Failure> {
    let of_context = |name: &str, ui: &Ui| -> Result<Given, Failure> {
        Ok(Given::Server(Box::new(of_context(name, flags.contexts()?, flags, ui)?)))
    };
    let mut all = Vec::new();
    if names.is_empty()
        && let Some(name) = flags.contexts()?.default_name()?
    {
        all.push(of_context(name, ui)?);
    }
    for name in names {
        all.push(match kind_of(name, flags)? {
            Kind::Data => Given::Data(name.clone()),
            Kind::Context => of_context(name, ui)?,
            Kind::Server => {
                let target = target(name, flags)?;
                if has_password(name) {
                    ui.warn(
                        "everybody on this computer can read the password in the URL; `--user` takes it from \
                         $TRACEQL_PASSWORD",
                    );
                }
                Given::Server(Box::new(target))
            }
        });
    }
    let has_servers = all.iter().any(|given| matches!(given, Given::Server(_)));
    if let Some(name) = flags.readable_secret().filter(|_| has_servers) {
        ui.warn(&format!(
            "everybody on this computer can read the header `{name}`; `--header @FILE` takes it from a file"
        ));
    }
    Ok(all)
}

/// What all servers of a run share.
struct Shared {
    runtime: Runtime,
    budget: Budget,
    secrets: Secrets,
}

/// Makes the source of a server; `None` if it is known already.
fn backend(
    target: &Target,
    flags: &ServerFlags,
    known: &mut Vec<Settings>,
    shared: &Shared,
) -> Result<Option<Source>, Failure> {
    let (budget, secrets) = (shared.budget.clone(), shared.secrets.clone());
    let mut settings = Settings { budget, secrets, ..target.settings.clone() };
    let mut asked = settings.clone();
    if flags.verbose {
        asked.watcher = Some(watcher(&shared.secrets));
    }
    let server = Server::open_on(&asked, shared.runtime.clone()).map_err(Error::from)?;
    // The same server is another source for another tenant.
    server.url().clone_into(&mut settings.url);
    if known.contains(&settings) {
        return Ok(None);
    }
    known.push(settings);
    Ok(Some(Source::from(Tempo::new(server, &target.name, releases()))))
}

/// Returns the file in which releases are remembered; `None` if the user has no place for it.
fn releases() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let cache = folder("XDG_CACHE_HOME")
        .or_else(|| if cfg!(windows) { folder("LOCALAPPDATA") } else { None })
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("traceql").join("releases"))
}

/// Writes what is asked and answered to stderr, each with the seconds since the beginning.
fn watcher(secrets: &Secrets) -> Watcher {
    let (begun, secrets) = (Instant::now(), secrets.clone());
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
        Ui::put(&visible::message(&format!("{seconds:7.3}s {}", secrets.masked(&line))));
    })
}
