//! What a session answers.

use traceql_grammar::query::Field;

use crate::{
    exec::Lookup,
    model::{
        catalog::{TagValues, Tags},
        explain::{Explained, Ran},
        note::Note,
        result::SearchResult,
        series::MetricsResult,
    },
    source::ReadReport,
};

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The result.
    pub found: Found,
    /// Notes and warnings, in the order in which they should be said; damage is among them.
    pub notes: Vec<Note>,
    /// A report of reading: bytes and damage; empty where servers have answered alone.
    pub read: ReadReport,
    /// Whether the answer is right and whole: false where something damaged was skipped, a limit cut something that a query
    /// should have seen, or a server gave a part.
    pub is_complete: bool,
}

/// Result of a request, by its kind.
#[derive(Debug)]
pub enum Found {
    /// Traces in which something matched.
    Search(Matches),
    /// Series.
    Metrics(MetricsResult),
    /// Names.
    Tags(Tags),
    /// Values.
    Values(TagValues),
    /// One trace, several, or none.
    Trace(Located),
    /// All traces went to the observer.
    Traces {
        /// How many traces.
        traces: u64,
        /// How many spans they have.
        spans: u64,
    },
    /// How a query is done; and what it took, where it was run.
    Explained(Explained, Option<Ran>),
}

/// The answer to a search.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// The traces.
    pub result: SearchResult,
    /// The names of the groups and aggregates that the query makes, whether or not a spanset has any.
    pub keys: Vec<String>,
    /// The fields that the query shows, whether or not a span has any.
    pub fields: Vec<Field>,
}

/// Result of a look-up of one trace, and where it was looked for.
#[derive(Debug)]
pub struct Located {
    /// The trace.
    pub lookup: Lookup,
    /// The servers that were asked, by their names.
    pub servers: Vec<String>,
    /// How many spans were looked at, where all were.
    pub spans: u64,
}

impl Matches {
    /// Returns the same about another result.
    pub(super) fn with(&self, result: SearchResult) -> Found {
        Found::Search(Matches { result, ..self.clone() })
    }
}

impl Found {
    /// Tells whether there is nothing in the answer.
    pub fn is_empty(&self) -> bool {
        match self {
            Found::Search(matches) => matches.result.traces.is_empty(),
            Found::Metrics(result) => result.series.is_empty(),
            Found::Tags(tags) => tags.tags.is_empty(),
            Found::Values(values) => values.values.counts.is_empty(),
            Found::Trace(located) => matches!(located.lookup, Lookup::Nothing),
            Found::Traces { traces, .. } => *traces == 0,
            Found::Explained(..) => false,
        }
    }
}
