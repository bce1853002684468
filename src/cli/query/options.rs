//! What is asked for beside a query, and the request that comes of both.

use clap::Args;
use traceql_grammar::Checked;

use super::super::{
    Exit, Failure,
    count::count,
    time::{Span, Step},
};
use crate::{
    plan::{Limits, MAX_EXEMPLARS},
    session::{Metrics, Search, Time, USUAL_LIMITS, When},
};

/// Times and limits.
#[derive(Debug, Args)]
pub(in crate::cli) struct Options {
    /// Leave out traces that end before: RFC 3339, Unix seconds, `now-1h` or `-1h`. Metrics: spans that start then or
    /// before; the first sample of a range stands at its start, and is about the step before
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    start: Option<Time>,

    /// Leave out traces that start after. Metrics: spans
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    end: Option<Time>,

    /// What lies so long before `--end`, or before now
    #[arg(long, value_name = "SPAN", conflicts_with = "start", allow_hyphen_values = true)]
    since: Option<Span>,

    /// Searches: how many traces to print, the newest; 20 if not given, 0 for all
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    limit: Option<usize>,

    /// Searches: how many spans to print of each spanset, the first; 3 if not given, 0 for all
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    spss: Option<usize>,

    /// Metrics: how far samples are apart, as `30s` or in seconds; about 240 in the range if not given
    #[arg(long, value_name = "SPAN", allow_hyphen_values = true)]
    pub(in crate::cli) step: Option<Step>,

    /// Metrics: one sample about the whole range
    #[arg(long, conflicts_with = "step")]
    pub(in crate::cli) instant: bool,

    /// Metrics: how many spans to give as examples with `--format json`; 100 at most and if not given, 0 for none
    #[arg(long, value_name = "N", value_parser = exemplars, allow_negative_numbers = true)]
    exemplars: Option<usize>,

    /// Metrics: how many series to keep, those with the most spans; 10,000 if not given
    #[arg(long, value_name = "N", value_parser = max_series, allow_negative_numbers = true)]
    max_series: Option<usize>,
}

impl Options {
    /// Makes the request of a search.
    pub(in crate::cli) fn search(&self, query: Checked) -> Result<Search, Failure> {
        self.only_for_metrics()?;
        Ok(Search { when: self.when(), limits: self.limits(), query })
    }

    /// Makes the request of a metrics query.
    pub(in crate::cli) fn metrics(&self, query: Checked) -> Result<Metrics, Failure> {
        self.only_for_searches()?;
        Ok(Metrics {
            when: self.when(),
            step: self.step.map(|step| step.0),
            instant: self.instant,
            exemplars: self.exemplars,
            max_series: self.max_series,
            ..Metrics::new(query)
        })
    }

    /// Returns the time that is asked for.
    pub(in crate::cli) fn when(&self) -> When {
        When { start: self.start, end: self.end, since: self.since.map(|since| since.0) }
    }

    /// Returns how much of an answer to a search is wanted.
    pub(in crate::cli) fn limits(&self) -> Limits {
        Limits {
            traces: self.limit.or(USUAL_LIMITS.traces),
            spans_per_spanset: self.spss.or(USUAL_LIMITS.spans_per_spanset),
        }
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

fn exemplars(text: &str) -> Result<usize, String> {
    let wanted = text.parse().ok().filter(|wanted| *wanted <= MAX_EXEMPLARS);
    wanted.ok_or_else(|| format!("give a whole number up to {MAX_EXEMPLARS}; 0 = none"))
}

fn max_series(text: &str) -> Result<usize, String> {
    let wanted = text.parse().ok().filter(|wanted| *wanted > 0);
    wanted.ok_or_else(|| "give a whole number, at least 1".to_owned())
}
