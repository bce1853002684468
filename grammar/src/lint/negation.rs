//! `tempo-negation`: `!(x = 1)` finds nothing in Tempo, which fetches only spans where the inside holds.

use super::{
    Findings,
    walk::{Binary, Filter, Part, constant, field},
};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, CompareOp, Expr, ExprKind, FieldKey, Link, UnaryOp},
    span::Span,
    value::{Type, Value},
    vocab::intrinsics::Intrinsic,
};

/// Intrinsics that are never absent, so that a comparison with it is false exactly where the opposite one is true.
const ON_EVERY_SPAN: [Intrinsic; 5] =
    [Intrinsic::Duration, Intrinsic::Name, Intrinsic::Status, Intrinsic::Kind, Intrinsic::TraceDuration];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Unary { op: UnaryOp::Not, operand, span, place } => {
            let Some(filter) = place.filter else { return };
            if !fetches_too_little(operand, filter) {
                return;
            }
            let fix = if place.loose { opposite(operand, *span, findings) } else { None };
            report(*span, fix, findings);
        }
        Part::Binary(binary) => equality(binary, findings),
        _ => {}
    }
}

/// `(x = 1) = false` and `(x = 1) = .y` negate as well, because they can be true where the comparison is false.
fn equality(binary: &Binary<'_>, findings: &mut Findings<'_>) {
    let (Some(filter), BinaryOp::Compare(op)) = (binary.place.filter, binary.op) else { return };
    let left = binary.left.expr();
    let same_as = |value: Option<Value>| match (op, value) {
        (CompareOp::Eq, Some(Value::Bool(true))) | (CompareOp::Ne, Some(Value::Bool(false))) => true,
        // No other comparison of truth values is legal.
        _ => false,
    };
    if same_as(constant(binary.right)) || same_as(left.and_then(constant)) {
        return;
    }
    let on_the_left = match left {
        Some(left) => left.ty == Type::Bool && fetches_too_little(left, filter),
        // `x = 1 = false` is `(x = 1) = false`.
        None => true,
    };
    if on_the_left || binary.right.ty == Type::Bool && fetches_too_little(binary.right, filter) {
        report(binary.op_span, None, findings);
    }
}

fn report(span: Span, fix: Option<Vec<Edit>>, findings: &mut Findings<'_>) {
    let found = findings
        .diagnostic(span, "Tempo finds nothing for a negated comparison")
        .label("true wherever the comparison is not, in traceql")
        .help("compare with the opposite operator, and add `= nil` for spans without the value");
    findings.add(match fix {
        Some(edits) => found.fix("compare with the opposite operator", edits),
        None => found,
    });
}

/// Tells whether the negated expression holds a comparison whose field the filter does not fetch in any case.
fn fetches_too_little(negated: &Expr, filter: &Filter<'_>) -> bool {
    let mut unfetched = false;
    comparisons(negated, &mut |compared| {
        compared.fields(&mut |field| unfetched |= !filter.asked_for.contains(field));
    });
    unfetched
}

/// Shows each comparison in the expression to `visit`.
fn comparisons<'q>(expr: &'q Expr, visit: &mut dyn FnMut(&'q Expr)) {
    match &expr.kind {
        ExprKind::Unary { operand, .. } => comparisons(operand, visit),
        ExprKind::Chain(chain) => match chain.rest.first().map(|link| link.op) {
            Some(BinaryOp::And | BinaryOp::Or) => {
                comparisons(&chain.first, visit);
                chain.rest.iter().for_each(|link| comparisons(&link.operand, visit));
            }
            Some(BinaryOp::Arithmetic(_)) | None => {}
            Some(_) => visit(expr),
        },
        _ => {}
    }
}

/// Returns the comparison that is true exactly where `negated` is false, for what every span has.
fn opposite(negated: &Expr, whole: Span, findings: &Findings<'_>) -> Option<Vec<Edit>> {
    let ExprKind::Chain(chain) = &negated.kind else { return None };
    let [Link { op, operand: right, .. }] = chain.rest.as_slice() else { return None };
    let FieldKey::Intrinsic(intrinsic) = field(&chain.first)?.key else { return None };
    // Nobody may ask whether it is absent.
    constant(right).filter(|value| *value != Value::Nil)?;
    if !ON_EVERY_SPAN.contains(&intrinsic) {
        return None;
    }
    let op = match op {
        BinaryOp::Compare(CompareOp::Eq) => "!=",
        BinaryOp::Compare(CompareOp::Ne) => "=",
        BinaryOp::Compare(CompareOp::Lt) => ">=",
        BinaryOp::Compare(CompareOp::Le) => ">",
        BinaryOp::Compare(CompareOp::Gt) => "<=",
        BinaryOp::Compare(CompareOp::Ge) => "<",
        BinaryOp::Match => "!~",
        BinaryOp::NotMatch => "=~",
        _ => return None,
    };
    let (left, right) = (findings.text_of(chain.first.span), findings.text_of(right.span));
    Some(vec![Edit::replace(whole, format!("{left} {op} {right}"))])
}
