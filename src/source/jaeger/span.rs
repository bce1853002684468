//! One span of Jaeger: what becomes of its fields, tags, references and logs.

use std::borrow::Cow;

use super::{Around, Owner, resource, tags::tags};
use crate::{
    model::{
        extras::{EventExtras, LinkExtras},
        ids::{SpanId, TraceId},
    },
    source::{
        builder::{FragmentBuilder, SpanFields, Table},
        carried::{Carried, DROPPED_ATTRIBUTES, take_count},
        fault::{Decoded, fault},
        json::{Cursor, MAX_ANY, Scalar},
        text_ids::{parent_id, span_id, trace_id},
        times::{Length, Time, Unit, end, length, time},
    },
};

/// Reads a span; who finishes `around` gives it its resource.
pub(super) fn span<'a>(json: &mut Cursor<'a>, builder: &mut FragmentBuilder, around: &mut Around<'a>) -> Decoded<()> {
    json.peek();
    let begin = json.at();
    let Some(mut members) = json.object()? else { return Ok(()) };
    let mut span = SpanFields::default();
    let (mut trace, mut has_id) = (None, false);
    let (mut start, mut duration) = (Time::default(), None);
    let mut references = Vec::new();
    let mut carried = Carried::new();
    let mut owner = Owner::Unknown;
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "traceID" | "traceId" | "trace_id" => trace = Some(trace_id(json)?),
            "spanID" | "spanId" | "span_id" => {
                span.id = span_id(json)?;
                has_id = true;
            }
            "parentSpanID" | "parentSpanId" | "parent_span_id" => span.parent = parent_id(json)?,
            "operationName" | "operation_name" => {
                let name = json.string_or_null()?;
                span.name = builder.text(&name);
            }
            "references" => references_of(json, &mut references)?,
            "startTime" | "start_time" => start = time(json, Unit::Microseconds)?.unwrap_or_default(),
            "duration" => duration = length(json)?,
            "tags" | "tag" => span_tags(json, &name, builder, &mut carried)?,
            "logs" if builder.wants().events => {
                let Some(mut elements) = json.array()? else { continue };
                while json.element(&mut elements)? {
                    log(json, builder)?;
                }
            }
            "processID" | "processId" | "process_id" if matches!(owner, Owner::Unknown) => {
                let name = json.string_or_null()?;
                if !name.is_empty() {
                    owner = Owner::Process(name);
                }
            }
            "process" if json.peek() == Some(b'{') => owner = Owner::Row(resource(json, builder)?),
            // The lowest bit is the same everywhere: the trace is sampled.
            "flags" if builder.wants().extras => span.extras.flags = json.u32()? & 1,
            _ => json.skip(MAX_ANY)?,
        }
    }
    let Some(trace) = trace.or(around.id) else { return fault(begin, "a span without trace id") };
    if !has_id {
        return fault(begin, "a span without span id");
    }
    span.trace = trace;
    span.start = start.nanos;
    span.end = end(
        start.nanos,
        match duration {
            None => 0,
            Some(Length::Nanos(nanos)) => nanos,
            // Who writes times as text is Jaeger's own model, where a length counts nanoseconds, else microseconds.
            Some(Length::Thousandths(number)) => {
                if start.is_text {
                    number / 1000
                } else {
                    number
                }
            }
        },
    );
    let parent = parent_of(&mut span, &references);
    if builder.wants().links {
        for (_, reference) in references.iter().enumerate().filter(|(at, _)| Some(*at) != parent) {
            link(reference, span.trace, builder);
        }
    }
    carried.fill(&mut span, builder);
    builder.push_span(span);
    carried.fill_scope(builder);
    around.owners.push(owner);
    Ok(())
}

fn span_tags<'a>(
    json: &mut Cursor<'a>,
    name: &str,
    builder: &mut FragmentBuilder,
    carried: &mut Carried<'a>,
) -> Decoded<()> {
    tags(json, name, &mut |tag| {
        let wanted = |key: &str| Carried::is_carrier(key) || builder.column(Table::Span, key).is_some();
        if let Some(value) = tag.value_if(wanted)?
            && !carried.take(&tag.key, &value)
        {
            builder.attribute(Table::Span, &tag.key, &value);
        }
        Ok(())
    })
}

