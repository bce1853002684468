//! `tempo-run-time-errors`: one span on which an operation makes no sense makes Tempo refuse the whole query.

use super::{
    Findings,
    walk::{Binary, Part, constant, field, is_attribute, may_be_int},
};
use crate::{
    diagnostic::Edit,
    query::{ArithmeticOp, BinaryOp, Expr, UnaryOp},
    span::Span,
    value::Value,
};

const HELP: &str = "traceql treats the operation as absent on such a span and goes on";

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Unary { op, operand, span, place } => prefix(*op, operand, *span, place.loose, findings),
        Part::Binary(binary) => match binary.op {
            BinaryOp::Arithmetic(op @ (ArithmeticOp::Div | ArithmeticOp::Mod)) => division(op, binary, findings),
            BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch => arrays(binary, findings),
            _ => {}
        },
        _ => {}
    }
}

fn prefix(op: UnaryOp, operand: &Expr, span: Span, loose: bool, findings: &mut Findings<'_>) {
    let Some(name) = field(operand).filter(|field| is_attribute(field)) else { return };
    let text = findings.text_of(operand.span);
    // With brackets around the operand, its text is not all that stands behind the operator.
    let bare = operand.span.end == span.end;
    let (kind, fix) = match op {
        UnaryOp::Not => {
            let edits = vec![Edit::replace(span, format!("{text} = false"))];
            ("`true` or `false`", (bare && loose).then_some(("compare with `false`", edits)))
        }
        UnaryOp::Neg => {
            let edits = vec![Edit::replace(span, format!("(0 - {text})"))];
            ("a number", bare.then_some(("subtract from 0", edits)))
        }
    };
    let message = format!("Tempo refuses the query where `{name}` is not {kind}");
    let found = findings.diagnostic(span, message).label(format!("fails unless this is {kind}")).help(HELP);
    findings.add(match fix {
        Some((title, edits)) => found.fix(title, edits),
        None => found,
    });
}

fn division(op: ArithmeticOp, binary: &Binary<'_>, findings: &mut Findings<'_>) {
    // With a fraction or a duration on either side the result is infinite, which is no error.
    if !binary.left.may_be_int() || !may_be_int(binary.right) {
        return;
    }
    let noun = if op == ArithmeticOp::Div { "division" } else { "modulo" };
    let (message, label) = match constant(binary.right) {
        Some(Value::Int(0)) => (format!("{noun} by zero makes Tempo refuse the query"), "always 0"),
        Some(_) => return,
        None => (format!("Tempo refuses the query where this {noun} is by zero"), "fails where this is 0"),
    };
    let found = findings.diagnostic(binary.right.span, message).label(label).help(HELP);
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
