//! `tempo-dedicated-nil`: Tempo shows the text `nil` for absent attributes that have a column of their own.

use std::collections::HashMap;

use super::{
    Findings,
    reads::{Reads, Usage, every_span_passed, needs},
    walk::{Part, Selection},
};
use crate::{
    query::{Field, FieldKey, MetricsStage},
    span::Span,
    vocab::{
        functions::MetricsFn,
        own_columns::{Place, of_newest},
        scopes::Scope,
    },
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Selection(selection) = part else { return };
    // There are few such columns, however often they are read.
    let mut certain: HashMap<&Field, bool> = HashMap::new();
    let mut report = |field, span| {
        let always_there = || every_span_passed(&selection.pipeline.stages, &|expr| needs(expr, &|one| one == field));
        if has_own_column(field) && !*certain.entry(field).or_insert_with(always_there) {
            findings.once(finding(field, span, *selection, findings));
        }
    };
    match selection.measured {
        Some(stage) if has_other_labels(stage) => stage.by.iter().for_each(|by| report(&by.field, by.span)),
        Some(_) => {}
        None => {
            for read in Reads::of(selection.pipeline).fields.iter().filter(|read| read.usage == Usage::Every) {
                report(read.field, read.span);
            }
        }
    }
}

/// Tells whether an absent value can be left out of the labels, because others remain.
fn has_other_labels(stage: &MetricsStage) -> bool {
    stage.by.len() > 1 || matches!(stage.function, MetricsFn::QuantileOverTime | MetricsFn::HistogramOverTime)
}

/// Tells whether the attribute has a column of its own that can say that it is absent.
fn has_own_column(field: &Field) -> bool {
    let FieldKey::Attribute(scope, name) = &field.key else { return false };
    !field.of_parent
        && of_newest().any(|own| {
            let same_scope = own.scope == *scope || *scope == Scope::Any;
            own.place != Place::Required && same_scope && own.key == name
        })
}

fn finding(
    field: &Field,
    span: Span,
    selection: Selection<'_>,
    findings: &Findings<'_>,
) -> crate::diagnostic::Diagnostic {
    let label = match selection.measured {
        Some(_) => "no label in traceql where it is absent",
        None => "not shown in traceql where it is absent",
    };
    findings
        .diagnostic(span, format!("Tempo gives an absent `{field}` as the text `nil`"))
        .label(label)
        .help(format!("keep only spans that have it: `{{ {field} != nil }}`"))
}
