//! A metrics query: fragments in, series out.

use std::{borrow::Borrow, sync::Arc};

use hashbrown::HashSet;
use parking_lot::{Mutex, MutexGuard};
use rayon::prelude::*;

use crate::{
    exec::{
        SearchError,
        bitmap::Bitmap,
        collector::{Collector, Needs},
        pick::{join, pick},
        pipeline::{Sets, run},
        scan::{matching, once, selected, thin_out},
        view::View,
    },
    model::{
        assemble::assemble,
        batch::{Batch, Fragment},
        ids::TraceId,
        projection::Projection,
        result::Inspected,
        scan::{Picked, Scan, Seen},
        series::{Completeness, MetricsResult, Series, Times},
    },
    plan::{Measure, MetricsPlan, SeriesExpr, TimesError},
};

use super::{
    math::{Term, evaluate},
    measure::{Limits, Measured},
    order::sort,
    table::{Slots, Table},
};

/// A metrics query that is given its spans piece by piece.
pub struct Metrics {
    plan: MetricsPlan,
    /// The slots, where they do not depend on the data.
    slots: Option<Slots>,
    state: Mutex<State>,
}

/// What was seen so far.
#[derive(Clone)]
struct State {
    /// For each measure the spans that can have a part in its series; nothing for those that need whole traces.
    thinned: Vec<Vec<Arc<Fragment>>>,
    /// All spans, where a measure needs whole traces.
    whole: Vec<Arc<Fragment>>,
    traces: HashSet<TraceId>,
    /// Traces that came whole, thinned out for all measures together.
    batches: Vec<Arc<Batch>>,
    /// How many traces were looked at to find those in `batches`.
    picked_from: u64,
    spans: u64,
    data: Data,
}

impl State {
    fn nothing(plan: &MetricsPlan) -> State {
        State {
            thinned: plan.measures.iter().map(|_| Vec::new()).collect(),
            whole: Vec::new(),
            traces: HashSet::new(),
            batches: Vec::new(),
            picked_from: 0,
            spans: 0,
            data: Data::default(),
        }
    }
}

/// When spans start.
#[derive(Clone, Copy, Default)]
struct Data {
    /// The first and the last start, of the spans that have one.
    starts: Option<(u64, u64)>,
    /// How many spans have none: they start in 1970.
    without_start: u64,
}

impl Data {
    fn of(starts: &[u64]) -> Data {
        let known = starts.iter().copied().filter(|start| *start > 0);
        Data {
            starts: known.clone().min().zip(known.max()),
            without_start: starts.iter().filter(|start| **start == 0).count() as u64,
        }
    }

    fn merge(self, other: Data) -> Data {
        let starts = match (self.starts, other.starts) {
            (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
            (known, more) => known.or(more),
        };
        Data { starts, without_start: self.without_start + other.without_start }
    }
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
        let state = State::nothing(&plan);
        let window = plan.options.window;
        let slots = window.is_fixed().then(|| window.times(None).ok()).flatten().map(Slots::new);
        Metrics { plan, slots, state: Mutex::new(state) }
    }

    /// Returns the plan that is followed.
    pub fn plan(&self) -> &MetricsPlan {
        &self.plan
    }

