//! Protobuf's wire format: fields of a message, from left to right, nothing copied.

use crate::source::fault::{Decoded, fault};

/// The fields of a message that are still to be read.
#[derive(Clone)]
pub(in crate::source) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` begins in the record, for faults.
    base: usize,
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Field<'a> {
    pub(in crate::source) number: u32,
    /// Where it begins in the record.
    at: usize,
    payload: Payload<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Payload<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Slice<'a>),
}

impl<'a> Field<'a> {
    /// Returns what a field holds that is a text, bytes or a message.
    #[inline]
    pub(in crate::source) fn bytes(self) -> Decoded<Slice<'a>> {
        if let Payload::Bytes(slice) = self.payload { Ok(slice) } else { self.mistyped("bytes") }
    }

    /// Returns what a field holds that is an integer or an enumeration.
    #[inline]
    pub(in crate::source) fn int(self) -> Decoded<i64> {
        if let Payload::Varint(value) = self.payload { Ok(value as i64) } else { self.mistyped("a number") }
    }

    /// Returns the 8 bytes of a field that is a time or a float.
    #[inline]
    pub(super) fn fixed64(self) -> Decoded<u64> {
        if let Payload::Fixed64(value) = self.payload { Ok(value) } else { self.mistyped("8 bytes") }
    }

    /// Returns the 4 bytes of a field that holds flags.
    #[inline]
    pub(in crate::source) fn fixed32(self) -> Decoded<u32> {
        if let Payload::Fixed32(value) = self.payload { Ok(value) } else { self.mistyped("4 bytes") }
    }

    #[cold]
    fn mistyped<T>(self, wanted: &str) -> Decoded<T> {
        fault(self.at, format!("field {} holds something else than {wanted}", self.number))
    }
}

/// A piece of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::source) struct Slice<'a> {
    pub(in crate::source) bytes: &'a [u8],
    /// Where it begins in the record.
    pub(in crate::source) base: usize,
}

impl<'a> Slice<'a> {
    /// Returns the fields of the message that this is.
    pub(in crate::source) fn fields(self) -> Fields<'a> {
        Fields { bytes: self.bytes, at: 0, base: self.base }
    }

    /// Returns the text that this is.
    pub(in crate::source) fn text(self) -> Decoded<&'a str> {
        match std::str::from_utf8(self.bytes) {
            Ok(text) => Ok(text),
            Err(error) => {
                let at = error.valid_up_to();
                fault(self.base + at, format!("the byte 0x{:02x} is not valid UTF-8 here", self.bytes[at]))
            }
        }
    }
}

impl<'a> Fields<'a> {
    /// Reads the next field; `None` at the end of the message.
    // Where it is not inlined, fields go through memory, and that is most of what a message takes.
    #[inline(always)]
    pub(in crate::source) fn next(&mut self) -> Decoded<Option<Field<'a>>> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let start = self.base + self.at;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number != 0 && *number < 1 << 29);
        let Some(number) = number else { return fault(start, "a field with an impossible number") };
        let payload = match tag & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(self.fixed()?)),
            5 => Payload::Fixed32(u32::from_le_bytes(self.fixed()?)),
            2 => {
                let length = self.varint()?;
                let left = self.bytes.len() - self.at;
                let Some(length) = usize::try_from(length).ok().filter(|length| *length <= left) else {
                    return fault(start, format!("a field of {length} bytes where only {left} are left"));
                };
                let slice = Slice { bytes: &self.bytes[self.at..self.at + length], base: self.base + self.at };
                self.at += length;
                Payload::Bytes(slice)
            }
            kind => return fault(start, format!("a field of the kind {kind}, which OTLP does not have")),
        };
        Ok(Some(Field { number, at: start, payload }))
    }

    #[inline(always)]
    fn varint(&mut self) -> Decoded<u64> {
        match self.bytes.get(self.at) {
            // Most tags and lengths.
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Decoded<u64> {
        match varint(&self.bytes[self.at..]) {
            Varint::Is(value, length) => {
                self.at += length;
                Ok(value)
            }
            Varint::Beyond => fault(self.base + self.at, "the message ends inside a number"),
            Varint::Broken => fault(self.base + self.at, "a number of more than 64 bits"),
        }
    }

    #[inline]
    fn fixed<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        match self.bytes[self.at..].first_chunk() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => fault(self.base + self.at, "the message ends inside a number"),
        }
    }
}

/// A number of variable length at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Varint {
    /// The number, and how many bytes it takes.
    Is(u64, usize),
    /// The bytes end inside it.
    Beyond,
    /// It has more than 64 bits.
    Broken,
}

/// Reads a number of variable length.
#[inline]
pub(super) fn varint(bytes: &[u8]) -> Varint {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        if at == 9 && *byte > 1 {
            return Varint::Broken;
        }
        value |= u64::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            return Varint::Is(value, at + 1);
        }
    }
    if bytes.len() < 10 { Varint::Beyond } else { Varint::Broken }
}
