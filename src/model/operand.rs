//! What an expression gives for one span, and how such values are compared and computed with.

use std::{borrow::Cow, cmp::Ordering};

use traceql_grammar::{
    ops::{ArithmeticOp, CompareOp},
    value::{Kind, Status, Value},
};

use super::{
    attributes::{Array, Cell},
    batch::Spans,
    dictionary::Dictionary,
    ids::{SpanId, TraceId},
    result::Datum,
};

/// A value while an expression is evaluated; text stays where it lies.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a> {
    /// No value: an attribute that the span lacks, or an operation that has no result.
    Absent,
    /// A value that TraceQL cannot hold, such as a list of pairs. It counts as absent, but a test for `nil` is false for it,
    /// and so is one for its opposite.
    Unheld,
    /// Text.
    Str(&'a str),
    /// A trace id, which is text that compares in its own way.
    TraceId(TraceId),
    /// A span id, likewise.
    SpanId(SpanId),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// Nanoseconds.
    Duration(i64),
    /// A status.
    Status(Status),
    /// A kind.
    Kind(Kind),
    /// Two or more values of one type.
    Array(Elements<'a>),
}

/// The elements of an array attribute.
#[derive(Clone, Copy)]
pub struct Elements<'a> {
    array: &'a Array,
    dictionary: &'a Dictionary,
}

impl std::fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Elements<'a> {
    /// Returns the elements, in their order.
    pub fn iter(self) -> impl Iterator<Item = Operand<'a>> {
        let len = match self.array {
            Array::Str(all) => all.len(),
            Array::Int(all) => all.len(),
            Array::Float(all) => all.len(),
            Array::Bool(all) => all.len(),
        };
        (0..len).map(move |at| match self.array {
            Array::Str(all) => Operand::Str(self.dictionary.get(all[at])),
            Array::Int(all) => Operand::Int(all[at]),
            Array::Float(all) => Operand::Float(all[at]),
            Array::Bool(all) => Operand::Bool(all[at]),
        })
    }
}

