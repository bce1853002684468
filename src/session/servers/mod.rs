//! Servers among the sources: they answer, or give the traces over which a query runs here.
//!
//! ```text
//! query ─► split, for each server: what runs there ─► one server does all: ask it
//!                                               └─► gather: candidates of every source, each trace from every server
//!                                                     ─► read as files are ─► the query runs here
//! ```

mod catalog;
mod gather;
mod metrics;
mod search;
mod skipped;
mod trace;

use std::sync::Arc;

use traceql_grammar::{Checked, Verdict, check, query::Query, vocab::release::Release};

use crate::{
    model::note::{Level, Note},
    plan::remote::{self, Cause, Reason, Server, Split},
    source::Input,
};

use super::{
    Answer, Backend, Doing, Error, Found, Recent, When, refuses,
    run::{Run, runnable},
};

pub(super) use self::{
    catalog::{add_tags, add_values, catalog_request},
    gather::{Gathered, gather_for},
    metrics::metrics,
    search::search,
    skipped::Skipped,
    trace::fetch_trace,
};

/// A query that was shared out.
struct Shared<'s> {
    run: &'s Run<'s>,
    text: &'s str,
    /// The query, as the newest release understands it, or else as the server does.
    query: Checked,
    recent: Recent,
    splits: Vec<Part<'s>>,
    skipped: Skipped,
    /// Number of servers among the sources, those that were left out among it.
    servers: usize,
    /// The inputs of other sources.
    local: Vec<Input>,
}

/// Part of a query that one server does.
struct Part<'s> {
    server: &'s dyn Backend,
    release: Release,
    split: Split,
}

/// A server that answers all of a query alone.
struct Whole<'s> {
    server: &'s dyn Backend,
    release: Release,
    /// The text that it is sent.
    text: &'s str,
    /// Reasons that its answer needs a note.
    reasons: &'s [Reason],
}

/// Answers a query: a server does where it can alone, and else the query runs here.
fn answer(
    run: &Run<'_>,
    (query, when): (&Checked, When),
    servers: &[Arc<dyn Backend>],
    there: impl FnOnce(&Shared<'_>, &Whole<'_>) -> Result<Answer, Error>,
    here: impl FnOnce(&Shared<'_>) -> Result<Answer, Error>,
) -> Result<Answer, Error> {
    let shared = Shared::out(run, query, when, servers)?;
    let mut answer = match shared.whole() {
        Some(whole) => there(&shared, &whole)?,
        None => here(&shared)?,
    };
    let range = shared.recent.range;
    if let Found::Metrics(result) = &answer.found
        && result.series.is_empty()
    {
        answer.notes.push(Note::NoSeriesIn { start: range.start, end: range.end });
    }
    answer.notes.extend(shared.recent.is_usual.then_some(Note::LastHour));
    let skipped = shared.skipped.notes();
    answer.is_complete &= skipped.is_empty();
    answer.notes.extend(skipped);
    Ok(answer)
}

impl<'s> Shared<'s> {
    /// Decides what runs on which server, and what here.
    ///
    /// # Errors
    ///
    /// Neither a server nor this program can run the query; a server does not say which release it is; a source cannot be
    /// found.
    fn out(run: &'s Run<'s>, checked: &'s Checked, when: When, servers: &'s [Arc<dyn Backend>]) -> Result<Self, Error> {
        let text = checked.text();
        if let Some(error) = refuses(checked, !servers.is_empty()) {
            return Err(error);
        }
        let recent = when.recent(run.now)?;
        let local = run.inputs(true)?;
        let is_shared = servers.len() > 1 || !local.is_empty();
        let (mut splits, skipped) = (Vec::new(), Skipped::new(run));
        for server in servers {
            let (like, split) = match split_for(run, &**server, text, is_shared) {
                Ok(split) => split,
                Err(error) => {
                    skipped.skip(&**server, error)?;
                    continue;
                }
            };
            if let Split::Never { .. } = split {
                runnable(checked)?;
            }
            splits.push(Part { server: &**server, release: like.release, split });
        }
        skipped.leave_something(servers.len(), !local.is_empty())?;
        let query = understood(checked, splits.first());
        Ok(Shared { run, text, query, recent, splits, skipped, servers: servers.len(), local })
    }

    /// Returns the server that answers alone, if one does.
    fn whole(&self) -> Option<Whole<'_>> {
        match &self.splits[..] {
            [Part { server, release, split: Split::Whole { text, notes } }] if self.local.is_empty() => {
                Some(Whole { server: *server, release: *release, text, reasons: notes })
            }
            _ => None,
        }
    }

    /// Returns the query if it can be run here.
    fn runnable(&self) -> Result<&Query, Error> {
        runnable(&self.query)
    }
}

/// Decides what a server does of a query; `shared` tells whether other sources may have spans of its traces.
///
/// # Errors
///
/// The server does not say which release it is.
pub(super) fn split_for(
    run: &Run<'_>,
    server: &dyn Backend,
    text: &str,
    shared: bool,
) -> Result<(Server, Split), Error> {
    let release = run.ask(server, Doing::Release, |call| server.release(run.now, call))?;
    let like = Server { release, exact: run.session.settings().exact, shared };
    Ok((like, remote::split(text, like)))
}

/// Reads a query as the newest release does, or, where that does not take it, as the server does.
fn understood(checked: &Checked, server: Option<&Part<'_>>) -> Checked {
    match server {
        Some(server) if matches!(checked.verdict, Verdict::ParseError | Verdict::ValidateError) => {
            check(checked.text(), server.release)
        }
        _ => checked.clone(),
    }
}

/// Takes the plan that says what an answer shows. An old server takes queries that have none here: one of the reasons says so.
fn planned<P>(plan: Result<P, Error>, reasons: &[Reason]) -> Result<Option<P>, Error> {
    match plan {
        Err(Error::Plan(_) | Error::Query(_)) if reasons.iter().any(|reason| reason.cause == Cause::OnlyThere) => {
            Ok(None)
        }
        plan => plan.map(Some),
    }
}

/// Says what is to be known of a server's answer.
fn tell_reasons(reasons: &[Reason]) -> impl Iterator<Item = Note> {
    reasons.iter().map(|reason| match reason.cause {
        Cause::Differs(_) => Note::Differs(reason.text.clone()),
        _ => of_server(Level::Note, &reason.text),
    })
}

fn of_server(level: Level, text: &str) -> Note {
    Note::OfServer { level, text: text.to_owned() }
}
