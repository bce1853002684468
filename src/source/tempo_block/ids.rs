//! Trace and span ids, and bytes, of values.

use crate::{
    model::ids::{SpanId, TraceId},
    source::parquet::{column::Column, values::Values},
};

/// Reads the span id that is a value of a column.
#[inline]
pub(super) fn span_id(column: &Column, at: usize) -> SpanId {
    span_id_of(value_bytes(column, at))
}

/// Reads a span id: 8 bytes, shorter ones with zeros in front.
#[inline]
pub(super) fn span_id_of(bytes: &[u8]) -> SpanId {
    SpanId(match bytes.try_into() {
        Ok(all) => u64::from_be_bytes(all),
        Err(_) => bytes.iter().fold(0, |id, byte| id << 8 | u64::from(*byte)),
    })
}

/// Reads the trace id that is a value of a column.
pub(super) fn trace_id(column: &Column, at: usize) -> TraceId {
    trace_id_of(value_bytes(column, at))
}

/// Reads a trace id: 16 bytes, shorter ones with zeros in front.
pub(super) fn trace_id_of(bytes: &[u8]) -> TraceId {
    TraceId(bytes.iter().fold(0, |id, byte| id << 8 | u128::from(*byte)))
}

/// Returns the bytes of a value of a column.
pub(super) fn value_bytes(column: &Column, at: usize) -> &[u8] {
    match &column.values {
        Values::Texts(texts) => texts.get(at).unwrap_or_default(),
        Values::Index(indices, texts) => {
            indices.get(at).and_then(|index| texts.get(*index as usize)).unwrap_or_default()
        }
        _ => &[],
    }
}
