//! OTLP JSON: one object with resource spans, in every spelling that is met.

use std::borrow::Cow;

use crate::{
    model::{
        dictionary::StrId,
        extras::{EventExtras, LinkExtras, OriginExtras, SpanExtras},
        ids::{SpanId, TraceId},
        otlp_enums,
    },
    source::{
        builder::{FragmentBuilder, SpanFields, Table, Wants},
        error::NO_TRACES,
        fault::{Decoded, fault},
        json::{Cursor, MAX_ANY, MAX_LISTS, shortened},
        known::with_schema,
    },
};

use super::{ids, json_value::attributes};

/// The member that says how many attributes were left out.
const DROPPED: &str = "droppedAttributesCount";
const DROPPED_SNAKE: &str = "dropped_attributes_count";

/// Reads one top-level object.
pub(in crate::source) fn record(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    json.peek();
    let start = json.at();
    if resource_spans_of(json, builder, true)? {
        return Ok(());
    }
    fault(start, format!("not a trace record but {NO_TRACES}"))
}

/// Reads an object that holds resource spans; false if nothing in it looks like that.
fn resource_spans_of(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, may_wrap: bool) -> Decoded<bool> {
    let Some(mut members) = json.object()? else { return Ok(true) };
    let (mut empty, mut known) = (true, false);
    while let Some(name) = json.key(&mut members)? {
        empty = false;
        match &*name {
            "resourceSpans" | "resource_spans" | "batches" => {
                known = true;
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    resource_spans(json, builder)?;
                }
            }
            // The answers of Tempo and of Jaeger's newer API to a query for one trace.
            "trace" | "result" if may_wrap && matches!(json.peek(), Some(b'{' | b'n')) => {
                known |= resource_spans_of(json, builder, false)?;
            }
            // Collectors may write all signals into one file.
            "resourceLogs" | "resource_logs" | "resourceMetrics" | "resource_metrics" | "resourceProfiles"
            | "resource_profiles" | "partialSuccess" | "partial_success" => {
                known = true;
                json.skip(MAX_ANY)?;
            }
            _ => json.skip(MAX_ANY)?,
        }
    }
    Ok(known || empty)
}

fn resource_spans(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    let wants_extras = builder.wants().extras;
    let (mut origin, mut schema_url) = (None, Cow::Borrowed(""));
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "resource" => origin = Some(Origin::step_over(json)?),
            "schemaUrl" | "schema_url" if wants_extras => schema_url = json.string_or_null()?,
            "scopeSpans"
            | "scope_spans"
            | "instrumentationLibrarySpans"
            | "instrumentation_library_spans"
            | "ilSpans"
            | "il_spans" => {
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    scope_spans(json, builder)?;
                }
            }
            _ => json.skip(MAX_ANY)?,
        }
    }
    let row = resource(origin, &schema_url, builder)?;
    builder.fill_resource(row);
    Ok(())
}

/// A resource or scope that was stepped over: most are known already.
struct Origin<'a> {
    inside: Cursor<'a>,
    encoded: &'a [u8],
}

impl<'a> Origin<'a> {
    fn step_over(json: &mut Cursor<'a>) -> Decoded<Origin<'a>> {
        json.peek();
        let inside = json.clone();
        // One more list: the attributes.
        json.skip(MAX_LISTS + 1)?;
        Ok(Origin { encoded: json.between(inside.at(), json.at()).as_bytes(), inside })
    }
}

/// Reads a resource, or recognises it, and returns its row.
fn resource(origin: Option<Origin<'_>>, schema_url: &str, builder: &mut FragmentBuilder) -> Decoded<u32> {
    let encoded = with_schema(origin.as_ref().map_or(b"", |origin| origin.encoded), schema_url);
    if let Some(row) = builder.known_resource(&encoded) {
        return Ok(row);
    }
    let mut extras = OriginExtras { schema_url: builder.text(schema_url), ..OriginExtras::default() };
    if let Some(Origin { mut inside, .. }) = origin
        && let Some(mut members) = inside.object()?
    {
        while let Some(name) = inside.key(&mut members)? {
            match &*name {
                "attributes" => attributes(&mut inside, builder, Table::Resource)?,
                DROPPED | DROPPED_SNAKE if builder.wants().extras => extras.dropped_attributes = inside.u32()?,
                _ => inside.skip(MAX_ANY)?,
            }
        }
    }
    Ok(builder.push_resource(&encoded, extras))
}

fn scope_spans(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    let Wants { scopes: wanted, extras: wants_extras, .. } = builder.wants();
    let (mut origin, mut schema_url) = (None, Cow::Borrowed(""));
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "scope" | "instrumentationLibrary" | "instrumentation_library" if wanted => {
                origin = Some(Origin::step_over(json)?);
            }
            "schemaUrl" | "schema_url" if wants_extras => schema_url = json.string_or_null()?,
            "spans" => {
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    span(json, builder)?;
                }
            }
            _ => json.skip(MAX_ANY)?,
        }
    }
    if wanted {
        let row = scope(origin, &schema_url, builder)?;
        builder.fill_scope(row);
    }
    Ok(())
}

