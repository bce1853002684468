//! Places in query text, counted in bytes.

use std::ops::Range;

/// A half-open range of byte offsets into the text of one query.
///
/// Both ends lie on character boundaries of the text that was parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte; equal to `start` for a place between two characters.
    pub end: u32,
}

impl Span {
    /// Makes the span from `start` up to, not including, `end`; the other way round if `end` comes first, as it may where
    /// repair has put tokens into another order.
    pub fn new(start: usize, end: usize) -> Span {
        // The lexer cuts texts of over 4 GiB, so the casts keep their values.
        Span { start: start.min(end) as u32, end: end.max(start) as u32 }
    }

    /// Makes the empty span at `offset`.
    pub fn at(offset: usize) -> Span {
        Span::new(offset, offset)
    }

    /// Returns the smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Returns the span as a range, for slicing the text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Tells whether the span holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}
