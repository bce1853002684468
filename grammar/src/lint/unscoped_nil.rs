//! `tempo-unscoped-nil`: `.x = nil` matches every span in Tempo that lacks `x` itself or whose resource does.

use super::{
    Findings,
    walk::{Part, is_attribute},
};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, CompareOp, FieldKey},
    value::Value,
    vocab::scopes::Scope,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let (Some(_), BinaryOp::Compare(CompareOp::Eq)) = (binary.place.filter, binary.op) else { return };
    let Some((field, Value::Nil, false)) = binary.field_and_literal() else { return };
    let FieldKey::Attribute(Scope::Any, name) = &field.key else { return };
    if !is_attribute(field) {
        return;
    }
    let span = binary.span();
    let scoped = |scope| crate::query::Field::attribute(scope, name.as_str()).to_string();
    let (own, of_resource) = (scoped(Scope::Span), scoped(Scope::Resource));
    let found = findings
        .diagnostic(span, format!("`{field} = nil` matches nearly every span in Tempo"))
        .label("true if either the span or the resource lacks it, in Tempo")
        .help("name the scope");
    // The resource always has a service name, so asking whether it has none is not legal.
    findings.add(if name == "service.name" {
        found
    } else {
        let both = format!("({own} = nil && {of_resource} = nil)");
        found.fix("ask for each scope", vec![Edit::replace(span, both)])
    });
}
