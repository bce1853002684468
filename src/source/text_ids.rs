//! Trace and span ids of formats that leave open what an id is: any text is one.
//!
//! An id becomes the number of [`TraceId`] (128 bits) or [`SpanId`] (64 bits) by the first of these rules that fits:
//!
//! 1. hex digits of any length, in either case, also written as a UUID: the number that they write, if it fits;
//! 2. base64 with its padding, of exactly 16 or 8 bytes, as protobuf's own JSON has ids: these bytes, big-endian;
//! 3. any other text: its FNV-1a hash, of 128 or 64 bits.
//!
//! The same text is the same number everywhere, so that references find their spans, across files too.

use super::{
    fault::{Decoded, fault},
    json::Cursor,
    otlp::ids::base64,
};
use crate::model::ids::{SpanId, TraceId};

/// Reads the id of a trace, which must be there.
pub(super) fn trace_id(json: &mut Cursor<'_>) -> Decoded<TraceId> {
    required(json, "trace id", trace).map(TraceId)
}

/// Reads the id of a span, which must be there.
pub(super) fn span_id(json: &mut Cursor<'_>) -> Decoded<SpanId> {
    required(json, "span id", span).map(SpanId)
}

/// Reads the id of a parent; none and the empty text are none.
pub(super) fn parent_id(json: &mut Cursor<'_>) -> Decoded<SpanId> {
    if json.null()? {
        return Ok(SpanId::NONE);
    }
    Ok(span(&json.number_or_string()?).map_or(SpanId::NONE, SpanId))
}

fn required<T>(json: &mut Cursor<'_>, what: &str, read: fn(&str) -> Option<T>) -> Decoded<T> {
    json.peek();
    let at = json.at();
    match read(&json.number_or_string()?) {
        Some(id) => Ok(id),
        None => fault(at, format!("an empty {what}")),
    }
}

/// Returns the number of a trace's id; `None` for the empty text.
pub(super) fn trace(text: &str) -> Option<u128> {
    let number = hex(text).or_else(|| base64(text.as_bytes()).filter(|_| is_padded(text)).map(u128::from_be_bytes));
    (!text.is_empty()).then(|| number.unwrap_or_else(|| fnv_128(text)))
}

/// Returns the number of a span's id; `None` for the empty text.
pub(super) fn span(text: &str) -> Option<u64> {
    let number = hex(text).map(u64::try_from).and_then(Result::ok);
    let number = number.or_else(|| base64(text.as_bytes()).filter(|_| is_padded(text)).map(u64::from_be_bytes));
    (!text.is_empty()).then(|| number.unwrap_or_else(|| fnv_64(text)))
}

/// Without padding, too many texts could be base64.
fn is_padded(text: &str) -> bool {
    text.ends_with('=')
}

/// Reads hex digits; `None` if they are none, or more than 128 bits.
fn hex(text: &str) -> Option<u128> {
    let is_uuid = text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-');
    let mut number = 0u128;
    for (at, byte) in text.bytes().enumerate() {
        if is_uuid && [8, 13, 18, 23].contains(&at) {
            continue;
        }
        let digit = char::from(byte).to_digit(16)?;
        if number >> 124 != 0 {
            return None;
        }
        number = number << 4 | u128::from(digit);
    }
    Some(number)
}

fn fnv_64(text: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x100_0000_01b3;
    text.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

fn fnv_128(text: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x100_0000_0000_0000_0000_013b;
    text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::{span, trace};

    #[test]
    fn hex_of_any_length() {
        assert_eq!(trace("11"), Some(0x11));
        assert_eq!(trace("00000000000000000000000000000011"), Some(0x11));
        assert_eq!(trace("0000000000000000000000000000000000000011"), Some(0x11), "zeros count for nothing");
        assert_eq!(trace("ABCdef"), Some(0xabcdef));
        assert_eq!(trace("ffffffffffffffffffffffffffffffff"), Some(u128::MAX));
        assert_eq!(trace("550e8400-e29b-41d4-a716-446655440000"), Some(0x550e8400_e29b_41d4_a716_446655440000));
        assert_eq!(span("7"), Some(7));
        assert_eq!(span("000000000000000000000000ffffffffffffffff"), Some(u64::MAX));
        assert_eq!((trace("0"), span("0")), (Some(0), Some(0)));
        assert_eq!((trace(""), span("")), (None, None));
    }

    #[test]
    fn base64_with_padding() {
        assert_eq!(trace("AAAAAAAAAAAAAAAAAAAAEQ=="), Some(0x11));
        assert_eq!(span("AAAAAAAAAAM="), Some(3));
        assert_ne!(span("AAAAAAAAAAM"), Some(3), "without padding it is just a text");
    }

    #[test]
    fn other_texts_are_hashed() {
        // The published test values of FNV-1a.
        assert_eq!(span("foobar"), Some(0x8594_4171_f739_67e8));
        assert_eq!(trace("foobar"), Some(0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18));
        assert_ne!(span("550e8400-e29b-11d4-a716-446655440000"), span("550e8401-e29b-11d4-a716-446655440000"));
        assert_ne!(trace("1ffffffffffffffffffffffffffffffff"), trace("ffffffffffffffffffffffffffffffff"));
    }
}