    /// Keeps of a fragment the spans that can have a part in a measure; `None` if there are none, or if it takes whole
    /// traces.
    fn thin(&self, measure: &Measure, fragment: &Arc<Fragment>) -> Option<Arc<Fragment>> {
        let filters = measure.plan.scan.as_ref()?;
        let found = if measure.is_span_local {
            let found = selected(&measure.plan, &View::of_fragment(&measure.plan, fragment));
            match self.slots {
                Some(slots) => found.and(&Bitmap::of(&fragment.spans.start, |start| slots.hold(*start))),
                None => found,
            }
        } else {
            matching(&measure.plan, filters, fragment)
        };
        match found.count() {
            0 => None,
            all if all == fragment.trace.len() => Some(Arc::clone(fragment)),
            _ => Some(Arc::new(thin_out(fragment, &found))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Answers from what was seen.
    fn answer(&self, seen: State, bytes: u64) -> Result<MetricsResult, MetricsError> {
        let plan = &self.plan;
        let State { thinned, whole, traces, batches: given, picked_from, spans, data } = seen;
        let inspected = Inspected { traces: traces.len() as u64 + picked_from, spans, bytes, ..Inspected::default() };
        let answer = Answer::new(plan, data)?;
        let assembled = assemble(&whole);
        drop(whole);
        let measured = plan.measures.iter().zip(thinned).map(|(measure, fragments)| {
            let (assembled_now, once_each);
            let mut tables = match &measure.plan.scan {
                None => answer.of_batches(measure, &assembled)?,
                Some(_) if measure.is_span_local => {
                    once_each = once(fragments);
                    answer.of_fragments(measure, &once_each)
                }
                Some(_) => {
                    assembled_now = assemble(&fragments);
                    answer.of_batches(measure, &assembled_now)?
                }
            };
            tables.extend(answer.of_batches(measure, &given)?);
            Ok(answer.measure(measure, &tables))
        });
        let measured = measured.collect::<Result<Vec<_>, SearchError>>()?;
        Ok(answer.put_together(measured, inspected))
    }
}

impl Collector for Metrics {
    type Answer = MetricsResult;
    type Error = MetricsError;

    fn needs(&self) -> Needs<'_> {
        Needs { projection: self.plan.projection(), pruning: self.plan.pruning() }
    }

    fn observe(&self, fragment: Fragment) {
        let Some(first) = fragment.trace.first() else { return };
        let mut traces: Vec<TraceId> = vec![*first];
        // Spans of one trace often come together.
        fragment.trace.windows(2).filter(|pair| pair[0] != pair[1]).for_each(|pair| traces.push(pair[1]));
        let data = Data::of(&fragment.spans.start);
        let fragment = Arc::new(fragment);
        let thinned: Vec<Option<Arc<Fragment>>> =
            self.plan.measures.iter().map(|measure| self.thin(measure, &fragment)).collect();

        let mut state = self.lock();
        state.spans += fragment.trace.len() as u64;
        state.traces.extend(traces);
        state.data = state.data.merge(data);
        for (kept, thinned) in state.thinned.iter_mut().zip(thinned) {
            kept.extend(thinned);
        }
        if self.plan.measures.iter().any(|measure| measure.plan.scan.is_none()) {
            state.whole.push(fragment);
        }
    }

    fn so_far(&self, bytes: u64) -> Option<Result<MetricsResult, MetricsError>> {
        let seen = self.lock().clone();
        Some(self.answer(seen, bytes))
    }

    fn finish(self, bytes: u64) -> Result<MetricsResult, MetricsError> {
        let seen = std::mem::replace(&mut *self.lock(), State::nothing(&self.plan));
        self.answer(seen, bytes)
    }
}

impl Scan for Metrics {
    fn first(&self) -> Option<&Projection> {
        self.plan.first.as_ref()
    }

    fn pick(&self, traces: &Batch) -> Picked {
        join(self.plan.measures.iter().map(|measure| pick(&measure.plan, traces)).collect(), traces)
    }

    fn whole(&self, traces: Batch, seen: Seen) {
        let mut state = self.lock();
        state.spans += seen.spans;
        state.picked_from += seen.traces;
        state.data = state.data.merge(Data { starts: seen.starts, without_start: seen.without_start });
        if !traces.traces.is_empty() {
            state.batches.push(Arc::new(traces));
        }
    }
}

/// Measures whole traces that are in memory; `inspected` counts them, without bytes.
pub fn measure_batches(plan: &MetricsPlan, batches: &[Batch]) -> Result<MetricsResult, MetricsError> {
    let data = batches.iter().map(|batch| Data::of(&batch.spans.start)).fold(Data::default(), Data::merge);
    let inspected = Inspected {
        traces: batches.iter().map(|batch| batch.traces.len() as u64).sum(),
        spans: batches.iter().map(|batch| batch.spans.len() as u64).sum(),
        ..Inspected::default()
    };
    let answer = Answer::new(plan, data)?;
    let measured = plan.measures.iter();
    let measured = measured.map(|measure| Ok(answer.measure(measure, &answer.of_batches(measure, batches)?)));
    let measured = measured.collect::<Result<Vec<_>, SearchError>>()?;
    Ok(answer.put_together(measured, inspected))
}

/// The answer in the making, once it is known when samples are taken.
struct Answer<'p> {
    plan: &'p MetricsPlan,
    data: Data,
    times: Times,
    slots: Slots,
    limits: Limits,
}

impl<'p> Answer<'p> {
    fn new(plan: &'p MetricsPlan, data: Data) -> Result<Answer<'p>, TimesError> {
        let times = plan.options.window.times(data.starts)?;
        let exemplars = match times {
            // All measures share them.
            Times::Range { .. } => plan.options.exemplars / plan.measures.len().max(1),
            Times::Instant { .. } => 0,
        };
        // What ranks, filters or computes must see all series.
        let series = matches!(plan.expr, SeriesExpr::Measure(_)).then_some(plan.options.max_series.max(1));
        Ok(Answer { plan, data, times, slots: Slots::new(times), limits: Limits { series, exemplars } })
    }

    /// Finds the spans of whole traces that a measure's stages select.
    fn of_batches<'b, B: Borrow<Batch> + Sync>(
        &self,
        measure: &'b Measure,
        batches: &'b [B],
    ) -> Result<Vec<Table<'b>>, SearchError> {
        let table = |batch: &'b B| {
            let batch = batch.borrow();
            let view = View::of_batch(&measure.plan, batch);
            let sets = run(&measure.plan, &view, batch)?;
            Ok(Table::new(view, sets, &self.slots))
        };
        batches.par_iter().map(table).collect()
    }

    /// Takes all spans of fragments.
    fn of_fragments<'b>(&self, measure: &'b Measure, fragments: &'b [Arc<Fragment>]) -> Vec<Table<'b>> {
        let table = |fragment| Table::new(View::of_fragment(&measure.plan, fragment), Sets::All, &self.slots);
        fragments.par_iter().map(|fragment| table(fragment)).collect()
    }

    fn measure(&self, measure: &Measure, tables: &[Table<'_>]) -> Measured {
        // Without any span there is nothing to say, not even that there are none of a kind.
        if self.data.starts.is_none() && self.data.without_start == 0 {
            return Measured::default();
        }
        super::measure::measure(measure, tables, &self.slots, self.limits)
    }

    fn put_together(&self, measured: Vec<Measured>, inspected: Inspected) -> MetricsResult {
        let limit = self.plan.options.max_series.max(1);
        let seen = measured.iter().filter_map(|measured| measured.cut_to).min();
        let matched = measured.iter().map(|measured| measured.matched).sum();
        // Series that are joined or ranked stand in an order that does not depend on how the spans came.
        let mut measured: Vec<Vec<Series>> = measured.into_iter().map(|measured| sort(measured.series)).collect();
        let before = measured.iter().map(Vec::len).sum();
        let mut series = match evaluate(&self.plan.expr, &self.times, &mut measured) {
            Term::Series(series) => sort(series),
            Term::Number(_) => Vec::new(),
        };
        let completeness = match seen {
            Some(seen) if self.limits.series.is_none() => Completeness::Doubtful { seen },
            Some(seen) => Completeness::Cut { limit: seen.min(limit) },
            None if series.len() > limit => Completeness::Cut { limit },
            None => Completeness::Whole,
        };
        series.truncate(limit);
        for series in &mut series {
            // A span that was only counted is an example of all that the sample says.
            for exemplar in series.exemplars.iter_mut().filter(|exemplar| exemplar.value.is_nan()) {
                exemplar.value = self.times.sample(&series.samples, exemplar.time);
            }
            series.exemplars.retain(|exemplar| !exemplar.value.is_nan());
            series.exemplars.sort_by_key(|exemplar| exemplar.time);
        }
        let MetricsPlan { unit, form, ref names, .. } = *self.plan;
        MetricsResult {
            series,
            names: names.clone(),
            times: self.times,
            unit,
            form,
            inspected,
            data: self.data.starts,
            without_start: self.data.without_start,
            matched,
            measured: before,
            completeness,
        }
    }
}