/// Reads a scope, or recognises it, and returns its row.
fn scope(origin: Option<Origin<'_>>, schema_url: &str, builder: &mut FragmentBuilder) -> Decoded<u32> {
    let encoded = with_schema(origin.as_ref().map_or(b"", |origin| origin.encoded), schema_url);
    if let Some(row) = builder.known_scope(&encoded) {
        return Ok(row);
    }
    let (mut scope_name, mut version) = (StrId::EMPTY, StrId::EMPTY);
    let mut extras = OriginExtras { schema_url: builder.text(schema_url), ..OriginExtras::default() };
    if let Some(Origin { mut inside, .. }) = origin
        && let Some(mut members) = inside.object()?
    {
        while let Some(name) = inside.key(&mut members)? {
            match &*name {
                "name" => scope_name = interned(&mut inside, builder)?,
                "version" => version = interned(&mut inside, builder)?,
                "attributes" => attributes(&mut inside, builder, Table::Scope)?,
                DROPPED | DROPPED_SNAKE if builder.wants().extras => extras.dropped_attributes = inside.u32()?,
                _ => inside.skip(MAX_ANY)?,
            }
        }
    }
    Ok(builder.push_scope(&encoded, scope_name, version, extras))
}

fn span(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    json.peek();
    let start = json.at();
    let Some(mut members) = json.object()? else { return Ok(()) };
    let wants = builder.wants();
    let mut span = SpanFields::default();
    let (mut has_trace, mut has_id) = (false, false);
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "traceId" | "trace_id" | "traceID" => {
                span.trace = TraceId(trace_id(json)?);
                has_trace = true;
            }
            "spanId" | "span_id" | "spanID" => {
                span.id = SpanId(span_id(json, "span id")?);
                has_id = true;
            }
            "parentSpanId" | "parent_span_id" | "parentSpanID" => span.parent = SpanId(parent_id(json)?),
            "name" => span.name = interned(json, builder)?,
            "kind" => span.kind = word_or_number(json, "span kind", otlp_enums::kind_by_name, otlp_enums::kind)?,
            "startTimeUnixNano" | "start_time_unix_nano" => span.start = json.u64()?,
            "endTimeUnixNano" | "end_time_unix_nano" => span.end = json.u64()?,
            "attributes" => attributes(json, builder, Table::Span)?,
            "status" => status(json, builder, &mut span)?,
            "events" if wants.events => {
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    event(json, builder)?;
                }
            }
            "links" if wants.links => {
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    link(json, builder)?;
                }
            }
            name if wants.extras && extra(json, builder, &mut span.extras, name)? => {}
            // Two more lists: the events or links, and the attributes in them.
            _ => json.skip(MAX_LISTS + 2)?,
        }
    }
    if !has_trace {
        return fault(start, "a span without trace id");
    }
    if !has_id {
        return fault(start, "a span without span id");
    }
    builder.push_span(span);
    Ok(())
}

