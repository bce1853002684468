//! Metrics queries over what is read.

use crate::{
    exec::Metrics as Collecting,
    model::{
        note::{Level, Note},
        result::Datum,
        series::{Completeness, Form, MetricsResult, Series, Times},
    },
    plan::{self, Estimates, MAX_EXEMPLARS, MAX_RANGE, MetricsOptions, MetricsPlan, Window},
    source::Input,
};

use super::{
    Answer, Error, Found, Metrics,
    run::{Run, damage, runnable},
    servers,
};

/// Answers a metrics query.
pub(super) fn run(run: &Run<'_>, request: &Metrics) -> Result<Answer, Error> {
    let servers = run.servers();
    if !servers.is_empty() {
        return servers::metrics(run, request, &servers);
    }
    let plan = plan(run, request)?;
    let inputs = run.inputs(false)?;
    let mut answer = here(run, plan, &inputs, 0, Vec::new())?;
    if let Found::Metrics(result) = &answer.found {
        let notes = notes(result);
        answer.notes.extend(notes);
    }
    Ok(answer)
}

/// Makes the plan of a metrics query over what is read.
pub(super) fn plan(run: &Run<'_>, request: &Metrics) -> Result<MetricsPlan, Error> {
    let (start, mut end) = request.when.bounds(run.now)?;
    if request.when.since.is_some() {
        // What is asked for ends now, not with the data.
        end = end.or(Some(run.now));
    }
    let (step, instant) = (request.step, request.instant);
    let plan = plan_in(request, Window { start, end, step, instant, now: run.now, may_be_long: false })?;
    Ok(if run.session.settings().exact { plan.with_measured_quantiles() } else { plan })
}

/// Makes the plan of a metrics query in a time.
pub(super) fn plan_in(request: &Metrics, window: Window) -> Result<MetricsPlan, Error> {
    let query = runnable(&request.query)?;
    window.check()?;
    let options = MetricsOptions {
        window,
        exemplars: request.exemplars.unwrap_or(MAX_EXEMPLARS),
        max_series: request.max_series.unwrap_or(MetricsOptions::default().max_series),
    };
    let mut plan = plan::lower_metrics(query, options)?;
    if !request.shows_exemplars {
        plan = plan.without_exemplars();
    }
    Ok(if request.whole_comparisons { plan.with_whole_comparisons() } else { plan })
}

/// Runs a metrics query over inputs; `bytes` is what servers looked at before, `gathered` what is to be said of them. The
/// notes are about damage, servers, hints and completeness.
pub(super) fn here(
    run: &Run<'_>,
    plan: MetricsPlan,
    inputs: &[Input],
    bytes: u64,
    gathered: Vec<Note>,
) -> Result<Answer, Error> {
    let (hints, estimates) = (plan.sampling_hints().to_vec(), plan.estimates());
    let (result, read) = run.collect(inputs, Collecting::new(plan), bytes, Some(&Found::Metrics))?;
    let mut notes = damage(&read);
    notes.extend(gathered);
    if !hints.is_empty() {
        notes.push(Note::SamplingHints(hints));
    }
    notes.extend(completeness(&result, false));
    notes.extend(estimated(estimates, &result));
    let is_complete = read.damaged == 0 && result.completeness == Completeness::Whole;
    Ok(Answer { found: Found::Metrics(result), notes, read, is_complete })
}

/// Says what is missing; `by_server` tells whose limits these are.
pub(super) fn completeness(result: &MetricsResult, by_server: bool) -> Option<Note> {
    match &result.completeness {
        Completeness::Whole => None,
        Completeness::Told(text) => Some(Note::OfServer { level: Level::Warning, text: text.clone() }),
        Completeness::Cut { limit } => Some(Note::SeriesCut { limit: *limit, by_server }),
        Completeness::Doubtful { seen } => Some(Note::SeriesDoubtful { seen: *seen }),
    }
}

/// Says that quantiles are estimated, where any are told or decide what is told.
pub(super) fn estimated(estimates: Option<Estimates>, result: &MetricsResult) -> Option<Note> {
    let is_compared = estimates? == Estimates::Compared;
    (is_compared || !result.series.is_empty()).then_some(Note::QuantilesEstimated { is_compared })
}

/// Says what the answer itself does not show.
fn notes(result: &MetricsResult) -> Vec<Note> {
    let mut notes = Vec::new();
    if result.without_start > 0 {
        notes.push(Note::WithoutStart(result.without_start));
    }
    let Some((first, last)) = result.data else {
        notes.push(Note::NoStarts);
        return notes;
    };
    let is_outside = result.times.last() < first || result.times.open().is_some_and(|open| last <= open);
    let matched = result.matched;
    if is_outside {
        notes.push(Note::NoneStarts { first, last });
    } else if matched == 0 {
        notes.push(Note::NothingMatches(result.inspected));
    } else if result.series.is_empty() && result.measured == 0 {
        notes.push(Note::NothingToMeasure { matched });
    } else if result.series.is_empty() {
        notes.push(Note::NoSeriesLeft { matched, series: result.measured });
    }
    notes.extend(result.names.iter().filter(|name| is_missing(result, name)).cloned().map(Note::NoLabel));
    if let Times::Range { step, len, .. } = result.times {
        let range = step.saturating_mul(len as u64 - 1);
        notes.extend((range > MAX_RANGE).then_some(Note::LongRange(range)));
    }
    notes
}

/// Tells whether the series are to be split by something that no span has.
fn is_missing(result: &MetricsResult, name: &str) -> bool {
    let has_value = |series: &Series| !matches!(series.label(name), None | Some(Datum::Nil));
    result.form != Form::Comparison && !result.series.is_empty() && !result.series.iter().any(has_value)
}
