//! Thins fragments out to the spans that can have a part in an answer.

use std::sync::Arc;

use crate::{
    model::{batch::Fragment, twice::repeated},
    plan::{FilterId, Plan, Spansets, Stage},
};

use super::{bitmap::Bitmap, filter::select, view::View};

/// Finds the spans of a fragment that match one of the filters.
pub(super) fn matching(plan: &Plan, filters: &[FilterId], fragment: &Fragment) -> Bitmap {
    let view = View::of_fragment(plan, fragment);
    filters.iter().fold(Bitmap::empty(fragment.trace.len()), |found, id| {
        found.or(&select(&view, &plan.filters[id.0 as usize], None))
    })
}

/// Finds the spans that leave the stages of a plan, if each stage decides about each span by itself.
pub(super) fn selected(plan: &Plan, view: &View<'_>) -> Bitmap {
    through(plan, view, &plan.stages, None)
}

fn through(plan: &Plan, view: &View<'_>, stages: &[Stage], input: Option<&Bitmap>) -> Bitmap {
    let mut left = input.cloned();
    for stage in stages {
        if let Stage::Spansets(expr) = stage {
            left = Some(expression(plan, view, expr, left.as_ref()));
        }
    }
    left.unwrap_or_else(|| Bitmap::full(view.spans.len()))
}

fn expression(plan: &Plan, view: &View<'_>, expr: &Spansets, input: Option<&Bitmap>) -> Bitmap {
    match expr {
        Spansets::Filter(id) => select(view, &plan.filters[id.0 as usize], input),
        Spansets::Pipeline(stages) => through(plan, view, stages, input),
        // Only `||` decides about each span by itself.
        Spansets::Chain(first, rest) => {
            let first = expression(plan, view, first, input);
            rest.iter().fold(first, |found, (_, operand)| found.or(&expression(plan, view, operand, input)))
        }
    }
}

/// Leaves out of fragments the spans that an earlier input has too.
pub(super) fn once(fragments: Vec<Arc<Fragment>>) -> Vec<Arc<Fragment>> {
    let repeated = repeated(&fragments);
    let left = fragments.into_iter().zip(repeated).map(|(fragment, rows)| match rows.is_empty() {
        true => fragment,
        false => {
            let all = Bitmap::full(fragment.trace.len());
            Arc::new(thin_out(&fragment, &all.minus(&Bitmap::from_rows(fragment.trace.len(), &rows))))
        }
    });
    left.collect()
}

/// Copies the spans that matter.
pub(super) fn thin_out(fragment: &Fragment, matching: &Bitmap) -> Fragment {
    fragment.copy_of(matching.rows())
}
