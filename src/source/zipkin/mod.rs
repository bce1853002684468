//! Zipkin's JSON: spans of its second API, and of its first, in which one object may hold both sides of a call.

mod endpoint;
mod event;
mod first;

use std::borrow::Cow;

use traceql_grammar::value::Kind;

use self::endpoint::Endpoint;
use super::{
    builder::{FragmentBuilder, SpanFields, Table},
    carried::Carried,
    fault::{Decoded, fault},
    json::{Cursor, MAX_ANY, MAX_LISTS, Scalar, shortened},
    text_ids::{parent_id, span_id, trace_id},
    times::{Length, Unit, end, length, time},
};
use crate::model::{batch::SERVICE_NAME, extras::OriginExtras, ids::SpanId, otlp_enums};

/// Something that happened at a time.
#[derive(Clone, Debug, PartialEq)]
struct Annotation<'a> {
    nanos: u64,
    value: Cow<'a, str>,
    /// Where it happened; only the first API says so.
    endpoint: Option<Endpoint<'a>>,
}

/// An attribute.
#[derive(Clone, Debug, PartialEq)]
struct Tag<'a> {
    key: Cow<'a, str>,
    value: Scalar<'a>,
    /// Where it holds; only the first API says so.
    endpoint: Option<Endpoint<'a>>,
}

/// One side of what an object says: all of it in the second API.
#[derive(Debug, Default, PartialEq)]
struct Side<'a> {
    kind: Option<Kind>,
    /// In Unix nanoseconds.
    start: Option<u64>,
    /// In nanoseconds.
    duration: Option<i128>,
    local: Option<Endpoint<'a>>,
    remote: Option<Endpoint<'a>>,
    annotations: Vec<Annotation<'a>>,
    tags: Vec<Tag<'a>>,
}

/// Reads an object that is a span.
pub(super) fn span(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    json.peek();
    let begin = json.at();
    let Some(mut members) = json.object()? else { return Ok(()) };
    let mut fields = SpanFields::default();
    let (mut has_trace, mut has_id) = (false, false);
    let mut side = Side::default();
    let mut addresses = Vec::new();
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "traceId" => {
                fields.trace = trace_id(json)?;
                has_trace = true;
            }
            "id" => {
                fields.id = span_id(json)?;
                has_id = true;
            }
            "parentId" => fields.parent = parent_id(json)?,
            "name" => {
                let name = json.string_or_null()?;
                fields.name = builder.text(&name);
            }
            "kind" => side.kind = Some(kind(json)?),
            // Old libraries write 0 for a time that is not known.
            "timestamp" => {
                side.start = time(json, Unit::Microseconds)?.map(|time| time.nanos).filter(|nanos| *nanos > 0);
            }
            "duration" => {
                side.duration = length(json)?.map(|length| match length {
                    Length::Thousandths(nanos) | Length::Nanos(nanos) => nanos,
                });
            }
            "localEndpoint" => side.local = endpoint::endpoint(json)?,
            "remoteEndpoint" => side.remote = endpoint::endpoint(json)?,
            "annotations" => annotations(json, &mut side)?,
            "tags" => tags(json, &mut side, builder)?,
            "binaryAnnotations" => first::binary_annotations(json, &mut side, &mut addresses, builder)?,
            _ => json.skip(MAX_ANY)?,
        }
    }
    if !has_trace {
        return fault(begin, "a span without trace id");
    }
    if !has_id {
        return fault(begin, "a span without span id");
    }
    if fields.parent == fields.id {
        fields.parent = SpanId::NONE;
    }
    for side in first::sides(side, addresses) {
        side.push(fields, builder);
    }
    Ok(())
}

fn kind(json: &mut Cursor<'_>) -> Decoded<Kind> {
    json.peek();
    let at = json.at();
    let word = json.string_or_null()?;
    match otlp_enums::kind_by_name(&word) {
        Some(kind) => Ok(kind),
        None if word.is_empty() => Ok(Kind::Unspecified),
        None => fault(at, format!("`{}` is no span kind", shortened(&word))),
    }
}

