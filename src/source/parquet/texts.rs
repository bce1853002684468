//! Byte strings, one behind the other.

use super::encoding::{Corrupt, delta, plain, ranges::ByteRanges};

/// The most bytes that the texts of one page may unfold to.
const LONGEST: usize = 1 << 28;

/// Byte strings of a page or a dictionary, in memory that they share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    data: Vec<u8>,
    /// Where each string ends in `data`.
    ends: Vec<u32>,
}

impl Texts {
    /// Returns how many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns a string.
    pub(crate) fn get(&self, at: usize) -> Option<&[u8]> {
        let end = *self.ends.get(at)? as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        self.data.get(start..end)
    }

    /// Returns every string.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// Makes room for so many strings.
    pub(super) fn reserve(&mut self, count: usize) {
        self.ends.reserve(count);
    }

    /// Throws all strings away.
    pub(super) fn clear(&mut self) {
        self.data.clear();
        self.ends.clear();
    }

    /// Adds a string.
    pub(super) fn push(&mut self, text: &[u8]) {
        self.data.extend_from_slice(text);
        self.ends.push(self.data.len() as u32);
    }

    /// Adds `count` strings that are encoded as PLAIN.
    pub(super) fn push_plain(&mut self, data: &[u8], count: usize) -> Result<(), Corrupt> {
        let mut ranges = ByteRanges::default();
        plain::byte_arrays(data, count, &mut ranges)?;
        self.push_ranges(data, &ranges)
    }

    /// Adds `count` strings that are encoded as DELTA_LENGTH_BYTE_ARRAY.
    pub(super) fn push_delta_length(&mut self, data: &[u8], count: usize) -> Result<(), Corrupt> {
        let mut ranges = ByteRanges::default();
        delta::byte_arrays(data, count, &mut ranges)?;
        self.push_ranges(data, &ranges)
    }

    /// Adds `count` strings that are encoded as DELTA_BYTE_ARRAY.
    pub(super) fn push_delta(&mut self, data: &[u8], count: usize) -> Result<(), Corrupt> {
        let (mut ranges, mut whole) = (ByteRanges::default(), Vec::new());
        delta::prefixed_byte_arrays(data, count, LONGEST, &mut whole, &mut ranges)?;
        self.push_ranges(&whole, &ranges)
    }

    fn push_ranges(&mut self, data: &[u8], ranges: &ByteRanges) -> Result<(), Corrupt> {
        const BEYOND: Corrupt = Corrupt("a text lies beyond the page");
        let total = self.data.len() + data.len();
        if u32::try_from(total).is_err() {
            return Err(Corrupt("the texts of a column take more than 4 GiB"));
        }
        let before = self.data.len();
        if let (0, Some(first)) = (ranges.gap(), ranges.iter().next()) {
            // What lies side by side is copied as one.
            let end = ranges.get(ranges.len() - 1).end;
            self.data.extend_from_slice(data.get(first.start..end).ok_or(BEYOND)?);
            match ranges.width() {
                Some(width) => self.ends.extend((1..=ranges.len()).map(|n| (before + n * width) as u32)),
                None => self.ends.extend(ranges.iter().map(|range| (before + range.end - first.start) as u32)),
            }
            return Ok(());
        }
        for range in ranges.iter() {
            self.push(data.get(range).ok_or(BEYOND)?);
        }
        Ok(())
    }
}
