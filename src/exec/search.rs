//! A search: fragments in, the newest matching traces out.

use std::{cmp::Reverse, fmt, ops::Range, sync::Arc};

use parking_lot::{Mutex, MutexGuard};
use rayon::prelude::*;

use crate::{
    model::{
        assemble::assemble,
        batch::{Batch, Fragment},
        ids::TraceId,
        projection::Projection,
        result::{Inspected, LeftOut, SearchResult, TraceMatch},
        scan::{Picked, Scan, Seen},
    },
    plan::{Plan, TimeRange},
};

use super::{
    answer::Answers,
    collector::{Collector, Needs},
    pick::pick,
    pipeline::{Sets, run},
    scan::{matching, thin_out},
    structural::{runs, skip},
    summary::{Summaries, facts_of, summarise, told_facts},
    view::View,
};

/// A search that is given its spans piece by piece.
pub struct Search {
    plan: Plan,
    /// Whether spans may come twice, from different inputs.
    several_inputs: bool,
    state: Mutex<State>,
}

/// What was seen so far.
#[derive(Clone, Default)]
struct State {
    /// The spans that can have a part in the answer.
    fragments: Vec<Arc<Fragment>>,
    /// The traces, where fragments were thinned out.
    summaries: Summaries,
    /// Whole traces, thinned out too.
    batches: Vec<Arc<Batch>>,
    spans: u64,
    /// How many traces were looked at to find those in `batches`.
    traces: u64,
}

/// Why a search has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchError {
    /// An operand of a relation, or of a comparison of aggregates, has several spansets in one trace.
    SeveralSpansets,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SearchError::SeveralSpansets => f.write_str(
                "a relation such as `>`, or an aggregate in parentheses, takes one spanset from each trace, but `by` made \
                 several; join them with `| coalesce()`",
            ),
        }
    }
}

impl std::error::Error for SearchError {}

impl Search {
    /// Starts a search that has seen nothing.
    pub fn new(plan: Plan) -> Search {
        Search { plan, several_inputs: false, state: Mutex::default() }
    }

    /// Says how many inputs the spans will be from, if that is not one: what several of them have counts once.
    #[must_use]
    pub fn of_inputs(self, inputs: usize) -> Search {
        Search { several_inputs: inputs > 1, ..self }
    }

    /// Returns the plan that is followed.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Answers from what was seen.
    fn answer(&self, seen: State, bytes: u64) -> Result<SearchResult, SearchError> {
        let State { fragments, summaries, batches: whole, spans, traces: mut seen } = seen;
        let mut batches = assemble(&fragments);
        drop(fragments);
        let thinned = self.plan.scan.is_some();
        if thinned {
            for trace in batches.iter_mut().flat_map(|batch| &mut batch.traces) {
                if let Some(summary) = summaries.get(trace.id) {
                    (trace.start, trace.end) = (summary.start, summary.end);
                }
            }
        }
        let whole = whole.iter().map(|batch| &**batch);
        let all: Vec<&Batch> = batches.iter().chain(whole.clone()).collect();
        let (traces, more) = answer(&self.plan, &all, thinned.then_some(&summaries))?;
        seen += if thinned { summaries.len() } else { batches.iter().map(|batch| batch.traces.len()).sum() } as u64;

        let left_out = self.plan.range.map(|range| {
            if thinned {
                left_out(range, summaries.times().chain(times(whole)))
            } else {
                left_out(range, times(batches.iter()).chain(times(whole)))
            }
        });
        let inspected = Inspected { traces: seen, spans, bytes, left_out, ..Inspected::default() };
        Ok(SearchResult { traces, more, inspected })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Collector for Search {
    type Answer = SearchResult;
    type Error = SearchError;

    fn needs(&self) -> Needs<'_> {
        Needs { projection: self.plan.projection(), pruning: self.plan.pruning() }
    }

    fn observe(&self, fragment: Fragment) {
        if fragment.trace.is_empty() {
            return;
        }
        let spans = fragment.trace.len() as u64;
        let Some(filters) = &self.plan.scan else {
            let mut state = self.lock();
            state.spans += spans;
            state.fragments.push(Arc::new(fragment));
            return;
        };
        let summaries = summarise(&fragment, self.several_inputs);
        let matching = matching(&self.plan, filters, &fragment);
        let kept = matching.count() as u64;
        let thinned = (kept > 0 && kept < spans).then(|| thin_out(&fragment, &matching));
        let mut state = self.lock();
        state.spans += spans;
        state.summaries.merge(summaries, &fragment.spans.dictionary);
        if kept > 0 {
            state.fragments.push(Arc::new(thinned.unwrap_or(fragment)));
        }
    }

    fn so_far(&self, bytes: u64) -> Option<Result<SearchResult, SearchError>> {
        let seen = self.lock().clone();
        Some(self.answer(seen, bytes))
    }

    fn finish(self, bytes: u64) -> Result<SearchResult, SearchError> {
        let seen = std::mem::take(&mut *self.lock());
        self.answer(seen, bytes)
    }
}

impl Scan for Search {
    fn first(&self) -> Option<&Projection> {
        self.plan.pick.as_ref().map(|(_, columns)| columns)
    }

    fn pick(&self, traces: &Batch) -> Picked {
        pick(&self.plan, traces)
    }

