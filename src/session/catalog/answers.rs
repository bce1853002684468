//! Answers of a source that are known, questions that wait, and when a source may be asked. Nothing here reads a clock.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use traceql_lsp::catalog::{Name, Value};

use super::entries::ValuesOf;

/// Maximum number of questions that wait.
const MAX_WAITING: usize = 16;

/// Maximum number of entries of all answers.
const MAX_ENTRIES: usize = 400_000;

/// Maximum number of answers, many of which may have no entries.
const MAX_ANSWERS: usize = 2_000;

/// Time after which a question is asked again that cannot be answered, as its query is wrong.
const UNANSWERABLE: Duration = Duration::from_secs(300);

/// A question about a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    /// The attribute whose values are wanted; `None` for the names of all.
    pub(super) field: Option<String>,
    /// The search that selects the spans that count; `None` for all spans.
    pub(super) query: Option<String>,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub(super) enum Entries {
    /// Names of attributes.
    Names(Arc<[Name]>),
    /// Values of an attribute.
    Values(Arc<[Value]>),
}

/// Rules for asking a kind of source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Time in which an answer is taken for true; `None` until the source changes.
    lifetime: Option<Duration>,
    /// Least time between two questions about one attribute.
    between: Option<Duration>,
    /// Least time between a failure and the same question.
    retry: Duration,
    /// Least time between two looks whether the source has changed; `None` where a look tells nothing.
    look: Option<Duration>,
}

impl Pace {
    /// Rules for files, which can be read at any time.
    pub(super) const FILES: Pace =
        Pace { lifetime: None, between: None, retry: Duration::from_secs(2), look: Some(Duration::from_secs(2)) };

    /// Rules for servers and stores: one question about an attribute in a minute.
    pub(super) const SERVERS: Pace = Pace {
        lifetime: Some(Duration::from_secs(300)),
        between: Some(Duration::from_secs(60)),
        retry: Duration::from_secs(60),
        look: None,
    };
}

/// Work for a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Asks a question.
    Ask(Question),
    /// Looks whether the source has changed.
    Look,
}

/// Entries that are known now.
#[derive(Debug)]
pub(super) struct Found {
    /// The entries; `None` if nothing is known.
    pub(super) entries: Option<Entries>,
    /// Whether a better answer is on its way.
    pub(super) is_pending: bool,
}

/// An answer.
#[derive(Debug)]
struct Answer {
    entries: Entries,
    at: Instant,
    /// Whether the source has changed since, or another process has got the answer.
    is_stale: bool,
}

/// The answers of one source, and what is to be asked.
#[derive(Debug)]
pub(super) struct Answers {
    pace: Pace,
    answers: HashMap<Question, Answer>,
    /// The questions that wait, the newest last.
    waiting: VecDeque<Question>,
    running: HashSet<Question>,
    /// When each attribute was asked for last, whatever came of it.
    asked: HashMap<Option<String>, Instant>,
    /// Until when questions are not asked again that had no answer.
    failed: HashMap<Question, Instant>,
    looked: Option<Instant>,
    is_look_due: bool,
    is_looking: bool,
}

impl Question {
    /// Returns the same question about all spans.
    fn of_all(&self) -> Question {
        Question { field: self.field.clone(), query: None }
    }
}

impl Entries {
    /// Returns the number of entries.
    fn len(&self) -> usize {
        match self {
            Entries::Names(names) => names.len(),
            Entries::Values(values) => values.len(),
        }
    }
}

impl Answers {
    /// Begins without answers.
    pub(super) fn new(pace: Pace) -> Answers {
        Answers {
            pace,
            answers: HashMap::new(),
            waiting: VecDeque::new(),
            running: HashSet::new(),
            asked: HashMap::new(),
            failed: HashMap::new(),
            looked: None,
            is_look_due: false,
            is_looking: false,
        }
    }

    /// Changes the rules for asking.
    pub(super) fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Returns what is known of a question, which then waits to be asked where that is due. Where the answer about some spans
    /// is not known, it is that about all.
    pub(super) fn look_up(&mut self, question: &Question, now: Instant) -> Found {
        if let (Some(between), Some(looked)) = (self.pace.look, self.looked) {
            self.is_look_due |= !self.is_looking && since(looked, now) >= between;
        }
        let is_fresh = self.answers.get(question).is_some_and(|answer| self.is_fresh(answer, now));
        if !is_fresh && !self.is_under_way(question) && self.may_ask(question, now) {
            self.wait(question.clone());
        }
        let known = self.answers.get(question).or_else(|| self.answers.get(&question.of_all()));
        let is_pending = !is_fresh && self.is_under_way(question);
        Found { entries: known.map(|answer| answer.entries.clone()), is_pending }
    }

    /// Returns the next work, which counts as under way from now on.
    pub(super) fn take(&mut self, now: Instant) -> Option<Task> {
        if std::mem::take(&mut self.is_look_due) {
            (self.is_looking, self.looked) = (true, Some(now));
            return Some(Task::Look);
        }
        while let Some(mut question) = self.waiting.pop_back() {
            // The answer about all spans serves every query: where there is a limit, it comes first.
            if self.pace.between.is_some() && !self.answers.contains_key(&question.of_all()) {
                question = question.of_all();
            }
            // Another thread may have asked about the attribute meanwhile.
            if self.running.contains(&question) || !self.may_ask(&question, now) {
                continue;
            }
            if self.asked.len() >= MAX_ANSWERS {
                // A question older than a minute limits no other one.
                let between = self.pace.between.unwrap_or_default();
                self.asked.retain(|_, asked| since(*asked, now) < between);
            }
            self.asked.insert(question.field.clone(), now);
            self.running.insert(question.clone());
            return Some(Task::Ask(question));
        }
        None
    }

