//! A session as a catalog asks it.

use std::{
    path::{self, Path},
    sync::Arc,
};

use parking_lot::Mutex;
use traceql_grammar::field;

use super::{
    super::{Cancel, Error, Found, Quiet, Request, Session, Source, TagsRequest, Values, run, run::Run},
    answers::{Entries, Pace, Question},
    entries,
};
use crate::{model::shown_url::shown_url, source};

/// The name of stdin as a source.
const STDIN: &str = "-";

/// A source that is asked for names and values.
pub(super) trait Asked: Send + Sync {
    /// Returns the name that people know; `None` where there is no source at all.
    fn name(&self) -> Option<String>;

    /// Returns the rules for asking it.
    fn pace(&self) -> Pace;

    /// Returns a text that tells it from all other sources and holds no secret; `None` where its answers are not to be kept.
    fn identity(&self) -> Option<String>;

    /// Tells whether it has changed since this was called last.
    fn has_changed(&self) -> bool;

    /// Asks it.
    ///
    /// # Errors
    ///
    /// There is no answer.
    fn ask(&self, question: &Question, cancel: &Cancel) -> Result<Reply, NoReply>;
}

/// The answer of a source.
#[derive(Debug)]
pub(super) struct Reply {
    /// The answer itself.
    pub(super) entries: Entries,
    /// Values of attributes that came along with names.
    pub(super) along: Vec<(String, Entries)>,
}

/// A question without an answer.
#[derive(Debug)]
pub(super) enum NoReply {
    /// The source does not answer; a headline.
    OfSource(String),
    /// The question has no answer anywhere.
    OfQuestion,
}

/// Sources that are open.
pub(super) struct Open {
    session: Arc<Session>,
    name: Option<String>,
    versions: Mutex<Option<Vec<String>>>,
}

impl Open {
    /// Makes a session one that is asked; `name` is what people call it, if that is not the names of its sources.
    pub(super) fn new(session: Arc<Session>, name: Option<String>) -> Open {
        let versions = Mutex::new(versions(&session));
        Open { session, name, versions }
    }
}

impl Asked for Open {
    fn name(&self) -> Option<String> {
        let names = self.session.names();
        if names.is_empty() { None } else { Some(self.name.clone().unwrap_or_else(|| names.join(", "))) }
    }

    fn pace(&self) -> Pace {
        let is_far = |source: &Source| match source {
            Source::Server(_) => true,
            Source::Data(name) => source::is_store(name),
            Source::Input(_) => false,
        };
        if self.session.all().iter().any(is_far) { Pace::SERVERS } else { Pace::FILES }
    }

    fn identity(&self) -> Option<String> {
        let identities: Option<Vec<String>> = self.session.all().iter().map(identity).collect();
        identities.filter(|all| !all.is_empty()).map(|all| all.join("\n"))
    }

    fn has_changed(&self) -> bool {
        let new = versions(&self.session);
        let mut known = self.versions.lock();
        let has_changed = *known != new;
        *known = new;
        has_changed
    }

    fn ask(&self, question: &Question, cancel: &Cancel) -> Result<Reply, NoReply> {
        let query = question.query.as_deref().map(|query| self.session.check(query));
        let request = match &question.field {
            None => Request::Tags(TagsRequest { query, ..TagsRequest::default() }),
            Some(name) => {
                let field = field(name).map_err(|_| NoReply::OfQuestion)?;
                Request::Values(Values { field, query, when: Default::default() })
            }
        };
        let answer = run(&self.session, &request, cancel, &Quiet).map_err(no_reply)?;
        Ok(match answer.found {
            Found::Tags(tags) => {
                let (names, along) = entries::names(tags);
                let along = along.into_iter().map(|(field, values)| (field, Entries::Values(values)));
                Reply { entries: Entries::Names(names), along: along.collect() }
            }
            Found::Values(values) => {
                Reply { entries: Entries::Values(entries::values(&values.values.counts)), along: Vec::new() }
            }
            _ => return Err(NoReply::OfQuestion),
        })
    }
}

/// Returns what tells a source from others; `None` for what exists in this process only.
fn identity(source: &Source) -> Option<String> {
    match source {
        Source::Data(name) if name == STDIN => None,
        Source::Data(name) if name.contains("://") => Some(shown_url(name)),
        Source::Data(name) => path::absolute(Path::new(name)).ok()?.to_str().map(str::to_owned),
        Source::Input(_) => None,
        Source::Server(server) => server.identity(),
    }
}

/// Returns the versions of all files; `None` if a file has none, or is not there.
fn versions(session: &Session) -> Option<Vec<String>> {
    let sources = session.all();
    let is_file = |source: &Source| match source {
        Source::Data(name) => name != STDIN && !source::is_store(name),
        Source::Input(_) => true,
        Source::Server(_) => false,
    };
    if !sources.iter().all(is_file) {
        return None;
    }
    let run = Run { session, sources: &sources, cancel: &Cancel::new(), observer: &Quiet, now: 0 };
    run.inputs(false).ok()?.iter().map(source::Input::version).collect()
}

/// Says why there is no answer.
fn no_reply(error: Error) -> NoReply {
    match error {
        Error::Query(_) | Error::Plan(_) | Error::SelectsSeries | Error::NoSources | Error::Cancelled => {
            NoReply::OfQuestion
        }
        error => NoReply::OfSource(error.to_string()),
    }
}
