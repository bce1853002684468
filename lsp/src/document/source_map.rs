//! The way between a text that was found in a file and the bytes of the file that it came from.
//!
//! A query in a JSON string is not the bytes between the quotes: `\"` is one character. A [`SourceMap`] keeps for each
//! run of the text where it stands in the file and how it is written there. Maps join: a query in JSON in a YAML scalar
//! has the map of the JSON string joined with the map of the scalar.

use std::ops::Range;

/// The way in which a run of the text is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Byte for byte.
    Verbatim,
    /// In another form, such as an escape sequence or a folded line break: the run is one unit that cannot be divided.
    Escaped,
    /// Not at all: the text was made of something else, such as the filters of a search form. The place is that thing.
    Made,
}

/// A run of the text with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The bytes of the text.
    pub text: Range<usize>,
    /// The bytes of the file.
    pub file: Range<usize>,
    /// The way in which the one is written as the other.
    pub written: Written,
}

/// The place in a file of each byte of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// In order of the text, without gaps in it; places in the file rise too, except those of [`Written::Made`].
    segments: Vec<Segment>,
}

impl SourceMap {
    /// Makes the map of a text that stands byte for byte at `file`.
    pub fn verbatim(file: Range<usize>) -> SourceMap {
        let mut map = SourceMap::default();
        map.push(file.len(), file, Written::Verbatim);
        map
    }

    /// Makes the map of a text of `length` bytes that was made of what stands at `file`.
    pub fn made(length: usize, file: Range<usize>) -> SourceMap {
        SourceMap { segments: vec![Segment { text: 0..length, file, written: Written::Made }] }
    }

    /// Adds the next `length` bytes of the text, which come from `file`. Verbatim runs that touch become one.
    pub fn push(&mut self, length: usize, file: Range<usize>, written: Written) {
        let start = self.text_len();
        if let Some(last) = self.segments.last_mut()
            && written == Written::Verbatim
            && last.written == Written::Verbatim
            && last.file.end == file.start
        {
            last.text.end += length;
            last.file.end = file.end;
            return;
        }
        self.segments.push(Segment { text: start..start + length, file, written });
    }

