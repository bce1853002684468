//! Protobuf's wire format, written field by field to the end of some bytes. What is zero or empty is left out, as proto3
//! has it, except where a caller asks for a field.

/// Writes a number of variable length.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn tag(out: &mut Vec<u8>, number: u32, kind: u64) {
    varint(out, u64::from(number) << 3 | kind);
}

/// Writes an integer, an enumeration or a truth value, zero too.
pub(super) fn int_always(out: &mut Vec<u8>, number: u32, value: u64) {
    tag(out, number, 0);
    varint(out, value);
}

/// Writes an integer or an enumeration.
pub(super) fn int(out: &mut Vec<u8>, number: u32, value: u32) {
    if value != 0 {
        int_always(out, number, value.into());
    }
}

/// Writes 8 bytes, zeros too.
pub(super) fn fixed64_always(out: &mut Vec<u8>, number: u32, value: u64) {
    tag(out, number, 1);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Writes 8 bytes.
pub(super) fn fixed64(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        fixed64_always(out, number, value);
    }
}

/// Writes 4 bytes.
pub(super) fn fixed32(out: &mut Vec<u8>, number: u32, value: u32) {
    if value != 0 {
        tag(out, number, 5);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

/// Writes a text or bytes, empty ones too.
pub(super) fn bytes_always(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    tag(out, number, 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes a text or bytes.
pub(super) fn bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    if !bytes.is_empty() {
        bytes_always(out, number, bytes);
    }
}

/// Writes a message, an empty one too, whose fields `fields` writes.
pub(super) fn message(out: &mut Vec<u8>, number: u32, fields: impl FnOnce(&mut Vec<u8>)) {
    tag(out, number, 2);
    // Most messages are short, and their lengths take one byte.
    out.push(0);
    let start = out.len();
    fields(out);
    let length = out.len() - start;
    if length < 0x80 {
        out[start - 1] = length as u8;
        return;
    }
    let mut prefix = Vec::with_capacity(10);
    varint(&mut prefix, length as u64);
    out.splice(start - 1..start, prefix);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_size_stand_before_their_messages() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 100_000] {
            let inside = vec![7; length];
            let mut out = vec![9];
            message(&mut out, 1, |out| out.extend_from_slice(&inside));
            let mut expected = vec![9];
            bytes_always(&mut expected, 1, &inside);
            assert_eq!(out, expected, "{length}");
        }
    }
}
