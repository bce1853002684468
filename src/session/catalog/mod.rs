//! Names and values of sources, for completion: known ones come at once, the rest is asked for in the background.
//!
//! ```text
//! names, values ─► answers: what is known now, what waits
//!                     └─► threads ─► asking: a session ─► entries ─► answers, the file of the source (kept)
//! ```
//!
//! Threads run only while questions wait. A file is asked anew when it has changed; a server is asked about an attribute once
//! in a minute at most.

mod answers;
mod asking;
mod entries;
mod kept;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use traceql_grammar::field;
use traceql_lsp::catalog::{Catalog, Known, Name, Status, Value};

use self::{
    answers::{Answers, Entries, Found, Pace, Question, Task},
    asking::{Asked, NoReply, Open, Reply},
    kept::Kept,
};
use super::{Cancel, Session};
use crate::model::{secrets::Secrets, units::SECOND};

/// Threads that ask a source, at most.
const THREADS: usize = 2;

/// Maximum length of a query by which entries are narrowed, in bytes.
const MAX_QUERY: usize = 4 << 10;

/// Time after which sources are opened again that could not be opened.
const REOPEN: Duration = Duration::from_secs(10);

/// Opens a source, which may take long.
type OpenSource = dyn Fn() -> Result<Arc<dyn Asked>, String> + Send + Sync;

/// Settings of a catalog.
#[derive(Clone, Debug, Default)]
pub struct CatalogSettings {
    /// The name of the source for people; `None` for the names of what is opened.
    pub name: Option<String>,
    /// The folder in which names and values are kept; `None` to keep nothing.
    pub folder: Option<PathBuf>,
    /// The secrets that are masked in messages.
    pub secrets: Secrets,
    /// The clock, in Unix nanoseconds; `None` for that of the system.
    pub clock: Option<fn() -> u64>,
}

/// The names and values of the sources of a session.
pub struct SourceCatalog {
    shared: Arc<Shared>,
}

/// State that threads share.
struct Shared {
    open: Box<OpenSource>,
    told: Box<dyn Fn() + Send + Sync>,
    settings: CatalogSettings,
    opened: Mutex<Opened>,
    state: Mutex<State>,
    /// Is cancelled when the catalog is dropped.
    cancel: Cancel,
}

/// The source, once it is open.
#[derive(Default)]
struct Opened {
    source: Option<Arc<dyn Asked>>,
    /// When and why the source could not be opened.
    failed: Option<(Instant, String)>,
}

/// State that answers are made of; it is never locked for long.
struct State {
    answers: Answers,
    source: Option<String>,
    failure: Option<String>,
    /// Threads that work now.
    threads: usize,
    /// Whether there is something that the file of the source lacks.
    is_unsaved: bool,
}

impl SourceCatalog {
    /// Makes the catalog of what `open` opens, which is called before the first question. `told` is called on any thread, each
    /// time after something has come to be known.
    pub fn new(
        open: impl Fn() -> Result<Arc<Session>, String> + Send + Sync + 'static,
        told: impl Fn() + Send + Sync + 'static,
        settings: CatalogSettings,
    ) -> SourceCatalog {
        let name = settings.name.clone();
        let open = move || -> Result<Arc<dyn Asked>, String> { Ok(Arc::new(Open::new(open()?, name.clone()))) };
        SourceCatalog::over(open, told, settings)
    }

    fn over(
        open: impl Fn() -> Result<Arc<dyn Asked>, String> + Send + Sync + 'static,
        told: impl Fn() + Send + Sync + 'static,
        settings: CatalogSettings,
    ) -> SourceCatalog {
        let state = State {
            answers: Answers::new(Pace::SERVERS),
            source: settings.name.clone(),
            failure: None,
            threads: 0,
            is_unsaved: false,
        };
        let shared = Shared {
            open: Box::new(open),
            told: Box::new(told),
            settings,
            opened: Mutex::default(),
            state: Mutex::new(state),
            cancel: Cancel::new(),
        };
        SourceCatalog { shared: Arc::new(shared) }
    }

    /// Returns what is known of a question, and has a thread ask it where that is due.
    fn look_up(&self, question: &Question) -> Found {
        let mut state = self.shared.state.lock();
        let found = state.answers.look_up(question, Instant::now());
        if state.answers.has_work() && state.threads < THREADS {
            let shared = Arc::clone(&self.shared);
            let thread = thread::Builder::new().name("catalog".to_owned());
            // Without a thread, what is known is all that there is; the next question tries again.
            if thread.spawn(move || shared.work()).is_ok() {
                state.threads += 1;
            }
        }
        found
    }
}

impl Drop for SourceCatalog {
    fn drop(&mut self) {
        self.shared.cancel.cancel();
    }
}

impl Catalog for SourceCatalog {
    fn names(&self, query: Option<&str>) -> Known<Name> {
        let found = self.look_up(&Question { field: None, query: query.and_then(narrowing) });
        let entries = match found.entries {
            Some(Entries::Names(names)) => names,
            _ => Arc::from([]),
        };
        Known { entries, is_pending: found.is_pending }
    }

    fn values(&self, name: &str, query: Option<&str>) -> Known<Value> {
        let Ok(field) = field(name) else { return Known::default() };
        let found = self.look_up(&Question { field: Some(field.to_string()), query: query.and_then(narrowing) });
        let entries = match found.entries {
            Some(Entries::Values(values)) => values,
            _ => Arc::from([]),
        };
        Known { entries, is_pending: found.is_pending }
    }

