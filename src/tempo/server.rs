//! A server: what can be asked of it, each as one call that waits.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use parking_lot::Mutex;

use super::{
    decode,
    error::{Kind, RemoteError},
    flight::{Call, Flow, Question, Work, run, wait},
    limits::Limits,
    reply::Reply,
    settings::Settings,
    transport::{Transport, Wanted},
};
use crate::{
    model::{
        ids::TraceId,
        names::{ListedValues, Names},
        progress::Progress,
        result::Inspected,
        units::SECOND,
    },
    plan::{TimeRange, remote::CatalogRequest},
    source::{Input, Runtime},
};

/// A Tempo server.
///
/// Every question waits on the calling thread, which must not be one that carries requests itself.
#[derive(Debug)]
pub struct Server {
    pub(super) runtime: Runtime,
    pub(super) transport: Arc<Transport>,
    pub(super) in_flight: usize,
    limits: Mutex<Limits>,
    /// Whether the server gave a trace where only older ones do, and not where newer ones do.
    is_old: AtomicBool,
}

/// An answer that took one request or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// What is to be said about it: lower case, no full stop.
    pub notes: Vec<String>,
}

/// A trace of a server.
#[derive(Clone, Debug)]
pub struct RemoteTrace {
    /// Its spans, to be read as a file is; errors about it name the URL.
    pub input: Input,
    /// What the server looked at.
    pub inspected: Inspected,
    /// What is missing of it, in the server's words.
    pub partial: Option<String>,
}

impl Server {
    /// Makes a client; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// What is set cannot be used.
    pub fn open(settings: &Settings) -> Result<Server, RemoteError> {
        Server::open_on(settings, Runtime::default())
    }

    /// Does the same as [`Server::open`]; requests are carried by threads that may be shared with other servers.
    ///
    /// # Errors
    ///
    /// As [`Server::open`].
    pub fn open_on(settings: &Settings, runtime: Runtime) -> Result<Server, RemoteError> {
        // Clients need what comes with the threads.
        if let Err(error) = runtime.get() {
            let problem = format!("no threads for requests can be had: {error}");
            return Err(RemoteError::new(Kind::Settings, "the server", problem, "close other programs"));
        }
        Ok(Server {
            runtime,
            transport: Arc::new(Transport::new(settings)?),
            in_flight: settings.in_flight.max(1),
            limits: Mutex::default(),
            is_old: AtomicBool::new(false),
        })
    }

    /// Returns the URL as it may be shown and written into files: without user and password.
    pub fn url(&self) -> &str {
        self.transport.url()
    }

    /// Returns a number that tells the tenant from others; `None` if none was named.
    pub fn tenant(&self) -> Option<u64> {
        self.transport.tenant()
    }

    /// Asks whether a Tempo is there at all.
    ///
    /// # Errors
    ///
    /// It is not, or does not let us in.
    pub fn echo(&self, call: Call<'_>) -> Result<(), RemoteError> {
        let reply = self.ask(call, &Question::new(&["echo"], Vec::new()))?;
        if reply.body.trim_ascii() == b"echo" { Ok(()) } else { Err(reply.not_tempo()) }
    }

    /// Asks for the names of attributes, of one scope (a word of Tempo's) or of all.
    ///
    /// # Errors
    ///
    /// The server does not answer, or not with names.
    pub fn tags(&self, scope: Option<&str>, request: &CatalogRequest, call: Call<'_>) -> Result<Names, RemoteError> {
        let mut parameters = parameters(request);
        parameters.extend(scope.map(|scope| ("scope", scope.to_owned())));
        let newer = Question::new(&["v2", "search", "tags"], parameters.clone());
        let older = Question::new(&["search", "tags"], parameters);
        self.first_of(call, &newer, &older).and_then(|reply| decode::catalog::names(&reply))
    }

    /// Asks for the values of an attribute or intrinsic, in TraceQL's spelling: `span.http.method`, `.region`, `name`.
    ///
    /// # Errors
    ///
    /// The server does not answer, or not with values.
    pub fn values(&self, name: &str, request: &CatalogRequest, call: Call<'_>) -> Result<ListedValues, RemoteError> {
        let parameters = parameters(request);
        let newer = Question::new(&["v2", "search", "tag", name, "values"], parameters.clone());
        // Older ones know no scopes.
        let scopes = ["span.", "resource.", "."];
        let bare = scopes.into_iter().find_map(|scope| name.strip_prefix(scope)).unwrap_or(name);
        let older = Question::new(&["search", "tag", bare, "values"], parameters);
        self.first_of(call, &newer, &older).and_then(|reply| decode::catalog::values(&reply))
    }

    /// Asks for a trace; `None` if the server has none of that id. A range says when it may have happened.
    ///
    /// # Errors
    ///
    /// The server does not answer, or not with a trace.
    pub fn trace(
        &self,
        id: TraceId,
        range: Option<TimeRange>,
        call: Call<'_>,
    ) -> Result<Option<RemoteTrace>, RemoteError> {
        let mut found = None;
        self.traces(&[id], range, call, &mut |_, trace| found = trace)?;
        Ok(found)
    }

