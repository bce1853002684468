//! What OpenTelemetry's exporter `stdouttrace` for Go prints: one object for each span, with the names of Go's fields.

use std::borrow::Cow;

use traceql_grammar::value::Status;

use super::{
    builder::{FragmentBuilder, SpanFields, Table},
    fault::{Decoded, fault},
    json::{Cursor, MAX_ANY, MAX_LISTS, Scalar, shortened},
    text_ids::{parent_id, trace_id},
    times::{Time, Unit, time},
};
use crate::model::{
    any_value::AnyValue,
    attributes::Cell,
    dictionary::StrId,
    extras::{EventExtras, LinkExtras, OriginExtras},
    ids::{SpanId, TraceId},
    otlp_enums,
};

/// The member of events and links that says how many attributes were left out.
const DROPPED: &str = "DroppedAttributeCount";

/// Reads an object that is a span.
pub(super) fn span(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    json.peek();
    let begin = json.at();
    let Some(mut members) = json.object()? else { return Ok(()) };
    let wants = builder.wants();
    let mut span = SpanFields::default();
    let mut context: Option<Context> = None;
    let (mut start, mut end) = (Time::default(), Time::default());
    let (mut resource, mut scope) = (None, None);
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "Name" => {
                let name = json.string_or_null()?;
                span.name = builder.text(&name);
            }
            "SpanContext" => context = span_context(json, builder)?,
            "Parent" => span.parent = span_context(json, builder)?.map_or(SpanId::NONE, |parent| parent.span),
            // Before there was `Parent`.
            "ParentSpanID" => span.parent = parent_id(json)?,
            "SpanKind" => span.kind = kind(json)?,
            "StartTime" => start = time(json, Unit::Microseconds)?.unwrap_or_default(),
            "EndTime" => end = time(json, Unit::Microseconds)?.unwrap_or_default(),
            "Attributes" => attributes(json, builder, Table::Span)?,
            "Events" if wants.events => {
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    event(json, builder)?;
                }
            }
            "Links" if wants.links => {
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    link(json, builder)?;
                }
            }
            "Status" => status(json, builder, &mut span)?,
            "DroppedAttributes" if wants.extras => span.extras.dropped_attributes = json.u32()?,
            "DroppedEvents" if wants.extras => span.extras.dropped_events = json.u32()?,
            "DroppedLinks" if wants.extras => span.extras.dropped_links = json.u32()?,
            "Resource" => resource = Some(resource_row(json, builder)?),
            "InstrumentationScope" | "InstrumentationLibrary" if wants.scopes => {
                // Newer releases print it under both names.
                let row = scope_row(json, builder)?;
                scope = scope.filter(|_| name == "InstrumentationLibrary").or(Some(row));
            }
            _ => json.skip(MAX_ANY)?,
        }
    }
    let Some(context) = context else { return fault(begin, "a span without `SpanContext`") };
    (span.trace, span.id, span.start, span.end) = (context.trace, context.span, start.nanos, end.nanos);
    (span.extras.trace_state, span.extras.flags) = (context.state, context.flags);
    builder.push_span(span);
    let row = match resource {
        Some(row) => row,
        None => builder.no_resource(),
    };
    builder.fill_resource(row);
    if wants.scopes {
        let row = match scope {
            Some(row) => row,
            None => builder.plain_scope("", ""),
        };
        builder.fill_scope(row);
    }
    Ok(())
}

/// What Go knows of a span from afar.
struct Context {
    trace: TraceId,
    span: SpanId,
    state: StrId,
    flags: u32,
}

/// Reads a span context; `None` for `null`.
fn span_context(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<Option<Context>> {
    json.peek();
    let begin = json.at();
    let Some(mut members) = json.object()? else { return Ok(None) };
    let (mut trace, mut span, mut state, mut flags) = (None, None, StrId::EMPTY, 0);
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "TraceID" => trace = Some(trace_id(json)?),
            "SpanID" => span = Some(parent_id(json)?),
            "TraceState" if builder.wants().extras && json.peek() == Some(b'"') => {
                state = builder.text(&json.string()?);
            }
            // Two hex digits.
            "TraceFlags" if builder.wants().extras && json.peek() == Some(b'"') => {
                flags = u8::from_str_radix(&json.string()?, 16).map_or(0, u32::from);
            }
            _ => json.skip(MAX_LISTS)?,
        }
    }
    match (trace, span) {
        (Some(trace), Some(span)) => Ok(Some(Context { trace, span, state, flags })),
        _ => fault(begin, "a span context without trace id or span id"),
    }
}

fn kind(json: &mut Cursor<'_>) -> Decoded<traceql_grammar::value::Kind> {
    if json.peek() != Some(b'"') {
        return json.i64().map(otlp_enums::kind);
    }
    let at = json.at();
    let word = json.string()?;
    match otlp_enums::kind_by_name(&word) {
        Some(kind) => Ok(kind),
        None => fault(at, format!("`{}` is no span kind", shortened(&word))),
    }
}

fn status(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, span: &mut SpanFields) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "Code" if json.peek() == Some(b'"') => {
                let at = json.at();
                let word = json.string()?;
                span.status = match otlp_enums::status_by_name(&word) {
                    Some(status) => status,
                    None => return fault(at, format!("`{}` is no status code", shortened(&word))),
                };
            }
            // Go counts otherwise than OTLP.
            "Code" => {
                span.status = match json.i64()? {
                    1 => Status::Error,
                    2 => Status::Ok,
                    _ => Status::Unset,
                }
            }
            "Description" if builder.wants().status_message => {
                let message = json.string_or_null()?;
                span.status_message = builder.text(&message);
            }
            _ => json.skip(MAX_LISTS)?,
        }
    }
    Ok(())
}

