//! `tempo-numbers`: in Tempo a number literal finds only attributes that are stored with its own type.

use super::{
    Findings,
    walk::{Part, is_attribute},
};
use crate::{
    query::{BinaryOp, Field, FieldKey},
    value::{Type, Value},
    vocab::intrinsics::Intrinsic,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let (Some(_), BinaryOp::Compare(_)) = (binary.place.filter, binary.op) else { return };
    let Some((field, literal, _)) = binary.field_and_literal() else { return };
    let Some((label, help)) = difference(field, &literal) else { return };
    let message = format!("Tempo compares `{field}` with values of the literal's type only");
    findings.once(findings.diagnostic(binary.span(), message).label(label).help(help));
}

/// Returns what Tempo leaves out, and what helps.
fn difference(field: &Field, literal: &Value) -> Option<(&'static str, &'static str)> {
    if !is_attribute(field) {
        let whole =
            [Intrinsic::ChildCount, Intrinsic::NestedSetLeft, Intrinsic::NestedSetRight, Intrinsic::NestedSetParent];
        return match field.key {
            FieldKey::Intrinsic(found) if whole.contains(&found) && literal.ty() == Type::Float => {
                Some(("Tempo refuses a fraction here", "compare with a whole number"))
            }
            _ => None,
        };
    }
    match literal {
        Value::Int(_) => Some((
            "finds no value with a fraction, in Tempo",
            "where the attribute can hold both, compare with both: `.x > 1 || .x > 1.0`",
        )),
        Value::Float(_) => Some((
            "finds no whole number, in Tempo",
            "where the attribute can hold both, compare with both: `.x > 1 || .x > 1.0`",
        )),
        Value::Duration(_) => Some((
            "finds nothing, in Tempo",
            "an attribute is never stored as a duration; compare with a number in its unit",
        )),
        _ => None,
    }
}