/// Reads a member of a span that no query asks for; false if the name is none of theirs.
fn extra(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, extras: &mut SpanExtras, name: &str) -> Decoded<bool> {
    match name {
        "traceState" | "trace_state" => extras.trace_state = interned(json, builder)?,
        "flags" => extras.flags = json.u32()?,
        DROPPED | DROPPED_SNAKE => extras.dropped_attributes = json.u32()?,
        "droppedEventsCount" | "dropped_events_count" => extras.dropped_events = json.u32()?,
        "droppedLinksCount" | "dropped_links_count" => extras.dropped_links = json.u32()?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn status(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, span: &mut SpanFields) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "code" => {
                span.status = word_or_number(json, "status code", otlp_enums::status_by_name, otlp_enums::status)?;
            }
            "message" if builder.wants().status_message => {
                span.status_message = interned(json, builder)?;
            }
            _ => json.skip(MAX_LISTS)?,
        }
    }
    Ok(())
}

fn event(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    let (mut event_name, mut time, mut extras) = (StrId::EMPTY, 0, EventExtras::default());
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "name" => event_name = interned(json, builder)?,
            "timeUnixNano" | "time_unix_nano" => time = json.u64()?,
            "attributes" => attributes(json, builder, Table::Event)?,
            DROPPED | DROPPED_SNAKE if builder.wants().extras => extras.dropped_attributes = json.u32()?,
            _ => json.skip(MAX_LISTS)?,
        }
    }
    builder.push_event(event_name, time, extras);
    Ok(())
}

fn link(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    json.peek();
    let start = json.at();
    let Some(mut members) = json.object()? else { return Ok(()) };
    let (mut trace, mut span, mut extras) = (None, None, LinkExtras::default());
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "traceId" | "trace_id" | "traceID" => trace = Some(TraceId(trace_id(json)?)),
            "spanId" | "span_id" | "spanID" => span = Some(SpanId(span_id(json, "span id of a link")?)),
            "attributes" => attributes(json, builder, Table::Link)?,
            "traceState" | "trace_state" if builder.wants().extras => extras.trace_state = interned(json, builder)?,
            "flags" if builder.wants().extras => extras.flags = json.u32()?,
            DROPPED | DROPPED_SNAKE if builder.wants().extras => extras.dropped_attributes = json.u32()?,
            _ => json.skip(MAX_LISTS)?,
        }
    }
    let (Some(trace), Some(span)) = (trace, span) else {
        return fault(start, "a link without trace id or span id");
    };
    builder.push_link(trace, span, extras);
    Ok(())
}

/// Reads a string, `null` as the empty one, into the dictionary.
fn interned(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<StrId> {
    let text = json.string_or_null()?;
    Ok(builder.text(&text))
}

fn trace_id(json: &mut Cursor<'_>) -> Decoded<u128> {
    json.peek();
    let at = json.at();
    let text = json.string_or_null()?;
    match ids::decode(&text) {
        Some(bytes) => Ok(u128::from_be_bytes(bytes)),
        None => wrong_id(at, "trace id", &text, 16),
    }
}

fn span_id(json: &mut Cursor<'_>, what: &str) -> Decoded<u64> {
    json.peek();
    let at = json.at();
    let text = json.string_or_null()?;
    match ids::decode(&text) {
        Some(bytes) => Ok(u64::from_be_bytes(bytes)),
        None => wrong_id(at, what, &text, 8),
    }
}

fn parent_id(json: &mut Cursor<'_>) -> Decoded<u64> {
    json.peek();
    let at = json.at();
    let text = json.string_or_null()?;
    match ids::decode(&text) {
        Some(bytes) => Ok(u64::from_be_bytes(bytes)),
        None if text.is_empty() => Ok(0),
        None => wrong_id(at, "parent span id", &text, 8),
    }
}

#[cold]
fn wrong_id<T>(at: usize, what: &str, text: &str, bytes: usize) -> Decoded<T> {
    fault(at, format!("the {what} `{}` is not {bytes} bytes in hex or base64", shortened(text)))
}

/// Reads an enumeration by name or number; `null` is number 0.
fn word_or_number<T>(
    json: &mut Cursor<'_>,
    what: &str,
    by_name: fn(&str) -> Option<T>,
    by_number: fn(i64) -> T,
) -> Decoded<T> {
    match json.peek() {
        Some(b'n') => json.null().map(|_| by_number(0)),
        Some(b'"') => {
            let at = json.at();
            let word = json.string()?;
            match by_name(&word).or_else(|| word.parse().ok().map(by_number)) {
                Some(value) => Ok(value),
                None => fault(at, format!("`{}` is no {what}", shortened(&word))),
            }
        }
        _ => json.i64().map(by_number),
    }
}
