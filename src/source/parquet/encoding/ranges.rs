//! Where the byte arrays of a page lie, without a copy of them.

use std::ops::Range;

use super::Corrupt;

/// The places of byte arrays in a buffer, in their order, each within the buffer.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByteRanges {
    /// Where the first one begins.
    first: usize,
    /// How many bytes lie between two of them.
    gap: usize,
    count: usize,
    /// How long all of them are, if they are equally long. `ends` is empty then.
    width: Option<usize>,
    /// Where each one ends, counted from `first`.
    ends: Vec<u32>,
}

impl ByteRanges {
    /// Returns how many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Returns how long all of them are, if they are known to be equally long.
    ///
    /// Ids are, and where nothing lies between them, [`ByteRanges::get`] of the first begins an array of them.
    #[inline]
    pub(crate) fn width(&self) -> Option<usize> {
        self.width
    }

    /// Returns how many bytes lie between two of them.
    #[inline]
    pub(crate) fn gap(&self) -> usize {
        self.gap
    }

    /// Returns where the byte array `i` lies in the buffer; empty, if there are not so many.
    #[inline]
    pub(crate) fn get(&self, i: usize) -> Range<usize> {
        if let Some(width) = self.width {
            let start = if i < self.count { self.first + i * (width + self.gap) } else { return 0..0 };
            return start..start + width;
        }
        let Some(&end) = self.ends.get(i) else { return 0..0 };
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize + self.gap };
        self.first + start..self.first + end as usize
    }

    /// Returns where each byte array lies in the buffer.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Range<usize>> + '_ {
        (0..self.count).map(|i| self.get(i))
    }

    /// Sets `count` byte arrays of `width` bytes each, `gap` bytes apart, the first at `first` of `bytes`.
    pub(super) fn set_equal(
        &mut self,
        bytes: &[u8],
        first: usize,
        gap: usize,
        width: usize,
        count: usize,
    ) -> Result<(), Corrupt> {
        self.ends.clear();
        // The gap before the first stands for the one that is not behind the last.
        let held = width.checked_add(gap).and_then(|stride| stride.checked_mul(count));
        if count > 0 && held.is_none_or(|held| held - gap > bytes.len().saturating_sub(first)) {
            return Err(Corrupt("byte arrays are cut off"));
        }
        (self.first, self.gap, self.count, self.width) = (first, gap, count, Some(width));
        Ok(())
    }

    /// Sets byte arrays of different lengths. `fill` appends where each one ends, counted from the number it returns; the
    /// ends must grow, and the caller has to see to it that they lie within the buffer.
    pub(super) fn set_ends(
        &mut self,
        gap: usize,
        fill: impl FnOnce(&mut Vec<u32>) -> Result<usize, Corrupt>,
    ) -> Result<(), Corrupt> {
        (self.first, self.gap, self.count, self.width) = (0, gap, 0, None);
        self.ends.clear();
        let filled = fill(&mut self.ends);
        if filled.is_err() {
            self.ends.clear();
        }
        self.first = filled?;
        self.count = self.ends.len();
        Ok(())
    }
}
