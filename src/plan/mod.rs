//! How a query will be done: which columns it reads, which spans must be kept, and the stages with every test prepared.
//!
//! ```text
//! Query ─► fold constants ─► lower: fields by number, tests by kind of column, patterns compiled ─► Plan
//! ```
//!
//! [`lower`] makes the [`Plan`] of a search, [`lower_metrics`] the [`MetricsPlan`] of a metrics query, which holds a [`Plan`] for
//! each of its first stages; a reader asks them for their [`Projection`]; `exec` runs them. [`remote`] decides what a Tempo
//! server does of a query.

mod alternation;
mod catalog;
mod columns;
mod estimates;
mod explain;
mod fold;
mod lower;
mod matching;
mod metrics;
mod pick;
pub mod remote;
mod scan;
mod shown;
mod stage;
mod test;

mod unit;
mod window;

use std::fmt;

use hashbrown::HashMap;
use traceql_grammar::{
    diagnostic::{Class, Code, Diagnostic, quote::cut_quotes},
    query::{Body, Field, Query},
    span::Span,
    vocab::intrinsics::Intrinsic,
};

use crate::model::projection::Projection;

pub(crate) use catalog::{Reach, SelectionPlan};
pub use catalog::{TagsPlan, ValuesPlan, lower_tags, lower_values};
pub use estimates::Estimates;
pub(crate) use metrics::{Compare, Measure, SeriesExpr, literal_number};
pub use metrics::{MAX_EXEMPLARS, MetricsOptions, MetricsPlan};
pub use pick::{Condition, Pruning, ValueTest};
pub(crate) use pick::{Need, Pick};
pub(crate) use shown::Shown;
pub(crate) use stage::{Aggregate, Number, Scalar, Spansets, Stage};
pub(crate) use test::{Exists, Leaf, LeafTest, Node, Step, Test, matches};
#[cfg(feature = "remote")]
pub(crate) use window::default_step;
pub use window::{MAX_RANGE, TimesError, Window};

/// How a search will be done, or how the spans are found that a metrics query measures.
#[derive(Debug)]
pub struct Plan {
    /// Every field that is read, by [`FieldId`].
    pub(crate) fields: Vec<Field>,
    /// Every `{ … }`, by [`FilterId`].
    pub(crate) filters: Vec<Test>,
    /// Where each of them stands in the query's text.
    pub(crate) filter_spans: Vec<Span>,
    /// What is done with the spansets of each trace, in this order.
    pub(crate) stages: Vec<Stage>,
    /// What an answer tells of a span.
    pub(crate) shown: Vec<Shown>,
    /// The filters of which a span must match one to matter, where that can be told of each span alone; `None` if whole
    /// traces are needed.
    pub(crate) scan: Option<Vec<FilterId>>,
    /// How whole traces are thinned out by their first columns, and which these are; `None` if everything matters.
    pub(crate) pick: Option<(Pick, Projection)>,
    /// What of whole traces cannot matter.
    pub(crate) pruning: Pruning,
    /// Whether the query is one filter and nothing else: then Tempo shows of events and links only those that decided.
    pub(crate) is_one_filter: bool,
    pub(crate) limits: Limits,
    pub(crate) range: Option<TimeRange>,
    /// For unscoped fields the scoped fields and intrinsics of the same name that the query reads too, in the order in
    /// which they are tried where neither span nor resource has the attribute.
    pub(crate) namesakes: HashMap<FieldId, Vec<FieldId>>,
    projection: Projection,
}

/// A number into [`Plan::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FieldId(pub(crate) u16);

/// A number into [`Plan::filters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FilterId(pub(crate) u32);

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many traces, the newest; `None` or 0 for all.
    pub traces: Option<usize>,
    /// How many spans of each spanset, the first; `None` or 0 for all.
    pub spans_per_spanset: Option<usize>,
}

/// Keeps the traces of which some time lies between `start` and `end`, both in Unix nanoseconds and included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// The first nanosecond.
    pub start: u64,
    /// The last nanosecond.
    pub end: u64,
}

impl TimeRange {
    /// Tells whether some of the time from `start` to `end` lies in the range.
    pub(crate) fn meets(self, start: u64, end: u64) -> bool {
        start <= self.end && self.start <= end
    }
}

/// Why a query has no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LowerError {
    /// A search was wanted, and the query computes series.
    NotASearch,
    /// Series were wanted, and the query is a search.
    NotMetrics,
    /// The query holds errors; its diagnostics say which.
    Invalid,
    /// A regular expression cannot be compiled.
    Regex {
        /// The pattern as written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The query reads more different fields than a plan can number.
    TooManyFields,
}

impl fmt::Display for LowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LowerError::NotASearch => f.write_str("not a search"),
            LowerError::NotMetrics => f.write_str("not a metrics query"),
            LowerError::Invalid => f.write_str("the query has errors"),
            LowerError::Regex { pattern, reason } => {
                f.write_str(&cut_quotes(format!("the regular expression `{pattern}` is invalid: {reason}")))
            }
            LowerError::TooManyFields => write!(f, "the query reads more than {} different fields", u16::MAX),
        }
    }
}

impl std::error::Error for LowerError {}

/// Makes the plan for a checked search.
pub fn lower(query: &Query, limits: Limits, range: Option<TimeRange>) -> Result<Plan, LowerError> {
    match &query.body {
        Body::Search(pipeline) => lower::lower_search(pipeline, limits, range),
        Body::Metrics(_) => Err(LowerError::NotASearch),
    }
}

/// Makes the plan for a checked metrics query.
pub fn lower_metrics(query: &Query, options: MetricsOptions) -> Result<MetricsPlan, LowerError> {
    match &query.body {
        Body::Search(_) => Err(LowerError::NotMetrics),
        Body::Metrics(expr) => metrics::lower_metrics(expr, &query.hints, options),
    }
}

/// Tells whether a finding keeps a query from being run here: more is run than Tempo does.
pub fn stops(diagnostic: &Diagnostic) -> bool {
    match diagnostic.code.row().class {
        Class::Parse | Class::Validate => true,
        Class::Unsupported => !matches!(diagnostic.code, Code::ParentUnsupported | Code::ScalarUnsupported),
        Class::Lint => false,
    }
}

impl Plan {
    /// Returns the columns that a reader must build.
    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    /// Returns what a reader may leave out.
    pub fn pruning(&self) -> &Pruning {
        &self.pruning
    }

    /// Returns the fields that an answer can tell of a span beside what it tells of every span, in the query's order.
    pub fn shown_fields(&self) -> impl Iterator<Item = &Field> {
        let name = Field::intrinsic(Intrinsic::Name);
        self.shown.iter().map(|shown| &self.fields[shown.field.0 as usize]).filter(move |field| **field != name)
    }

    /// Returns the names of the groups and aggregates that an answer can tell of a spanset, each once, in the order in
    /// which the stages make them.
    pub fn shown_keys(&self) -> Vec<&str> {
        stage::keys(&self.stages)
    }
}
