//! Metrics queries where there are servers.

use std::sync::Arc;

use crate::{
    model::{
        note::{Level, Note},
        series::{Completeness, Form, Unit},
    },
    plan::{
        MetricsPlan, Window,
        remote::{Combine, MetricsRequest, RequestTimes, Shape},
    },
    source::ReadReport,
};

use super::{
    super::{Answer, Backend, Doing, Error, Found, Metrics, metrics as local, run::Run},
    Shared, Whole, answer, gather, of_server, planned, tell_reasons,
};

/// Answers a metrics query.
pub(in crate::session) fn metrics(
    run: &Run<'_>,
    request: &Metrics,
    servers: &[Arc<dyn Backend>],
) -> Result<Answer, Error> {
    let query = (&request.query, request.when);
    answer(run, query, servers, |shared, whole| there(shared, request, whole), |shared| here(shared, request))
}

fn plan(shared: &Shared<'_>, request: &Metrics) -> Result<MetricsPlan, Error> {
    let range = shared.recent.range;
    let (start, end) = (Some(range.start), Some(range.end));
    let window = Window { start, end, step: request.step, instant: request.instant, now: range.end, may_be_long: true };
    let request = Metrics { query: shared.query.clone(), ..request.clone() };
    local::plan_in(&request, window)
}

/// Lets the server answer.
fn there(shared: &Shared<'_>, request: &Metrics, whole: &Whole<'_>) -> Result<Answer, Error> {
    let plan = planned(plan(shared, request), whole.reasons)?;
    let unknown = Shape { names: Vec::new(), unit: Unit::Number, form: Form::Lines, empty: f64::NAN };
    let are_shown = request.shows_exemplars && request.exemplars != Some(0);
    let times = match request.instant {
        true => RequestTimes::Instant { combine: Combine::of(&shared.query.query) },
        // None at all cannot be asked for.
        false if !are_shown => RequestTimes::Range { step: request.step, exemplars: Some(1) },
        false => RequestTimes::Range { step: request.step, exemplars: request.exemplars },
    };
    let asked = MetricsRequest {
        query: whole.text.to_owned(),
        start: shared.recent.range.start,
        end: shared.recent.range.end,
        times,
        shape: plan.as_ref().map_or(unknown, Shape::of),
        release: Some(whole.release),
    };
    let mut told = shared.run.ask(whole.server, Doing::Measuring, |call| whole.server.metrics(&asked, call))?;
    if !are_shown {
        told.value.series.iter_mut().for_each(|series| series.exemplars.clear());
    }
    let mut notes: Vec<Note> = tell_reasons(whole.reasons).collect();
    notes.extend(told.notes.iter().map(|note| of_server(Level::Note, note)));
    notes.extend(request.max_series.map(|_| Note::MaxSeriesUnused));
    notes.extend(local::completeness(&told.value, true));
    notes.extend(local::estimated(plan.as_ref().and_then(MetricsPlan::estimates), &told.value));
    let is_complete = told.value.completeness == Completeness::Whole;
    Ok(Answer { found: Found::Metrics(told.value), notes, read: ReadReport::default(), is_complete })
}

/// Runs the query here, over what every source has of the traces that matter.
fn here(shared: &Shared<'_>, request: &Metrics) -> Result<Answer, Error> {
    let plan = plan(shared, request)?;
    let plan = if shared.run.session.settings().exact { plan.with_measured_quantiles() } else { plan };
    // The first sample is about the step before the range.
    let range = plan.spans().unwrap_or(shared.recent.range);
    let gathered = gather::gather(shared, range, 0)?;
    let notes = gathered.notes().collect();
    let mut answer = local::here(shared.run, plan, &gathered.inputs, gathered.inspected, notes)?;
    answer.is_complete &= !gathered.incomplete;
    Ok(answer)
}
