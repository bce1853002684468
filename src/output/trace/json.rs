//! Tempo's own answer of `/api/v2/traces/{id}`, field for field.
//!
//! Spans stand below their resource and instrumentation scope, each in the order in which the tree first has it. Ids are
//! base64, 64-bit whole numbers strings, enumerations names; what is empty is left out, except for a span's status.

use std::io;

use hashbrown::HashMap;
use serde::{Serialize, Serializer};
use traceql_grammar::value::{Kind, Status};

use super::view::{Of, View};
use crate::{
    model::{batch::Batch, ids::SpanId, result::Datum},
    output::{
        base64, go_json,
        tempo_json::{KeyValue, as_string, is_zero},
    },
};

#[derive(Serialize)]
struct Answer<'r> {
    trace: Trace<'r>,
    metrics: Metrics,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    inspected_bytes: u64,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'r> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_spans: Vec<ResourceSpans<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'r> {
    resource: Resource<'r>,
    scope_spans: Vec<ScopeSpans<'r>>,
}

#[derive(Serialize)]
struct Resource<'r> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
}

#[derive(Serialize)]
struct ScopeSpans<'r> {
    scope: Scope<'r>,
    spans: Vec<Span<'r>>,
}

#[derive(Default, Serialize)]
struct Scope<'r> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'r str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'r> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    parent_span_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    start_time_unix_nano: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    end_time_unix_nano: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link<'r>>,
    status: SpanStatus<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'r> {
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    time_unix_nano: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link<'r> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
}

#[derive(Serialize)]
struct SpanStatus<'r> {
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

/// An attribute that owns its value.
struct Attribute<'r> {
    key: &'r str,
    value: Datum,
}

impl Serialize for Attribute<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        KeyValue::new(self.key, &self.value).serialize(serializer)
    }
}

/// Writes the trace of a batch as one line, or the answer that there is none; `bytes` is how much input was read.
pub fn write(out: &mut dyn io::Write, batch: Option<&Batch>, bytes: u64) -> io::Result<()> {
    let view = batch.and_then(View::new);
    let trace = view.as_ref().map_or_else(Trace::default, |view| trace(view));
    go_json::write(out, &Answer { trace, metrics: Metrics { inspected_bytes: bytes } })?;
    writeln!(out)
}

fn trace<'r>(view: &'r View<'_>) -> Trace<'r> {
    let mut resource_spans: Vec<(u32, ResourceSpans<'r>, Vec<Option<u32>>)> = Vec::new();
    let mut places: HashMap<u32, usize> = HashMap::new();
    for row in view.trace.rows.clone() {
        let (resource, scope) = (view.resource(row), view.scope(row));
        let place = *places.entry(resource).or_insert_with(|| {
            let attributes = attributes(view, Of::Resource, resource);
            let of_resource = ResourceSpans { resource: Resource { attributes }, scope_spans: Vec::new() };
            resource_spans.push((resource, of_resource, Vec::new()));
            resource_spans.len() - 1
        });
        let (_, of_resource, scopes) = &mut resource_spans[place];
        let at = scopes.iter().position(|known| *known == scope).unwrap_or_else(|| {
            scopes.push(scope);
            of_resource.scope_spans.push(ScopeSpans { scope: scope_of(view, scope), spans: Vec::new() });
            scopes.len() - 1
        });
        of_resource.scope_spans[at].spans.push(span(view, row));
    }
    Trace { resource_spans: resource_spans.into_iter().map(|(_, of_resource, _)| of_resource).collect() }
}

fn scope_of<'r>(view: &'r View<'_>, scope: Option<u32>) -> Scope<'r> {
    let Some(scope) = scope else { return Scope::default() };
    let scopes = &view.spans.scopes;
    Scope {
        name: view.text(scopes.name[scope as usize]),
        version: view.text(scopes.version[scope as usize]),
        attributes: attributes(view, Of::Scope, scope),
    }
}

fn span<'r>(view: &'r View<'_>, row: u32) -> Span<'r> {
    let spans = view.spans;
    let at = row as usize;
    let parent = spans.parent_id[at];
    let events = view.events(row).map(|event| Event {
        time_unix_nano: spans.events.time[event as usize],
        name: view.text(spans.events.name[event as usize]),
        attributes: attributes(view, Of::Event, event),
    });
    let links = view.links(row).map(|link| Link {
        trace_id: base64::encode(&spans.links.trace_id[link as usize].0.to_be_bytes()),
        span_id: base64::encode(&spans.links.span_id[link as usize].0.to_be_bytes()),
        attributes: attributes(view, Of::Link, link),
    });
    Span {
        trace_id: base64::encode(&view.trace.id.0.to_be_bytes()),
        span_id: base64::encode(&spans.id[at].0.to_be_bytes()),
        parent_span_id: if parent == SpanId::NONE { String::new() } else { base64::encode(&parent.0.to_be_bytes()) },
        name: view.name(row),
        kind: kind(spans.kind[at]),
        start_time_unix_nano: spans.start[at],
        end_time_unix_nano: spans.end(at),
        attributes: attributes(view, Of::Span, row),
        events: events.collect(),
        links: links.collect(),
        status: SpanStatus { message: view.message(row), code: status(spans.status[at]) },
    }
}

fn attributes<'r>(view: &'r View<'_>, of: Of, row: u32) -> Vec<Attribute<'r>> {
    view.attributes(of, row).map(|(key, value)| Attribute { key, value }).collect()
}

/// Returns the name of a kind; none for the one that is left out.
fn kind(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Unspecified => None,
        Kind::Internal => Some("SPAN_KIND_INTERNAL"),
        Kind::Server => Some("SPAN_KIND_SERVER"),
        Kind::Client => Some("SPAN_KIND_CLIENT"),
        Kind::Producer => Some("SPAN_KIND_PRODUCER"),
        Kind::Consumer => Some("SPAN_KIND_CONSUMER"),
    }
}

/// Returns the name of a status code; none for the one that is left out.
fn status(status: Status) -> Option<&'static str> {
    match status {
        Status::Unset => None,
        Status::Ok => Some("STATUS_CODE_OK"),
        Status::Error => Some("STATUS_CODE_ERROR"),
    }
}
