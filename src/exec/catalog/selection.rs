//! Finds the spans that count.

use parking_lot::Mutex;
use rayon::prelude::*;

use crate::{
    exec::{
        bitmap::Bitmap,
        pipeline::{Sets, run},
        scan::{matching, selected, thin_out},
        search::SearchError,
        view::View,
    },
    model::{
        assemble::assemble,
        batch::{Batch, Fragment, Spans},
        scan::Seen,
    },
    plan::{Plan, Reach, SelectionPlan},
};

/// Hands on the spans that a plan, the same in all calls, selects as soon as it is known which they are.
pub(super) struct Selection {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What can only be told of whole traces.
    kept: Vec<Fragment>,
    /// How many spans were seen.
    spans: u64,
    /// Why there is no answer.
    error: Option<SearchError>,
}

/// The table that selected spans stand in.
#[derive(Clone, Copy)]
pub(super) enum Home<'a> {
    Fragment(&'a Fragment),
    Batch(&'a Batch),
}

/// How often each span of a table counts: once if it is selected, else not at all.
pub(super) struct Weights {
    pub(super) of_spans: Vec<u64>,
    /// How many spans are selected.
    pub(super) selected: u64,
}

/// Counts what it needs of the selected spans of a table; called on many threads.
pub(super) type Count<'c> = &'c (dyn Fn(Home<'_>, &Weights) + Sync);

impl<'a> Home<'a> {
    /// Looks at the table through the fields of a plan.
    pub(super) fn view(self, plan: &'a Plan) -> View<'a> {
        match self {
            Home::Fragment(fragment) => View::of_fragment(plan, fragment),
            Home::Batch(batch) => View::of_batch(plan, batch),
        }
    }

    pub(super) fn spans(self) -> &'a Spans {
        match self {
            Home::Fragment(fragment) => &fragment.spans,
            Home::Batch(batch) => &batch.spans,
        }
    }
}

impl Selection {
    pub(super) fn new() -> Selection {
        Selection { state: Mutex::default() }
    }

    /// Takes spans; may be called from many threads, in any order.
    pub(super) fn observe(&self, plan: &SelectionPlan, fragment: Fragment, count: Count<'_>) {
        let spans = fragment.trace.len();
        let kept = match (plan.reach, &plan.plan.scan) {
            (Reach::Span, _) => {
                let rows = selected(&plan.plan, &View::of_fragment(&plan.plan, &fragment));
                hand_on(plan, Home::Fragment(&fragment), rows.rows(), count);
                None
            }
            (Reach::Matching, Some(filters)) => thin(&matching(&plan.plan, filters, &fragment), fragment),
            _ => Some(fragment),
        };
        let mut state = self.state.lock();
        state.spans += spans as u64;
        state.kept.extend(kept);
    }

    /// Takes whole traces, of which spans that the plan's pick can do without may be missing.
    pub(super) fn whole(&self, plan: &SelectionPlan, batch: &Batch, seen: Seen, count: Count<'_>) {
        let outcome = select(plan, batch, count);
        let mut state = self.state.lock();
        state.spans += seen.spans;
        state.error = state.error.or(outcome.err());
    }

    /// Hands on what had to wait for whole traces, and returns how many spans were seen.
    pub(super) fn finish(&self, plan: &SelectionPlan, count: Count<'_>) -> Result<u64, SearchError> {
        let state = std::mem::take(&mut *self.state.lock());
        let State { kept, spans, error } = state;
        if let Some(error) = error {
            return Err(error);
        }
        let batches = assemble(&kept);
        drop(kept);
        batches.par_iter().try_for_each(|batch| select(plan, batch, count))?;
        Ok(spans)
    }
}

/// Hands on the selected spans of whole traces.
fn select(plan: &SelectionPlan, batch: &Batch, count: Count<'_>) -> Result<(), SearchError> {
    let home = Home::Batch(batch);
    match run(&plan.plan, &View::of_batch(&plan.plan, batch), batch)? {
        Sets::All => hand_on(plan, home, 0..batch.spans.len() as u32, count),
        Sets::Flat(rows) => hand_on(plan, home, rows.into_iter(), count),
        Sets::Split(split) => hand_on(plan, home, split.rows.into_iter(), count),
    }
    Ok(())
}

/// Keeps the spans of a fragment that can have a part in the answer.
fn thin(matching: &Bitmap, fragment: Fragment) -> Option<Fragment> {
    match matching.count() {
        0 => None,
        all if all == fragment.trace.len() => Some(fragment),
        _ => Some(thin_out(&fragment, matching)),
    }
}

/// Hands on those of the rows that lie in the range.
fn hand_on(plan: &SelectionPlan, home: Home<'_>, rows: impl Iterator<Item = u32>, count: Count<'_>) {
    let spans = home.spans();
    let mut weights = Weights { of_spans: vec![0; spans.len()], selected: 0 };
    for row in rows.map(|row| row as usize) {
        if plan.range.is_none_or(|range| range.meets(spans.start[row], spans.end(row))) {
            weights.of_spans[row] = 1;
            weights.selected += 1;
        }
    }
    if weights.selected > 0 {
        count(home, &weights);
    }
}