    /// Keeps the answer to a question.
    pub(super) fn answered(&mut self, question: &Question, entries: Entries, now: Instant) {
        self.running.remove(question);
        self.failed.remove(question);
        self.insert(question.clone(), Answer { entries, at: now, is_stale: false });
        self.looked.get_or_insert(now);
        self.shrink();
    }

    /// Keeps an answer that came along with another one.
    pub(super) fn came_along(&mut self, question: Question, entries: Entries, now: Instant) {
        self.waiting.retain(|waiting| *waiting != question);
        self.insert(question, Answer { entries, at: now, is_stale: false });
    }

    /// Keeps an answer of another process, unless there is one.
    pub(super) fn remembered(&mut self, question: Question, entries: Entries, now: Instant) {
        self.answers.entry(question).or_insert(Answer { entries, at: now, is_stale: true });
    }

    /// Notes that a question has no answer; `is_wrong` tells whether that lies in the question.
    pub(super) fn failed(&mut self, question: &Question, is_wrong: bool, now: Instant) {
        self.running.remove(question);
        if self.failed.len() >= MAX_ANSWERS {
            self.failed.clear();
        }
        let until = now + if is_wrong { UNANSWERABLE } else { self.pace.retry };
        self.failed.insert(question.clone(), until);
    }

    /// Notes that the source was looked at; answers are asked for anew if it has changed.
    pub(super) fn looked(&mut self, has_changed: bool) {
        self.is_looking = false;
        if has_changed {
            self.answers.values_mut().for_each(|answer| answer.is_stale = true);
            self.failed.clear();
            self.wait(Question { field: None, query: None });
        }
    }

    /// Tells whether anything is to be done, or is being done.
    pub(super) fn is_busy(&self) -> bool {
        !self.waiting.is_empty() || !self.running.is_empty()
    }

    /// Tells whether there is work that no thread has taken.
    pub(super) fn has_work(&self) -> bool {
        self.is_look_due || !self.waiting.is_empty()
    }

    /// Returns the names of all spans, as far as they are known.
    pub(super) fn names(&self) -> Arc<[Name]> {
        match self.answers.get(&Question { field: None, query: None }) {
            Some(Answer { entries: Entries::Names(names), .. }) => Arc::clone(names),
            _ => Arc::from([]),
        }
    }

    /// Returns the values of all spans by their attributes.
    pub(super) fn values(&self) -> ValuesOf {
        let of_all = self.answers.iter().filter_map(|(question, answer)| match (question, &answer.entries) {
            (Question { field: Some(field), query: None }, Entries::Values(values)) => {
                Some((field.clone(), Arc::clone(values)))
            }
            _ => None,
        });
        of_all.collect()
    }

    fn is_fresh(&self, answer: &Answer, now: Instant) -> bool {
        !answer.is_stale && self.pace.lifetime.is_none_or(|lifetime| since(answer.at, now) < lifetime)
    }

    /// Tells whether a question waits or is being asked, or the one about all spans that comes before it.
    fn is_under_way(&self, question: &Question) -> bool {
        let is_asked = |question: &Question| self.waiting.contains(question) || self.running.contains(question);
        is_asked(question) || self.pace.between.is_some() && is_asked(&question.of_all())
    }

    fn may_ask(&self, question: &Question, now: Instant) -> bool {
        let asked = self.asked.get(&question.field);
        let is_limited = self.pace.between.zip(asked).is_some_and(|(between, asked)| since(*asked, now) < between);
        !is_limited && self.failed.get(question).is_none_or(|until| now >= *until)
    }

    fn wait(&mut self, question: Question) {
        if self.waiting.contains(&question) || self.running.contains(&question) {
            return;
        }
        self.waiting.push_back(question);
        if self.waiting.len() > MAX_WAITING {
            // The oldest question is about text that has been typed over.
            self.waiting.pop_front();
        }
    }

    fn insert(&mut self, question: Question, answer: Answer) {
        self.answers.insert(question, answer);
    }

    /// Drops the oldest answers where there are too many of them or of entries, those about some spans first.
    fn shrink(&mut self) {
        let mut entries: usize = self.answers.values().map(|answer| answer.entries.len()).sum();
        while entries > MAX_ENTRIES || self.answers.len() > MAX_ANSWERS {
            let droppable =
                self.answers.iter().filter(|(question, _)| question.field.is_some() || question.query.is_some());
            let oldest = droppable.min_by_key(|(question, answer)| (question.query.is_none(), answer.at));
            let Some(oldest) = oldest.map(|(question, _)| question.clone()) else { return };
            entries -= self.answers.remove(&oldest).map_or(0, |answer| answer.entries.len());
        }
    }
}

/// Returns the time from one moment to a later one.
fn since(then: Instant, now: Instant) -> Duration {
    now.saturating_duration_since(then)
}

#[cfg(test)]
mod tests;
