//! Searches, over ranges of any length: windows that the server takes, a few at a time, newest first, merged by trace id.

use std::{cmp::Ordering, collections::VecDeque};

use hashbrown::{HashMap, HashSet};

use super::{
    decode,
    error::{Kind, RemoteError},
    flight::{ATTEMPTS, Call, Flow, Question, Work, run},
    limits::Limits,
    reply::Reply,
    server::{Answer, Server},
    windows::{self, Window},
};
use crate::{
    model::{
        ids::TraceId,
        progress::Progress,
        result::{Inspected, SearchResult, Spanset, TraceMatch},
        units::SECOND,
    },
    plan::remote::SearchRequest,
};

/// So many spans of a spanset are all; a server that takes fewer says so.
const ALL_SPANS: usize = 1_000_000;

/// So many older windows are asked about before a newer one is answered.
const AHEAD: usize = 2;

/// How often windows are cut in halves that hold more than the server gives at once. Where more traces overlap than it gives,
/// halves never hold less.
const HALVINGS: usize = 500;

impl Server {
    /// Searches.
    ///
    /// The newest traces come first. A trace that lies in two windows is told once, with the spans of both; its `matched`
    /// is then how many spans there are at least.
    ///
    /// # Errors
    ///
    /// The first that goes wrong with any window.
    pub fn search(&self, request: &SearchRequest, call: Call<'_>) -> Result<Answer<SearchResult>, RemoteError> {
        self.search_in_parts(request, call, &|_| {})
    }

    /// Does the same as [`Server::search`], and tells after each window what has come so far: `parts` gets a function that
    /// makes the answer of it.
    ///
    /// # Errors
    ///
    /// As [`Server::search`].
    pub fn search_in_parts(
        &self,
        request: &SearchRequest,
        call: Call<'_>,
        parts: &dyn Fn(&dyn Fn() -> SearchResult),
    ) -> Result<Answer<SearchResult>, RemoteError> {
        let mut search = Search { parts, ..Search::new(request, self.limits(), self.url())? };
        let answered = run(&self.runtime, &self.transport, self.in_flight, call, &mut search);
        self.learned(search.limits);
        answered?;
        Ok(search.finish())
    }
}

/// A window on its way.
struct Open {
    /// Which attempt it belongs to: what was asked before the server said what it takes counts no more.
    attempt: usize,
    window: Option<Window>,
    /// How many traces were asked for.
    limit: usize,
}

/// A search on its way.
struct Search<'r> {
    request: &'r SearchRequest,
    url: &'r str,
    /// How many traces are wanted; `None` for all.
    wanted: Option<usize>,
    /// How many spans of each spanset are wanted; `None` for all.
    spans: Option<usize>,
    limits: Limits,
    attempt: usize,
    waiting: VecDeque<Option<Window>>,
    /// The windows that are asked about.
    open: Vec<Option<Window>>,
    answered: usize,
    /// The ends of the windows that are answered.
    done: Vec<u64>,
    traces: Vec<TraceMatch>,
    places: HashMap<TraceId, usize>,
    inspected: Inspected,
    /// How often a window was cut in halves.
    halvings: usize,
    /// A window may hold more than the server gave.
    full: bool,
    /// Not all windows were asked about.
    stopped: bool,
    /// Is told what has come so far.
    parts: &'r dyn Fn(&dyn Fn() -> SearchResult),
}

