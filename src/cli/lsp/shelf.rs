//! The names and values that completion offers, fetched from the sources in the background.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use traceql_grammar::{
    check, field,
    query::FieldKey,
    vocab::{release::Release, scopes::Scope},
};
use traceql_lsp::catalog::{Catalog, Name, Value};

use super::engine::Engine;
use crate::{
    model::result::Datum,
    session::{Found, Request, TagsRequest, Values},
};

/// How long an answer of a source is taken for true.
const LIFETIME: Duration = Duration::from_secs(60);

/// Maximum number of answers that are kept.
const MAX_ANSWERS: usize = 2_000;

/// Maximum number of values of an attribute that are kept.
const MAX_VALUES: usize = 10_000;

/// What is asked of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Question {
    /// The names of attributes.
    Names,
    /// The values of an attribute, among the spans that a search selects.
    Values(String, Option<String>),
}

/// What is known of an answer.
#[derive(Clone, Debug)]
struct Known {
    asked: Instant,
    names: Vec<Name>,
    values: Vec<Value>,
}

/// Answers by their source and question.
type Answers = Arc<Mutex<HashMap<(Option<String>, Question), Known>>>;

/// The catalog over the sources of an engine.
pub(super) struct Shelf {
    engine: Arc<Engine>,
    answers: Answers,
    questions: Sender<(Option<String>, Question)>,
}

impl Shelf {
    /// Makes a catalog that asks the sources one question after the other, on a thread of its own.
    pub(super) fn new(engine: Arc<Engine>) -> Shelf {
        let (questions, receiver) = channel();
        let answers = Answers::default();
        let (asking, found) = (Arc::clone(&engine), Arc::clone(&answers));
        thread::spawn(move || fetch(&asking, &receiver, &found));
        Shelf { engine, answers, questions }
    }

    /// Returns what is known now, and asks for it where it is not known or old.
    fn ask(&self, question: Question) -> Option<Known> {
        let key = (self.engine.chosen(), question);
        let mut answers = self.answers.lock();
        let known = answers.get_mut(&key);
        let is_new = known.as_ref().is_some_and(|known| known.asked.elapsed() < LIFETIME);
        let now = known.map(|known| {
            if !is_new {
                known.asked = Instant::now();
            }
            known.clone()
        });
        if is_new {
            return now;
        }
        if now.is_none() {
            if answers.len() >= MAX_ANSWERS {
                answers.clear();
            }
            answers.insert(key.clone(), Known { asked: Instant::now(), names: Vec::new(), values: Vec::new() });
        }
        // Fails if the thread has panicked; then what is known stays.
        let _ = self.questions.send(key);
        now
    }
}

impl Catalog for Shelf {
    fn names(&self, scope: Scope) -> Vec<Name> {
        let mut names = self.ask(Question::Names).map_or_else(Vec::new, |known| known.names);
        names.retain(|name| scope == Scope::Any || name.scope == scope);
        names
    }

    fn values(&self, field: &str, query: Option<&str>) -> Vec<Value> {
        let narrowed = query.and_then(|query| self.ask(Question::Values(field.to_owned(), Some(query.to_owned()))));
        let narrowed = narrowed.filter(|known| !known.values.is_empty());
        let known = narrowed.or_else(|| self.ask(Question::Values(field.to_owned(), None)));
        known.map_or_else(Vec::new, |known| known.values)
    }
}

/// Answers questions as they come. A source that does not answer is asked again when its time has come.
fn fetch(engine: &Engine, questions: &Receiver<(Option<String>, Question)>, answers: &Answers) {
    while let Ok((source, question)) = questions.recv() {
        let Some(request) = request(&question) else { continue };
        let Ok(found) = engine.fetch(source.as_deref(), &request) else { continue };
        let mut known = Known { asked: Instant::now(), names: Vec::new(), values: Vec::new() };
        match found {
            Found::Tags(mut tags) => {
                tags.tags.sort_by_key(|tag| std::cmp::Reverse(tag.spans));
                known.names = tags.tags.into_iter().filter_map(|tag| name(tag.field.key, tag.spans)).collect();
            }
            Found::Values(mut values) => {
                values.values.limit(MAX_VALUES);
                let counts = values.values.counts.into_iter();
                known.values = counts.filter_map(|found| value(&found.value, found.spans)).collect();
            }
            _ => {}
        }
        answers.lock().insert((source, question), known);
    }
}

/// Makes the request of a question; `None` for what is no field or no query.
fn request(question: &Question) -> Option<Request> {
    match question {
        Question::Names => Some(Request::Tags(TagsRequest::default())),
        Question::Values(name, query) => {
            let query = query.as_deref().map(|query| check(query, Release::Main));
            let field = field(name).ok()?;
            Some(Request::Values(Values { field, query, when: Default::default() }))
        }
    }
}

fn name(key: FieldKey, spans: u64) -> Option<Name> {
    let FieldKey::Attribute(scope, name) = key else { return None };
    Some(Name { scope, name, count: (spans > 0).then_some(spans) })
}

/// Returns a value as a query writes it; `None` for one that no query has.
fn value(datum: &Datum, spans: u64) -> Option<Value> {
    let literal = match datum {
        Datum::Nil | Datum::Array(_) => return None,
        Datum::String(text) => quoted(text),
        other => other.to_string(),
    };
    Some(Value { literal, count: (spans > 0).then_some(spans) })
}

/// Returns a text between quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_queries_write_them() {
        let literal = |datum: Datum| value(&datum, 1).map(|value| value.literal);
        assert_eq!(literal(Datum::String("a\"\\\n".to_owned())).as_deref(), Some(r#""a\"\\\n""#));
        assert_eq!(literal(Datum::Duration(1_500_000)).as_deref(), Some("1.5ms"));
        assert_eq!(literal(Datum::Nil), None);
    }
}