impl<'a> Operand<'a> {
    /// Reads an attribute's cell.
    pub fn from_cell(cell: Cell, spans: &'a Spans) -> Operand<'a> {
        match cell {
            Cell::Str(id) => Operand::Str(spans.dictionary.get(id)),
            Cell::Int(n) => Operand::Int(n),
            Cell::Float(x) => Operand::Float(x),
            Cell::Bool(b) => Operand::Bool(b),
            Cell::Array(at) => {
                Operand::Array(Elements { array: &spans.arrays[at as usize], dictionary: &spans.dictionary })
            }
            Cell::Other(_) => Operand::Unheld,
        }
    }

    /// Reads a literal.
    pub fn from_literal(value: &'a Value) -> Operand<'a> {
        match value {
            Value::Nil => Operand::Absent,
            Value::Int(n) => Operand::Int(*n),
            Value::Float(x) => Operand::Float(*x),
            Value::String(s) => Operand::Str(s),
            Value::Bool(b) => Operand::Bool(*b),
            Value::Duration(ns) => Operand::Duration(*ns),
            Value::Status(status) => Operand::Status(*status),
            Value::Kind(kind) => Operand::Kind(*kind),
        }
    }

    /// Returns the literal that stands for the value; `None` for arrays and ids, which have none.
    pub fn to_literal(self) -> Option<Value> {
        Some(match self {
            Operand::Absent | Operand::Unheld => Value::Nil,
            Operand::Str(s) => Value::String(s.to_owned()),
            Operand::Int(n) => Value::Int(n),
            Operand::Float(x) => Value::Float(x),
            Operand::Bool(b) => Value::Bool(b),
            Operand::Duration(ns) => Value::Duration(ns),
            Operand::Status(status) => Value::Status(status),
            Operand::Kind(kind) => Value::Kind(kind),
            Operand::TraceId(_) | Operand::SpanId(_) | Operand::Array(_) => return None,
        })
    }

    /// Returns the value as it stands in an answer.
    pub fn to_datum(self) -> Datum {
        match self {
            Operand::Absent | Operand::Unheld => Datum::Nil,
            Operand::Str(s) => Datum::String(s.to_owned()),
            Operand::TraceId(id) => Datum::String(id.to_string()),
            Operand::SpanId(id) => Datum::String(id.to_string()),
            Operand::Int(n) => Datum::Int(n),
            Operand::Float(x) => Datum::Float(x),
            Operand::Bool(b) => Datum::Bool(b),
            Operand::Duration(ns) => Datum::Duration(ns),
            Operand::Status(status) => Datum::Status(status),
            Operand::Kind(kind) => Datum::Kind(kind),
            Operand::Array(elements) => Datum::Array(elements.iter().map(Operand::to_datum).collect()),
        }
    }

    /// Tells whether there is no value that TraceQL can hold.
    pub fn is_absent(self) -> bool {
        matches!(self, Operand::Absent | Operand::Unheld)
    }

    /// Answers `!= nil` (`wanted`) or `= nil`.
    pub fn is_present(self, wanted: bool) -> bool {
        match self {
            Operand::Unheld => false,
            value => value.is_absent() != wanted,
        }
    }

    /// Returns the value, or what `other` gives if there is none.
    pub fn or_else(self, other: impl FnOnce() -> Operand<'a>) -> Operand<'a> {
        if !self.is_absent() {
            return self;
        }
        // What cannot be held is there all the same.
        match (self, other()) {
            (Operand::Unheld, Operand::Absent) => Operand::Unheld,
            (_, value) => value,
        }
    }

    /// Returns the text that regular expressions see.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Operand::Str(s) => Some(Cow::Borrowed(s)),
            Operand::TraceId(id) => Some(Cow::Owned(id.to_string())),
            Operand::SpanId(id) => Some(Cow::Owned(id.to_string())),
            _ => None,
        }
    }

    /// Returns the number, durations as nanoseconds.
    pub fn number(self) -> Option<f64> {
        match self {
            Operand::Int(n) | Operand::Duration(n) => Some(n as f64),
            Operand::Float(x) => Some(x),
            _ => None,
        }
    }

    /// Puts all values into one order: numbers of all types by size, then the other types one after the other.
    ///
    /// Values of different types are never equal, so that groups of `1` and `1.0` stay apart.
    pub fn total_cmp(self, other: Operand<'_>) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| match (self, other) {
            (Operand::Int(a), Operand::Int(b)) | (Operand::Duration(a), Operand::Duration(b)) => a.cmp(&b),
            (Operand::Bool(a), Operand::Bool(b)) => a.cmp(&b),
            (Operand::Status(a), Operand::Status(b)) => a.cmp(&b),
            (Operand::Kind(a), Operand::Kind(b)) => a.cmp(&b),
            (Operand::Str(a), Operand::Str(b)) => a.cmp(b),
            (Operand::TraceId(a), Operand::TraceId(b)) => a.cmp(&b),
            (Operand::SpanId(a), Operand::SpanId(b)) => a.cmp(&b),
            (Operand::Array(a), Operand::Array(b)) => {
                let mut rest = b.iter();
                for x in a.iter() {
                    match rest.next().map(|y| x.total_cmp(y)) {
                        None => return Ordering::Greater,
                        Some(Ordering::Equal) => {}
                        Some(unequal) => return unequal,
                    }
                }
                if rest.next().is_some() { Ordering::Less } else { Ordering::Equal }
            }
            (a, b) => match (a.number(), b.number()) {
                (Some(x), Some(y)) => x.total_cmp(&y).then(a.number_type().cmp(&b.number_type())),
                _ => Ordering::Equal,
            },
        })
    }

    fn rank(self) -> u8 {
        match self {
            Operand::Absent | Operand::Unheld => 0,
            Operand::Bool(_) => 1,
            Operand::Int(_) | Operand::Float(_) | Operand::Duration(_) => 2,
            Operand::Status(_) => 3,
            Operand::Kind(_) => 4,
            Operand::Str(_) => 5,
            Operand::TraceId(_) => 6,
            Operand::SpanId(_) => 7,
            Operand::Array(_) => 8,
        }
    }

    fn number_type(self) -> u8 {
        match self {
            Operand::Int(_) => 0,
            Operand::Float(_) => 1,
            _ => 2,
        }
    }
}

/// Compares two values.
///
/// A side that is absent or of another type makes the comparison false, `!=` too. An array matches if one of its elements
/// does, under `!=` if none is equal. Returns `None` for array against array, which has no meaning.
pub fn compare(op: CompareOp, a: Operand<'_>, b: Operand<'_>) -> Option<bool> {
    match (a, b) {
        (Operand::Array(_), Operand::Array(_)) => None,
        (Operand::Array(elements), single) => Some(compare_any(op, elements, single)),
        (single, Operand::Array(elements)) => Some(compare_any(op.flipped(), elements, single)),
        _ => Some(compare_single(op, a, b)),
    }
}

fn compare_any(op: CompareOp, elements: Elements<'_>, single: Operand<'_>) -> bool {
    match op {
        CompareOp::Ne => elements.iter().all(|element| compare_single(op, element, single)),
        _ => elements.iter().any(|element| compare_single(op, element, single)),
    }
}