impl<'r> Search<'r> {
    fn new(request: &'r SearchRequest, limits: Limits, url: &'r str) -> Result<Search<'r>, RemoteError> {
        let mut search = Search {
            request,
            url,
            wanted: request.limit.filter(|limit| *limit > 0),
            spans: request.spans_per_spanset.filter(|spans| *spans > 0),
            limits,
            attempt: 0,
            waiting: VecDeque::new(),
            open: Vec::new(),
            answered: 0,
            done: Vec::new(),
            traces: Vec::new(),
            places: HashMap::new(),
            inspected: Inspected::default(),
            halvings: 0,
            full: false,
            stopped: false,
            parts: &|_| {},
        };
        search.begin()?;
        Ok(search)
    }

    /// Begins, or begins again with what the server takes.
    fn begin(&mut self) -> Result<(), RemoteError> {
        let windows: Vec<Option<Window>> = match self.request.range {
            None => vec![None],
            Some(range) => {
                let windows = windows::of_search(range.start, range.end, self.limits.search_range);
                windows.into_iter().map(Some).collect()
            }
        };
        if windows.len() > windows::MOST {
            return Err(too_many(self.url, self.limits.search_range));
        }
        self.attempt += 1;
        self.waiting = windows.into();
        self.open.clear();
        self.done.clear();
        (self.answered, self.halvings, self.full, self.stopped) = (0, 0, false, false);
        self.traces.clear();
        self.places.clear();
        self.inspected = Inspected::default();
        Ok(())
    }

    /// Returns how many traces are asked for.
    fn limit(&self) -> usize {
        self.wanted.unwrap_or(usize::MAX).min(self.limits.traces)
    }

    fn question(&self, window: Option<Window>) -> Question {
        let mut parameters = vec![("q", self.request.query.clone()), ("limit", self.limit().to_string())];
        let spans = self.spans.unwrap_or(ALL_SPANS);
        let spans = self.limits.spans.map_or(spans, |most| spans.min(most));
        parameters.push(("spss", spans.to_string()));
        if let Some(window) = window {
            parameters.push(("start", (window.start / SECOND).to_string()));
            parameters.push(("end", window.end.div_ceil(SECOND).to_string()));
        }
        Question::new(&["search"], parameters)
    }

    fn keep(&mut self, found: TraceMatch, spans: Option<usize>) {
        match self.places.get(&found.id) {
            Some(place) => merge(&mut self.traces[*place], found, spans),
            None => {
                self.places.insert(found.id, self.traces.len());
                self.traces.push(found);
            }
        }
    }

    /// Tells whether enough older windows are answered already while a newer one is not: with a limit, what it holds may
    /// be all that is wanted.
    fn is_ahead(&self) -> bool {
        let newest = self.open.iter().flatten().map(|window| window.end).max();
        newest.is_some_and(|newest| {
            self.wanted.is_some() && self.done.iter().filter(|end| **end < newest).count() >= AHEAD
        })
    }

    /// Tells whether nothing that is still to come can be among the newest that are wanted.
    fn is_enough(&self) -> bool {
        let Some(limit) = self.wanted else { return false };
        if self.traces.len() < limit {
            return false;
        }
        // A trace that a window finds begins before the window ends.
        let open = self.open.iter().chain(&self.waiting).map(|window| window.map_or(u64::MAX, |window| window.end));
        let newest = open.max().unwrap_or(0);
        self.traces.iter().filter(|found| found.start >= newest).count() >= limit
    }

    /// Returns what has come so far: the newest traces, as many as are wanted.
    fn so_far(&self) -> SearchResult {
        let mut traces = self.traces.clone();
        traces.sort_by(newest_first);
        traces.truncate(self.wanted.unwrap_or(usize::MAX));
        SearchResult { traces, more: true, inspected: self.inspected }
    }

    fn finish(mut self) -> Answer<SearchResult> {
        self.traces.sort_by(newest_first);
        let mut notes = Vec::new();
        let wanted = self.wanted.unwrap_or(usize::MAX);
        let mut more = self.stopped || self.full || self.traces.len() >= wanted;
        if self.full && wanted > self.limits.traces {
            let limit = self.limits.traces;
            notes.push(format!("the server gives at most {limit} traces at once: there may be more"));
        }
        if self.traces.len() > wanted {
            self.traces.truncate(wanted);
            more = true;
        }
        let spans = self.limits.spans.filter(|most| self.spans.is_none_or(|wanted| wanted > *most));
        let mut spansets = self.traces.iter().flat_map(|found| &found.spansets);
        if let Some(most) = spans.filter(|_| spansets.any(|set| set.matched > set.spans.len())) {
            notes.push(format!("the server gives at most {most} spans of a spanset: some have more"));
        }
        let value = SearchResult { traces: self.traces, more, inspected: self.inspected };
        Answer { value, notes }
    }
}

