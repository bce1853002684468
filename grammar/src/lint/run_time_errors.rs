//! `tempo-run-time-errors`: one span on which an operation makes no sense makes Tempo refuse the whole query.

use super::{
    Findings,
    walk::{Binary, Part, Place, constant, field, is_attribute, is_service_name, may_be_int},
};
use crate::{
    diagnostic::Edit,
    query::{ArithmeticOp, BinaryOp, Expr, FieldKey, UnaryOp},
    span::Span,
    value::Value,
    vocab::intrinsics::Intrinsic,
};

const HELP: &str = "traceql treats the operation as absent on such a span and goes on";

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Unary { op, operand, span, place } if !place.compared => {
            prefix(*op, operand, *span, *place, findings);
        }
        Part::Binary(binary) if !binary.place.compared => match binary.op {
            BinaryOp::Arithmetic(op) => {
                let divides = matches!(op, ArithmeticOp::Div | ArithmeticOp::Mod);
                if !divides || !division(op, binary, findings) {
                    arithmetic(binary, findings);
                }
            }
            BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch => {
                arrays(binary, findings);
                array_beside_scalars(binary, findings);
                library(binary, findings);
            }
            _ => {}
        },
        _ => {}
    }
}

fn prefix(op: UnaryOp, operand: &Expr, span: Span, place: Place<'_>, findings: &mut Findings<'_>) {
    let Some(name) = field(operand).filter(|field| is_attribute(field)) else { return };
    let text = findings.text_of(operand.span);
    // With brackets around the operand, its text is not all that stands behind the operator.
    let bare = operand.span.end == span.end;
    let (kind, fix) = match op {
        UnaryOp::Not => {
            let edits = vec![Edit::replace(span, format!("{text} = false"))];
            ("`true` or `false`", (bare && place.loose).then_some(("compare with `false`", edits)))
        }
        UnaryOp::Neg => {
            let edits = vec![Edit::replace(span, format!("(0 - {text})"))];
            // Groups and aggregates are named after their text.
            ("a number", (bare && place.filter.is_some()).then_some(("subtract from 0", edits)))
        }
    };
    let message = format!("Tempo refuses the query where `{name}` is not {kind}");
    let found = findings.diagnostic(span, message).label(format!("fails unless this is {kind}")).help(HELP);
    findings.add(match fix {
        Some((title, edits)) => found.fix(title, edits),
        None => found,
    });
}

/// Reports a division that can be one by zero; returns whether it did.
fn division(op: ArithmeticOp, binary: &Binary<'_>, findings: &mut Findings<'_>) -> bool {
    // With a fraction or a duration on either side the result is infinite, which is no error.
    if !binary.left.may_be_int() || !may_be_int(binary.right) {
        return false;
    }
    let noun = if op == ArithmeticOp::Div { "division" } else { "modulo" };
    let (message, label) = match constant(binary.right) {
        Some(Value::Int(0)) => (format!("{noun} by zero makes Tempo refuse the query"), "always 0"),
        Some(_) => return false,
        None => (format!("Tempo refuses the query where this {noun} is by zero"), "fails where this is 0"),
    };
    let found = findings.diagnostic(binary.right.span, message).label(label).help(HELP);
    findings.add(found);
    true
}

/// Reports attributes that are computed with.
fn arithmetic(binary: &Binary<'_>, findings: &mut Findings<'_>) {
    for operand in binary.left.expr().into_iter().chain([binary.right]) {
        let Some(name) = field(operand).filter(|field| is_attribute(field) && !is_service_name(field)) else {
            continue;
        };
        let found = findings
            .diagnostic(operand.span, format!("Tempo refuses the query where `{name}` is an array"))
            .label("fails if this is an array")
            .help(HELP);
        findings.once(found);
    }
}

/// Reports `!~` over an attribute, which Tempo refuses where some spans have an array and others a single value.
fn array_beside_scalars(binary: &Binary<'_>, findings: &mut Findings<'_>) {
    let Some(name) = binary.left_field().filter(|field| is_attribute(field) && !is_service_name(field)) else { return };
    if binary.place.filter.is_none() || binary.op != BinaryOp::NotMatch {
        return;
    }
    let message = format!("Tempo refuses the query where `{name}` is an array on some spans only");
    let found = findings.diagnostic(binary.span(), message).label("fails if arrays and texts mix").help(HELP);
    findings.once(found);
}

/// Reports a comparison of the library's name or version with something else than text.
fn library(binary: &Binary<'_>, findings: &mut Findings<'_>) {
    if binary.place.filter.is_none() {
        return;
    }
    let Some((name, literal, _)) = binary.field_and_literal() else { return };
    let of_library = [Intrinsic::InstrumentationName, Intrinsic::InstrumentationVersion];
    let is_of_library = matches!(name.key, FieldKey::Intrinsic(found) if of_library.contains(&found));
    if !is_of_library || matches!(literal, Value::String(_) | Value::Nil) {
        return;
    }
    let found = findings
        .diagnostic(binary.span(), format!("Tempo refuses to compare `{name}` with anything but text"))
        .label("never true in traceql")
        .help("compare it with text in quotes");
    findings.add(found);
}

fn arrays(binary: &Binary<'_>, findings: &mut Findings<'_>) {
    let (Some(left), Some(right)) = (binary.left_field(), field(binary.right)) else { return };
    if is_attribute(left) && is_attribute(right) {
        let found = findings
            .diagnostic(binary.op_span, format!("Tempo refuses the query where `{left}` and `{right}` are arrays"))
            .label("fails between two arrays")
            .help(HELP);
        findings.add(found);
    }
}
