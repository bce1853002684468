//! The truth of conditions without fields.

use super::walk::constant;
use crate::{
    query::{BinaryOp, CompareOp, Expr, ExprKind, Link, UnaryOp},
    value::Value,
};

/// Computes a condition without fields; `None` where that takes more than looking at its literals.
pub(super) fn truth(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal(Value::Bool(value)) => Some(*value),
        ExprKind::Unary { op: UnaryOp::Not, operand, .. } => truth(operand).map(|value| !value),
        ExprKind::Chain(chain) => match chain.rest.as_slice() {
            [Link { op: BinaryOp::Compare(op), operand, .. }] => {
                compare(*op, &constant(&chain.first)?, &constant(operand)?)
            }
            links => links.iter().try_fold(truth(&chain.first)?, |left, link| match link.op {
                BinaryOp::And => Some(truth(&link.operand)? && left),
                BinaryOp::Or => Some(truth(&link.operand)? || left),
                _ => None,
            }),
        },
        _ => None,
    }
}

fn compare(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    let number = |value: &Value| match value {
        Value::Int(n) | Value::Duration(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    };
    let order = match (left, right) {
        (Value::Nil, _) | (_, Value::Nil) => return Some(false),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => number(left)?.partial_cmp(&number(right)?)?,
    };
    Some(match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    })
}
