//! Tempo's own response of `/api/search`, field for field.
//!
//! 64-bit numbers are strings; what is zero or empty is left out; an absent value is the text `nil`.

use std::io;

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use traceql_grammar::value::format_duration;

use crate::{
    model::result::{Datum, Inspected, SearchResult, ServiceStats, SpanMatch, Spanset, TraceMatch},
    output::go_json,
};

/// What Tempo says for a root without service name, above all for a root that never came.
const NO_ROOT_SERVICE: &str = "<root span not yet received>";

#[derive(Serialize)]
struct Response<'r> {
    traces: Mapped<'r, TraceMatch, Trace<'r>>,
    metrics: Metrics,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    #[serde(skip_serializing_if = "is_zero")]
    inspected_traces: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    inspected_bytes: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    inspected_spans: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'r> {
    #[serde(rename = "traceID")]
    trace_id: String,
    root_service_name: &'r str,
    #[serde(skip_serializing_if = "str::is_empty")]
    root_trace_name: &'r str,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    start_time_unix_nano: u64,
    #[serde(skip_serializing_if = "is_zero")]
    duration_ms: u64,
    /// The first of `span_sets`, for clients older than these.
    #[serde(skip_serializing_if = "Option::is_none")]
    span_set: Option<Set<'r>>,
    span_sets: Mapped<'r, Spanset, Set<'r>>,
    #[serde(skip_serializing_if = "Services::is_empty")]
    service_stats: Services<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    #[serde(skip_serializing_if = "is_zero")]
    span_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    error_count: u64,
}

#[derive(Serialize)]
struct Set<'r> {
    #[serde(skip_serializing_if = "Mapped::is_empty")]
    spans: Mapped<'r, SpanMatch, Span<'r>>,
    #[serde(skip_serializing_if = "is_zero")]
    matched: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<KeyValue<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'r> {
    #[serde(rename = "spanID")]
    span_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'r str,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    start_time_unix_nano: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    duration_nanos: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<KeyValue<'r>>,
}

#[derive(Serialize)]
struct KeyValue<'r> {
    key: &'r str,
    value: AnyValue<'r>,
}

/// OTLP's value: an object with one key that says the type.
struct AnyValue<'r>(&'r Datum);

/// The services of a trace as an object.
struct Services<'r>(&'r [ServiceStats]);

/// A list that is converted while it is written: answers without a limit may be large.
struct Mapped<'r, T, R>(&'r [T], fn(&'r T) -> R);

/// Writes the answer as one line.
pub fn write(out: &mut dyn io::Write, result: &SearchResult) -> io::Result<()> {
    let response = Response { traces: Mapped(&result.traces, trace), metrics: metrics(result.inspected) };
    go_json::write(out, &response)?;
    writeln!(out)
}

fn metrics(inspected: Inspected) -> Metrics {
    Metrics { inspected_traces: inspected.traces, inspected_bytes: inspected.bytes, inspected_spans: inspected.spans }
}

fn trace(found: &TraceMatch) -> Trace<'_> {
    let root_service = found.root_service.as_deref().filter(|service| !service.is_empty());
    Trace {
        trace_id: found.id.to_string(),
        root_service_name: root_service.unwrap_or(NO_ROOT_SERVICE),
        root_trace_name: found.root_name.as_deref().unwrap_or_default(),
        start_time_unix_nano: found.start,
        duration_ms: found.duration / 1_000_000,
        span_set: found.spansets.first().map(set),
        span_sets: Mapped(&found.spansets, set),
        service_stats: Services(&found.services),
    }
}

fn set(spanset: &Spanset) -> Set<'_> {
    Set {
        spans: Mapped(&spanset.spans, span),
        matched: spanset.matched as u64,
        attributes: spanset.attributes.iter().map(|(key, value)| KeyValue { key, value: AnyValue(value) }).collect(),
    }
}

fn span(found: &SpanMatch) -> Span<'_> {
    Span {
        span_id: found.id.to_string(),
        name: if found.shows_name { &found.name } else { "" },
        start_time_unix_nano: found.start,
        duration_nanos: found.duration,
        attributes: found.attributes.iter().map(|(field, value)| key_value(field, value)).collect(),
    }
}

fn key_value<'r>(field: &'r traceql_grammar::query::Field, value: &'r Datum) -> KeyValue<'r> {
    KeyValue { key: field.bare_name(), value: AnyValue(value) }
}

impl Serialize for AnyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(1))?;
        match self.0 {
            Datum::Nil => object.serialize_entry("stringValue", "nil")?,
            Datum::String(text) => object.serialize_entry("stringValue", text)?,
            Datum::Int(n) => object.serialize_entry("intValue", &n.to_string())?,
            Datum::Float(x) if x.is_nan() => object.serialize_entry("doubleValue", "NaN")?,
            Datum::Float(x) if x.is_infinite() => {
                object.serialize_entry("doubleValue", if *x > 0.0 { "Infinity" } else { "-Infinity" })?;
            }
            Datum::Float(x) => object.serialize_entry("doubleValue", x)?,
            Datum::Bool(b) => object.serialize_entry("boolValue", b)?,
            Datum::Duration(ns) => object.serialize_entry("stringValue", &format_duration(*ns))?,
            Datum::Status(status) => object.serialize_entry("stringValue", status.word())?,
            Datum::Kind(kind) => object.serialize_entry("stringValue", kind.word())?,
            Datum::Array(values) => {
                let values: Vec<AnyValue<'_>> = values.iter().map(AnyValue).collect();
                object.serialize_entry("arrayValue", &ArrayValue { values })?;
            }
        }
        object.end()
    }
}

#[derive(Serialize)]
struct ArrayValue<'r> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<AnyValue<'r>>,
}

impl Services<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Services<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for stats in self.0 {
            let counts = Stats { span_count: stats.spans.into(), error_count: stats.errors.into() };
            object.serialize_entry(&stats.service, &counts)?;
        }
        object.end()
    }
}

impl<T, R> Mapped<'_, T, R> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T, R: Serialize> Serialize for Mapped<'_, T, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for item in self.0 {
            list.serialize_element(&self.1(item))?;
        }
        list.end()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn as_string<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}
