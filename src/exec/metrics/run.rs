//! A metrics query: fragments in, series out.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashSet;

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
        series::{MetricsResult, Outside, Times},
    },
    plan::{Measure, MetricsPlan, TimesError},
};

use super::{
    combine::combine,
    measure::{Limits, Measured, measure},
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
        let State { thinned, whole, traces, spans, starts } =
            self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let inspected = Inspected { traces: traces.len() as u64, spans, bytes, left_out: None };
        let times = self.plan.options.window.times(starts)?;
        let slots = Slots::new(times);
        let outside = starts.filter(|(first, last)| !slots.hold(*first) || !slots.hold(*last));
        let whole = assemble(whole);
        let measured = self.plan.measures.iter().zip(thinned).map(|(measure, fragments)| match &measure.plan.scan {
            _ if spans == 0 => Ok(Measured::default()),
            None => of_batches(&self.plan, measure, &whole, &slots),
            Some(_) if measure.is_span_local => Ok(of_fragments(&self.plan, measure, &fragments, &slots)),
            Some(_) => of_batches(&self.plan, measure, &assemble(fragments), &slots),
        });
        let measured = measured.collect::<Result<Vec<_>, _>>()?;
        Ok(put_together(&self.plan, measured, times, inspected, outside))
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
    let times = plan.options.window.times(starts)?;
    let slots = Slots::new(times);
    let outside = starts.filter(|(first, last)| !slots.hold(*first) || !slots.hold(*last));
    let measured = plan.measures.iter().map(|measure| match inspected.spans {
        0 => Ok(Measured::default()),
        _ => of_batches(plan, measure, batches, &slots),
    });
    let measured = measured.collect::<Result<Vec<_>, _>>()?;
    Ok(put_together(plan, measured, times, inspected, outside))
}
