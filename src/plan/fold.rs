//! Computes the parts of an expression that hold no field.

use traceql_grammar::{
    ops::{BinaryOp, CompareOp, UnaryOp},
    query::{Chain, Expr, ExprKind, Link},
    value::Value,
};

use crate::model::operand::{Operand, arithmetic, compare, negate};

use super::{LowerError, matching::Matcher};

/// Returns the expression with every operation on literals replaced by its result.
///
/// An operation without a result, such as a division by zero, stays.
pub(super) fn fold(expr: &Expr) -> Result<Expr, LowerError> {
    let kind = match &expr.kind {
        ExprKind::Invalid => return Err(LowerError::Invalid),
        ExprKind::Literal(_) | ExprKind::Field(_) => expr.kind.clone(),
        ExprKind::Unary { op, op_span, operand } => {
            let operand = fold(operand)?;
            match literal(&operand).and_then(|value| fold_unary(*op, value)) {
                Some(value) => ExprKind::Literal(value),
                None => ExprKind::Unary { op: *op, op_span: *op_span, operand: Box::new(operand) },
            }
        }
        ExprKind::Chain(chain) => fold_chain(chain)?,
    };
    let ty = match &kind {
        ExprKind::Literal(value) => value.ty(),
        _ => expr.ty,
    };
    Ok(Expr { kind, ty, span: expr.span })
}

/// Chains group from the left, so only a run of literals at the start can be computed.
fn fold_chain(chain: &Chain<Expr, BinaryOp>) -> Result<ExprKind, LowerError> {
    let mut first = fold(&chain.first)?;
    let mut rest: Vec<Link<Expr, BinaryOp>> = Vec::new();
    for Link { op, op_span, operand } in &chain.rest {
        let operand = fold(operand)?;
        if rest.is_empty()
            && let (Some(left), Some(right)) = (literal(&first), literal(&operand))
            && let Some(value) = fold_binary(*op, left, right)?
        {
            first = Expr { ty: value.ty(), span: first.span.to(operand.span), kind: ExprKind::Literal(value) };
        } else {
            rest.push(Link { op: *op, op_span: *op_span, operand });
        }
    }
    Ok(if rest.is_empty() { first.kind } else { ExprKind::Chain(Chain { first: Box::new(first), rest }) })
}

fn literal(expr: &Expr) -> Option<&Value> {
    match &expr.kind {
        ExprKind::Literal(value) => Some(value),
        _ => None,
    }
}

fn fold_unary(op: UnaryOp, value: &Value) -> Option<Value> {
    match (op, value) {
        (UnaryOp::Not, Value::Bool(b)) => Some(Value::Bool(!b)),
        (UnaryOp::Not, _) => None,
        (UnaryOp::Neg, _) => present(negate(Operand::from_literal(value))),
    }
}

fn fold_binary(op: BinaryOp, left: &Value, right: &Value) -> Result<Option<Value>, LowerError> {
    let (a, b) = (Operand::from_literal(left), Operand::from_literal(right));
    Ok(match (op, left, right) {
        // `nil` is neither equal to `nil` nor different from it.
        (BinaryOp::Compare(CompareOp::Eq | CompareOp::Ne), Value::Nil, Value::Nil) => Some(Value::Bool(false)),
        (BinaryOp::Compare(op @ (CompareOp::Eq | CompareOp::Ne)), Value::Nil, _)
        | (BinaryOp::Compare(op @ (CompareOp::Eq | CompareOp::Ne)), _, Value::Nil) => {
            Some(Value::Bool(op == CompareOp::Ne))
        }
        (BinaryOp::Compare(op), ..) => compare(op, a, b).map(Value::Bool),
        (BinaryOp::And, Value::Bool(x), Value::Bool(y)) => Some(Value::Bool(*x && *y)),
        (BinaryOp::Or, Value::Bool(x), Value::Bool(y)) => Some(Value::Bool(*x || *y)),
        (BinaryOp::Match | BinaryOp::NotMatch, Value::String(text), Value::String(pattern)) => {
            Some(Value::Bool(matcher(pattern)?.matches(text) == (op == BinaryOp::Match)))
        }
        (BinaryOp::Arithmetic(op), ..) => present(arithmetic(op, a, b)),
        _ => None,
    })
}

fn present(value: Operand<'_>) -> Option<Value> {
    value.to_literal().filter(|value| *value != Value::Nil)
}

/// Compiles the pattern of a regular expression.
pub(super) fn matcher(pattern: &str) -> Result<Matcher, LowerError> {
    Matcher::new(pattern).map_err(|reason| LowerError::Regex { pattern: pattern.to_owned(), reason })
}
