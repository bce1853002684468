//! What a server is asked for: searches, metrics, names and values. How it is asked is the business of `tempo`.

use traceql_grammar::{query::Field, vocab::release::Release};

use super::join::{Combine, Shape};
use crate::plan::TimeRange;

/// A search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchRequest {
    /// TraceQL.
    pub query: String,
    /// From when to when, both bounds known; `None` leaves it to the server, which looks at the last minutes.
    pub range: Option<TimeRange>,
    /// How many traces; `None` or 0 for all.
    pub limit: Option<usize>,
    /// How many spans of each spanset; `None` or 0 for all.
    pub spans_per_spanset: Option<usize>,
    /// The fields that the query shows (`Plan::shown_fields`): the server gives their names without scope.
    pub fields: Vec<Field>,
}

/// Which names or values are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CatalogRequest {
    /// A search; spans that it does not find do not count, as far as the server can tell. `None` for all.
    pub query: Option<String>,
    /// When; `None` leaves it to the server, which looks at the last minutes.
    pub range: Option<TimeRange>,
    /// How many, of each scope; `None` leaves it to the server.
    pub limit: Option<usize>,
}

/// A metrics query.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsRequest {
    /// TraceQL.
    pub query: String,
    /// Where the range begins, in Unix nanoseconds.
    pub start: u64,
    /// Where it ends, later than its beginning.
    pub end: u64,
    /// What is wanted of it.
    pub times: RequestTimes,
    /// What the series are about, which the server does not say.
    pub shape: Shape,
    /// The server's release, where it is known: older ones take shorter ranges, and count forward.
    pub release: Option<Release>,
}

/// Which samples are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestTimes {
    /// Samples at equal distances.
    Range {
        /// Nanoseconds; `None` leaves it to the server, where that can answer at once.
        step: Option<u64>,
        /// How many exemplars; `None` leaves it to the server.
        exemplars: Option<usize>,
    },
    /// One sample about the whole range.
    Instant {
        /// How answers about parts of the range make one about all of it; `None` if they do not, and then the range is asked
        /// about at once, whether or not the server takes that.
        combine: Option<Combine>,
    },
}
