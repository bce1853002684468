//! `tempo-or-predicates`: behind an `||`, Tempo measures only values that passed the filter's own test of them.

use super::{
    Findings,
    reads::{Reads, Usage, every_span_passed, needs},
    walk::{Part, Selection},
};
use crate::{
    query::{Field, FieldKey, FieldRef},
    vocab::{own_columns::is_of_newest, scopes::Scope},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Selection(selection) = part else { return };
    let Some(measured) = selection.measured else { return };
    let reads = Reads::of(selection.pipeline);
    for found in measured.field.iter().chain(&measured.by) {
        report(found, *selection, &reads, findings);
    }
}

fn report(measured: &FieldRef, selection: Selection<'_>, reads: &Reads<'_>, findings: &mut Findings<'_>) {
    let field = &measured.field;
    let tested = reads.fields.iter().find(|read| read.field == field && read.usage == Usage::Test && read.under_or);
    let Some(tested) = tested else { return };
    // Whatever reads values as they are makes Tempo fetch them all.
    let all_are_fetched = reads
        .fields
        .iter()
        .any(|read| matches!(read.usage, Usage::Every | Usage::Presence) && are_fetched_together(read.field, field));
    let always_passes = || every_span_passed(&selection.pipeline.stages, &|expr| needs(expr, &|one| one == field));
    if all_are_fetched || always_passes() {
        return;
    }
    let found = findings
        .diagnostic(measured.span, format!("Tempo measures only a `{field}` that passed its test in the filter"))
        .label("the span's own value in traceql")
        .also(tested.span, "tested here, on one side of `||`")
        .help("count the sides of `||` in queries of their own");
    findings.add(found);
}

/// Tells whether Tempo fetches the values of two fields together: those of attributes of one scope, and those of one field.
fn are_fetched_together(left: &Field, right: &Field) -> bool {
    let scope = |field: &Field| match &field.key {
        FieldKey::Attribute(scope, name) if *scope != Scope::Any && !is_of_newest(*scope, name) => Some(*scope),
        _ => None,
    };
    left == right || scope(left).is_some() && scope(left) == scope(right)
}
