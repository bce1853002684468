//! Names and values of attributes, as the data has them.

use std::sync::Arc;

use traceql_grammar::vocab::scopes::Scope;

/// The attributes of one source of spans.
///
/// An answer comes at once and never fails: it is what is known now. A catalog that has to ask for more does so in the
/// background, and knows it the next time.
pub trait Catalog: Send + Sync {
    /// Returns the attributes of the spans that a search selects, of all spans without one; most frequent first. A catalog
    /// that cannot narrow names gives those of all spans.
    fn names(&self, query: Option<&str>) -> Known<Name>;

    /// Returns the values of an attribute or intrinsic, as it is written in a query (`resource.service.name`, `name`), most
    /// frequent first. They are those of the spans that a search selects, of all spans without one.
    fn values(&self, field: &str, query: Option<&str>) -> Known<Value>;

    /// Returns the state of the catalog, for people.
    fn status(&self) -> Status;
}

/// Entries that are known now.
#[derive(Clone, Debug)]
pub struct Known<T> {
    /// The entries.
    pub entries: Arc<[T]>,
    /// Whether a better answer is on its way.
    pub is_pending: bool,
}

impl<T> Default for Known<T> {
    fn default() -> Known<T> {
        Known { entries: Arc::from([]), is_pending: false }
    }
}

impl<T> FromIterator<T> for Known<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Known<T> {
        Known { entries: entries.into_iter().collect(), is_pending: false }
    }
}

/// An attribute's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The scope that has it.
    pub scope: Scope,
    /// The name without its scope.
    pub name: String,
    /// The number of spans that have it, if it is known.
    pub count: Option<u64>,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value as a literal of a query: `"cart"`, `500`, `error`.
    pub literal: String,
    /// The number of spans that have it, if it is known.
    pub count: Option<u64>,
}

/// The state of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The name of the source; `None` where there is none.
    pub source: Option<String>,
    /// The number of attributes that are known.
    pub names: usize,
    /// Whether the source is being asked.
    pub is_pending: bool,
    /// The reason why the source did not answer, as a headline.
    pub failure: Option<String>,
}

/// A catalog that knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Catalog for Nothing {
    fn names(&self, _: Option<&str>) -> Known<Name> {
        Known::default()
    }

    fn values(&self, _: &str, _: Option<&str>) -> Known<Value> {
        Known::default()
    }

    fn status(&self) -> Status {
        Status::default()
    }
}
