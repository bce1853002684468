//! What is answered.

use std::{borrow::Cow, fmt};

use traceql_grammar::{
    query::Field,
    value::{Kind, Status, format_duration},
};

use super::ids::{SpanId, TraceId};

/// The answer to a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchResult {
    /// Traces, newest start first, ties by trace id.
    pub traces: Vec<TraceMatch>,
    /// True when more traces matched than the limit let through.
    pub more: bool,
    /// What was looked at.
    pub inspected: Inspected,
}

/// How much was looked at for an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Distinct traces.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// Bytes of input, as they lay on the disk.
    pub bytes: u64,
    /// Where a time range was asked for: what it left out.
    pub left_out: Option<LeftOut>,
    /// What else a server counts; all zero where no server was asked.
    pub server: ServerWork,
}

/// What Tempo tells of the work that an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerWork {
    /// Blocks that were looked at.
    pub blocks: u64,
    /// Bytes that these have.
    pub block_bytes: u64,
    /// Parts that the work was cut into.
    pub jobs: u64,
    /// Those of them that were done.
    pub completed_jobs: u64,
    /// Requests to the store.
    pub backend_reads: u64,
    /// Bytes that came from the store.
    pub backend_bytes: u64,
}

impl Inspected {
    /// Counts what was looked at for another part of the answer.
    pub fn add(&mut self, other: &Inspected) {
        for (count, more) in [
            (&mut self.traces, other.traces),
            (&mut self.spans, other.spans),
            (&mut self.bytes, other.bytes),
            (&mut self.server.blocks, other.server.blocks),
            (&mut self.server.block_bytes, other.server.block_bytes),
            (&mut self.server.jobs, other.server.jobs),
            (&mut self.server.completed_jobs, other.server.completed_jobs),
            (&mut self.server.backend_reads, other.server.backend_reads),
            (&mut self.server.backend_bytes, other.server.backend_bytes),
        ] {
            *count = count.saturating_add(more);
        }
    }
}

/// What a time range left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Distinct traces that lie outside of the range.
    pub traces: u64,
    /// The first start of all traces, in Unix nanoseconds; more than `end` if there is no trace.
    pub start: u64,
    /// The last end of all traces.
    pub end: u64,
}

/// A trace in which something matched.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceMatch {
    /// The id.
    pub id: TraceId,
    /// The service of the root span; `None` if no root arrived.
    pub root_service: Option<String>,
    /// The name of the root span; `None` if no root arrived.
    pub root_name: Option<String>,
    /// The first start of its spans, in Unix nanoseconds.
    pub start: u64,
    /// Nanoseconds from the first start to the last end.
    pub duration: u64,
    /// Spans and errors of each service in the whole trace, by name.
    pub services: Vec<ServiceStats>,
    /// What matched; never empty.
    pub spansets: Vec<Spanset>,
}

/// How a service takes part in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceStats {
    /// `service.name`.
    pub service: String,
    /// Its spans.
    pub spans: u32,
    /// Those with status `error`.
    pub errors: u32,
}

/// Spans of one trace that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanset {
    /// How many spans there are before `--spss` cuts them.
    pub matched: usize,
    /// Groups and aggregates: `by(name)`, `count()`, in the order in which the pipeline made them.
    pub attributes: Vec<(String, Datum)>,
    /// Spans by start, then id.
    pub spans: Vec<SpanMatch>,
}

/// A span that matched.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanMatch {
    /// The id.
    pub id: SpanId,
    /// Start in Unix nanoseconds.
    pub start: u64,
    /// Duration in nanoseconds.
    pub duration: u64,
    /// The name.
    pub name: String,
    /// Whether the query names `name`: only then Tempo's answer shows it, unless it is empty.
    pub shows_name: bool,
    /// The fields that the query tests or selects and that Tempo's answer shows, in the query's order, each once.
    pub attributes: Vec<(Field, Datum)>,
}

/// A value in an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// Absent; Tempo prints the text `nil`.
    Nil,
    /// Text.
    String(String),
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
    /// Values of one type.
    Array(Vec<Datum>),
}

impl Datum {
    /// Returns what `Display` prints, without copying text.
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Datum::String(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_string()),
        }
    }
}

/// Prints the value as people read it and as series are ordered by: text without quotes, durations in Go's form.
impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Datum::Nil => f.write_str("nil"),
            Datum::String(text) => f.write_str(text),
            Datum::Int(n) => write!(f, "{n}"),
            Datum::Float(x) => f.write_str(&float(*x)),
            Datum::Bool(b) => write!(f, "{b}"),
            Datum::Duration(ns) => f.write_str(&format_duration(*ns)),
            Datum::Status(status) => f.write_str(status.word()),
            Datum::Kind(kind) => f.write_str(kind.word()),
            Datum::Array(values) => {
                f.write_str("[")?;
                for (i, value) in values.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { ", " })?;
                    write!(f, "{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// Returns a float in the shortest form that Go's JSON has: `1`, `0.25`, `1e+300`, `1e-7`; what no JSON number can say
/// is `NaN`, `Infinity` or `-Infinity`, as JSON's readers and databases spell it.
pub fn float(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if magnitude.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        // Display never uses an exponent and gives the shortest digits that read back the same.
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_have_gos_form() {
        let forms = [1.0, -5.5, 0.0, -0.0, 1e300, 1e-7, 1e-6, 123456789012345680000.0, 1e21, 0.1, 1.5e-9];
        let texts =
            ["1", "-5.5", "0", "-0", "1e+300", "1e-7", "0.000001", "123456789012345680000", "1e+21", "0.1", "1.5e-9"];
        assert_eq!(forms.map(float), texts);
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(float), ["NaN", "Infinity", "-Infinity"]);
    }

    #[test]
    fn values_have_the_form_that_people_read() {
        let array = Datum::Array(vec![Datum::String("a b".to_owned()), Datum::Float(2.0)]);
        let values =
            [Datum::Nil, Datum::Duration(1_500_000), Datum::Status(Status::Ok), Datum::Kind(Kind::Server), array];
        assert_eq!(values.map(|value| value.to_string()), ["nil", "1.5ms", "ok", "server", "[a b, 2]"]);
    }
}
