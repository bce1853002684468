//! Random traces: as OTLP JSON, and as the text of each span that a block of them must hold.

use std::{collections::BTreeMap, fmt::Write};

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};
use serde_json::{Value as Json, json};

/// A value of an attribute.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Str(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Bytes,
    Null,
    Array(Vec<Value>),
    Map(Vec<(String, Value)>),
}

type Attributes = BTreeMap<String, Value>;

/// What a resource and a scope hold.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    resource: Attributes,
    scope: (String, String, Attributes),
    dropped: [u32; 2],
}

#[derive(Clone, Debug)]
struct Event {
    name: String,
    since: u32,
    attributes: Attributes,
    dropped: u32,
}

#[derive(Clone, Debug)]
struct Link {
    trace: u8,
    span: u8,
    state: String,
    attributes: Attributes,
    dropped: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: u8,
    id: u8,
    parent: Option<u8>,
    name: String,
    pub(crate) start: u64,
    pub(crate) duration: u64,
    kind: u8,
    pub(crate) status: u8,
    message: String,
    state: String,
    dropped: [u32; 3],
    attributes: Attributes,
    events: Vec<Event>,
    links: Vec<Link>,
    origin: usize,
}

/// Spans and what sent them.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    pub(crate) spans: Vec<Span>,
    origins: Vec<Origin>,
}

fn value() -> impl Strategy<Value = Value> {
    let float = prop_oneof![any::<i16>().prop_map(f64::from), Just(f64::NAN), Just(-0.0), Just(1.5e300)];
    let scalar = prop_oneof![
        4 => "[a-cé日]{0,20}".prop_map(Value::Str),
        3 => prop_oneof![any::<i64>(), 0..9i64].prop_map(Value::Int),
        2 => float.prop_map(Value::Float),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Bytes),
        1 => Just(Value::Null),
    ];
    let same = prop_oneof![
        vec("[a-c]{0,2}".prop_map(Value::Str), 0..4),
        vec((0..9i64).prop_map(Value::Int), 0..4),
        vec(any::<bool>().prop_map(Value::Bool), 0..4),
    ];
    prop_oneof![
        8 => scalar.clone(),
        2 => same.prop_map(Value::Array),
        1 => vec(scalar.clone(), 0..3).prop_map(Value::Array),
        1 => vec(("[a-c]", scalar), 0..3).prop_map(Value::Map),
    ]
}

/// Keys with and without columns of their own.
fn attributes(keys: &'static [&'static str]) -> impl Strategy<Value = Attributes> {
    let key = (0..keys.len()).prop_map(|at| keys[at].to_owned());
    btree_map(key, value(), 0..5)
}

fn origin() -> impl Strategy<Value = Origin> {
    let resource = attributes(&["service.name", "cluster", "k8s.pod.name", "http.method", "host", "a"]);
    let scope = ("[l-m]{0,2}", "[0-9]{0,1}", attributes(&["a", "b"]));
    (resource, scope, any::<[u32; 2]>()).prop_map(|(mut resource, scope, dropped)| {
        // The layout does not tell an empty name from none.
        resource.retain(|key, value| key != "service.name" || !matches!(value, Value::Str(name) if name.is_empty()));
        Origin { resource, scope, dropped }
    })
}

fn span() -> impl Strategy<Value = Span> {
    let keys = &["http.method", "http.status_code", "url.path", "http.route", "a", "b", "c"];
    let event = ("[e-f]", any::<u32>(), attributes(&["a", "b"]), any::<u32>());
    let event = event.prop_map(|(name, since, attributes, dropped)| Event { name, since, attributes, dropped });
    let link = (any::<u8>(), any::<u8>(), "[s-t]{0,2}", attributes(&["a", "b"]), any::<u32>());
    let link =
        link.prop_map(|(trace, span, state, attributes, dropped)| Link { trace, span, state, attributes, dropped });
    let ids = (0..12u8, 0..9u8, proptest::option::of(0..9u8), 0..4usize);
    let texts = ("[n-o]{0,2}", "[x-z]{0,3}", "[s-t]{0,2}");
    let numbers = (1..1u64 << 40, 0..1u64 << 34, 0..6u8, 0..3u8, any::<[u32; 3]>());
    (ids, texts, numbers, attributes(keys), vec(event, 0..3), vec(link, 0..3)).prop_map(
        |((trace, id, parent, origin), (name, message, state), numbers, attributes, events, links)| {
            let (start, duration, kind, status, dropped) = numbers;
            Span {
                trace,
                id,
                parent,
                name,
                start,
                duration,
                kind,
                status,
                message,
                state,
                dropped,
                attributes,
                events,
                links,
                origin,
            }
        },
    )
}

pub(crate) fn traces() -> impl Strategy<Value = Traces> {
    (vec(span(), 1..40), vec(origin(), 4)).prop_map(|(spans, origins)| Traces { spans, origins })
}

/// Returns the id of a trace as a block tells it.
pub(crate) fn trace_id(trace: u8) -> String {
    format!("{:032x}", u128::from(trace) << 100 | 7)
}

fn span_id(span: u8) -> String {
    format!("{:016x}", u64::from(span) + 1)
}

