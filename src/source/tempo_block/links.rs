//! Links that are kept as messages: in vParquet3 all links of a span are one.

use crate::{
    model::{
        batch::Spans,
        dictionary::StrId,
        extras::LinkExtras,
        ids::{SpanId, TraceId},
    },
    source::{
        fault::Decoded,
        otlp::{protobuf_value::attribute_of_any_shape, wire::Slice},
        parquet::{column::Column, file::ParquetFault},
    },
};

use super::{
    attributes::{Made, RowOf, Target, Wanted},
    entries::ValueOf,
    ids::{span_id_of, trace_id_of, value_bytes},
    others::cell,
};

/// Adds the links of spans with their wanted attributes.
pub(super) fn encoded(
    column: &Column,
    of_span: RowOf<'_>,
    wanted: &Wanted<'_>,
    everything: bool,
    spans: &mut Spans,
) -> Result<(), ParquetFault> {
    let mut value = ValueOf::new(column);
    let mut places: Vec<(u32, usize)> = Vec::new();
    for entry in 0..column.len {
        if let (Some(at), Some(row)) = (value.at(entry), of_span.get(entry as u32)) {
            places.push((row, at));
        }
    }
    places.sort_unstable();
    let mut made = Made::default();
    for (row, at) in places {
        let message = Slice { bytes: value_bytes(column, at), base: 0 };
        links(message, row, wanted, everything, spans, &mut made).map_err(|fault| {
            ParquetFault::damaged(None, format!("the links of a span cannot be read: {}", fault.what))
        })?;
    }
    spans.links.attributes = made.finish();
    Ok(())
}

/// Adds the links of one span.
fn links(
    message: Slice<'_>,
    row: u32,
    wanted: &Wanted<'_>,
    everything: bool,
    spans: &mut Spans,
    made: &mut Made,
) -> Decoded<()> {
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            link(field.bytes()?, row, wanted, everything, spans, made)?;
        }
    }
    Ok(())
}

/// Adds one link; its fields are those of OTLP.
fn link(
    message: Slice<'_>,
    row: u32,
    wanted: &Wanted<'_>,
    everything: bool,
    spans: &mut Spans,
    made: &mut Made,
) -> Decoded<()> {
    let at = spans.links.span.len() as u32;
    let (mut trace, mut span, mut extras) = (TraceId(0), SpanId::NONE, LinkExtras::default());
    extras.trace_state = StrId::EMPTY;
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace = trace_id_of(field.bytes()?.bytes),
            2 => span = span_id_of(field.bytes()?.bytes),
            3 if everything => extras.trace_state = spans.dictionary.intern(field.bytes()?.text()?),
            4 => {
                let (key, value) = attribute_of_any_shape(field.bytes()?)?;
                let mut target = Target { dictionary: &mut spans.dictionary, arrays: &mut spans.arrays, everything };
                if wanted.has(key.as_bytes()) {
                    let cell = cell(&value, &mut target);
                    let column = made.column(key.as_bytes());
                    made.set(column, at, cell);
                }
            }
            5 if everything => extras.dropped_attributes = field.int()? as u32,
            6 if everything => extras.flags = field.fixed32()?,
            _ => {}
        }
    }
    spans.links.span.push(row);
    spans.links.trace_id.push(trace);
    spans.links.span_id.push(span);
    if everything {
        spans.links.extras.push(extras);
    }
    Ok(())
}
