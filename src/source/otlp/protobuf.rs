//! OTLP protobuf: one trace message, walked field by field.

use crate::{
    model::{
        dictionary::StrId,
        extras::{EventExtras, LinkExtras, OriginExtras},
        ids::{SpanId, TraceId},
        otlp_enums,
    },
    source::{
        builder::{FragmentBuilder, SpanFields, Table},
        fault::{Decoded, fault},
        known::with_schema,
    },
};

use super::{
    protobuf_value::attribute,
    wire::{Field, Slice},
};

/// Reads all resource spans of a trace message.
pub(in crate::source) fn message(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            resource_spans(field.bytes()?, builder)?;
        }
    }
    Ok(())
}

/// Reads one resource spans message.
pub(in crate::source) fn resource_spans(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let mut resources = Pieces::default();
    let wants_extras = builder.wants().extras;
    let mut schema_url = "";
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => resources.add(field.bytes()?),
            // 1000: the instrumentation library spans of OTLP before 0.15, which are built alike.
            2 | 1000 => scope_spans(field.bytes()?, builder)?,
            3 if wants_extras => schema_url = field.bytes()?.text()?,
            _ => {}
        }
    }
    let encoded = with_schema(resources.key(), schema_url);
    let row = match builder.known_resource(&encoded) {
        Some(row) => row,
        None => {
            let mut extras = OriginExtras { schema_url: builder.text(schema_url), ..OriginExtras::default() };
            for piece in resources.iter() {
                let mut fields = piece.fields();
                while let Some(field) = fields.next()? {
                    match field.number {
                        1 => attribute(field.bytes()?, builder, Table::Resource)?,
                        2 if wants_extras => extras.dropped_attributes = count(field)?,
                        _ => {}
                    }
                }
            }
            builder.push_resource(&encoded, extras)
        }
    };
    builder.fill_resource(row);
    Ok(())
}

/// Reads a count or flags in 32 bits, cut as protobuf wants it.
fn count(field: Field<'_>) -> Decoded<u32> {
    field.int().map(|number| number as u32)
}

/// A message that should come once; when it comes in pieces, they are one message.
#[derive(Default)]
struct Pieces<'a> {
    first: Option<Slice<'a>>,
    more: Vec<Slice<'a>>,
    all: Vec<u8>,
}

impl<'a> Pieces<'a> {
    fn add(&mut self, piece: Slice<'a>) {
        match self.first {
            None => self.first = Some(piece),
            Some(first) => {
                if self.more.is_empty() {
                    self.all.extend_from_slice(first.bytes);
                }
                self.all.extend_from_slice(piece.bytes);
                self.more.push(piece);
            }
        }
    }

    /// Returns the bytes of the whole message.
    fn key(&self) -> &[u8] {
        if self.more.is_empty() { self.first.map_or(b"", |first| first.bytes) } else { &self.all }
    }

    fn iter(&self) -> impl Iterator<Item = Slice<'a>> {
        self.first.into_iter().chain(self.more.iter().copied())
    }
}

fn scope_spans(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let mut scopes = Pieces::default();
    let wants = builder.wants();
    let mut schema_url = "";
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => scopes.add(field.bytes()?),
            2 => span(field.bytes()?, builder)?,
            3 if wants.extras => schema_url = field.bytes()?.text()?,
            _ => {}
        }
    }
    if wants.scopes {
        let encoded = with_schema(scopes.key(), schema_url);
        let row = match builder.known_scope(&encoded) {
            Some(row) => row,
            None => scope(&scopes, &encoded, schema_url, builder)?,
        };
        builder.fill_scope(row);
    }
    Ok(())
}

fn scope(pieces: &Pieces<'_>, encoded: &[u8], schema_url: &str, builder: &mut FragmentBuilder) -> Decoded<u32> {
    let (mut name, mut version) = (StrId::EMPTY, StrId::EMPTY);
    let mut extras = OriginExtras { schema_url: builder.text(schema_url), ..OriginExtras::default() };
    for piece in pieces.iter() {
        let mut fields = piece.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => name = builder.text(field.bytes()?.text()?),
                2 => version = builder.text(field.bytes()?.text()?),
                3 => attribute(field.bytes()?, builder, Table::Scope)?,
                4 if builder.wants().extras => extras.dropped_attributes = count(field)?,
                _ => {}
            }
        }
    }
    Ok(builder.push_scope(encoded, name, version, extras))
}

