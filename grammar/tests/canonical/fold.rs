//! Constant expressions, computed as Tempo computes them while it parses.

use std::fmt;

use traceql_grammar::{
    query::{ArithmeticOp, BinaryOp, CompareOp, Expr, ExprKind, UnaryOp},
    value::Value,
};

/// An expression in which every operation between constants is computed, where it is legal.
pub(super) enum Folded {
    /// A literal.
    Constant(Value),
    /// Anything that is printed without parentheses as an operand.
    Leaf(String),
    /// An operation.
    Operation(String),
}

impl fmt::Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Folded::Constant(value) => write!(f, "{value}"),
            Folded::Leaf(text) | Folded::Operation(text) => f.write_str(text),
        }
    }
}

impl Folded {
    fn operand(&self) -> String {
        match self {
            Folded::Operation(text) => format!("({text})"),
            other => other.to_string(),
        }
    }
}

/// Folds an expression.
pub(super) fn fold(expr: &Expr) -> Folded {
    match &expr.kind {
        ExprKind::Literal(value) => Folded::Constant(value.clone()),
        ExprKind::Field(field) => Folded::Leaf(field.to_string()),
        ExprKind::Invalid => Folded::Leaf("…".to_owned()),
        ExprKind::Unary { op, operand, .. } => {
            let operand = fold(operand);
            match constant(&operand).and_then(|value| unary(*op, value)) {
                Some(value) => Folded::Constant(value),
                None => Folded::Operation(format!("{}{}", op.text(), operand.operand())),
            }
        }
        ExprKind::Chain(chain) => {
            let first = fold(&chain.first);
            chain.rest.iter().fold(first, |left, link| {
                let (op, right) = (&link.op, fold(&link.operand));
                let computed = constant(&left).zip(constant(&right)).and_then(|(l, r)| binary(*op, l, r));
                match computed {
                    Some(value) => Folded::Constant(value),
                    None => Folded::Operation(format!("{} {} {}", left.operand(), op.text(), right.operand())),
                }
            })
        }
    }
}

fn constant(folded: &Folded) -> Option<&Value> {
    match folded {
        Folded::Constant(value) => Some(value),
        _ => None,
    }
}

fn unary(op: UnaryOp, value: &Value) -> Option<Value> {
    match (op, value) {
        (UnaryOp::Neg, Value::Int(n)) => Some(Value::Int(n.wrapping_neg())),
        (UnaryOp::Neg, Value::Float(x)) => Some(Value::Float(-x)),
        (UnaryOp::Neg, Value::Duration(ns)) => Some(Value::Duration(ns.wrapping_neg())),
        (UnaryOp::Not, Value::Bool(b)) => Some(Value::Bool(!b)),
        _ => None,
    }
}

fn binary(op: BinaryOp, left: &Value, right: &Value) -> Option<Value> {
    match op {
        BinaryOp::And | BinaryOp::Or => match (left, right) {
            (Value::Bool(l), Value::Bool(r)) => {
                Some(Value::Bool(if op == BinaryOp::And { *l && *r } else { *l || *r }))
            }
            _ => None,
        },
        BinaryOp::Match | BinaryOp::NotMatch => match (left, right) {
            (Value::String(text), Value::String(pattern)) => {
                let pattern = traceql_grammar::regex::translate(pattern).ok()?;
                let regex = regex::Regex::new(&format!("^(?s:{pattern})$")).ok()?;
                Some(Value::Bool(regex.is_match(text) == (op == BinaryOp::Match)))
            }
            _ => None,
        },
        BinaryOp::Compare(op) => compare(op, left, right).map(Value::Bool),
        BinaryOp::Arithmetic(op) => arithmetic(op, left, right),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) | Value::Duration(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    }
}

fn compare(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    use std::cmp::Ordering;
    let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    let ordering = match (left, right) {
        // A constant is there. Of nothing beside nothing Tempo says that both are false.
        (_, Value::Nil) => return equality.then_some(op == CompareOp::Ne && *left != Value::Nil),
        (Value::Int(l) | Value::Duration(l), Value::Int(r) | Value::Duration(r)) => Some(l.cmp(r)),
        (Value::String(l), Value::String(r)) => Some(l.cmp(r)),
        (Value::Bool(_), Value::Bool(_)) | (Value::Status(_), Value::Status(_)) | (Value::Kind(_), Value::Kind(_)) => {
            if !equality {
                return None;
            }
            Some(if left == right { Ordering::Equal } else { Ordering::Less })
        }
        _ => number(left)?.partial_cmp(&number(right)?),
    };
    Some(match op {
        CompareOp::Eq => ordering == Some(Ordering::Equal),
        CompareOp::Ne => ordering != Some(Ordering::Equal),
        CompareOp::Lt => ordering == Some(Ordering::Less),
        CompareOp::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Gt => ordering == Some(Ordering::Greater),
        CompareOp::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// Computes between two numbers.
pub(super) fn arithmetic(op: ArithmeticOp, left: &Value, right: &Value) -> Option<Value> {
    if let (Value::Int(l), Value::Int(r)) = (left, right) {
        return match op {
            ArithmeticOp::Add => Some(l.wrapping_add(*r)),
            ArithmeticOp::Sub => Some(l.wrapping_sub(*r)),
            ArithmeticOp::Mul => Some(l.wrapping_mul(*r)),
            ArithmeticOp::Div => (*r != 0).then(|| l.wrapping_div(*r)),
            ArithmeticOp::Mod => (*r != 0).then(|| l.wrapping_rem(*r)),
            // Tempo has the sides exchanged, and computes in floats; what does not fit becomes the smallest number.
            ArithmeticOp::Pow => {
                let power = (*r as f64).powf(*l as f64);
                Some(if power.abs() < i64::MAX as f64 { power as i64 } else { i64::MIN })
            }
        }
        .map(Value::Int);
    }
    let (l, r) = (number(left)?, number(right)?);
    Some(Value::Float(match op {
        ArithmeticOp::Add => l + r,
        ArithmeticOp::Sub => l - r,
        ArithmeticOp::Mul => l * r,
        ArithmeticOp::Div => l / r,
        ArithmeticOp::Mod => l % r,
        ArithmeticOp::Pow => l.powf(r),
    }))
}
