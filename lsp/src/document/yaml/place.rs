//! Finds the bytes of a scalar, of which a parser told about where it starts.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

use super::block;
use crate::document::layer::Layer;

/// Characters between two places that are kept.
const STRIDE: usize = 64;

/// The places of characters of a text, by their number.
pub(super) struct Characters<'s> {
    text: &'s str,
    /// The byte of each [`STRIDE`]th character; none if every character is one byte.
    places: Vec<usize>,
}

impl<'s> Characters<'s> {
    pub(super) fn new(text: &'s str) -> Characters<'s> {
        let is_ascii = text.is_ascii();
        let places =
            if is_ascii { Vec::new() } else { text.char_indices().step_by(STRIDE).map(|(at, _)| at).collect() };
        Characters { text, places }
    }

    /// Returns the byte of a character; the end of the text beyond it.
    pub(super) fn byte(&self, character: usize) -> usize {
        if self.places.is_empty() {
            return character.min(self.text.len());
        }
        let Some(start) = self.places.get(character / STRIDE) else { return self.text.len() };
        let rest = self.text[*start..].char_indices().nth(character % STRIDE);
        rest.map_or(self.text.len(), |(at, _)| start + at)
    }
}

/// Returns the bytes of a scalar, with quotes or header, and how it is written; `None` if it is not where it should be.
/// `rough` is what the parser tells, `cursor` the end of what stands before.
pub(super) fn find(
    source: &str,
    rough: Range<usize>,
    cursor: usize,
    style: ScalarStyle,
    value: &str,
) -> Option<(Range<usize>, Layer)> {
    let bytes = source.as_bytes();
    match style {
        ScalarStyle::Plain => {
            if value.is_empty() {
                return Some((rough.end..rough.end, Layer::YamlPlain));
            }
            let start = without_properties(bytes, rough.start);
            let end = rough.end.max(start);
            let length = source.get(start..end)?.trim_end_matches([' ', '\t', '\n', '\r']).len();
            Some((start..start + length, Layer::YamlPlain))
        }
        ScalarStyle::SingleQuoted => {
            let start = without_properties(bytes, rough.start);
            Some((start..end_of_single(bytes, start)?, Layer::YamlSingle))
        }
        ScalarStyle::DoubleQuoted => {
            let start = without_properties(bytes, rough.start);
            Some((start..end_of_double(bytes, start)?, Layer::YamlDouble))
        }
        ScalarStyle::Literal | ScalarStyle::Folded => {
            let start = header(bytes, cursor)?;
            let (length, indent) = block::extent(&source[start..], value)?;
            let is_literal = style == ScalarStyle::Literal;
            let layer = if is_literal { Layer::YamlLiteral(indent) } else { Layer::YamlFolded(indent) };
            Some((start..start + length, layer))
        }
    }
}

/// Returns the first byte from `at` on that belongs to no tag or anchor, blank, break or comment.
fn without_properties(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'&' | b'!' => word(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => 1,
            b'#' => line(bytes, at),
            _ => return at,
        };
    }
    at
}

/// Returns the place of the header `|` or `>`, with nothing before it from `at` on but indicators, tags, anchors and
/// comments.
fn header(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += match bytes.get(at)? {
            b'|' | b'>' => return Some(at),
            b'&' | b'!' => word(bytes, at),
            b'#' | b'%' => line(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' | b':' | b'-' | b'?' | b'.' => 1,
            0xEF => '\u{FEFF}'.len_utf8(),
            _ => return None,
        };
    }
}

fn word(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count()
}

fn line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|b| !matches!(b, b'\n' | b'\r')).count()
}

/// Returns the end of a scalar in single quotes.
fn end_of_single(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    bytes.get(start).filter(|b| **b == b'\'')?;
    loop {
        at += memchr::memchr(b'\'', bytes.get(at..)?)? + 1;
        if bytes.get(at) != Some(&b'\'') {
            return Some(at);
        }
        at += 1;
    }
}

/// Returns the end of a scalar in double quotes.
fn end_of_double(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    bytes.get(start).filter(|b| **b == b'"')?;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
