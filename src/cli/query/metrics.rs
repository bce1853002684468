//! A metrics query, from the command line to the answer.

use crate::{
    exec::{Metrics, MetricsError},
    model::{
        result::Datum,
        series::{Completeness, Form, MetricsResult, Series, Times},
    },
    output::{
        metrics::{flat, json, prometheus, table},
        text,
    },
    plan::{MAX_RANGE, MetricsPlan},
};

use super::{super::watch::Shown, Checked, Exit, Failure, Format, Outcome, Query, Ui, bad_times, tell_damage};

pub(super) fn run(command: &Query, query: &Checked, shown: &mut Shown, ui: &mut Ui) -> Outcome {
    let plan = for_format(command.options.metrics(query)?, command.format);
    let inputs = command.sources.find()?;
    let metrics = Metrics::new(plan);
    let report = command.sources.scan(
        &inputs,
        (metrics.plan().projection(), metrics.plan().pruning()),
        &metrics,
        ui,
        &|fragment| metrics.observe(fragment),
    )?;
    let sampling = metrics.plan().sampling_hints().join("`, `");
    let result = metrics.finish(report.bytes).map_err(no_answer)?;
    write(command, &result, shown, ui)?;
    tell_damage(&report, ui);
    tell_sampling(&sampling, ui);
    tell(&result, ui);
    let exit = if report.damaged > 0 { Exit::Incomplete } else { exit(&result) };
    shown.done_with(result);
    Ok(exit)
}

/// Leaves out of a plan what a format does not show, and makes what only it shows.
pub(super) fn for_format(plan: MetricsPlan, format: Format) -> MetricsPlan {
    match format {
        Format::Json => plan,
        Format::Table => plan.without_exemplars().with_whole_comparisons(),
        Format::Jsonl | Format::Csv | Format::Prometheus => plan.without_exemplars(),
    }
}

/// Says why there is no answer.
pub(super) fn no_answer(error: MetricsError) -> Failure {
    match error {
        MetricsError::Times(error) => bad_times(error),
        error => Failure::new(Exit::Query, error.to_string()),
    }
}

/// Prints the series; on a terminal instead of those of an earlier run.
pub(super) fn write(command: &Query, result: &MetricsResult, shown: &Shown, ui: &mut Ui) -> Result<(), Failure> {
    let style = table::Style { color: ui.out_color, width: ui.out_width, height: ui.out_height };
    if shown.goes_on() && ui.out_height.is_some() && matches!(command.format, Format::Table) {
        // To the upper left corner, and everything below away.
        write!(ui.out(), "\x1b[H\x1b[2J")?;
    }
    match command.format {
        Format::Table => table::write(ui.out(), result, style),
        Format::Json => json::write(ui.out(), result),
        Format::Jsonl => flat::write_jsonl(ui.out(), result),
        Format::Csv => flat::write_csv(ui.out(), result),
        Format::Prometheus => prometheus::write(ui.out(), result),
    }?;
    Ok(ui.flush()?)
}

/// Tells how a run with an answer ends.
pub(super) fn exit(result: &MetricsResult) -> Exit {
    match (&result.completeness, result.series.is_empty()) {
        (Completeness::Whole, true) => Exit::Nothing,
        (Completeness::Whole, false) => Exit::Found,
        _ => Exit::Incomplete,
    }
}

/// Says that hints ask for an estimate, where the exact answer is given.
pub(super) fn tell_sampling(hints: &str, ui: &Ui) {
    if !hints.is_empty() {
        ui.note(&format!("`{hints}` changes nothing here: every span counts, and the answer is exact"));
    }
}

/// Says what is missing; `is_of_server` tells whose limits these are.
pub(super) fn tell_completeness(completeness: &Completeness, is_of_server: bool, ui: &Ui) {
    match completeness {
        Completeness::Whole => {}
        Completeness::Told(message) => ui.warn(message),
        Completeness::Cut { limit } if is_of_server => ui.warn(&format!(
            "the server gives at most {limit} series, and what these count may be too little; a `by` with fewer values \
             makes fewer"
        )),
        Completeness::Cut { limit } => ui.warn(&format!(
            "there are more than {limit} series; those with the most spans are kept, and `--max-series` keeps more"
        )),
        Completeness::Doubtful { seen } => ui.warn(&format!(
            "there are too many groups: only the {seen} with the most spans were ranked, filtered or computed with, so \
             that the answer may be wrong; a `by` with fewer values makes fewer"
        )),
    }
}

/// Says what the answer itself does not show.
fn tell(result: &MetricsResult, ui: &Ui) {
    tell_completeness(&result.completeness, false, ui);
    if result.without_start > 0 {
        let spans = text::counted(result.without_start, "span");
        ui.warn(&format!("no start is known of {spans}, as if in 1970; metrics over time leave such spans out"));
    }
    let Some((first, last)) = result.data else {
        ui.note("there are no spans with a start");
        return;
    };
    // Whole seconds, outwards.
    let (from, to) = (text::rfc3339_seconds(first), text::rfc3339_seconds(last.saturating_add(999_999_999)));
    let is_outside = result.times.last() < first || result.times.open().is_some_and(|open| last <= open);
    let matched = text::counted(result.matched, "span");
    if is_outside {
        ui.note(&format!("no span starts in the time range; spans start from {from} to {to}"));
    } else if result.matched == 0 {
        let inspected = result.inspected;
        let (traces, spans) = (text::counted(inspected.traces, "trace"), text::counted(inspected.spans, "span"));
        ui.note(&format!("nothing matches among {traces} with {spans}"));
    } else if result.series.is_empty() && result.measured == 0 {
        ui.note(&format!("{matched} match, and none has a number to measure there"));
    } else if result.series.is_empty() {
        let series = if result.measured == 1 { "1 series" } else { &format!("{} series", result.measured) };
        ui.note(&format!("{matched} match, but nothing is left of {series} behind the filters and the arithmetic"));
    }
    for name in result.names.iter().filter(|name| is_missing(result, name)) {
        ui.note(&format!("no span that matches has `{name}`"));
    }
    if let Times::Range { step, len, .. } = result.times {
        let range = step.saturating_mul(len as u64 - 1);
        if range > MAX_RANGE {
            let length = text::short_duration(range);
            ui.note(&format!("the range is {length} long; a Tempo answers for a day at most"));
        }
    }
}

/// Tells whether the series are to be split by something that no span has.
fn is_missing(result: &MetricsResult, name: &str) -> bool {
    let has_value = |series: &Series| !matches!(series.label(name), None | Some(Datum::Nil));
    result.form != Form::Comparison && !result.series.is_empty() && !result.series.iter().any(has_value)
}
