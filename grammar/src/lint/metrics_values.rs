//! `tempo-metrics-values`: missing values spoil sums over time in Tempo, and quantiles leave out fractions.

use super::{
    Findings,
    reads::{every_span_passed, needs},
    walk::{Part, is_attribute},
};
use crate::{
    query::{Field, FieldKey, FieldRef},
    vocab::{functions::MetricsFn, intrinsics::Intrinsic},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Metrics(pipeline) = part else { return };
    let Some(FieldRef { field, .. }) = &pipeline.stage.field else { return };
    let function = pipeline.stage.function;
    let is_always_there = || every_span_passed(&pipeline.spansets.stages, &|expr| needs(expr, &|found| found == field));
    let (message, help) = match function {
        MetricsFn::SumOverTime if may_be_absent(field) && !is_always_there() => (
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
