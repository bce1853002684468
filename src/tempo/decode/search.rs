//! The answer of `/api/search`.

use std::collections::BTreeMap;

use serde::Deserialize;
use traceql_grammar::{
    query::{Field, FieldKey},
    value::{Kind, Status, Type, format_duration, parse_duration},
    vocab::scopes::Scope,
};

use super::{KeyValue, Metrics, Whole, json, short, whole};
use crate::{
    model::{
        ids::SpanId,
        result::{Datum, SearchResult, ServiceStats, SpanMatch, Spanset, TraceMatch},
        trace_id::TypedId,
        units::MILLISECOND,
    },
    tempo::{error::RemoteError, reply::Reply},
};

/// What Tempo says for a root that it does not know.
const NO_ROOT_SERVICE: &str = "<root span not yet received>";

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response<'b> {
    #[serde(borrow)]
    traces: Option<Vec<Trace<'b>>>,
    metrics: Option<Metrics>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Trace<'b> {
    #[serde(rename = "traceID")]
    trace_id: Option<String>,
    root_service_name: Option<String>,
    root_trace_name: Option<String>,
    start_time_unix_nano: Option<Whole>,
    duration_ms: Option<Whole>,
    #[serde(borrow)]
    span_set: Option<Set<'b>>,
    #[serde(borrow)]
    span_sets: Option<Vec<Set<'b>>>,
    service_stats: Option<BTreeMap<String, Stats>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Stats {
    span_count: Option<Whole>,
    error_count: Option<Whole>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Set<'b> {
    #[serde(borrow)]
    spans: Option<Vec<Span<'b>>>,
    matched: Option<Whole>,
    #[serde(borrow)]
    attributes: Option<Vec<KeyValue<'b>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Span<'b> {
    #[serde(rename = "spanID")]
    span_id: Option<String>,
    name: Option<String>,
    start_time_unix_nano: Option<Whole>,
    duration_nanos: Option<Whole>,
    #[serde(borrow)]
    attributes: Option<Vec<KeyValue<'b>>>,
}

/// Reads the traces, in the server's order. `fields` are those that the query shows: the server gives their names without
/// scope, and texts for what is none.
///
/// # Errors
///
/// It is not that answer.
pub(in crate::tempo) fn read(reply: &Reply, fields: &[Field]) -> Result<SearchResult, RemoteError> {
    let response: Response<'_> = json(reply)?;
    if response.traces.is_none() && response.metrics.is_none() && !reply.is_empty_object() {
        return Err(reply.not_tempo());
    }
    let traces = response.traces.unwrap_or_default().into_iter();
    let traces = traces.map(|found| trace(found, fields).map_err(|what| reply.damaged(what)));
    Ok(SearchResult {
        traces: traces.collect::<Result<_, _>>()?,
        more: false,
        inspected: response.metrics.unwrap_or_default().into(),
    })
}

fn trace(found: Trace<'_>, fields: &[Field]) -> Result<TraceMatch, String> {
    let id = found.trace_id.unwrap_or_default();
    let id = TypedId::parse(&id).map_err(|error| format!("`{}` is no trace id: {error}", escaped(&id)))?.whole();
    // Releases before there were several have only one.
    let sets = found.span_sets.filter(|sets| !sets.is_empty()).or(found.span_set.map(|set| vec![set]));
    let services = found.service_stats.unwrap_or_default().into_iter().map(|(service, stats)| ServiceStats {
        service,
        spans: count(stats.span_count),
        errors: count(stats.error_count),
    });
    Ok(TraceMatch {
        id,
        root_service: found.root_service_name.filter(|name| !name.is_empty() && name != NO_ROOT_SERVICE),
        root_name: found.root_trace_name.filter(|name| !name.is_empty()),
        start: whole(found.start_time_unix_nano),
        duration: whole(found.duration_ms).saturating_mul(MILLISECOND),
        services: services.collect(),
        spansets: sets.unwrap_or_default().into_iter().map(|set| spanset(set, fields)).collect::<Result<_, _>>()?,
    })
}

fn spanset(set: Set<'_>, fields: &[Field]) -> Result<Spanset, String> {
    Ok(Spanset {
        matched: usize::try_from(whole(set.matched)).unwrap_or(usize::MAX),
        attributes: set.attributes.unwrap_or_default().into_iter().map(KeyValue::read).collect(),
        spans: set.spans.unwrap_or_default().into_iter().map(|found| span(found, fields)).collect::<Result<_, _>>()?,
    })
}

fn span(found: Span<'_>, fields: &[Field]) -> Result<SpanMatch, String> {
    let id = found.span_id.unwrap_or_default();
    let number = u64::from_str_radix(&id, 16).map_err(|_| format!("`{}` is no span id", escaped(&id)))?;
    let name = found.name.unwrap_or_default();
    let attributes = found.attributes.unwrap_or_default().into_iter().map(KeyValue::read);
    Ok(SpanMatch {
        id: SpanId(number),
        start: whole(found.start_time_unix_nano),
        duration: whole(found.duration_nanos),
        shows_name: !name.is_empty(),
        name,
        attributes: attributes.map(|(key, value)| attribute(key, value, fields)).collect(),
    })
}

/// Finds out which field of the query a name without scope is, and what its text was before Tempo wrote it.
fn attribute(key: String, value: Datum, fields: &[Field]) -> (Field, Datum) {
    match fields.iter().find(|field| field.bare_name() == key) {
        Some(field) => (field.clone(), typed(field, value)),
        None => (Field::attribute(Scope::Any, key), value),
    }
}

/// Gives back to an intrinsic's text the type that Tempo's JSON has none for, where nothing is lost by that.
fn typed(field: &Field, value: Datum) -> Datum {
    let (FieldKey::Intrinsic(_), Datum::String(text)) = (&field.key, &value) else { return value };
    let known = match field.ty() {
        Type::Status => Status::ALL.into_iter().find(|status| status.word() == text).map(Datum::Status),
        Type::Kind => Kind::ALL.into_iter().find(|kind| kind.word() == text).map(Datum::Kind),
        Type::Duration => parse_duration(text).filter(|ns| format_duration(*ns) == *text).map(Datum::Duration),
        _ => None,
    };
    known.unwrap_or(value)
}

fn count(number: Option<Whole>) -> u32 {
    u32::try_from(whole(number)).unwrap_or(u32::MAX)
}

/// Returns a text for an error.
fn escaped(text: &str) -> String {
    short(text).chars().flat_map(char::escape_debug).collect()
}
