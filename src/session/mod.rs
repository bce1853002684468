//! One way from a request to an answer, for every front end: the command line, a REPL, a server, an editor, a library user.
//!
//! ```text
//! Session (sources, settings) + Request ─► run ─► Answer: what was found, notes, whether it is complete
//!
//! run ─► inputs ─► Collector ─► found                                        where there are no servers
//!    └─► servers: split ─► a server answers
//!                     └─► gather: candidates, whole traces ─► Collector ─► found
//! ```
//!
//! A session runs requests one after the other and side by side, in one process. It keeps what is known of inputs that have
//! not changed: footers of blocks, which traces they have, and names for suggestions. It prints nothing and ends no process:
//! what an answer looks like, and which exit status it has, is the business of the front end.

mod answer;
mod backend;
mod catalog;
mod error;
mod explain;
mod metrics;
mod names;
mod observer;
mod request;
mod run;
mod search;
mod servers;
mod settings;
mod sources;
#[cfg(feature = "remote")]
mod tempo;
mod trace;
mod traces;
mod when;

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use traceql_grammar::{Checked, Verdict, check, vocab::release::Release};

use crate::{model::catalog::Tags, source::Remembered};

#[cfg(feature = "remote")]
pub use self::tempo::Tempo;
pub use self::{
    answer::{Answer, Found, Located, Matches},
    backend::{Backend, Call, Fetched, Told},
    catalog::{CatalogSettings, SourceCatalog},
    error::{Error, Problem},
    observer::{Doing, Observer, Quiet},
    request::{Explain, Explained, Metrics, Request, Search, Tags as TagsRequest, Trace, Traces, USUAL_LIMITS, Values},
    settings::{Settings, system_clock},
    sources::Source,
    when::{Recent, Time, When},
};
pub use crate::model::{cancel::Cancel, progress::Progress};

use self::{run::Run, sources::Stdin};

/// Sources that are open under one group of settings.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    sources: RwLock<Vec<(String, Source)>>,
}

/// State that sessions over parts of the same sources share.
#[derive(Debug)]
struct Shared {
    settings: Settings,
    /// The threads of the session, where it has its own.
    threads: Option<rayon::ThreadPool>,
    remembered: Remembered,
    stdin: Mutex<Stdin>,
    /// The names of the inputs with these versions.
    names: Mutex<Option<(Vec<String>, Arc<Tags>)>>,
}

impl Session {
    /// Opens a session without sources.
    ///
    /// # Errors
    ///
    /// The system does not give as many threads as are set.
    pub fn new(settings: Settings) -> Result<Session, Error> {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let threads = settings.threads.map(pool).transpose().map_err(|error| {
            Error::Settings(Problem {
                name: "threads".to_owned(),
                problem: error.to_string(),
                cure: "set a smaller number".to_owned(),
            })
        })?;
        let shared = Shared {
            settings,
            threads,
            remembered: Remembered::default(),
            stdin: Mutex::default(),
            names: Mutex::default(),
        };
        Ok(Session { shared: Arc::new(shared), sources: RwLock::default() })
    }

    /// Opens a session over sources, under the usual settings.
    pub fn over<S: Into<Source>>(sources: impl IntoIterator<Item = S>) -> Session {
        let session = Session::new(Settings::default()).expect("the usual settings need no threads of their own");
        sources.into_iter().for_each(|source| session.add(source));
        session
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Adds a source under its own name. Requests that run already do not see it.
    pub fn add(&self, source: impl Into<Source>) {
        let source = source.into();
        self.add_as(source.name().to_owned(), source);
    }

    /// Adds a source under a name.
    pub fn add_as(&self, name: impl Into<String>, source: impl Into<Source>) {
        self.sources.write().push((name.into(), source.into()));
    }

    /// Removes the sources of a name; tells whether there were any. Requests that run already still see them.
    pub fn remove(&self, name: &str) -> bool {
        let mut sources = self.sources.write();
        let before = sources.len();
        sources.retain(|(known, _)| known != name);
        sources.len() < before
    }

    /// Replaces all sources, each under its own name. Requests that run already still see the old ones.
    pub fn replace(&self, sources: Vec<Source>) {
        let named = sources.into_iter().map(|source| (source.name().to_owned(), source));
        *self.sources.write() = named.collect();
    }

    /// Returns the names of the sources, in the order in which they were added.
    pub fn names(&self) -> Vec<String> {
        self.sources.read().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Opens a session over the sources of some names, with the same settings and all that is remembered.
    pub fn only<N: AsRef<str>>(&self, names: &[N]) -> Session {
        let is_named = |name: &str| names.iter().any(|wanted| wanted.as_ref() == name);
        let sources = self.sources.read().iter().filter(|(name, _)| is_named(name)).cloned().collect();
        Session { shared: Arc::clone(&self.shared), sources: RwLock::new(sources) }
    }

    /// Checks a query for the release that is set.
    pub fn check(&self, text: &str) -> Checked {
        check(text, self.settings().release)
    }

    /// Returns why a query can be run nowhere: not here, nor by any release of the servers among the sources. `None` if it
    /// may be run, which only the servers' releases decide.
    pub fn refuses(&self, checked: &Checked) -> Option<Error> {
        let has_servers = self.sources.read().iter().any(|(_, source)| matches!(source, Source::Server(_)));
        refuses(checked, has_servers)
    }

    fn all(&self) -> Vec<Source> {
        self.sources.read().iter().map(|(_, source)| source.clone()).collect()
    }
}

/// Returns why a query can be run nowhere.
fn refuses(checked: &Checked, has_servers: bool) -> Option<Error> {
    let takes = |release: &Release| check(checked.text(), *release).verdict == Verdict::Ok;
    let is_taken = has_servers && Release::ALL.iter().any(takes);
    if is_taken { None } else { run::runnable(checked).err() }
}

/// Answers a request over all sources of a session, as they are when it begins.
///
/// Waits on the calling thread; several threads may call it at once. A thread that runs async tasks must not: it panics
/// where a server or a store is asked. A cancelled request ends between two pieces of work: chunks of files, windows of
/// blocks, answers of servers. Listing folders and stores, and waiting for stdin, are not interrupted.
///
/// # Errors
///
/// The query is invalid, a source cannot be read or does not answer, or the request was cancelled.
pub fn run(
    session: &Session,
    request: &Request,
    cancel: &Cancel,
    observer: &(dyn Observer + Sync),
) -> Result<Answer, Error> {
    let run = Run { session, sources: &session.all(), cancel, observer, now: (session.settings().clock)() };
    run.go_on()?;
    match request {
        Request::Search(request) => search::run(&run, request),
        Request::Metrics(request) => metrics::run(&run, request),
        Request::Tags(request) => names::tags(&run, request),
        Request::Values(request) => names::values(&run, request),
        Request::Trace(request) => trace::run(&run, *request),
        Request::Traces(request) => traces::run(&run, request),
        Request::Explain(request) => explain::run(&run, request),
    }
}
