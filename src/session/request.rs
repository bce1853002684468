//! What can be asked of a session.

use traceql_grammar::{Checked, query::Field};

use crate::{
    model::{catalog::TagScope, trace_id::TypedId},
    plan::Limits,
};

use super::When;

/// A question about all sources of a session.
#[derive(Clone, Debug)]
pub enum Request {
    /// Finds traces.
    Search(Search),
    /// Computes series.
    Metrics(Metrics),
    /// Lists names.
    Tags(Tags),
    /// Lists values.
    Values(Values),
    /// Finds one trace.
    Trace(Trace),
    /// Hands all traces, whole, to the observer.
    Traces(Traces),
    /// Tells how a query is done, and what it takes.
    Explain(Explain),
}

/// A search.
#[derive(Clone, Debug)]
pub struct Search {
    /// The query.
    pub query: Checked,
    /// Traces that lie outside of this time are left out.
    pub when: When,
    /// How much of the answer is wanted.
    pub limits: Limits,
}

/// Maximum number of traces, and of spans of each spanset, that Tempo gives by default.
pub const USUAL_LIMITS: Limits = Limits { traces: Some(20), spans_per_spanset: Some(3) };

impl Search {
    /// Searches at all times, with Tempo's limits.
    pub fn new(query: Checked) -> Search {
        Search { query, when: When::default(), limits: USUAL_LIMITS }
    }
}

/// A metrics query.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The query.
    pub query: Checked,
    /// The time in which spans start; over files the time of the data if nothing is given.
    pub when: When,
    /// Nanoseconds from one sample to the next; `None` for about 240 samples.
    pub step: Option<u64>,
    /// Whether there is one sample about the whole range.
    pub instant: bool,
    /// Maximum number of exemplars, over all series, but of `compare` in each total; `None` for as many as Tempo gives. A hint
    /// of the query overrides it.
    pub exemplars: Option<usize>,
    /// Whether exemplars are wanted at all.
    pub shows_exemplars: bool,
    /// How many series are kept, those with the most spans; `None` for as many as are kept usually.
    pub max_series: Option<usize>,
    /// Whether `compare` counts all values over the whole range, and not only those that rank highest.
    pub whole_comparisons: bool,
}

impl Metrics {
    /// Computes series over the time of the data.
    pub fn new(query: Checked) -> Metrics {
        Metrics {
            query,
            when: When::default(),
            step: None,
            instant: false,
            exemplars: None,
            shows_exemplars: true,
            max_series: None,
            whole_comparisons: false,
        }
    }
}

/// The names of attributes and intrinsics.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// A search that selects the spans that count; `None` for all spans.
    pub query: Option<Checked>,
    /// In which scope; `None` for all.
    pub scope: Option<TagScope>,
    /// Spans that lie outside of this time do not count.
    pub when: When,
}

/// The values of an attribute or intrinsic.
#[derive(Clone, Debug)]
pub struct Values {
    /// Which one.
    pub field: Field,
    /// A search that selects the spans that count; `None` for all spans.
    pub query: Option<Checked>,
    /// Spans that lie outside of this time do not count.
    pub when: When,
}

/// One trace.
#[derive(Clone, Copy, Debug)]
pub struct Trace {
    /// Its id, or the first digits of it.
    pub id: TypedId,
}

/// All traces, whole.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// A search for the traces that are wanted; `None` for all.
    pub query: Option<Checked>,
    /// Traces that lie outside of this time are left out, where there is a query.
    pub when: When,
}

/// The plan of a query, and what running it takes.
#[derive(Clone, Debug)]
pub struct Explain {
    /// The query.
    pub of: Explained,
    /// Whether it is run too, to see what it takes. Where there are servers, nothing is run.
    pub is_run: bool,
}

/// A query that is explained.
#[derive(Clone, Debug)]
pub enum Explained {
    /// A search.
    Search(Search),
    /// A metrics query.
    Metrics(Metrics),
}
