//! Finds out whether spans can be sorted out one by one, before traces are put together.

use traceql_grammar::{
    ops::SpansetOp,
    query::{Field, FieldKey},
};

use crate::model::intrinsic_facts::facts;

use super::{
    FilterId,
    stage::{Number, Scalar, Spansets, Stage},
};

/// Returns the filters of which a span must match one to have a part in the answer.
///
/// `None` if a span's part depends on other spans, or if the first stage keeps every span.
pub(super) fn scan(stages: &[Stage], fields: &[Field]) -> Option<Vec<FilterId>> {
    if fields.iter().any(needs_trace) { None } else { span_filters(stages, fields) }
}

/// Returns the same for spans of which is known what only whole traces tell, but not where their parents stand.
pub(super) fn span_filters(stages: &[Stage], fields: &[Field]) -> Option<Vec<FilterId>> {
    if fields.iter().any(needs_parent) || stages.iter().any(is_structural) {
        return None;
    }
    let mut filters = Vec::new();
    first_filters(stages, &mut filters).then_some(filters)
}

/// Collects the filters that decide first; false if something else does.
fn first_filters(stages: &[Stage], filters: &mut Vec<FilterId>) -> bool {
    match stages.first() {
        Some(Stage::Spansets(expr)) => filters_of(expr, filters),
        Some(Stage::Scalar(Scalar { left, right, .. })) => {
            let mut sides = Vec::new();
            pipelines_of(left, &mut sides) && pipelines_of(right, &mut sides) && {
                sides.into_iter().all(|stages| first_filters(stages, filters))
            }
        }
        Some(Stage::Group { .. } | Stage::Coalesce) | None => false,
    }
}

fn filters_of(expr: &Spansets, filters: &mut Vec<FilterId>) -> bool {
    match expr {
        Spansets::Filter(id) => {
            filters.push(*id);
            true
        }
        Spansets::Pipeline(stages) => first_filters(stages, filters),
        Spansets::Chain(first, rest) => {
            filters_of(first, filters) && rest.iter().all(|(_, operand)| filters_of(operand, filters))
        }
    }
}

/// Collects the pipelines of a number; false if it aggregates the current spanset.
fn pipelines_of<'s>(number: &'s Number, pipelines: &mut Vec<&'s [Stage]>) -> bool {
    match number {
        Number::Literal(_) => true,
        Number::Aggregate(_) => false,
        Number::Pipeline(stages, _) => {
            pipelines.push(stages);
            true
        }
        Number::Chain(first, rest) => {
            pipelines_of(first, pipelines) && rest.iter().all(|(_, operand)| pipelines_of(operand, pipelines))
        }
    }
}

pub(super) fn is_structural(stage: &Stage) -> bool {
    match stage {
        Stage::Spansets(expr) => is_structural_expr(expr),
        Stage::Scalar(Scalar { left, right, .. }) => {
            let mut sides = Vec::new();
            pipelines_of_all(left, &mut sides);
            pipelines_of_all(right, &mut sides);
            sides.into_iter().flatten().any(is_structural)
        }
        Stage::Group { .. } | Stage::Coalesce => false,
    }
}

fn pipelines_of_all<'s>(number: &'s Number, pipelines: &mut Vec<&'s [Stage]>) {
    match number {
        Number::Literal(_) | Number::Aggregate(_) => {}
        Number::Pipeline(stages, _) => pipelines.push(stages),
        Number::Chain(first, rest) => {
            pipelines_of_all(first, pipelines);
            rest.iter().for_each(|(_, operand)| pipelines_of_all(operand, pipelines));
        }
    }
}

fn is_structural_expr(expr: &Spansets) -> bool {
    match expr {
        Spansets::Filter(_) => false,
        Spansets::Pipeline(stages) => stages.iter().any(is_structural),
        Spansets::Chain(first, rest) => {
            is_structural_expr(first)
                || rest
                    .iter()
                    .any(|(op, operand)| !matches!(op, SpansetOp::And | SpansetOp::Or) || is_structural_expr(operand))
        }
    }
}

/// Tells whether a field is read from the parent.
pub(super) fn needs_parent(field: &Field) -> bool {
    field.of_parent || field.key == FieldKey::Parent
}

/// Tells whether a field is known only when the whole trace is there.
pub(super) fn needs_trace(field: &Field) -> bool {
    needs_parent(field)
        || match &field.key {
            FieldKey::Intrinsic(intrinsic) => facts(*intrinsic).needs_trace(),
            FieldKey::Attribute(..) | FieldKey::Parent => false,
        }
}