    fn status(&self) -> Status {
        let state = self.shared.state.lock();
        Status {
            source: state.source.clone(),
            names: state.answers.names().len(),
            is_pending: state.answers.is_busy(),
            failure: state.failure.clone(),
        }
    }
}

impl Shared {
    /// Works until nothing waits any more.
    fn work(&self) {
        loop {
            if self.cancel.is_cancelled() {
                self.state.lock().threads -= 1;
                return;
            }
            // The kind of the source decides how often it may be asked.
            let source = catch_unwind(AssertUnwindSafe(|| self.source()));
            let source = source.unwrap_or_else(|_| Err("the source cannot be opened".to_owned()));
            let task = {
                let mut state = self.state.lock();
                match state.answers.take(Instant::now()) {
                    Some(task) => task,
                    None => {
                        let is_unsaved = std::mem::take(&mut state.is_unsaved);
                        if !is_unsaved {
                            // A question that comes from now on starts another thread.
                            state.threads -= 1;
                            drop(state);
                            // Questions may have been dropped that were pending.
                            (self.told)();
                            return;
                        }
                        drop(state);
                        self.save(&source);
                        continue;
                    }
                }
            };
            match task {
                Task::Ask(question) => self.ask(&question, source),
                Task::Look => {
                    let look = || source.is_ok_and(|source| source.has_changed());
                    // A look that goes wrong tells nothing.
                    let has_changed = catch_unwind(AssertUnwindSafe(look)).unwrap_or_default();
                    self.state.lock().answers.looked(has_changed);
                }
            }
        }
    }

    /// Asks a question, and keeps the answer.
    fn ask(&self, question: &Question, source: Result<Arc<dyn Asked>, String>) {
        // The state has changed: a question is under way.
        (self.told)();
        let asked = source.map_err(NoReply::OfSource).and_then(|source| {
            let asked = catch_unwind(AssertUnwindSafe(|| source.ask(question, &self.cancel)));
            asked.unwrap_or_else(|_| {
                Err(NoReply::OfSource("the source cannot be asked: this program has a bug".to_owned()))
            })
        });
        let now = Instant::now();
        {
            let mut state = self.state.lock();
            match asked {
                Ok(Reply { entries, along }) => {
                    for (field, entries) in along {
                        let question = Question { field: Some(field), query: question.query.clone() };
                        state.answers.came_along(question, entries, now);
                    }
                    state.answers.answered(question, entries, now);
                    state.failure = None;
                    state.is_unsaved |= question.query.is_none();
                }
                Err(NoReply::OfSource(why)) => {
                    state.answers.failed(question, false, now);
                    state.failure = Some(self.settings.secrets.masked(&why).into_owned());
                }
                Err(NoReply::OfQuestion) => state.answers.failed(question, true, now),
            }
        }
        (self.told)();
    }

    /// Returns the source, which is opened where it is not.
    fn source(&self) -> Result<Arc<dyn Asked>, String> {
        let mut opened = self.opened.lock();
        if let Some(source) = &opened.source {
            return Ok(Arc::clone(source));
        }
        if let Some((when, why)) = &opened.failed
            && when.elapsed() < REOPEN
        {
            return Err(why.clone());
        }
        match (self.open)() {
            Ok(source) => {
                self.begin(&*source);
                *opened = Opened { source: Some(Arc::clone(&source)), failed: None };
                Ok(source)
            }
            Err(why) => {
                opened.failed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }

    /// Takes over what is said and kept of a source.
    fn begin(&self, source: &dyn Asked) {
        let kept = self.file(source).and_then(|(folder, identity)| kept::load(folder, &identity, self.now()));
        let (now, mut state) = (Instant::now(), self.state.lock());
        state.source = source.name();
        state.answers.set_pace(source.pace());
        let Some(Kept { names, values }) = kept else { return };
        state.answers.remembered(Question { field: None, query: None }, Entries::Names(names.into()), now);
        for (field, values) in values {
            let question = Question { field: Some(field), query: None };
            state.answers.remembered(question, Entries::Values(values.into()), now);
        }
    }

    /// Writes what is known into the file of the source.
    fn save(&self, source: &Result<Arc<dyn Asked>, String>) {
        let Ok(source) = source else { return };
        let Some((folder, identity)) = self.file(&**source) else { return };
        let (names, mut values) = {
            let state = self.state.lock();
            (state.answers.names(), state.answers.values())
        };
        // Where there is no room for all, small lists are worth more.
        values.sort_by(|(a, of_a), (b, of_b)| (of_a.len(), a).cmp(&(of_b.len(), b)));
        let values = values.into_iter().map(|(field, values)| (field, values.to_vec()));
        let kept = Kept { names: names.to_vec(), values: values.collect() };
        // Without the file, the next process asks first.
        let _ = kept::save(folder, &identity, &kept, self.now());
    }

    /// Returns where a source is kept.
    fn file(&self, source: &dyn Asked) -> Option<(&Path, String)> {
        let folder = self.settings.folder.as_deref()?;
        let identity = source.identity().filter(|identity| !self.settings.secrets.are_in(identity))?;
        Some((folder, identity))
    }

    /// Returns the time, in Unix seconds.
    fn now(&self) -> u64 {
        self.settings.clock.unwrap_or(super::system_clock)() / SECOND
    }
}

/// Returns a query that narrows; `None` for one that is empty, or longer than what people type.
fn narrowing(query: &str) -> Option<String> {
    let query = query.trim();
    (!query.is_empty() && query.len() <= MAX_QUERY).then(|| query.to_owned())
}

#[cfg(test)]
mod tests;
