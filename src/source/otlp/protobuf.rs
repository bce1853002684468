//! OTLP protobuf: one trace message, walked field by field.

use crate::{
    model::{
        dictionary::StrId,
        ids::{SpanId, TraceId},
    },
    source::{
        builder::{FragmentBuilder, SpanFields, Table},
        fault::{Decoded, fault},
    },
};

use super::{enums, protobuf_value::attribute, wire::Slice};

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
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => resources.add(field.bytes()?),
            // 1000: the instrumentation library spans of OTLP before 0.15, which are built alike.
            2 | 1000 => scope_spans(field.bytes()?, builder)?,
            _ => {}
        }
    }
    let row = match builder.known_resource(resources.key()) {
        Some(row) => row,
        None => {
            for piece in resources.iter() {
                let mut fields = piece.fields();
                while let Some(field) = fields.next()? {
                    if field.number == 1 {
                        attribute(field.bytes()?, builder, Table::Resource)?;
                    }
                }
            }
            builder.push_resource(resources.key())
        }
    };
    builder.fill_resource(row);
    Ok(())
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
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => scopes.add(field.bytes()?),
            2 => span(field.bytes()?, builder)?,
            _ => {}
        }
    }
    if builder.wants().scopes {
        let row = match builder.known_scope(scopes.key()) {
            Some(row) => row,
            None => scope(&scopes, builder)?,
        };
        builder.fill_scope(row);
    }
    Ok(())
}

fn scope(pieces: &Pieces<'_>, builder: &mut FragmentBuilder) -> Decoded<u32> {
    let (mut name, mut version) = (StrId::EMPTY, StrId::EMPTY);
    for piece in pieces.iter() {
        let mut fields = piece.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => name = builder.text(field.bytes()?.text()?),
                2 => version = builder.text(field.bytes()?.text()?),
                3 => attribute(field.bytes()?, builder, Table::Scope)?,
                _ => {}
            }
        }
    }
    Ok(builder.push_scope(pieces.key(), name, version))
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
            6 => span.kind = enums::kind(field.int()?),
            7 => span.start = field.fixed64()?,
            8 => span.end = field.fixed64()?,
            9 => attribute(field.bytes()?, builder, Table::Span)?,
            11 if wants.events => event(field.bytes()?, builder)?,
            13 if wants.links => link(field.bytes()?, builder)?,
            15 => status(field.bytes()?, builder, &mut span)?,
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
            3 => span.status = enums::status(field.int()?),
            _ => {}
        }
    }
    Ok(())
}

fn event(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let (mut name, mut time) = (StrId::EMPTY, 0);
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => time = field.fixed64()?,
            2 => name = builder.text(field.bytes()?.text()?),
            3 => attribute(field.bytes()?, builder, Table::Event)?,
            _ => {}
        }
    }
    builder.push_event(name, time);
    Ok(())
}

fn link(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    let (mut trace, mut span) = (None, None);
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace = Some(trace_id(field.bytes()?)?),
            2 => span = Some(span_id(field.bytes()?, "span id of a link")?),
            4 => attribute(field.bytes()?, builder, Table::Link)?,
            _ => {}
        }
    }
    let (Some(trace), Some(span)) = (trace, span) else {
        return fault(message.base, "a link without trace id or span id");
    };
    builder.push_link(trace, span);
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