fn event(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    let (mut event, mut at, mut extras) = (Cow::Borrowed(""), Time::default(), EventExtras::default());
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "Name" => event = json.string_or_null()?,
            "Time" => at = time(json, Unit::Microseconds)?.unwrap_or_default(),
            "Attributes" => attributes(json, builder, Table::Event)?,
            DROPPED if builder.wants().extras => extras.dropped_attributes = json.u32()?,
            _ => json.skip(MAX_LISTS)?,
        }
    }
    let event = builder.text(&event);
    builder.push_event(event, at.nanos, extras);
    Ok(())
}

fn link(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    json.peek();
    let begin = json.at();
    let Some(mut members) = json.object()? else { return Ok(()) };
    let (mut context, mut extras) = (None, LinkExtras::default());
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "SpanContext" => context = span_context(json, builder)?,
            "Attributes" => attributes(json, builder, Table::Link)?,
            DROPPED if builder.wants().extras => extras.dropped_attributes = json.u32()?,
            _ => json.skip(MAX_LISTS)?,
        }
    }
    let Some(Context { trace, span, state, flags }) = context else {
        return fault(begin, "a link without `SpanContext`");
    };
    (extras.trace_state, extras.flags) = (state, flags);
    builder.push_link(trace, span, extras);
    Ok(())
}

/// Reads a resource, which is a list of attributes, or recognises it, and returns its row.
fn resource_row(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<u32> {
    json.peek();
    let start = json.at();
    let mut inside = json.clone();
    json.skip(MAX_ANY)?;
    // The same text may mean something else as a resource of another format.
    let encoded = format!("go{}", json.between(start, json.at()));
    if let Some(row) = builder.known_resource(encoded.as_bytes()) {
        return Ok(row);
    }
    attributes(&mut inside, builder, Table::Resource)?;
    Ok(builder.push_resource(encoded.as_bytes(), OriginExtras::default()))
}

/// Reads a scope, or recognises it, and returns its row.
fn scope_row(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<u32> {
    json.peek();
    let start = json.at();
    let mut inside = json.clone();
    json.skip(MAX_ANY)?;
    let encoded = format!("go{}", json.between(start, json.at()));
    if let Some(row) = builder.known_scope(encoded.as_bytes()) {
        return Ok(row);
    }
    let (mut scope, mut version) = (Cow::Borrowed(""), Cow::Borrowed(""));
    let mut extras = OriginExtras::default();
    if let Some(mut members) = inside.object()? {
        while let Some(name) = inside.key(&mut members)? {
            match &*name {
                "Name" => scope = inside.string_or_null()?,
                "Version" => version = inside.string_or_null()?,
                "Attributes" => attributes(&mut inside, builder, Table::Scope)?,
                "SchemaURL" if builder.wants().extras => extras.schema_url = builder.text(&inside.string_or_null()?),
                _ => inside.skip(MAX_LISTS)?,
            }
        }
    }
    let (scope, version) = (builder.text(&scope), builder.text(&version));
    Ok(builder.push_scope(encoded.as_bytes(), scope, version, extras))
}

/// Reads a list of attributes into the current row of `table`; what nobody wants is stepped over.
fn attributes(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, table: Table) -> Decoded<()> {
    // Sets of attributes print as objects without anything in them.
    if json.peek() != Some(b'[') {
        return json.skip(MAX_LISTS);
    }
    let Some(mut elements) = json.array()? else { return Ok(()) };
    while json.element(&mut elements)? {
        let Some(mut members) = json.object()? else { continue };
        let (mut key, mut place) = (Cow::Borrowed(""), None);
        while let Some(name) = json.key(&mut members)? {
            match &*name {
                "Key" => key = json.string_or_null()?,
                "Value" => {
                    place = Some(json.clone());
                    json.skip(MAX_LISTS)?;
                }
                _ => json.skip(MAX_LISTS)?,
            }
        }
        if let Some((column, mut place)) = builder.column(table, &key).zip(place)
            && let Some(cell) = value(&mut place, builder)?
        {
            builder.set(table, column, cell);
        }
    }
    Ok(())
}

/// Reads `{"Type": …, "Value": …}`; `None` if no cell can hold the value.
fn value(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<Option<Cell>> {
    let Some(mut members) = json.object()? else { return Ok(None) };
    let (mut kind, mut place) = (Cow::Borrowed(""), None);
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "Type" => kind = json.string_or_null()?,
            "Value" => {
                json.peek();
                place = Some(json.clone());
                json.skip(MAX_LISTS)?;
            }
            _ => json.skip(MAX_LISTS)?,
        }
    }
    // Go prints a float without a fraction as a whole number.
    let is_float = kind.starts_with("FLOAT64");
    let Some(mut json) = place else { return Ok(None) };
    let mut cell = |json: &mut Cursor<'_>| -> Decoded<Option<Cell>> {
        Ok(json.scalar()?.and_then(|value| match value {
            Scalar::Int(number) if is_float => Some(Cell::Float(number as f64)),
            other => other.cell(builder),
        }))
    };
    if json.peek() != Some(b'[') {
        return cell(&mut json);
    }
    let Some(mut elements) = json.array()? else { return Ok(None) };
    let mut cells = Vec::new();
    while json.element(&mut elements)? {
        cells.push(cell(&mut json)?);
    }
    if cells.is_empty() && builder.wants().extras {
        return Ok(Some(Cell::Other(builder.text(&AnyValue::Array(Vec::new()).text()))));
    }
    Ok(builder.list(&cells))
}
