//! A metrics query, from the command line to the answer.

use crate::{
    exec::{Metrics, MetricsError},
    model::series::{Completeness, MetricsResult, Times},
    output::{
        metrics::{flat, json, prometheus, table},
        text,
    },
    plan::{self, MetricsOptions, TimesError, Window},
    source,
};

use super::{Checked, Exit, Failure, Format, Outcome, Query, Ui, bounds, failed, no_plan, read, sources, tell_damage};

/// The longest range that a Tempo answers, in nanoseconds.
const DAY: u64 = 24 * 3_600 * 1_000_000_000;

pub(super) fn run(command: &Query, query: &Checked, ui: &mut Ui) -> Outcome {
    let (start, mut end) = bounds(command)?;
    if command.since.is_some() {
        // What is asked for ends now, not with the data.
        end = end.or(Some(super::time::now()));
    }
    let window = Window { start, end, step: command.step.map(|step| step.0), instant: command.instant };
    window.check().map_err(bad_times)?;
    let exemplars = if matches!(command.format, Format::Json) { command.exemplars } else { 0 };
    let options = MetricsOptions { window, exemplars, max_series: command.max_series };
    let mut plan = plan::lower_metrics(query, options).map_err(|error| no_plan(&error))?;
    if !matches!(command.format, Format::Json) {
        plan = plan.without_exemplars();
    }
    let inputs = source::find(&sources(command)?).map_err(failed)?;
    let metrics = Metrics::new(plan);
    let report = read(&inputs, metrics.plan().projection(), command, ui, &|fragment| metrics.observe(fragment))?;
    let sampling = metrics.plan().sampling_hints().join("`, `");
    let result = metrics.finish(report.bytes).map_err(|error| match error {
        MetricsError::Times(error) => bad_times(error),
        error => Failure::new(Exit::Query, error.to_string()),
    })?;
    let style = table::Style { color: ui.out_color, width: ui.out_width, height: ui.out_height };
    match command.format {
        Format::Table => table::write(ui.out(), &result, style),
        Format::Json => json::write(ui.out(), &result),
        Format::Jsonl => flat::write_jsonl(ui.out(), &result),
        Format::Csv => flat::write_csv(ui.out(), &result),
        Format::Prometheus => prometheus::write(ui.out(), &result),
    }?;
    ui.flush()?;
    tell_damage(&report, ui);
    if !sampling.is_empty() {
        ui.note(&format!("`{sampling}` changes nothing here: over files every span counts, and the answer is exact"));
    }
    tell(&result, ui);
    Ok(match (report.damaged, result.completeness, result.series.is_empty()) {
        (0, Completeness::Whole, true) => Exit::Nothing,
        (0, Completeness::Whole, false) => Exit::Found,
        _ => Exit::Incomplete,
    })
}

/// Says why samples cannot have the times that were asked for.
fn bad_times(error: TimesError) -> Failure {
    let cure = match error {
        TimesError::NoLength => "give an `--end` behind `--start`",
        TimesError::TooLong => {
            "ask for a day at most with `--start` and `--end`; without them all of the data is taken"
        }
        TimesError::StepTooSmall { .. } => "give a longer `--step`, or none",
    };
    Failure::new(Exit::Usage, error.to_string()).with_hint(cure)
}

/// Says what the answer itself does not show.
fn tell(result: &MetricsResult, ui: &Ui) {
    match result.completeness {
        Completeness::Whole => {}
        Completeness::Cut { limit } => ui.warn(&format!(
            "there are more than {limit} series; those with the most spans are kept, and `--max-series` keeps more"
        )),
        Completeness::Doubtful { seen } => ui.warn(&format!(
            "there are too many groups: only the {seen} with the most spans were ranked, filtered or computed with, so \
             that the answer may be wrong; a `by` with fewer values makes fewer"
        )),
    }
    let Some((first, last)) = result.data else {
        ui.note("there are no spans");
        return;
    };
    let (open, end) = result.times.bounds();
    let inspected = result.inspected;
    let data = || {
        // Whole seconds, outwards.
        let end = last.saturating_add(999_999_999);
        format!("spans start from {} to {}", text::rfc3339_seconds(first), text::rfc3339_seconds(end))
    };
    if end < first || last <= open {
        ui.note(&format!("no span starts in the time range; {}", data()));
    } else if result.series.is_empty() {
        let (traces, spans) = (text::counted(inspected.traces, "trace"), text::counted(inspected.spans, "span"));
        ui.note(&format!("nothing to measure among {traces} with {spans}"));
    } else if end - open > DAY && matches!(result.times, Times::Range { .. }) {
        ui.note(&format!("{}; a Tempo answers for a day at most", data()));
    }
}
