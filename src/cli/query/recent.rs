//! What is asked of servers beside a query: their traces have no end, so that a time is always asked for.

use traceql_grammar::query::Query;

use super::{
    super::{
        Exit, Failure,
        time::{self, Span, Time},
    },
    options::Options,
};
use crate::{
    plan::{Limits, MetricsPlan, TimeRange, Window},
    tempo::{Combine, RequestTimes},
};

/// How long before its end a time begins if nobody says so.
const USUAL: u64 = 3_600_000_000_000;

/// A time in which servers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Recent {
    /// From when to when.
    pub(in crate::cli) range: TimeRange,
    /// Whether nobody said anything about it.
    pub(in crate::cli) is_usual: bool,
}

impl Options {
    /// Returns the time that is asked for: the last hour if none is.
    pub(in crate::cli) fn recent(&self) -> Result<Recent, Failure> {
        recent(self.start, self.end, self.since)
    }

    /// Tells whether the time that is asked for is one before now, whenever that is.
    pub(in crate::cli) fn ends_now(&self) -> bool {
        self.end.is_none() && !matches!(self.start, Some(Time::At(_)))
    }

    /// Makes the plan of a metrics query in a time.
    pub(in crate::cli) fn metrics_of_servers(&self, query: &Query, range: TimeRange) -> Result<MetricsPlan, Failure> {
        let step = self.step.map(|step| step.0);
        let (start, end) = (Some(range.start), Some(range.end));
        self.metrics_in(query, Window { start, end, step, instant: self.instant, now: range.end, may_be_long: true })
    }

    /// Returns how many traces and spans of each spanset are wanted; 0 for all.
    pub(in crate::cli) fn wanted(&self) -> (usize, usize) {
        let Limits { traces, spans_per_spanset } = self.limits();
        (traces.unwrap_or(0), spans_per_spanset.unwrap_or(0))
    }

    /// Returns which samples a server is asked for.
    pub(in crate::cli) fn samples(&self, query: &Query) -> RequestTimes {
        if self.instant {
            return RequestTimes::Instant { combine: Combine::of(query) };
        }
        RequestTimes::Range { step: self.step.map(|step| step.0), exemplars: self.exemplars }
    }
}

/// Reads a time, which ends now and begins an hour before if nobody says otherwise.
pub(in crate::cli) fn recent(start: Option<Time>, end: Option<Time>, since: Option<Span>) -> Result<Recent, Failure> {
    let is_usual = start.is_none() && end.is_none() && since.is_none();
    // The clock is read once: both ends are in relation to the same now.
    let since = since.or(start.is_none().then_some(Span(USUAL)));
    match time::bounds(start, Some(end.unwrap_or(Time::Ago(0))), since)? {
        (Some(start), Some(end)) => Ok(Recent { range: TimeRange { start, end }, is_usual }),
        _ => Err(Failure::new(Exit::Usage, "the time has no beginning or no end").with_hint("give `--since 1h`")),
    }
}