/// A reference to another span.
struct Reference {
    /// `CHILD_OF`, else `FOLLOWS_FROM`.
    is_child: bool,
    /// `None` for the span's own trace.
    trace: Option<TraceId>,
    span: SpanId,
}

fn references_of(json: &mut Cursor<'_>, references: &mut Vec<Reference>) -> Decoded<()> {
    let Some(mut elements) = json.array()? else { return Ok(()) };
    while json.element(&mut elements)? {
        json.peek();
        let begin = json.at();
        let Some(mut members) = json.object()? else { continue };
        let (mut is_child, mut trace, mut span) = (true, None, None);
        while let Some(name) = json.key(&mut members)? {
            match &*name {
                "refType" | "ref_type" => {
                    let kind = if json.null()? { Cow::Borrowed("") } else { json.number_or_string()? };
                    is_child = !matches!(&*kind, "1" | "FOLLOWS_FROM" | "follows_from" | "followsFrom");
                }
                "traceID" | "traceId" | "trace_id" => trace = Some(trace_id(json)?),
                "spanID" | "spanId" | "span_id" => span = Some(span_id(json)?),
                _ => json.skip(MAX_ANY)?,
            }
        }
        let Some(span) = span else { return fault(begin, "a reference without span id") };
        references.push(Reference { is_child, trace, span });
    }
    Ok(())
}

/// Finds the reference to the parent, as Jaeger does: the parent that the span names outright, else the first
/// `CHILD_OF` to its own trace, else the first `FOLLOWS_FROM` to it. The others are links.
fn parent_of(span: &mut SpanFields, references: &[Reference]) -> Option<usize> {
    let own = |reference: &Reference| reference.trace.is_none_or(|trace| trace == span.trace);
    let first = |is_child| references.iter().position(|r| own(r) && r.is_child == is_child && r.span != SpanId::NONE);
    if span.parent != SpanId::NONE {
        return references.iter().position(|r| own(r) && r.is_child && r.span == span.parent);
    }
    let parent = first(true).or_else(|| first(false))?;
    span.parent = references[parent].span;
    Some(parent)
}

/// Tells references apart that are links: OpenTelemetry's own are all `FOLLOWS_FROM`, which goes without saying.
const REFERENCE_TYPE: &str = "opentracing.ref_type";

fn link(reference: &Reference, own_trace: TraceId, builder: &mut FragmentBuilder) {
    if reference.is_child {
        builder.attribute(Table::Link, REFERENCE_TYPE, &Scalar::Str(Cow::Borrowed("child_of")));
    }
    builder.push_link(reference.trace.unwrap_or(own_trace), reference.span, LinkExtras::default());
}

/// Reads a log, which is an event: its field `event` is the name, or else what `message` says.
fn log(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    let (mut event, mut message, mut at) = (None, None, Time::default());
    let mut extras = EventExtras::default();
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "timestamp" => at = time(json, Unit::Microseconds)?.unwrap_or_default(),
            "fields" => tags(json, &name, &mut |tag| {
                let named = ["event", "message", DROPPED_ATTRIBUTES];
                let wanted = |key: &str| named.contains(&key) || builder.column(Table::Event, key).is_some();
                let Some(value) = tag.value_if(wanted)? else { return Ok(()) };
                match (&*tag.key, value.text()) {
                    ("event", Some(text)) => {
                        event = Some(text.clone());
                        return Ok(());
                    }
                    ("message", Some(text)) => message = Some(text.clone()),
                    (DROPPED_ATTRIBUTES, _) if take_count(&value, &mut extras.dropped_attributes) => return Ok(()),
                    _ => {}
                }
                builder.attribute(Table::Event, &tag.key, &value);
                Ok(())
            })?,
            _ => json.skip(MAX_ANY)?,
        }
    }
    let name = builder.text(&event.or(message).unwrap_or_default());
    builder.push_event(name, at.nanos, extras);
    Ok(())
}