fn compare_single(op: CompareOp, a: Operand<'_>, b: Operand<'_>) -> bool {
    use Operand::{Bool, Duration, Int, Kind, SpanId, Status, Str, TraceId};
    match (a, b) {
        (Int(x) | Duration(x), Int(y) | Duration(y)) => by_order(op, x.cmp(&y)),
        (Str(x), Str(y)) => by_order(op, x.cmp(y)),
        (Bool(x), Bool(y)) => by_equality(op, x == y),
        (Status(x), Status(y)) => by_equality(op, x == y),
        (Kind(x), Kind(y)) => by_equality(op, x == y),
        (TraceId(_) | SpanId(_), Str(_) | TraceId(_) | SpanId(_)) | (Str(_), TraceId(_) | SpanId(_)) => {
            compare_ids(op, a, b)
        }
        _ => match (a.number(), b.number()) {
            (Some(x), Some(y)) => match x.partial_cmp(&y) {
                Some(order) => by_order(op, order),
                None => op == CompareOp::Ne,
            },
            _ => false,
        },
    }
}

/// Tells whether `op` holds between two values that stand in this order.
pub fn by_order(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

fn by_equality(op: CompareOp, equal: bool) -> bool {
    match op {
        CompareOp::Eq => equal,
        CompareOp::Ne => !equal,
        _ => false,
    }
}

/// Ids are equal as numbers, so that case and leading zeros do not matter; order sees the printed form.
fn compare_ids(op: CompareOp, a: Operand<'_>, b: Operand<'_>) -> bool {
    match op {
        CompareOp::Eq | CompareOp::Ne => {
            let equal = matches!((id_number(a), id_number(b)), (Some(x), Some(y)) if x == y);
            by_equality(op, equal)
        }
        _ => match (a.text(), b.text()) {
            (Some(x), Some(y)) => by_order(op, x.cmp(&y)),
            _ => false,
        },
    }
}

fn id_number(value: Operand<'_>) -> Option<u128> {
    match value {
        Operand::TraceId(id) => Some(id.0),
        Operand::SpanId(id) => Some(u128::from(id.0)),
        Operand::Str(text) => parse_id(text),
        _ => None,
    }
}

/// Reads hex digits of either case, with any number of leading zeros, as the number of an id.
pub fn parse_id(text: &str) -> Option<u128> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let digits = text.trim_start_matches('0');
    if digits.is_empty() { Some(0) } else { u128::from_str_radix(digits, 16).ok() }
}

/// Computes with two numbers; absent where a side is none, and for division or modulo of whole numbers by zero.
///
/// Two ints give an int, which wraps around except under `^`; any other pair gives a float, durations as nanoseconds.
pub fn arithmetic(op: ArithmeticOp, a: Operand<'_>, b: Operand<'_>) -> Operand<'static> {
    if let (Operand::Int(x), Operand::Int(y)) = (a, b) {
        return match op {
            ArithmeticOp::Add => Operand::Int(x.wrapping_add(y)),
            ArithmeticOp::Sub => Operand::Int(x.wrapping_sub(y)),
            ArithmeticOp::Mul => Operand::Int(x.wrapping_mul(y)),
            ArithmeticOp::Div | ArithmeticOp::Mod if y == 0 => Operand::Absent,
            ArithmeticOp::Div => Operand::Int(x.wrapping_div(y)),
            ArithmeticOp::Mod => Operand::Int(x.wrapping_rem(y)),
            ArithmeticOp::Pow => match u32::try_from(y).ok().and_then(|y| x.checked_pow(y)) {
                Some(power) => Operand::Int(power),
                None => Operand::Float((x as f64).powf(y as f64)),
            },
        };
    }
    match (a.number(), b.number()) {
        (Some(x), Some(y)) => Operand::Float(match op {
            ArithmeticOp::Add => x + y,
            ArithmeticOp::Sub => x - y,
            ArithmeticOp::Mul => x * y,
            ArithmeticOp::Div => x / y,
            ArithmeticOp::Mod => x % y,
            ArithmeticOp::Pow => x.powf(y),
        }),
        _ => Operand::Absent,
    }
}

/// Changes the sign of a number; absent for everything else.
pub fn negate(value: Operand<'_>) -> Operand<'static> {
    match value {
        Operand::Int(n) => Operand::Int(n.wrapping_neg()),
        Operand::Duration(ns) => Operand::Duration(ns.wrapping_neg()),
        Operand::Float(x) => Operand::Float(-x),
        _ => Operand::Absent,
    }
}