fn span(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let wants = builder.wants();
    let mut span = SpanFields::default();
    let (mut trace, mut id) = (None, None);
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace = Some(trace_id(field.bytes()?)?),
            2 => id = Some(span_id(field.bytes()?, "span id")?),
            4 => {
                let parent = field.bytes()?;
                span.parent = if parent.bytes.is_empty() { SpanId::NONE } else { span_id(parent, "parent span id")? };
            }
            5 => span.name = builder.text(field.bytes()?.text()?),
            6 => span.kind = otlp_enums::kind(field.int()?),
            7 => span.start = field.fixed64()?,
            8 => span.end = field.fixed64()?,
            9 => attribute(field.bytes()?, builder, Table::Span)?,
            11 if wants.events => event(field.bytes()?, builder)?,
            13 if wants.links => link(field.bytes()?, builder)?,
            15 => status(field.bytes()?, builder, &mut span)?,
            3 if wants.extras => span.extras.trace_state = builder.text(field.bytes()?.text()?),
            10 if wants.extras => span.extras.dropped_attributes = count(field)?,
            12 if wants.extras => span.extras.dropped_events = count(field)?,
            14 if wants.extras => span.extras.dropped_links = count(field)?,
            16 if wants.extras => span.extras.flags = field.fixed32()?,
            _ => {}
        }
    }
    let Some(trace) = trace else { return fault(message.base, "a span without trace id") };
    let Some(id) = id else { return fault(message.base, "a span without span id") };
    (span.trace, span.id) = (trace, id);
    builder.push_span(span);
    Ok(())
}

fn status(message: Slice<'_>, builder: &mut FragmentBuilder, span: &mut SpanFields) -> Decoded<()> {
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            2 if builder.wants().status_message => span.status_message = builder.text(field.bytes()?.text()?),
            3 => span.status = otlp_enums::status(field.int()?),
            _ => {}
        }
    }
    Ok(())
}

fn event(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let (mut name, mut time, mut extras) = (StrId::EMPTY, 0, EventExtras::default());
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => time = field.fixed64()?,
            2 => name = builder.text(field.bytes()?.text()?),
            3 => attribute(field.bytes()?, builder, Table::Event)?,
            4 if builder.wants().extras => extras.dropped_attributes = count(field)?,
            _ => {}
        }
    }
    builder.push_event(name, time, extras);
    Ok(())
}

fn link(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let (mut trace, mut span, mut extras) = (None, None, LinkExtras::default());
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace = Some(trace_id(field.bytes()?)?),
            2 => span = Some(span_id(field.bytes()?, "span id of a link")?),
            3 if builder.wants().extras => extras.trace_state = builder.text(field.bytes()?.text()?),
            4 => attribute(field.bytes()?, builder, Table::Link)?,
            5 if builder.wants().extras => extras.dropped_attributes = count(field)?,
            6 if builder.wants().extras => extras.flags = field.fixed32()?,
            _ => {}
        }
    }
    let (Some(trace), Some(span)) = (trace, span) else {
        return fault(message.base, "a link without trace id or span id");
    };
    builder.push_link(trace, span, extras);
    Ok(())
}

fn trace_id(id: Slice<'_>) -> Decoded<TraceId> {
    match id.bytes.try_into() {
        Ok(bytes) => Ok(TraceId(u128::from_be_bytes(bytes))),
        Err(_) => fault(id.base, format!("the trace id has {} bytes instead of 16", id.bytes.len())),
    }
}

fn span_id(id: Slice<'_>, what: &str) -> Decoded<SpanId> {
    match id.bytes.try_into() {
        Ok(bytes) => Ok(SpanId(u64::from_be_bytes(bytes))),
        Err(_) => fault(id.base, format!("the {what} has {} bytes instead of 8", id.bytes.len())),
    }
}
