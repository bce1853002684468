//! Single values: comparisons and arithmetic.

use traceql_grammar::{
    ops::{ArithmeticOp, BinaryOp, CompareOp},
    value::{Kind, Status, Value},
};

use crate::evaluation::traces::Val;

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum V {
    Str(String),
    TraceId(u128),
    SpanId(u64),
    Int(i64),
    Float(f64),
    Bool(bool),
    Duration(i64),
    Status(Status),
    Kind(Kind),
    Array(Vec<V>),
}

pub(super) fn from_val(value: &Val) -> V {
    match value {
        Val::Str(s) => V::Str(s.clone()),
        Val::Int(n) => V::Int(*n),
        Val::Float(x) => V::Float(*x),
        Val::Bool(b) => V::Bool(*b),
        Val::Array(all) => V::Array(all.iter().map(from_val).collect()),
    }
}

pub(super) fn literal(value: &Value) -> Option<V> {
    Some(match value {
        Value::Nil => return None,
        Value::Int(n) => V::Int(*n),
        Value::Float(x) => V::Float(*x),
        Value::String(s) => V::Str(s.clone()),
        Value::Bool(b) => V::Bool(*b),
        Value::Duration(n) => V::Duration(*n),
        Value::Status(status) => V::Status(*status),
        Value::Kind(kind) => V::Kind(*kind),
    })
}

pub(super) fn float(value: &V) -> Option<f64> {
    match value {
        V::Int(n) | V::Duration(n) => Some(*n as f64),
        V::Float(x) => Some(*x),
        _ => None,
    }
}

pub(super) fn binary(
    op: BinaryOp,
    left: Option<V>,
    right: Option<V>,
    left_is_nil: bool,
    right_is_nil: bool,
    typed: bool,
) -> Option<V> {
    let is_true = |value: &Option<V>| *value == Some(V::Bool(true));
    match op {
        BinaryOp::And => return Some(V::Bool(is_true(&left) && is_true(&right))),
        BinaryOp::Or => return Some(V::Bool(is_true(&left) || is_true(&right))),
        BinaryOp::Compare(op @ (CompareOp::Eq | CompareOp::Ne)) if left_is_nil || right_is_nil => {
            let present = left.is_some() || right.is_some();
            return Some(V::Bool(!(left_is_nil && right_is_nil) && present == (op == CompareOp::Ne)));
        }
        BinaryOp::Arithmetic(op) => return arithmetic(op, &left?, &right?),
        _ => {}
    }
    let (Some(left), Some(right)) = (left, right) else { return Some(V::Bool(false)) };
    let left = if typed { of_type(left, &right) } else { left };
    Some(V::Bool(match op {
        BinaryOp::Compare(_) if matches!((&left, &right), (V::Array(_), V::Array(_))) => return None,
        BinaryOp::Compare(op) => match (&left, &right) {
            (V::Array(all), one) if op == CompareOp::Ne => all.iter().all(|element| compare(op, element, one)),
            (one, V::Array(all)) if op == CompareOp::Ne => all.iter().all(|element| compare(op, one, element)),
            (V::Array(all), one) => all.iter().any(|element| compare(op, element, one)),
            (one, V::Array(all)) => all.iter().any(|element| compare(op, one, element)),
            _ => compare(op, &left, &right),
        },
        BinaryOp::Match | BinaryOp::NotMatch => {
            let V::Str(pattern) = right else { return Some(V::Bool(false)) };
            let regex = regex::Regex::new(&format!("^(?s:{pattern})$")).expect("the patterns here are simple");
            let wanted = op == BinaryOp::Match;
            let matches = |value: &V| match value {
                V::Str(s) => regex.is_match(s) == wanted,
                V::TraceId(id) => regex.is_match(&format!("{id:x}")) == wanted,
                V::SpanId(id) => regex.is_match(&format!("{id:016x}")) == wanted,
                _ => false,
            };
            match &left {
                V::Array(all) if wanted => all.iter().any(matches),
                V::Array(all) => all.iter().all(matches),
                one => matches(one),
            }
        }
        _ => panic!("handled above"),
    }))
}

/// Returns the number if Tempo's storage finds numbers of its type by such a literal, else something that equals nothing.
fn of_type(number: V, literal: &V) -> V {
    match (&number, literal) {
        (V::Int(_), V::Float(_) | V::Duration(_)) | (V::Float(_), V::Int(_) | V::Duration(_)) => V::Array(Vec::new()),
        (V::Array(all), _) => V::Array(all.iter().map(|element| of_type(element.clone(), literal)).collect()),
        _ => number,
    }
}

/// Compares two single values.
pub(super) fn compare(op: CompareOp, left: &V, right: &V) -> bool {
    let order = match (left, right) {
        (V::Int(a) | V::Duration(a), V::Int(b) | V::Duration(b)) => a.cmp(b),
        (V::Str(a), V::Str(b)) => a.as_bytes().cmp(b.as_bytes()),
        (V::Bool(_), V::Bool(_)) | (V::Status(_), V::Status(_)) | (V::Kind(_), V::Kind(_)) => {
            return match op {
                CompareOp::Eq => left == right,
                CompareOp::Ne => left != right,
                _ => false,
            };
        }
        (V::TraceId(_) | V::SpanId(_), V::Str(_) | V::TraceId(_) | V::SpanId(_))
        | (V::Str(_), V::TraceId(_) | V::SpanId(_)) => {
            let (a, b) = (printed(left), printed(right));
            let digits = |text: &str| text.trim_start_matches('0').to_lowercase();
            let is_id = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
            let equal = is_id(&a) && is_id(&b) && digits(&a) == digits(&b);
            match op {
                CompareOp::Eq => return equal,
                CompareOp::Ne => return !equal,
                _ => a.cmp(&b),
            }
        }
        _ => match (float(left), float(right)) {
            (Some(a), Some(b)) => match a.partial_cmp(&b) {
                Some(order) => order,
                None => return op == CompareOp::Ne,
            },
            _ => return false,
        },
    };
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

fn printed(value: &V) -> String {
    match value {
        V::Str(s) => s.clone(),
        V::TraceId(id) => format!("{id:x}"),
        V::SpanId(id) => format!("{id:016x}"),
        _ => String::new(),
    }
}

pub(super) fn arithmetic(op: ArithmeticOp, left: &V, right: &V) -> Option<V> {
    if let (V::Int(a), V::Int(b)) = (left, right) {
        return Some(match op {
            ArithmeticOp::Add => V::Int(a + b),
            ArithmeticOp::Sub => V::Int(a - b),
            ArithmeticOp::Mul => V::Int(a * b),
            ArithmeticOp::Div => V::Int(a.checked_div(*b)?),
            ArithmeticOp::Mod => V::Int(a.checked_rem(*b)?),
            ArithmeticOp::Pow if *b >= 0 => V::Int(a.pow(*b as u32)),
            ArithmeticOp::Pow => V::Float((*a as f64).powf(*b as f64)),
        });
    }
    let (a, b) = (float(left)?, float(right)?);
    Some(V::Float(match op {
        ArithmeticOp::Add => a + b,
        ArithmeticOp::Sub => a - b,
        ArithmeticOp::Mul => a * b,
        ArithmeticOp::Div => a / b,
        ArithmeticOp::Mod => a % b,
        ArithmeticOp::Pow => a.powf(b),
    }))
}
