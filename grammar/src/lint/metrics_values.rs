//! `tempo-metrics-values`: missing values spoil sums over time in Tempo, and quantiles leave out fractions.

use super::{
    Findings,
    walk::{Part, every_match_has, is_attribute},
};
use crate::{
    query::{
        BinaryOp, Chain, CompareOp, Expr, ExprKind, Field, FieldKey, FieldRef, Link, MetricsPipeline, SpansetExpr,
        StageKind,
    },
    value::Value,
    vocab::{functions::MetricsFn, intrinsics::Intrinsic},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Metrics(pipeline) = part else { return };
    let Some(FieldRef { field, .. }) = &pipeline.stage.field else { return };
    let function = pipeline.stage.function;
    let (message, help) = match function {
        MetricsFn::SumOverTime if may_be_absent(field) && !is_asked_for(field, pipeline) => (
            format!("in Tempo a span without `{field}` spoils the sum of its step"),
            format!("keep only spans that have it: `{{ {field} != nil }}`"),
        ),
        MetricsFn::QuantileOverTime | MetricsFn::HistogramOverTime if is_attribute(field) => (
            format!("Tempo leaves fractions out of `{}`", function.row().name),
            format!("traceql counts them; where every `{field}` is a whole number, both agree"),
        ),
        _ => return,
    };
    findings.once(findings.diagnostic(pipeline.stage.span, message).label("computed differently in Tempo").help(help));
}

fn may_be_absent(field: &Field) -> bool {
    is_attribute(field) || field.key == FieldKey::Intrinsic(Intrinsic::EventTimeSinceStart)
}

/// Tells whether only spans with the field get measured.
fn is_asked_for(field: &Field, pipeline: &MetricsPipeline) -> bool {
    pipeline.spansets.stages.iter().any(|stage| match &stage.kind {
        StageKind::Spansets(SpansetExpr::Filter(filter)) => {
            every_match_has(&filter.condition, &mut |part| compares(part, field))
        }
        _ => false,
    })
}

/// Tells whether the expression is a comparison of the field with something, which only a value can pass.
fn compares(expr: &Expr, field: &Field) -> bool {
    let ExprKind::Chain(Chain { first, rest }) = &expr.kind else { return false };
    let [Link { op, operand: right, .. }] = rest.as_slice() else { return false };
    let is_field = |expr: &Expr| matches!(&expr.kind, ExprKind::Field(found) if found == field);
    let asks_for_nothing =
        *op == BinaryOp::Compare(CompareOp::Eq) && matches!(right.kind, ExprKind::Literal(Value::Nil));
    matches!(op, BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch)
        && !asks_for_nothing
        && (is_field(first) || is_field(right))
}
