//! `duration-without-unit`: `duration > 500` means 500 nanoseconds.

use super::super::{
    Findings,
    walk::{Part, field},
};
use crate::{
    diagnostic::{Diagnostic, Edit},
    query::{Aggregate, BinaryOp, Expr, ExprKind, Field, FieldKey, ScalarExpr, ScalarFilter},
    span::Span,
    value::{Type, Value, format_duration},
    vocab::functions::AggregateFn,
};

/// Numbers from which on nanoseconds are meant, because in any other unit nothing takes so long.
const SURELY_NANOSECONDS: i64 = 1_000_000;

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Binary(binary) if matches!(binary.op, BinaryOp::Compare(_)) => {
            let Some((field, value, literal_first)) = binary.field_and_literal() else { return };
            let literal = if literal_first { binary.left.expr() } else { Some(binary.right) };
            let Some(literal) = literal else { return };
            if is_duration(field) && !has_unit(literal) {
                report(&value, literal.span, matches!(literal.kind, ExprKind::Literal(_)), findings);
            }
        }
        Part::Scalar(filter) => of_aggregate(filter, findings),
        _ => {}
    }
}

fn is_duration(field: &Field) -> bool {
    matches!(field.key, FieldKey::Intrinsic(found) if found.row().ty == Type::Duration)
}

/// Tells whether a unit stands somewhere in a constant: `1ms * 3`.
fn has_unit(constant: &Expr) -> bool {
    match &constant.kind {
        ExprKind::Literal(value) => value.ty() == Type::Duration,
        ExprKind::Unary { operand, .. } => has_unit(operand),
        ExprKind::Chain(chain) => has_unit(&chain.first) || chain.rest.iter().any(|link| has_unit(&link.operand)),
        ExprKind::Field(_) | ExprKind::Invalid => false,
    }
}

/// Looks at `avg(duration) > 500`.
fn of_aggregate(filter: &ScalarFilter, findings: &mut Findings<'_>) {
    let (ScalarExpr::Aggregate(aggregate), ScalarExpr::Literal(value)) = (&filter.left, &filter.right) else { return };
    let Aggregate { function, argument: Some(argument), .. } = aggregate else { return };
    if *function != AggregateFn::Count && field(argument).is_some_and(is_duration) {
        let behind = Span { start: filter.op_span.end, end: filter.span.end };
        let text = findings.text_of(behind);
        let start = behind.start + (text.len() - text.trim_start().len()) as u32;
        report(value, Span { start, ..behind }, false, findings);
    }
}

fn report(value: &Value, span: Span, is_literal: bool, findings: &mut Findings<'_>) {
    let written = findings.text_of(span).to_owned();
    let found: Diagnostic = match value {
        Value::Int(n) if n.abs() >= SURELY_NANOSECONDS => {
            let duration = format_duration(*n);
            let found = findings.diagnostic(span, "a duration is compared with a number without unit");
            let found = found.label(format!("counts nanoseconds: {duration}")).help(format!("write `{duration}`"));
            if is_literal && *n > 0 { found.fix("write the unit", vec![Edit::replace(span, duration)]) } else { found }
        }
        Value::Int(n) if *n != 0 => findings
            .diagnostic(span, "a duration is compared with a number without unit")
            .label("counts nanoseconds")
            .help(format!("write the unit that is meant: `{written}ms`, `{written}s`")),
        Value::Float(x) if *x != 0.0 => findings
            .diagnostic(span, "a duration is compared with a number without unit")
            .label("counts nanoseconds")
            .help(format!("write the unit that is meant: `{written}s`")),
        _ => return,
    };
    findings.add(found);
}
