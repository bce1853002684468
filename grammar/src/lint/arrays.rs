//! `tempo-arrays`: in Tempo `!=` and `!~` hold on an array if one element differs.

use super::{
    Findings,
    walk::{Part, is_attribute, is_service_name},
};
use crate::{
    query::{BinaryOp, CompareOp},
    value::Value,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let op = match (binary.place.filter, binary.op) {
        (Some(_), BinaryOp::Compare(CompareOp::Ne)) => "!=",
        (Some(_), BinaryOp::NotMatch) => "!~",
        _ => return,
    };
    let Some((field, literal, _)) = binary.field_and_literal() else { return };
    // Arrays hold text, numbers or truth values.
    let may_be_array = matches!(literal, Value::String(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_));
    if !is_attribute(field) || !may_be_array || is_service_name(field) {
        return;
    }
    let found = findings
        .diagnostic(binary.span(), format!("where `{field}` is an array, Tempo's `{op}` holds if one element differs"))
        .label("holds in traceql only if no element matches")
        .help("for values that are no arrays both agree");
    findings.once(found);
}
