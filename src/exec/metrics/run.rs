//! A metrics query: fragments in, series out.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashSet;
use rayon::prelude::*;

use crate::{
    exec::{
        SearchError,
        pipeline::{Sets, run},
        scan::{matching, selected, thin_out},
        view::View,
    },
    model::{
        assemble::assemble,
        batch::{Batch, Fragment},
        ids::TraceId,
        result::Inspected,
        series::{Completeness, MetricsResult, Series, Times},
    },
    plan::{Measure, MetricsPlan, TimesError},
};

use super::{
    exemplars::sample_of,
    math::{Operand, evaluate},
    measure::{Limits, Measured},
    order::sort,
    table::{Slots, Table},
};

/// A metrics query that is given its spans piece by piece.
pub struct Metrics {
    plan: MetricsPlan,
    state: Mutex<State>,
}

/// What was seen so far.
struct State {
    /// For each measure the spans that can have a part in its series; nothing for those that need whole traces.
    thinned: Vec<Vec<Arc<Fragment>>>,
    /// All spans, where a measure needs whole traces.
    whole: Vec<Arc<Fragment>>,
    traces: HashSet<TraceId>,
    spans: u64,
    starts: Option<(u64, u64)>,
}

/// Why a metrics query has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricsError {
    /// The spans that are to be measured cannot be found.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The samples cannot have the times that were asked for.
    #[error(transparent)]
    Times(#[from] TimesError),
}

impl Metrics {
    /// Starts a query that has seen nothing.
    pub fn new(plan: MetricsPlan) -> Metrics {
        let state = State {
            thinned: plan.measures.iter().map(|_| Vec::new()).collect(),
            whole: Vec::new(),
            traces: HashSet::new(),
            spans: 0,
            starts: None,
        };
        Metrics { plan, state: Mutex::new(state) }
    }

    /// Returns the plan that is followed.
    pub fn plan(&self) -> &MetricsPlan {
        &self.plan
    }

    /// Takes spans; may be called from many threads, in any order.
    pub fn observe(&self, fragment: Fragment) {
        let Some(first) = fragment.trace.first() else { return };
        let mut traces: Vec<TraceId> = vec![*first];
        // Spans of one trace often come together.
        fragment.trace.windows(2).filter(|pair| pair[0] != pair[1]).for_each(|pair| traces.push(pair[1]));
        let starts = extremes(&fragment.spans.start);
        let fragment = Arc::new(fragment);
        let thinned: Vec<Option<Arc<Fragment>>> =
            self.plan.measures.iter().map(|measure| thin(measure, &fragment)).collect();

        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.spans += fragment.trace.len() as u64;
        state.traces.extend(traces);
        state.starts = widen(state.starts, starts);
        for (kept, thinned) in state.thinned.iter_mut().zip(thinned) {
            kept.extend(thinned);
        }
        if self.plan.measures.iter().any(|measure| measure.plan.scan.is_none()) {
            state.whole.push(fragment);
        }
    }

    /// Gives the answer; `bytes` is how much input was read.
    pub fn finish(self, bytes: u64) -> Result<MetricsResult, MetricsError> {
        let plan = &self.plan;
        let State { thinned, whole, traces, spans, starts } =
            self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let inspected = Inspected { traces: traces.len() as u64, spans, bytes, left_out: None };
        let batches = assemble(&whole);
        drop(whole);
        let answer = Answer::new(plan, starts)?;
        let measured = plan.measures.iter().zip(thinned).map(|(measure, fragments)| match &measure.plan.scan {
            None => answer.of_batches(measure, &batches),
            Some(_) if measure.is_span_local => Ok(answer.of_fragments(measure, &fragments)),
            Some(_) => answer.of_batches(measure, &assemble(&fragments)),
        });
        let measured = measured.collect::<Result<Vec<_>, _>>()?;
        Ok(answer.put_together(measured, inspected))
    }
}

/// Measures whole traces that are in memory; `inspected` counts them, without bytes.
pub fn measure_batches(plan: &MetricsPlan, batches: &[Batch]) -> Result<MetricsResult, MetricsError> {
    let starts = batches.iter().map(|batch| extremes(&batch.spans.start)).fold(None, widen);
    let inspected = Inspected {
        traces: batches.iter().map(|batch| batch.traces.len() as u64).sum(),
        spans: batches.iter().map(|batch| batch.spans.len() as u64).sum(),
        bytes: 0,
        left_out: None,
    };
    let answer = Answer::new(plan, starts)?;
    let measured = plan.measures.iter().map(|measure| answer.of_batches(measure, batches));
    let measured = measured.collect::<Result<Vec<_>, _>>()?;
    Ok(answer.put_together(measured, inspected))
}

