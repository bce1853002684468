//! Tempo's own answer of `/api/v2/traces/{id}`, field for field.
//!
//! Spans stand below their resource and instrumentation scope, each in the order in which the tree first has it. Ids are
//! base64, 64-bit whole numbers strings, enumerations names; what is empty is left out, except for a span's status.

use std::io;

use hashbrown::HashMap;
use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeMap},
};
use serde_json::value::RawValue;
use traceql_grammar::value::{Kind, Status};

use super::{
    values::Value,
    view::{Of, View},
};
use crate::{
    model::{
        base64,
        batch::Batch,
        ids::SpanId,
        otlp_enums::{kind_name, status_name},
    },
    output::{
        go_json,
        tempo_json::{any_value, as_string, is_zero},
        visible,
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
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'r> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
    #[serde(skip_serializing_if = "is_none")]
    dropped_attributes_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeSpans<'r> {
    scope: Scope<'r>,
    spans: Vec<Span<'r>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: &'r str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Scope<'r> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'r str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
    #[serde(skip_serializing_if = "is_none")]
    dropped_attributes_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'r> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_state: &'r str,
    #[serde(skip_serializing_if = "String::is_empty")]
    parent_span_id: String,
    #[serde(skip_serializing_if = "is_none")]
    flags: u32,
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
    #[serde(skip_serializing_if = "is_none")]
    dropped_attributes_count: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event<'r>>,
    #[serde(skip_serializing_if = "is_none")]
    dropped_events_count: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link<'r>>,
    #[serde(skip_serializing_if = "is_none")]
    dropped_links_count: u32,
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
    #[serde(skip_serializing_if = "is_none")]
    dropped_attributes_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link<'r> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_state: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'r>>,
    #[serde(skip_serializing_if = "is_none")]
    dropped_attributes_count: u32,
    #[serde(skip_serializing_if = "is_none")]
    flags: u32,
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
    value: Value,
}

impl Serialize for Attribute<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = match &self.value {
            Value::Seen(datum) => go_json::text(|json| any_value(json, datum)),
            Value::Unseen(value) => visible::escaped(value.text()),
        };
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry("key", self.key)?;
        object.serialize_entry("value", &RawValue::from_string(text).map_err(S::Error::custom)?)?;
        object.end()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
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
            let extras = view.spans.resources.extras.get(resource as usize).copied().unwrap_or_default();
            let of_resource = ResourceSpans {
                resource: Resource { attributes, dropped_attributes_count: extras.dropped_attributes },
                scope_spans: Vec::new(),
                schema_url: view.text(extras.schema_url),
            };
            resource_spans.push((resource, of_resource, Vec::new()));
            resource_spans.len() - 1
        });
        let (_, of_resource, scopes) = &mut resource_spans[place];
        let at = scopes.iter().position(|known| *known == scope).unwrap_or_else(|| {
            scopes.push(scope);
            of_resource.scope_spans.push(scope_spans(view, scope));
            scopes.len() - 1
        });
        of_resource.scope_spans[at].spans.push(span(view, row));
    }
    Trace { resource_spans: resource_spans.into_iter().map(|(_, of_resource, _)| of_resource).collect() }
}

fn scope_spans<'r>(view: &'r View<'_>, scope: Option<u32>) -> ScopeSpans<'r> {
    let Some(scope) = scope else {
        return ScopeSpans { scope: Scope::default(), spans: Vec::new(), schema_url: "" };
    };
    let scopes = &view.spans.scopes;
    let extras = scopes.extras.get(scope as usize).copied().unwrap_or_default();
    let scope = Scope {
        name: view.text(scopes.name[scope as usize]),
        version: view.text(scopes.version[scope as usize]),
        attributes: attributes(view, Of::Scope, scope),
        dropped_attributes_count: extras.dropped_attributes,
    };
    ScopeSpans { scope, spans: Vec::new(), schema_url: view.text(extras.schema_url) }
}

fn span<'r>(view: &'r View<'_>, row: u32) -> Span<'r> {
    let spans = view.spans;
    let at = row as usize;
    let parent = spans.parent_id[at];
    let events = view.events(row).map(|event| Event {
        time_unix_nano: spans.events.time[event as usize],
        name: view.text(spans.events.name[event as usize]),
        attributes: attributes(view, Of::Event, event),
        dropped_attributes_count: spans.events.extras.get(event as usize).map_or(0, |extras| extras.dropped_attributes),
    });
    let links = view.links(row).map(|link| {
        let extras = spans.links.extras.get(link as usize).copied().unwrap_or_default();
        Link {
            trace_id: base64::encode(&spans.links.trace_id[link as usize].0.to_be_bytes()),
            span_id: base64::encode(&spans.links.span_id[link as usize].0.to_be_bytes()),
            trace_state: view.text(extras.trace_state),
            attributes: attributes(view, Of::Link, link),
            dropped_attributes_count: extras.dropped_attributes,
            flags: extras.flags,
        }
    });
    let extras = view.extras(row);
    let code = Some(spans.status[at]).filter(|status| *status != Status::Unset);
    Span {
        trace_id: base64::encode(&view.trace.id.0.to_be_bytes()),
        span_id: base64::encode(&spans.id[at].0.to_be_bytes()),
        trace_state: view.text(extras.trace_state),
        parent_span_id: if parent == SpanId::NONE { String::new() } else { base64::encode(&parent.0.to_be_bytes()) },
        flags: extras.flags,
        name: view.name(row),
        // What is not said is left out.
        kind: Some(spans.kind[at]).filter(|kind| *kind != Kind::Unspecified).map(kind_name),
        start_time_unix_nano: spans.start[at],
        end_time_unix_nano: spans.end(at),
        attributes: attributes(view, Of::Span, row),
        dropped_attributes_count: extras.dropped_attributes,
        events: events.collect(),
        dropped_events_count: extras.dropped_events,
        links: links.collect(),
        dropped_links_count: extras.dropped_links,
        status: SpanStatus { message: view.message(row), code: code.map(status_name) },
    }
}

fn attributes<'r>(view: &'r View<'_>, of: Of, row: u32) -> Vec<Attribute<'r>> {
    view.attributes(of, row).map(|(key, value)| Attribute { key, value }).collect()
}