    /// Asks for several traces, some at a time, and hands each to `sink` as it comes: `None` for those that the server does
    /// not have.
    ///
    /// # Errors
    ///
    /// The first that goes wrong with any trace; what the sink got until then is sound.
    pub fn traces(
        &self,
        ids: &[TraceId],
        range: Option<TimeRange>,
        call: Call<'_>,
        sink: &mut dyn FnMut(TraceId, Option<RemoteTrace>),
    ) -> Result<(), RemoteError> {
        let mut older = Vec::new();
        if self.is_old.load(Ordering::Relaxed) {
            older.extend_from_slice(ids);
        }
        let newer = if older.is_empty() { ids } else { &[] };
        let mut fetch = Fetch {
            server: self,
            total: ids.len(),
            newer: newer.iter(),
            older,
            range,
            sink,
            done: 0,
            found: 0,
            bytes: 0,
        };
        run(&self.runtime, &self.transport, self.in_flight, call, &mut fetch)
    }

    /// Waits for one answer.
    pub(super) fn ask(&self, call: Call<'_>, question: &Question) -> Result<Reply, RemoteError> {
        wait(&self.runtime, call, self.url(), self.transport.get(question))
    }

    /// Asks for what newer servers have, and where that is not there for what older ones have.
    fn first_of(&self, call: Call<'_>, newer: &Question, older: &Question) -> Result<Reply, RemoteError> {
        match self.ask(call, newer) {
            // If neither is there the older one's error says as much.
            Err(error) if error.kind == Kind::NoSuchPath => self.ask(call, older),
            answer => answer,
        }
    }

    /// Returns what the server takes at once, as far as it is known.
    pub(super) fn limits(&self) -> Limits {
        *self.limits.lock()
    }

    /// Keeps what was learned about the server.
    pub(super) fn learned(&self, limits: Limits) {
        let mut known = self.limits.lock();
        *known = Limits { metrics_range: known.metrics_range.min(limits.metrics_range), ..limits };
    }
}

/// Writes what is wanted of names or values as parameters.
fn parameters(request: &CatalogRequest) -> Vec<(&'static str, String)> {
    let mut parameters: Vec<(&'static str, String)> = Vec::new();
    parameters.extend(request.query.clone().map(|query| ("q", query)));
    parameters.extend(request.range.into_iter().flat_map(seconds));
    parameters.extend(request.limit.map(|limit| ("limit", limit.to_string())));
    parameters
}

/// Writes a range in whole seconds, outwards.
fn seconds(range: TimeRange) -> [(&'static str, String); 2] {
    let (start, end) = (range.start / SECOND, range.end.div_ceil(SECOND));
    [("start", start.to_string()), ("end", end.max(start + 1).to_string())]
}

/// Traces on their way.
struct Fetch<'f> {
    server: &'f Server,
    total: usize,
    newer: std::slice::Iter<'f, TraceId>,
    /// What is asked for where older servers have it.
    older: Vec<TraceId>,
    range: Option<TimeRange>,
    sink: &'f mut dyn FnMut(TraceId, Option<RemoteTrace>),
    done: usize,
    found: usize,
    bytes: u64,
}

impl Fetch<'_> {
    /// Hands a trace on.
    fn hand_on(&mut self, id: TraceId, raw: decode::trace::Raw, url: String) {
        self.done += 1;
        self.bytes = self.bytes.saturating_add(raw.inspected.bytes);
        let is_nothing = raw.bytes.is_empty() && raw.partial.is_none();
        let bytes = if raw.bytes.is_empty() { b"{}".to_vec().into() } else { raw.bytes };
        let trace = RemoteTrace { input: Input::held(url, bytes), inspected: raw.inspected, partial: raw.partial };
        self.found += usize::from(!is_nothing);
        (self.sink)(id, (!is_nothing).then_some(trace));
    }
}

impl Work for Fetch<'_> {
    type Key = (TraceId, bool);

    fn next(&mut self) -> Option<((TraceId, bool), Question)> {
        let (id, is_newer) = match self.older.pop() {
            Some(id) => (id, false),
            None => (*self.newer.next()?, true),
        };
        let is_newer = is_newer && !self.server.is_old.load(Ordering::Relaxed);
        // All digits, which every release reads.
        let text = format!("{:032x}", id.0);
        let path: &[&str] = if is_newer { &["v2", "traces", &text] } else { &["traces", &text] };
        let parameters = self.range.into_iter().flat_map(seconds).collect();
        let question = Question { wanted: Wanted::Protobuf, ..Question::new(path, parameters) };
        Some(((id, is_newer), question))
    }

    fn take(
        &mut self,
        (id, is_newer): (TraceId, bool),
        reply: Result<Reply, RemoteError>,
    ) -> Result<Flow, RemoteError> {
        match reply {
            Ok(reply) => {
                let url = reply.url.clone();
                let raw = if is_newer { decode::trace::wrapped(reply) } else { decode::trace::plain(reply) }?;
                if !is_newer {
                    self.server.is_old.store(true, Ordering::Relaxed);
                }
                self.hand_on(id, raw, url);
            }
            // An older server; or there is no such trace, which the older path says in the same way.
            Err(error) if is_newer && error.kind == Kind::NoSuchPath => self.older.push(id),
            // Without words: a path that is not there is told with some.
            Err(error) if error.kind == Kind::NoSuchPath && !is_missing_path(&error) => {
                self.hand_on(id, decode::trace::Raw::default(), error.url);
            }
            Err(error) => return Err(error),
        }
        Ok(Flow::GoOn)
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done, of: self.total, found: self.found, bytes: self.bytes }
    }
}

/// Tells whether an answer says that there is no such path, and not no such trace.
fn is_missing_path(error: &RemoteError) -> bool {
    let said = error.said.as_deref().unwrap_or_default().to_ascii_lowercase();
    !said.is_empty() && !said.contains("trace not found")
}
