//! What is asked for beside a query, and the plan that comes of both.

use clap::Args;
use traceql_grammar::query::Query;

use super::super::{
    Exit, Failure,
    time::{self, Span, Step, Time},
};
use crate::plan::{
    self, Limits, LowerError, MAX_EXEMPLARS, MetricsOptions, MetricsPlan, Plan, TimeRange, TimesError, Window,
};

/// How many traces, and spans of each spanset, Tempo gives where nothing else is asked for.
const TRACES: usize = 20;
const SPANS_PER_SPANSET: usize = 3;

/// Times and limits.
#[derive(Debug, Args)]
pub(in crate::cli) struct Options {
    /// Leave out traces that end before: RFC 3339, Unix seconds, `now-1h` or `-1h`. Metrics: spans that start then or
    /// before; the first sample of a range stands at its start, and is about the step before
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(super) start: Option<Time>,

    /// Leave out traces that start after. Metrics: spans
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(super) end: Option<Time>,

    /// What lies so long before `--end`, or before now
    #[arg(long, value_name = "SPAN", conflicts_with = "start", allow_hyphen_values = true)]
    pub(super) since: Option<Span>,

    /// Searches: how many traces to print, the newest; 20 if not given, 0 for all
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    limit: Option<usize>,

    /// Searches: how many spans to print of each spanset, the first; 3 if not given, 0 for all
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    spss: Option<usize>,

    /// Metrics: how far samples are apart, as `30s` or in seconds; about 240 in the range if not given
    #[arg(long, value_name = "SPAN", allow_hyphen_values = true)]
    pub(super) step: Option<Step>,

    /// Metrics: one sample about the whole range
    #[arg(long, conflicts_with = "step")]
    pub(super) instant: bool,

    /// Metrics: how many spans to give as examples with `--format json`; 100 at most and if not given, 0 for none
    #[arg(long, value_name = "N", value_parser = exemplars, allow_negative_numbers = true)]
    pub(super) exemplars: Option<usize>,

    /// Metrics: how many series to keep, those with the most spans; 10,000 if not given
    #[arg(long, value_name = "N", value_parser = max_series, allow_negative_numbers = true)]
    pub(super) max_series: Option<usize>,
}

impl Options {
    /// Makes the plan of a search.
    pub(in crate::cli) fn search(&self, query: &Query) -> Result<Plan, Failure> {
        let range = match time::bounds(self.start, self.end, self.since)? {
            (None, None) => None,
            (start, end) => Some(TimeRange { start: start.unwrap_or(0), end: end.unwrap_or(u64::MAX) }),
        };
        self.search_in(query, range)
    }

    /// Makes the plan of a search in a time.
    pub(in crate::cli) fn search_in(&self, query: &Query, range: Option<TimeRange>) -> Result<Plan, Failure> {
        self.only_for_metrics()?;
        plan::lower(query, self.limits(), range).map_err(|error| no_plan(&error))
    }

    /// Returns how much of an answer to a search is wanted.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            traces: Some(self.limit.unwrap_or(TRACES)),
            spans_per_spanset: Some(self.spss.unwrap_or(SPANS_PER_SPANSET)),
        }
    }

    /// Makes the plan of a metrics query.
    pub(in crate::cli) fn metrics(&self, query: &Query) -> Result<MetricsPlan, Failure> {
        let (start, mut end) = time::bounds(self.start, self.end, self.since)?;
        let now = time::now();
        if self.since.is_some() {
            // What is asked for ends now, not with the data.
            end = end.or(Some(now));
        }
        let step = self.step.map(|step| step.0);
        self.metrics_in(query, Window { start, end, step, instant: self.instant, now, may_be_long: false })
    }

    /// Makes the plan of a metrics query in a time.
    pub(super) fn metrics_in(&self, query: &Query, window: Window) -> Result<MetricsPlan, Failure> {
        self.only_for_searches()?;
        window.check().map_err(bad_times)?;
        let options = MetricsOptions {
            window,
            exemplars: self.exemplars.unwrap_or(MAX_EXEMPLARS),
            max_series: self.max_series.unwrap_or(MetricsOptions::default().max_series),
        };
        plan::lower_metrics(query, options).map_err(|error| no_plan(&error))
    }

    /// Turns down what only metrics can be asked for.
    fn only_for_metrics(&self) -> Result<(), Failure> {
        let option = match self {
            Options { step: Some(_), .. } => "--step",
            Options { instant: true, .. } => "--instant",
            Options { exemplars: Some(_), .. } => "--exemplars",
            Options { max_series: Some(_), .. } => "--max-series",
            _ => return Ok(()),
        };
        Err(for_metrics(option))
    }

    /// Turns down what only searches can be asked for.
    fn only_for_searches(&self) -> Result<(), Failure> {
        let option = match self {
            Options { limit: Some(_), .. } => "--limit",
            Options { spss: Some(_), .. } => "--spss",
            _ => return Ok(()),
        };
        Err(Failure::new(Exit::Usage, format!("`{option}` is for searches, and the query computes metrics"))
            .with_hint("`… | topk(5)` keeps the largest series, `--max-series` bounds how many there are"))
    }
}

/// Says that an option means nothing for a search.
pub(super) fn for_metrics(option: &str) -> Failure {
    Failure::new(Exit::Usage, format!("`{option}` is for metrics, and the query is a search"))
        .with_hint("metrics end in a function: `{ … } | rate() by (name)`")
}

/// Says why samples cannot have the times that were asked for.
pub(in crate::cli) fn bad_times(error: TimesError) -> Failure {
    let cure = match error {
        TimesError::NoLength => "give an `--end` that lies behind `--start`, and behind the first span",
        TimesError::TooLong => {
            "ask for a day at most with `--start` and `--end`; without them all of the data is taken"
        }
        TimesError::StepTooSmall { .. } => "give a longer `--step`, or none",
    };
    Failure::new(Exit::Usage, error.to_string()).with_hint(cure)
}

/// Says why a checked query has no plan.
fn no_plan(error: &LowerError) -> Failure {
    Failure::new(Exit::Query, error.to_string())
}

/// Reads how many are wanted.
pub(in crate::cli) fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "give a whole number; 0 = no limit".to_owned())
}

fn exemplars(text: &str) -> Result<usize, String> {
    let wanted = text.parse().ok().filter(|wanted| *wanted <= MAX_EXEMPLARS);
    wanted.ok_or_else(|| format!("give a whole number up to {MAX_EXEMPLARS}; 0 = none"))
}

fn max_series(text: &str) -> Result<usize, String> {
    let wanted = text.parse().ok().filter(|wanted| *wanted > 0);
    wanted.ok_or_else(|| "give a whole number, at least 1".to_owned())
}
