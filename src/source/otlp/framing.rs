//! How protobuf messages follow each other in a file, and how that is told from the bytes.

use super::wire::{Varint, varint};
use crate::source::{
    chunks::{Cut, MAX_RECORD},
    format::Framing,
    unpack::Packing,
};

/// The tag of `resource_spans` in a trace message, and of the message inside Tempo's wrapper: field 1, with a length.
const FIRST_TAG: u8 = 0x0a;

/// Returns the framing of a protobuf stream that begins with `start`; `None` if it is something else.
pub(in crate::source) fn detect(start: &[u8]) -> Option<Framing> {
    if let Some(framing) = message(start) {
        return Some(framing);
    }
    // What begins with a length in 4 bytes may look as if it began with a varint, and the other way round, as long as
    // the first message is not there to its end.
    let candidates = [prefixed(start), delimited(start)];
    let whole = candidates.iter().flatten().find(|candidate| candidate.whole);
    whole.or(candidates.iter().flatten().next()).map(|candidate| candidate.framing)
}

/// A framing that fits.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    framing: Framing,
    /// The first message is there to its end.
    whole: bool,
}

/// What the fields of what may be resource spans say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    /// There is a field that scope spans have.
    scope_spans: bool,
}

/// Returns the framing if `start` begins with a trace message, or with one in Tempo's wrapper.
fn message(start: &[u8]) -> Option<Framing> {
    let (inside, _) = first_field(start)?;
    if shape(inside)?.scope_spans {
        return Some(Framing::Message);
    }
    // Inside the wrapper stand resource spans; inside a resource, attributes, which have no field that looks like spans.
    let mut rest = inside;
    while let Some((inside, end)) = first_field(rest) {
        if shape(inside).is_some_and(|shape| shape.scope_spans) {
            return Some(Framing::Wrapped);
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    Some(Framing::Message)
}

/// Returns what is there of the field at the beginning, if it is a field 1 with a length, and where the field ends.
fn first_field(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (tag, rest) = bytes.split_first()?;
    if *tag != FIRST_TAG {
        return None;
    }
    let Varint::Is(length, size) = varint(rest) else { return None };
    let length = usize::try_from(length).ok()?;
    let inside = &rest[size..];
    Some((&inside[..length.min(inside.len())], (1 + size).saturating_add(length)))
}

/// Walks over the fields of what may be resource spans and may break off; `None` if it cannot be.
fn shape(bytes: &[u8]) -> Option<Shape> {
    let mut shape = Shape { scope_spans: false };
    let mut at = 0;
    while at < bytes.len() {
        let Varint::Is(tag, size) = varint(&bytes[at..]) else {
            return (varint(&bytes[at..]) == Varint::Beyond).then_some(shape);
        };
        let (number, kind) = (tag >> 3, tag & 7);
        // Fields that a later OTLP may add never come first.
        if matches!(number, 1..=3 | 1000) && kind != 2 || number == 0 || at == 0 && !matches!(number, 1..=3 | 1000) {
            return None;
        }
        shape.scope_spans |= matches!(number, 2 | 1000);
        at += size;
        match (kind, varint(bytes.get(at..).unwrap_or_default())) {
            (0, Varint::Is(_, size)) => at += size,
            (1, _) => at += 8,
            (5, _) => at += 4,
            (2, Varint::Is(length, size)) => {
                at = at.saturating_add(size).saturating_add(usize::try_from(length).ok()?);
            }
            (0 | 2, Varint::Beyond) => return Some(shape),
            _ => return None,
        }
    }
    Some(shape)
}

/// Fits if a length in 4 bytes and something that a collector writes behind it begin `start`.
fn prefixed(start: &[u8]) -> Option<Candidate> {
    let mut rest = start;
    loop {
        let (length, message) = rest.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        if length == 0 {
            rest = message;
            continue;
        }
        let message = &message[..length.min(message.len())];
        let known = Packing::of(message).is_some() || message.starts_with(b"{") || is_message_of(message, length);
        let whole = message.len() == length;
        return (known && length <= MAX_RECORD).then_some(Candidate { framing: Framing::Prefixed, whole });
    }
}

/// Fits if a length as a varint and a trace message that fills it begin `start`.
fn delimited(start: &[u8]) -> Option<Candidate> {
    let Varint::Is(length, size) = varint(start) else { return None };
    let length = usize::try_from(length).ok().filter(|length| *length <= MAX_RECORD)?;
    let message = &start[size..];
    let message = &message[..length.min(message.len())];
    let whole = message.len() == length;
    is_message_of(message, length).then_some(Candidate { framing: Framing::Delimited, whole })
}

/// Tells whether `message`, which may break off, is a trace message of `length` bytes.
fn is_message_of(message: &[u8], length: usize) -> bool {
    if first_field(message).is_none_or(|(inside, _)| shape(inside).is_none()) {
        return false;
    }
    let mut at = 0;
    while at < message.len() {
        let Some((_, end)) = first_field(&message[at..]) else { return false };
        at = at.saturating_add(end);
    }
    if message.len() == length { at == length } else { at <= length }
}

/// Finds the whole records at the beginning of `bytes`.
pub(in crate::source) fn cut(framing: Framing, bytes: &[u8]) -> Cut {
    let mut cut = Cut::default();
    while cut.end < bytes.len() {
        match end_of_record(framing, &bytes[cut.end..]) {
            Record::Ends(end) if end <= bytes.len() - cut.end => {
                cut.end += end;
                cut.records += 1;
            }
            Record::Ends(_) | Record::Beyond => break,
            Record::Broken => {
                cut.lost = true;
                break;
            }
        }
    }
    cut
}

/// Where a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Record {
    /// After so many bytes, of which not all need to be there.
    Ends(usize),
    /// The bytes end before its length is known.
    Beyond,
    /// Nobody knows.
    Broken,
}

fn end_of_record(framing: Framing, bytes: &[u8]) -> Record {
    let ends = |header: usize, length: u64| {
        usize::try_from(length).ok().and_then(|length| header.checked_add(length)).map_or(Record::Broken, Record::Ends)
    };
    if framing == Framing::Prefixed {
        return match bytes.first_chunk() {
            Some(length) => ends(4, u32::from_be_bytes(*length).into()),
            None => Record::Beyond,
        };
    }
    let (tag, size) = match varint(bytes) {
        Varint::Is(value, size) => (value, size),
        Varint::Beyond => return Record::Beyond,
        Varint::Broken => return Record::Broken,
    };
    if framing == Framing::Delimited {
        return ends(size, tag);
    }
    match (tag & 7, varint(&bytes[size..])) {
        (0, Varint::Is(_, value)) => Record::Ends(size + value),
        (1, _) => Record::Ends(size + 8),
        (5, _) => Record::Ends(size + 4),
        (2, Varint::Is(length, value)) => ends(size + value, length),
        (0 | 2, Varint::Beyond) => Record::Beyond,
        _ => Record::Broken,
    }
}

/// Reads the length before a message: how many bytes it takes itself, and the length.
pub(in crate::source) fn length(framing: Framing, bytes: &[u8]) -> Option<(usize, usize)> {
    if framing == Framing::Prefixed {
        return bytes.first_chunk().map(|length| (4, u32::from_be_bytes(*length) as usize));
    }
    match varint(bytes) {
        Varint::Is(length, size) => Some((size, usize::try_from(length).ok()?)),
        Varint::Beyond | Varint::Broken => None,
    }
}
