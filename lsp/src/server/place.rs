//! Byte offsets as the protocol counts places: lines from 0, and columns in the units that the client wants.

use std::ops::Range;

use memchr::memchr2_iter;
use tower_lsp::ls_types::{Position, PositionEncodingKind};

/// The units in which columns are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which every client understands.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// Returns the best of those that a client offers: the one that costs least to count.
    pub(super) fn best(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        let offered = offered.unwrap_or_default();
        let has = |kind: &PositionEncodingKind| offered.contains(kind);
        match () {
            () if has(&PositionEncodingKind::UTF8) => Encoding::Utf8,
            () if has(&PositionEncodingKind::UTF32) && !has(&PositionEncodingKind::UTF16) => Encoding::Utf32,
            () => Encoding::Utf16,
        }
    }

    /// Returns its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// Returns how many units a part of a text has.
    fn units(self, bytes: &[u8]) -> usize {
        let count = |is_counted: fn(u8) -> bool| bytes.iter().filter(|byte| is_counted(**byte)).count();
        let begins = |byte| !matches!(byte, 0x80..=0xbf);
        match self {
            Encoding::Utf8 => bytes.len(),
            Encoding::Utf16 => count(begins) + count(|byte| byte >= 0xf0),
            Encoding::Utf32 => count(begins),
        }
    }

    /// Returns the offset that lies so many units behind the begin of a line, or the end of the line if it is shorter. A place
    /// inside of a character counts as its begin.
    fn offset(self, line: &str, units: usize) -> usize {
        if self == Encoding::Utf8 {
            return floor(line, units);
        }
        let mut left = units;
        for (at, c) in line.char_indices() {
            let width = if self == Encoding::Utf16 { c.len_utf16() } else { 1 };
            if left < width {
                return at;
            }
            left -= width;
        }
        line.len()
    }
}

/// Returns the offset of a place in a text that has not been looked at before, as an edit needs it. What lies behind the end of
/// a line or of the text counts as the end.
pub(super) fn offset(text: &str, position: Position, encoding: Encoding) -> usize {
    let line = position.line as usize;
    let start = if line == 0 { Some(0) } else { breaks(text.as_bytes()).nth(line - 1) };
    let Some(start) = start else { return text.len() };
    start + encoding.offset(line_at(text, start), position.character as usize)
}

/// Returns the line that begins at an offset, without its break.
fn line_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    &rest[..memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len())]
}

/// Returns where lines begin, without the first.
fn breaks(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_break = |at: &usize| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
    memchr2_iter(b'\n', b'\r', bytes).filter(is_break).map(|at| at + 1)
}

/// Distance between two places at which units are counted, in bytes.
const STEP: usize = 1024;

/// The starts of the lines of a text, and the units before each [`STEP`]: a dashboard may be one line of a megabyte.
#[derive(Clone, Debug)]
pub(super) struct Places {
    starts: Vec<usize>,
    counts: Vec<usize>,
    encoding: Encoding,
}

impl Places {
    /// Looks at a text.
    pub(super) fn new(text: &str, encoding: Encoding) -> Places {
        let bytes = text.as_bytes();
        let mut count = 0;
        let counts = bytes.chunks(STEP).map(|chunk| {
            let before = count;
            count += encoding.units(chunk);
            before
        });
        let counts = if encoding == Encoding::Utf8 { Vec::new() } else { counts.collect() };
        Places { starts: std::iter::once(0).chain(breaks(bytes)).collect(), counts, encoding }
    }

    /// Returns the place of an offset of the text that this was made of. An offset inside of a character counts as its begin.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = floor(text, offset);
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column = self.units(text, offset) - self.units(text, self.starts[line]);
        Position { line: number(line), character: number(column) }
    }

    /// Returns the places of a part of the text.
    pub(super) fn range(&self, text: &str, span: &Range<usize>) -> tower_lsp::ls_types::Range {
        let start = self.position(text, span.start);
        tower_lsp::ls_types::Range { start, end: self.position(text, span.end.max(span.start)) }
    }

    /// Returns the offset of a place.
    pub(super) fn offset(&self, text: &str, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else { return text.len() };
        start + self.encoding.offset(line_at(text, *start), position.character as usize)
    }

    /// Returns how many units stand before an offset.
    fn units(&self, text: &str, offset: usize) -> usize {
        if self.encoding == Encoding::Utf8 {
            return offset;
        }
        let at = (offset / STEP).min(self.counts.len().saturating_sub(1));
        let before = self.counts.get(at).copied().unwrap_or(0);
        before + self.encoding.units(&text.as_bytes()[(at * STEP).min(offset)..offset])
    }
}

/// Returns the begin of the character that an offset lies in; the end of the text for one behind it.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Returns a number of the protocol. No text that is sent has more lines or columns than fit.
pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_units_of_the_encoding() {
        let text = "aü😀b\r\nx";
        let columns = ALL.map(|encoding| Places::new(text, encoding).position(text, 7).character);
        assert_eq!(columns, [7, 4, 3]);
        assert_eq!(Places::new(text, Encoding::Utf16).position(text, 10), at(1, 0));
    }

    #[test]
    fn places_inside_of_a_character_are_its_begin() {
        let text = "a😀b";
        assert_eq!([0, 1, 2, 3, 4, 9].map(|n| offset(text, at(0, n), Encoding::Utf16)), [0, 1, 1, 5, 6, 6]);
        assert_eq!([1, 2, 4, 5].map(|n| offset(text, at(0, n), Encoding::Utf8)), [1, 1, 1, 5]);
        assert_eq!(Places::new(text, Encoding::Utf16).position(text, 3), at(0, 1));
    }

    #[test]
    fn every_kind_of_line_break_counts() {
        let text = "a\nb\r\nc\rd\n";
        let starts = [0, 1, 2, 3, 4, 5].map(|line| offset(text, at(line, 0), Encoding::Utf8));
        assert_eq!(starts, [0, 2, 5, 7, 9, 9]);
        assert_eq!([0, 1, 2].map(|line| offset(text, at(line, 99), Encoding::Utf8)), [1, 3, 6]);
    }

    #[test]
    fn places_lead_both_ways_in_long_lines() {
        let text = format!("x\n{}\ny", "ü日😀".repeat(700));
        for encoding in ALL {
            let places = Places::new(&text, encoding);
            for (at, _) in text.char_indices() {
                let position = places.position(&text, at);
                assert_eq!((places.offset(&text, position), offset(&text, position, encoding)), (at, at));
            }
        }
    }

    #[test]
    fn utf_8_is_taken_where_it_is_offered() {
        let kinds = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8, PositionEncodingKind::UTF32];
        assert_eq!(Encoding::best(Some(&kinds)), Encoding::Utf8);
        assert_eq!(Encoding::best(Some(&kinds[..1])), Encoding::Utf16);
        assert_eq!(Encoding::best(Some(&kinds[2..])), Encoding::Utf32);
        assert_eq!(Encoding::best(None), Encoding::Utf16);
    }
}
