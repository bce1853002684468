//! Tempo's own response of `/api/search`, field for field.
//!
//! What its parts look like, `output::tempo_json` says.

use std::io;

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    model::result::{SearchResult, ServiceStats, SpanMatch, Spanset, TraceMatch},
    output::{
        go_json,
        tempo_json::{KeyValue, Mapped, Metrics, as_string, is_zero},
    },
};

/// What Tempo says for a root without service name, above all for a root that never came.
const NO_ROOT_SERVICE: &str = "<root span not yet received>";

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

/// The services of a trace as an object.
struct Services<'r>(&'r [ServiceStats]);

/// Writes the answer as one line.
pub fn write(out: &mut dyn io::Write, result: &SearchResult) -> io::Result<()> {
    write!(out, r#"{{"traces":"#)?;
    go_json::write_list(out, &result.traces, trace)?;
    write!(out, r#","metrics":"#)?;
    go_json::write(out, &Metrics::from(result.inspected))?;
    writeln!(out, "}}")
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
        attributes: spanset.attributes.iter().map(|(key, value)| KeyValue::new(key, value)).collect(),
    }
}

fn span(found: &SpanMatch) -> Span<'_> {
    Span {
        span_id: found.id.to_string(),
        name: if found.shows_name { &found.name } else { "" },
        start_time_unix_nano: found.start,
        duration_nanos: found.duration,
        attributes: found.attributes.iter().map(|(field, value)| KeyValue::new(field.bare_name(), value)).collect(),
    }
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