impl Value {
    /// Returns the value as OTLP's JSON has it.
    fn json(&self) -> Json {
        match self {
            Value::Str(text) => json!({ "stringValue": text }),
            Value::Int(number) => json!({ "intValue": number.to_string() }),
            Value::Float(number) if number.is_nan() => json!({ "doubleValue": "NaN" }),
            Value::Float(number) => json!({ "doubleValue": number }),
            Value::Bool(value) => json!({ "boolValue": value }),
            Value::Bytes => json!({ "bytesValue": "AQI=" }),
            Value::Null => json!({}),
            Value::Array(values) if values.is_empty() => json!({ "arrayValue": {} }),
            Value::Array(values) => {
                json!({ "arrayValue": { "values": values.iter().map(Value::json).collect::<Vec<_>>() } })
            }
            Value::Map(pairs) if pairs.is_empty() => json!({ "kvlistValue": {} }),
            Value::Map(pairs) => {
                let pairs: Vec<Json> =
                    pairs.iter().map(|(key, value)| json!({ "key": key, "value": value.json() })).collect();
                json!({ "kvlistValue": { "values": pairs } })
            }
        }
    }

    /// Returns the value as the test tells it: a list of values, or what cannot be seen as JSON.
    fn told(&self) -> String {
        match self {
            Value::Str(text) => format!("{text:?}"),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}f"),
            Value::Bool(value) => value.to_string(),
            Value::Array(values) => {
                let kind = |value: &Value| match value {
                    Value::Str(_) => 1,
                    Value::Int(_) => 2,
                    Value::Float(_) => 3,
                    Value::Bool(_) => 4,
                    _ => 0,
                };
                let first = values.first().map(kind);
                if first.is_some_and(|first| first != 0) && values.iter().all(|value| Some(kind(value)) == first) {
                    let values: Vec<String> = values.iter().map(Value::told).collect();
                    format!("[{}]", values.join(", "))
                } else {
                    self.json().to_string()
                }
            }
            other => other.json().to_string(),
        }
    }
}

fn json_of(attributes: &Attributes) -> Vec<Json> {
    attributes.iter().map(|(key, value)| json!({ "key": key, "value": value.json() })).collect()
}

fn told(attributes: &Attributes) -> String {
    let attributes: Vec<String> = attributes.iter().map(|(key, value)| format!("{key}={}", value.told())).collect();
    attributes.join(" ")
}

impl Traces {
    /// Returns the spans as OTLP JSON, each in a request of its own.
    pub(crate) fn otlp(&self) -> String {
        let mut lines = String::new();
        for span in &self.spans {
            let origin = &self.origins[span.origin];
            let (name, version, scope) = &origin.scope;
            let event = |event: &Event| {
                json!({ "name": event.name, "timeUnixNano": (span.start + u64::from(event.since)).to_string(),
                    "attributes": json_of(&event.attributes), "droppedAttributesCount": event.dropped })
            };
            let link = |link: &Link| {
                json!({ "traceId": trace_id(link.trace), "spanId": span_id(link.span), "traceState": link.state,
                    "attributes": json_of(&link.attributes), "droppedAttributesCount": link.dropped })
            };
            let line = json!({ "resourceSpans": [{
                "resource": { "attributes": json_of(&origin.resource), "droppedAttributesCount": origin.dropped[0] },
                "scopeSpans": [{
                    "scope": { "name": name, "version": version, "attributes": json_of(scope),
                        "droppedAttributesCount": origin.dropped[1] },
                    "spans": [{
                        "traceId": trace_id(span.trace), "spanId": span_id(span.id),
                        "parentSpanId": span.parent.map(span_id).unwrap_or_default(), "name": span.name,
                        "kind": span.kind, "startTimeUnixNano": span.start.to_string(),
                        "endTimeUnixNano": (span.start + span.duration).to_string(),
                        "status": { "code": span.status, "message": span.message }, "traceState": span.state,
                        "droppedAttributesCount": span.dropped[0], "droppedEventsCount": span.dropped[1],
                        "droppedLinksCount": span.dropped[2], "attributes": json_of(&span.attributes),
                        "events": span.events.iter().map(event).collect::<Vec<_>>(),
                        "links": span.links.iter().map(link).collect::<Vec<_>>(),
                    }],
                }],
            }] });
            let _ = writeln!(lines, "{line}");
        }
        lines
    }

    /// Returns the service of a span; empty if it has none.
    pub(crate) fn service(&self, span: &Span) -> &str {
        match self.origins[span.origin].resource.get("service.name") {
            Some(Value::Str(name)) => name,
            _ => "",
        }
    }

    /// Tells of every span all that it holds, in order of the text.
    pub(crate) fn told(&self) -> Vec<String> {
        let span = |span: &Span| {
            let origin = &self.origins[span.origin];
            let (name, version, scope) = &origin.scope;
            let event = |event: &Event| {
                format!(
                    "({} +{} {} dropped {})",
                    event.name,
                    event.since,
                    told(&event.attributes),
                    event.dropped as i32
                )
            };
            let link = |link: &Link| {
                let (trace, span, attributes) = (trace_id(link.trace), span_id(link.span), told(&link.attributes));
                format!("({trace} {span} {} {attributes} dropped {})", link.state, link.dropped as i32)
            };
            format!(
                "{} {} < {} {} at {} for {} kind {} status {} {:?} state {} dropped {:?} | {} | events {} | links {} | \
                 {name} {version} {} dropped {} | {} dropped {}",
                trace_id(span.trace),
                span_id(span.id),
                span.parent.map(span_id).unwrap_or_default(),
                span.name,
                span.start,
                span.duration,
                span.kind,
                span.status,
                span.message,
                span.state,
                span.dropped.map(|dropped| dropped as i32),
                told(&span.attributes),
                span.events.iter().map(event).collect::<String>(),
                span.links.iter().map(link).collect::<String>(),
                told(scope),
                origin.dropped[1] as i32,
                told(&origin.resource),
                origin.dropped[0] as i32,
            )
        };
        let mut told: Vec<String> = self.spans.iter().map(span).collect();
        told.sort_unstable();
        told
    }
}