    /// Moves the places in the file by so many bytes.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> SourceMap {
        for segment in &mut self.segments {
            segment.file = segment.file.start + by..segment.file.end + by;
        }
        self
    }

    /// Returns the runs in order of the text.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the length of the text in bytes.
    pub fn text_len(&self) -> usize {
        self.segments.last().map_or(0, |last| last.text.end)
    }

    /// Returns the bytes of the file from which a part of the text comes: the smallest range that holds them all. An
    /// empty part gives an empty range at its place. Parts beyond the text count as its end.
    pub fn to_file(&self, text: Range<usize>) -> Range<usize> {
        let start = self.start(text.start);
        if text.end <= text.start {
            return start..start;
        }
        let last = text.end - 1;
        let end = match self.segments.get(self.index(last)) {
            Some(found) if found.written == Written::Verbatim && last < found.text.end => {
                found.file.start + (last - found.text.start) + 1
            }
            Some(found) => found.file.end,
            None => start,
        };
        start..end.max(start)
    }

    /// Returns the byte of the text that stands at a place of the file; `None` if the place belongs to none. Both ends
    /// of the text count as places of it, and what lies in an escape sequence counts as its beginning.
    pub fn to_text(&self, file: usize) -> Option<usize> {
        let found = self.segments.iter().find(|found| found.file.contains(&file));
        match found {
            Some(found) if found.written == Written::Verbatim => Some(found.text.start + (file - found.file.start)),
            Some(found) => Some(found.text.start),
            None => self.segments.last().filter(|last| last.file.end == file).map(|last| last.text.end),
        }
    }

    /// Tells whether a part of the text may be replaced in the file: its ends do not lie inside of a unit, and it
    /// stands there.
    pub fn is_editable(&self, text: Range<usize>) -> bool {
        let end = text.end.max(text.start + 1);
        let first = self.segments.partition_point(|found| found.text.end <= text.start);
        let mut touched = self.segments[first..].iter().take_while(|found| found.text.start < end);
        touched.all(|found| match found.written {
            Written::Verbatim => true,
            Written::Escaped => {
                let is_bound = |at: usize| at <= found.text.start || at >= found.text.end;
                is_bound(text.start) && is_bound(text.end)
            }
            Written::Made => false,
        })
    }

    /// Joins the map of a text with the map of the document that it stands in: `self` leads from the text to the
    /// document, `outer` from the document to the file.
    pub fn within(&self, outer: &SourceMap) -> SourceMap {
        let mut joined = SourceMap::default();
        for segment in &self.segments {
            if segment.written != Written::Verbatim || segment.file.is_empty() {
                let written = if outer.is_made(segment.file.clone()) { Written::Made } else { segment.written };
                joined.push(segment.text.len(), outer.to_file(segment.file.clone()), written);
                continue;
            }
            if segment.file.is_empty() {
                joined.push(0, outer.to_file(segment.file.clone()), segment.written);
            }
            let mut at = segment.file.start;
            while at < segment.file.end {
                let Some(found) = outer.segments.get(outer.index(at)) else { break };
                let end = found.text.end.min(segment.file.end).max(at + 1);
                joined.push(end - at, outer.to_file(at..end), found.written);
                at = end;
            }
        }
        joined
    }

    /// Tells whether a part of the text was made of something else.
    fn is_made(&self, text: Range<usize>) -> bool {
        let end = text.end.max(text.start + 1);
        let touched = self.segments[self.index(text.start)..].iter().take_while(|found| found.text.start < end);
        touched.into_iter().any(|found| found.written == Written::Made)
    }

    /// Returns the index of the segment that holds a byte of the text; the last one beyond its end.
    fn index(&self, text: usize) -> usize {
        let index = self.segments.partition_point(|found| found.text.end <= text);
        index.min(self.segments.len().saturating_sub(1))
    }

    /// Returns the place in the file of a byte of the text.
    fn start(&self, text: usize) -> usize {
        match self.segments.get(self.index(text)) {
            Some(found) if text >= found.text.end => found.file.end,
            Some(found) if found.written == Written::Verbatim => found.file.start + (text - found.text.start),
            Some(found) => found.file.start,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a"b` as it stands at byte 10 of a file: `a\"b`.
    fn escaped() -> SourceMap {
        let mut map = SourceMap::default();
        map.push(1, 10..11, Written::Verbatim);
        map.push(1, 11..13, Written::Escaped);
        map.push(1, 13..14, Written::Verbatim);
        map
    }

    #[test]
    fn places_lead_both_ways() {
        let map = escaped();
        assert_eq!((map.to_file(0..1), map.to_file(1..2), map.to_file(0..3)), (10..11, 11..13, 10..14));
        assert_eq!((map.to_file(2..2), map.to_file(3..3), map.to_file(9..9)), (13..13, 14..14, 14..14));
        assert_eq!(
            [10, 11, 12, 13, 14, 15].map(|at| map.to_text(at)),
            [Some(0), Some(1), Some(1), Some(2), Some(3), None]
        );
    }

    #[test]
    fn units_are_not_divided() {
        let mut map = SourceMap::default();
        map.push(4, 0..12, Written::Escaped);
        assert!(map.is_editable(0..4) && !map.is_editable(1..4) && !map.is_editable(2..2));
        assert!(!SourceMap::made(4, 0..9).is_editable(0..4));
    }

    #[test]
    fn maps_join() {
        // The document stands at byte 100 of the file, with its byte 12 written as four bytes.
        let mut outer = SourceMap::default();
        outer.push(12, 100..112, Written::Verbatim);
        outer.push(1, 112..116, Written::Escaped);
        outer.push(20, 116..136, Written::Verbatim);
        let joined = escaped().within(&outer);
        assert_eq!((joined.to_file(0..1), joined.to_file(1..2), joined.to_file(2..3)), (110..111, 111..116, 116..117));
    }
}