/// Keeps of a fragment the spans that can have a part in a measure; `None` if there are none, or if it takes whole traces.
fn thin(measure: &Measure, fragment: &Arc<Fragment>) -> Option<Arc<Fragment>> {
    let filters = measure.plan.scan.as_ref()?;
    let found = if measure.is_span_local {
        selected(&measure.plan, &View::of_fragment(&measure.plan, fragment))
    } else {
        matching(&measure.plan, filters, fragment)
    };
    match found.count() {
        0 => None,
        all if all == fragment.trace.len() => Some(Arc::clone(fragment)),
        _ => Some(Arc::new(thin_out(fragment, &found))),
    }
}

/// Returns the first and the last of some times.
fn extremes(times: &[u64]) -> Option<(u64, u64)> {
    Some((*times.iter().min()?, *times.iter().max()?))
}

fn widen(known: Option<(u64, u64)>, more: Option<(u64, u64)>) -> Option<(u64, u64)> {
    match (known, more) {
        (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
        (known, more) => known.or(more),
    }
}

/// The answer in the making, once it is known when samples are taken.
struct Answer<'p> {
    plan: &'p MetricsPlan,
    /// The first and the last start of all spans.
    data: Option<(u64, u64)>,
    times: Times,
    slots: Slots,
    limits: Limits,
}

impl<'p> Answer<'p> {
    fn new(plan: &'p MetricsPlan, data: Option<(u64, u64)>) -> Result<Answer<'p>, TimesError> {
        let times = plan.options.window.times(data)?;
        let exemplars = match times {
            // All measures share them.
            Times::Range { .. } => plan.options.exemplars / plan.measures.len().max(1),
            Times::Instant { .. } => 0,
        };
        let limits = Limits { series: plan.options.max_series.max(1), exemplars };
        Ok(Answer { plan, data, times, slots: Slots::new(times), limits })
    }

    /// Measures the spans of whole traces that a measure's stages select.
    fn of_batches(&self, measure: &'p Measure, batches: &[Batch]) -> Result<Measured, SearchError> {
        let table = |batch| {
            let view = View::of_batch(&measure.plan, batch);
            let sets = run(&measure.plan, &view, batch)?;
            Ok(Table::new(view, sets, &self.slots))
        };
        let tables = batches.par_iter().map(table).collect::<Result<Vec<_>, SearchError>>()?;
        Ok(self.measure(measure, &tables))
    }

    /// Measures all spans of fragments.
    fn of_fragments(&self, measure: &'p Measure, fragments: &[Arc<Fragment>]) -> Measured {
        let table = |fragment| Table::new(View::of_fragment(&measure.plan, fragment), Sets::All, &self.slots);
        let tables: Vec<Table<'_>> = fragments.par_iter().map(|fragment| table(fragment)).collect();
        self.measure(measure, &tables)
    }

    fn measure(&self, measure: &Measure, tables: &[Table<'_>]) -> Measured {
        // Without any span there is nothing to say, not even that there are none of a kind.
        if self.data.is_none() {
            return Measured::default();
        }
        super::measure::measure(measure, tables, &self.slots, self.limits)
    }

    fn put_together(&self, measured: Vec<Measured>, inspected: Inspected) -> MetricsResult {
        let left_out: usize = measured.iter().map(|measured| measured.left_out).sum();
        // Series that are joined or ranked stand in an order that does not depend on how the spans came.
        let mut measured: Vec<Vec<Series>> = measured.into_iter().map(|measured| sort(measured.series)).collect();
        let mut series = match evaluate(&self.plan.expr, &self.times, &mut measured) {
            Operand::Series(series) => sort(series),
            Operand::Number(_) => Vec::new(),
        };
        for series in &mut series {
            // A span that was only counted is an example of all that the sample says.
            for exemplar in series.exemplars.iter_mut().filter(|exemplar| exemplar.value.is_nan()) {
                exemplar.value = sample_of(exemplar, &series.samples, &self.times);
            }
            series.exemplars.sort_by_key(|exemplar| exemplar.time);
        }
        let MetricsPlan { unit, form, .. } = *self.plan;
        let names = self.plan.names.clone();
        MetricsResult {
            series,
            names,
            times: self.times,
            unit,
            form,
            inspected,
            data: self.data,
            completeness: if left_out > 0 {
                Completeness::Cut { limit: self.limits.series }
            } else {
                Completeness::Whole
            },
        }
    }
}
