//! Thins out whole traces by their first columns.

use crate::{
    model::{batch::Batch, scan::Picked},
    plan::{FilterId, Need, Pick, Plan},
};

use super::{bitmap::Bitmap, filter::select, view::View};

/// Says what of the traces can have a part in the answer; the plan must have a [`Pick`].
pub(super) fn pick(plan: &Plan, batch: &Batch) -> Picked {
    let view = View::of_batch(plan, batch);
    let selected = |id: &FilterId| select(&view, &plan.filters[id.0 as usize], None);
    match &plan.pick {
        None => Picked::Traces((0..batch.traces.len() as u32).collect()),
        Some((Pick::Spans(filters), _)) => {
            let none = Bitmap::empty(batch.spans.len());
            Picked::Spans(filters.iter().fold(none, |found, id| found.or(&selected(id))).rows().collect())
        }
        Some((Pick::Traces(need), _)) => {
            let have = needed(need, batch, &selected);
            Picked::Traces((0..).zip(have).filter(|(_, has)| *has).map(|(trace, _)| trace).collect())
        }
    }
}

/// Tells for each trace whether it has what is needed.
fn needed(need: &Need, batch: &Batch, selected: &impl Fn(&FilterId) -> Bitmap) -> Vec<bool> {
    let joined = |needs: &[Need], all: bool| {
        let mut have = vec![all; batch.traces.len()];
        for need in needs {
            for (have, has) in have.iter_mut().zip(needed(need, batch, selected)) {
                *have = if all { *have && has } else { *have || has };
            }
        }
        have
    };
    match need {
        Need::Nothing => vec![true; batch.traces.len()],
        Need::Span(id) => {
            let found = selected(id);
            let mut have = vec![false; batch.traces.len()];
            let mut trace = 0;
            for row in found.rows() {
                while batch.traces.get(trace).is_some_and(|trace| trace.rows.end <= row) {
                    trace += 1;
                }
                if let Some(has) = have.get_mut(trace) {
                    *has = true;
                }
            }
            have
        }
        Need::All(needs) => joined(needs, true),
        Need::Any(needs) => joined(needs, false),
    }
}

/// Joins what several queries can do with: spans only, if none of them needs whole traces.
pub(super) fn join(picked: Vec<Picked>, batch: &Batch) -> Picked {
    let mut traces = Vec::new();
    let mut rows: Vec<u32> = Vec::new();
    let whole = picked.iter().any(|picked| matches!(picked, Picked::Traces(_)));
    for picked in picked {
        match picked {
            Picked::Traces(of_query) => traces.extend(of_query),
            Picked::Spans(spans) if whole => {
                let trace_of = |row: u32| batch.traces.partition_point(|trace| trace.rows.end <= row) as u32;
                traces.extend(spans.into_iter().map(trace_of));
            }
            Picked::Spans(spans) => rows.extend(spans),
        }
    }
    let list = if whole { &mut traces } else { &mut rows };
    list.sort_unstable();
    list.dedup();
    if whole { Picked::Traces(traces) } else { Picked::Spans(rows) }
}