    fn whole(&self, traces: Batch, seen: Seen) {
        let mut state = self.lock();
        state.spans += seen.spans;
        state.traces += seen.traces;
        if !traces.traces.is_empty() {
            state.batches.push(Arc::new(traces));
        }
    }
}

/// Answers from whole traces that are in memory; `inspected` counts them, without bytes.
pub fn search_batches(plan: &Plan, batches: &[Batch]) -> Result<SearchResult, SearchError> {
    let (traces, more) = answer(plan, &batches.iter().collect::<Vec<_>>(), None)?;
    let inspected = Inspected {
        traces: batches.iter().map(|batch| batch.traces.len() as u64).sum(),
        spans: batches.iter().map(|batch| batch.spans.len() as u64).sum(),
        ..Inspected::default()
    };
    Ok(SearchResult { traces, more, inspected })
}

/// Returns the first start and the last end of each trace.
fn times<'b>(batches: impl Iterator<Item = &'b Batch>) -> impl Iterator<Item = (u64, u64)> {
    batches.flat_map(|batch| &batch.traces).map(|trace| (trace.start, trace.end))
}

/// Sums up what lies outside of the range, of the first starts and last ends of traces.
fn left_out(range: TimeRange, times: impl Iterator<Item = (u64, u64)>) -> LeftOut {
    let none = LeftOut { traces: 0, start: u64::MAX, end: 0 };
    times.fold(none, |all, (start, end)| LeftOut {
        traces: all.traces + u64::from(!range.meets(start, end)),
        start: all.start.min(start),
        end: all.end.max(end),
    })
}

/// A trace in which something matched.
struct Found {
    start: u64,
    id: TraceId,
    batch: usize,
    trace: usize,
    /// Its part of what the batch's [`Sets`] lists: rows, or spansets.
    part: Range<usize>,
}

/// Finds the newest traces in which something matches; tells too whether there were more.
fn answer(
    plan: &Plan,
    batches: &[&Batch],
    summaries: Option<&Summaries>,
) -> Result<(Vec<TraceMatch>, bool), SearchError> {
    let views: Vec<View<'_>> = batches.iter().map(|batch| View::of_batch(plan, batch)).collect();
    let sets = (views.par_iter().zip(batches))
        .map(|(view, batch)| run(plan, view, batch))
        .collect::<Result<Vec<Sets<'_>>, SearchError>>()?;
    let mut found: Vec<Found> =
        (0..batches.len()).into_par_iter().flat_map_iter(|at| found_in(at, batches[at], &sets[at])).collect();

    // The spansets are built only of the traces that the limit lets through.
    let newest_first = |found: &Found| (Reverse(found.start), found.id);
    let limit = plan.limits.traces.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    if more {
        found.select_nth_unstable_by_key(limit, newest_first);
        found.truncate(limit);
    }
    // Small keys: what was found would be moved to and fro.
    let mut order: Vec<(Reverse<u64>, u32)> =
        found.iter().zip(0..).map(|(found, at)| (Reverse(found.start), at)).collect();
    let id = |at: u32| found[at as usize].id;
    order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| id(a.1).cmp(&id(b.1))));
    let build = |(_, at): (Reverse<u64>, u32)| {
        let found = &found[at as usize];
        let answers = Answers { plan, view: &views[found.batch] };
        build(&answers, batches[found.batch], &sets[found.batch], summaries, found)
    };
    Ok((order.into_par_iter().map(build).collect(), more))
}

/// Lists the traces of a batch that have spansets.
fn found_in(at: usize, batch: &Batch, sets: &Sets<'_>) -> Vec<Found> {
    let found = |trace: usize, part: Range<usize>| {
        let of = &batch.traces[trace];
        Found { start: of.start, id: of.id, batch: at, trace, part }
    };
    match sets {
        Sets::All => (0..batch.traces.len()).map(|trace| found(trace, 0..0)).collect(),
        Sets::Flat(rows) => {
            let mut end = 0;
            let part = |(trace, rows): (usize, &[u32])| {
                end += rows.len();
                found(trace, end - rows.len()..end)
            };
            runs(&batch.traces, rows).map(part).collect()
        }
        Sets::Split(split) => {
            let mut all = Vec::new();
            let mut start = 0;
            while let Some(set) = split.sets.get(start) {
                let end = start + skip(&split.sets[start..], |other| other.trace == set.trace);
                all.push(found(set.trace, start..end));
                start = end;
            }
            all
        }
    }
}

/// Tells what was found in a trace.
fn build(
    answers: &Answers<'_, '_>,
    batch: &Batch,
    sets: &Sets<'_>,
    summaries: Option<&Summaries>,
    found: &Found,
) -> TraceMatch {
    let trace = &batch.traces[found.trace];
    let spansets = match sets {
        Sets::All => vec![answers.spanset(&trace.rows.clone().collect::<Vec<u32>>(), &[])],
        Sets::Flat(rows) => vec![answers.spanset(&rows[found.part.clone()], &[])],
        Sets::Split(split) => split.sets[found.part.clone()]
            .iter()
            .map(|set| answers.spanset(split.rows_of(set), &split.attributes_of(set)))
            .collect(),
    };
    let facts = match batch.facts.get(found.trace) {
        Some(facts) => told_facts(batch, facts),
        None => summaries.and_then(|summaries| summaries.facts(trace.id)).unwrap_or_else(|| facts_of(batch, trace)),
    };
    answers.trace(trace, facts, spansets)
}