impl Work for Search<'_> {
    type Key = Open;

    fn next(&mut self) -> Option<(Open, Question)> {
        if self.is_ahead() {
            return None;
        }
        let window = self.waiting.pop_front()?;
        self.open.push(window);
        Some((Open { attempt: self.attempt, window, limit: self.limit() }, self.question(window)))
    }

    fn take(&mut self, key: Open, reply: Result<Reply, RemoteError>) -> Result<Flow, RemoteError> {
        if key.attempt != self.attempt {
            return Ok(Flow::GoOn);
        }
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                let range = key.window.map_or(0, |window| window.end - window.start);
                if self.attempt >= ATTEMPTS || !self.limits.learn(&error, range) {
                    return Err(error);
                }
                self.begin()?;
                return Ok(Flow::GoOn);
            }
        };
        let found = decode::search::read(&reply, &self.request.fields)?;
        self.open.retain(|open| *open != key.window);
        self.answered += 1;
        self.done.extend(key.window.map(|window| window.end));
        self.inspected.add(&found.inspected);
        // What the server did not give lies in the same window, and comes when it is asked about in two parts.
        if found.traces.len() >= key.limit && key.limit < self.wanted.unwrap_or(usize::MAX) {
            match key.window.and_then(Window::halves).filter(|_| self.halvings < HALVINGS) {
                Some(halves) => {
                    self.halvings += 1;
                    halves.into_iter().rev().for_each(|half| self.waiting.push_front(Some(half)));
                }
                None => self.full = true,
            }
        }
        let spans = self.spans;
        found.traces.into_iter().for_each(|found| self.keep(found, spans));
        (self.parts)(&|| self.so_far());
        if self.is_enough() {
            self.stopped = !self.open.is_empty() || !self.waiting.is_empty();
            return Ok(Flow::Enough);
        }
        Ok(Flow::GoOn)
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.answered,
            of: self.answered + self.open.len() + self.waiting.len(),
            found: self.traces.len(),
            bytes: self.inspected.bytes,
        }
    }
}

/// Orders traces as answers have them.
fn newest_first(a: &TraceMatch, b: &TraceMatch) -> Ordering {
    b.start.cmp(&a.start).then(a.id.cmp(&b.id))
}

/// Says that a range would take too many requests.
pub(super) fn too_many(url: &str, longest: u64) -> RemoteError {
    let seconds = longest / SECOND;
    let problem =
        format!("the range takes more than {} requests: the server takes {seconds} seconds at once", windows::MOST);
    RemoteError::new(Kind::Settings, url, problem, "ask for less time, or for a longer step")
}

/// Puts what two windows tell of one trace together.
fn merge(into: &mut TraceMatch, other: TraceMatch, spans: Option<usize>) {
    let end = into.start.saturating_add(into.duration).max(other.start.saturating_add(other.duration));
    into.start = into.start.min(other.start);
    into.duration = end.saturating_sub(into.start);
    into.root_service = into.root_service.take().or(other.root_service);
    into.root_name = into.root_name.take().or(other.root_name);
    for stats in other.services {
        match into.services.iter_mut().find(|known| known.service == stats.service) {
            Some(known) => {
                known.spans = known.spans.max(stats.spans);
                known.errors = known.errors.max(stats.errors);
            }
            None => into.services.push(stats),
        }
    }
    into.services.sort_by(|a, b| a.service.cmp(&b.service));
    for set in other.spansets {
        match into.spansets.iter_mut().find(|known| known.attributes == set.attributes) {
            Some(known) => merge_sets(known, set, spans),
            None => into.spansets.push(set),
        }
    }
}

/// Puts two parts of a spanset together. Which spans were cut off is not known: `matched` counts those that are known to
/// be different ones.
fn merge_sets(into: &mut Spanset, other: Spanset, spans: Option<usize>) {
    let known: HashSet<_> = into.spans.iter().map(|span| span.id).collect();
    into.spans.extend(other.spans.into_iter().filter(|span| !known.contains(&span.id)));
    into.spans.sort_by_key(|span| (span.start, span.id));
    into.matched = into.matched.max(other.matched).max(into.spans.len());
    into.spans.truncate(spans.unwrap_or(usize::MAX));
}
