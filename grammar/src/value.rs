//! Literal values and the types that expressions have.

use std::fmt;

/// The status of a span, in Tempo's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Status {
    /// The span failed.
    Error = 0,
    /// The span was marked as successful.
    Ok = 1,
    /// Nobody said.
    Unset = 2,
}

impl Status {
    /// Every status, in order of its number.
    pub const ALL: [Status; 3] = [Status::Error, Status::Ok, Status::Unset];

    /// Returns the word that TraceQL uses for the status.
    pub fn word(self) -> &'static str {
        match self {
            Status::Error => "error",
            Status::Ok => "ok",
            Status::Unset => "unset",
        }
    }
}

/// The part that a span plays in a call, with OTLP's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Not said.
    Unspecified = 0,
    /// Work inside a service.
    Internal = 1,
    /// The receiving side of a call.
    Server = 2,
    /// The calling side of a call.
    Client = 3,
    /// Puts a message into a queue.
    Producer = 4,
    /// Takes a message out of a queue.
    Consumer = 5,
}

impl Kind {
    /// Every kind, in order of its number.
    pub const ALL: [Kind; 6] =
        [Kind::Unspecified, Kind::Internal, Kind::Server, Kind::Client, Kind::Producer, Kind::Consumer];

    /// Returns the word that TraceQL uses for the kind.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Unspecified => "unspecified",
            Kind::Internal => "internal",
            Kind::Server => "server",
            Kind::Client => "client",
            Kind::Producer => "producer",
            Kind::Consumer => "consumer",
        }
    }
}

/// A literal as it stands in a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The absence of a value; only `=` and `!=` take it.
    Nil,
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Text, with quotes and escapes resolved.
    String(String),
    /// `true` or `false`.
    Bool(bool),
    /// A length of time in nanoseconds.
    Duration(i64),
    /// A span's status.
    Status(Status),
    /// A span's kind.
    Kind(Kind),
}

impl Value {
    /// Returns the type of the literal.
    pub fn ty(&self) -> Type {
        match self {
            Value::Nil => Type::Nil,
            Value::Int(_) => Type::Int,
            Value::Float(_) => Type::Float,
            Value::String(_) => Type::String,
            Value::Bool(_) => Type::Bool,
            Value::Duration(_) => Type::Duration,
            Value::Status(_) => Type::Status,
            Value::Kind(_) => Type::Kind,
        }
    }
}

/// Prints the literal as Tempo's canonical text does.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Float(x) => write_float(f, *x),
            Value::String(s) => write!(f, "`{s}`"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Duration(ns) => f.write_str(&format_duration(*ns)),
            Value::Status(s) => f.write_str(s.word()),
            Value::Kind(k) => f.write_str(k.word()),
        }
    }
}

/// Writes a float the way Go's shortest form does, always with a point or an exponent, as Tempo wants it even of `NaN.0`.
fn write_float(f: &mut fmt::Formatter<'_>, x: f64) -> fmt::Result {
    if x.is_nan() {
        return f.write_str("NaN.0");
    }
    if x.is_infinite() {
        return f.write_str(if x > 0.0 { "+Inf.0" } else { "-Inf.0" });
    }
    // Go switches to an exponent below 1e-4 and from 1e6 on, and writes at least two digits of it.
    let magnitude = x.abs();
    if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) {
        let text = format!("{x:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(rest) => ('-', rest),
            None => ('+', exponent),
        };
        return write!(f, "{digits}e{sign}{exponent:0>2}");
    }
    let text = format!("{x}");
    f.write_str(&text)?;
    if text.contains('.') { Ok(()) } else { f.write_str(".0") }
}

/// Formats nanoseconds as Go prints a duration: `1h0m0s`, `1.5s`, `100µs`.
///
/// Tempo's answers carry durations in this form.
pub fn format_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let ns = nanoseconds.unsigned_abs();
    match ns {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{ns}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", decimal(ns, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", decimal(ns, 1_000_000)),
        _ => {
            let minutes = ns / 60_000_000_000;
            let seconds = decimal(ns % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, m) => format!("{sign}{m}m{seconds}s"),
                (h, m) => format!("{sign}{h}h{m}m{seconds}s"),
            }
        }
    }
}

/// Writes `ns / unit` exactly, without trailing zeros.
fn decimal(ns: u64, unit: u64) -> String {
    let (whole, rest) = (ns / unit, ns % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    format!("{whole}.{rest:0digits$}").trim_end_matches('0').to_owned()
}

/// Reads a duration as Tempo does: Prometheus' form (`1d12h`) first, then Go's (`1.5h`, `1h30.5s`).
///
/// Returns nanoseconds, or `None` if the text is in neither form or does not fit into 64 bits.
pub fn parse_duration(text: &str) -> Option<i64> {
    prometheus_duration(text).or_else(|| go_duration(text))
}

/// Whole numbers with units from years down to milliseconds, each at most once and in falling order.
fn prometheus_duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 7] = [
        ("y", 365 * 86_400_000_000_000),
        ("w", 7 * 86_400_000_000_000),
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
    ];
    let (mut rest, mut total, mut next_unit) = (text, 0i64, 0);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest.get(..digits).filter(|d| !d.is_empty())?.parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = UNITS.iter().position(|(name, _)| *name == &rest[..letters])?;
        if unit < next_unit {
            return None;
        }
        next_unit = unit + 1;
        rest = &rest[letters..];
        total = total.checked_add(count.checked_mul(UNITS[unit].1)?)?;
    }
    Some(total)
}

/// Decimal numbers with units from hours down to nanoseconds, in any order.
fn go_duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
    let (mut rest, mut total) = (text, 0i64);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (whole, fraction) = rest[..number].split_once('.').unwrap_or((&rest[..number], ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        rest = &rest[number..];
        let letters = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = UNITS.iter().find(|(name, _)| *name == &rest[..letters])?.1;
        rest = &rest[letters..];
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part = format!("0.{fraction}0").parse::<f64>().ok()? * unit;
        total = total.checked_add(whole.checked_mul(unit as i64)?)?.checked_add(part as i64)?;
    }
    Some(total)
}

/// What kind of value an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// An attribute: anything, known only when a span is read.
    Any,
    /// `nil`.
    Nil,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Float,
    /// Text.
    String,
    /// A truth value.
    Bool,
    /// A length of time.
    Duration,
    /// A span's status.
    Status,
    /// A span's kind.
    Kind,
}

impl Type {
    /// Tells whether arithmetic and order are defined; true for [`Type::Any`] too.
    pub fn may_be_number(self) -> bool {
        matches!(self, Type::Any | Type::Int | Type::Float | Type::Duration)
    }

    /// Returns the name with its article, as messages use it.
    pub fn with_article(self) -> &'static str {
        match self {
            Type::Any => "an attribute",
            Type::Nil => "nil",
            Type::Int => "an int",
            Type::Float => "a float",
            Type::String => "a string",
            Type::Bool => "a bool",
            Type::Duration => "a duration",
            Type::Status => "a status",
            Type::Kind => "a kind",
        }
    }
}
