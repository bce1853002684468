//! A text that is being decoded, together with its map.

use std::ops::Range;

use super::source_map::{SourceMap, Written};

/// The value of a written text up to here, and where its bytes stand in `raw`.
#[derive(Debug)]
pub(super) struct Decoded<'t> {
    raw: &'t str,
    value: String,
    map: SourceMap,
}

impl<'t> Decoded<'t> {
    /// Starts to decode `raw`.
    pub(super) fn new(raw: &'t str) -> Decoded<'t> {
        Decoded { raw, value: String::with_capacity(raw.len()), map: SourceMap::default() }
    }

    /// Adds bytes of `raw` that stand for themselves.
    pub(super) fn verbatim(&mut self, range: Range<usize>) {
        if range.start >= range.end {
            return;
        }
        self.value.push_str(&self.raw[range.clone()]);
        self.map.push(range.len(), range, Written::Verbatim);
    }

    /// Adds a unit: `text` is written as `range` of `raw`. Bytes that stand for nothing leave a gap between the places.
    pub(super) fn escaped(&mut self, text: &str, range: Range<usize>) {
        if !text.is_empty() {
            self.value.push_str(text);
            self.map.push(text.len(), range, Written::Escaped);
        }
    }

    /// Adds `text`, which is written as `range` of `raw`: byte for byte if both are equal, else as a unit.
    pub(super) fn unit(&mut self, text: &str, range: Range<usize>) {
        if self.raw.get(range.clone()) == Some(text) { self.verbatim(range) } else { self.escaped(text, range) }
    }

    /// Returns the value and its map. An empty value has its place at `at`.
    pub(super) fn finish(mut self, at: usize) -> (String, SourceMap) {
        if self.value.is_empty() {
            self.map = SourceMap::verbatim(at..at);
        }
        (self.value, self.map)
    }
}

/// Returns the length of the line break at the start of `raw`; 0 if there is none.
pub(super) fn break_length(raw: &[u8]) -> usize {
    match raw {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Returns the number of the hexadecimal digits of `raw`, if there are so many.
pub(super) fn hex(raw: &[u8], digits: usize) -> Option<u32> {
    raw.get(..digits)?.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
}