fn annotations<'a>(json: &mut Cursor<'a>, side: &mut Side<'a>) -> Decoded<()> {
    let Some(mut elements) = json.array()? else { return Ok(()) };
    while json.element(&mut elements)? {
        let Some(mut members) = json.object()? else { continue };
        let mut annotation = Annotation { nanos: 0, value: Cow::Borrowed(""), endpoint: None };
        while let Some(name) = json.key(&mut members)? {
            match &*name {
                "timestamp" => annotation.nanos = time(json, Unit::Microseconds)?.unwrap_or_default().nanos,
                "value" => annotation.value = json.string_or_null()?,
                "endpoint" | "host" => annotation.endpoint = endpoint::endpoint(json)?,
                _ => json.skip(MAX_LISTS)?,
            }
        }
        side.annotations.push(annotation);
    }
    Ok(())
}

/// Links have no place in Zipkin: OpenTelemetry's Collector numbers them in tags.
const LINK: &str = "otlp.link.";

/// Tells whether anybody asks for a tag.
fn is_wanted(key: &str, builder: &mut FragmentBuilder) -> bool {
    Carried::is_carrier(key) || key.starts_with(LINK) || builder.column(Table::Span, key).is_some()
}

fn tags<'a>(json: &mut Cursor<'a>, side: &mut Side<'a>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    while let Some(key) = json.key(&mut members)? {
        if !is_wanted(&key, builder) {
            json.skip(MAX_LISTS)?;
        } else if let Some(value) = json.scalar()? {
            side.tags.push(Tag { key, value, endpoint: None });
        }
    }
    Ok(())
}

/// Set by OpenTelemetry's Collector on spans that do not say when they began.
const NO_START: &str = "otel.zipkin.absentField.startTime";

impl<'a> Side<'a> {
    /// Pushes the side as a span with these ids and this name.
    fn push(self, mut span: SpanFields, builder: &mut FragmentBuilder) {
        span.kind = self.kind.unwrap_or(Kind::Unspecified);
        let earliest = self.annotations.iter().map(|annotation| annotation.nanos).filter(|nanos| *nanos > 0).min();
        let start = self.start.or(earliest);
        if start.is_none() {
            builder.attribute(Table::Span, NO_START, &Scalar::Bool(true));
        }
        span.start = start.unwrap_or(0);
        span.end = end(span.start, self.duration.unwrap_or(0));
        // Tags, which come after, overrule the endpoints.
        if let Some(local) = &self.local {
            local.attributes(["net.host.ip", "net.host.port"], builder);
        }
        if let Some(remote) = &self.remote {
            if !remote.service.is_empty() {
                builder.attribute(Table::Span, "peer.service", &Scalar::Str(remote.service.clone()));
            }
            remote.attributes(["net.peer.ip", "net.peer.port"], builder);
        }
        let mut carried = Carried::with_error_texts();
        for tag in self.tags {
            let link = if tag.key.starts_with(LINK) { tag.value.text() } else { None };
            if let Some(link) = link.and_then(|text| event::link(text)) {
                if builder.wants().links {
                    link.push(builder);
                }
            } else if !carried.take(&tag.key, &tag.value) {
                builder.attribute(Table::Span, &tag.key, &tag.value);
            }
        }
        if builder.wants().events {
            for annotation in &self.annotations {
                event::push(&annotation.value, annotation.nanos, builder);
            }
        }
        carried.fill(&mut span, builder);
        builder.push_span(span);
        carried.fill_scope(builder);
        let service = self.local.map(|local| local.service).unwrap_or_default();
        let row = resource(&service, builder);
        builder.fill_resource(row);
    }
}

fn resource(service: &str, builder: &mut FragmentBuilder) -> u32 {
    if service.is_empty() {
        return builder.no_resource();
    }
    // The same text may mean something else as a resource of another format.
    let encoded = format!("zipkin{service}");
    if let Some(row) = builder.known_resource(encoded.as_bytes()) {
        return row;
    }
    builder.attribute(Table::Resource, SERVICE_NAME, &Scalar::Str(Cow::Borrowed(service)));
    builder.push_resource(encoded.as_bytes(), OriginExtras::default())
}
