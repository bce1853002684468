//! Sets of rows as bits.

/// A set of the rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bitmap {
    /// Bits behind the last row are 0.
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// Makes the empty set of a table with `len` rows.
    pub(super) fn empty(len: usize) -> Bitmap {
        Bitmap { words: vec![0; len.div_ceil(64)], len }
    }

    /// Makes the set of all rows.
    pub(super) fn full(len: usize) -> Bitmap {
        let mut bitmap = Bitmap { words: vec![u64::MAX; len.div_ceil(64)], len };
        bitmap.trim();
        bitmap
    }

    /// Makes the set of the items for which `holds` is true.
    pub(super) fn of<T>(column: &[T], holds: impl Fn(&T) -> bool) -> Bitmap {
        let word = |items: &[T]| {
            // Answers as bytes first: the compiler makes that loop one of vector instructions.
            let mut answers = [0; 64];
            answers.iter_mut().zip(items).for_each(|(answer, item)| *answer = u8::from(holds(item)));
            (0..8).fold(0, |word, at| word | pack(&answers, at * 8) << (at * 8))
        };
        Bitmap { words: column.chunks(64).map(word).collect(), len: column.len() }
    }

    /// Makes the set of `rows`.
    pub(super) fn from_rows(len: usize, rows: &[u32]) -> Bitmap {
        let mut bitmap = Bitmap::empty(len);
        rows.iter().for_each(|row| bitmap.insert(*row));
        bitmap
    }

    /// Tells whether no row is in the set.
    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Returns how many rows are in the set.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn contains(&self, row: u32) -> bool {
        self.words[row as usize / 64] >> (row % 64) & 1 == 1
    }

    pub(super) fn insert(&mut self, row: u32) {
        self.words[row as usize / 64] |= 1 << (row % 64);
    }

    pub(super) fn remove(&mut self, row: u32) {
        self.words[row as usize / 64] &= !(1 << (row % 64));
    }

    /// Adds the rows from `start` up to, not including, `end`.
    pub(super) fn insert_range(&mut self, start: u32, end: u32) {
        (start..end).for_each(|row| self.insert(row));
    }

    /// Keeps what is in both sets.
    pub(super) fn and(mut self, other: &Bitmap) -> Bitmap {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
        self
    }

    /// Adds what is in the other set.
    pub(super) fn or(mut self, other: &Bitmap) -> Bitmap {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self
    }

    /// Removes what is in the other set.
    pub(super) fn minus(mut self, other: &Bitmap) -> Bitmap {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
        self
    }

    /// Returns the rows in the set, rising.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(at as u32 * 64 + bit)
            })
        })
    }

    /// Clears the bits that stand for no row.
    fn trim(&mut self) {
        if !self.len.is_multiple_of(64)
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }
}

/// Packs eight bytes of 0 or 1 into the low eight bits, the first byte lowest.
fn pack(bytes: &[u8; 64], at: usize) -> u64 {
    let bytes = bytes[at..at + 8].iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte));
    // Each factor bit moves one byte's bit up to its place in the highest byte, and none onto another.
    bytes.wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_of_a_column_holds_the_rows_that_hold() {
        for len in [0, 1, 7, 8, 63, 64, 65, 200] {
            let column: Vec<u32> = (0..len).map(|row: u32| row.wrapping_mul(2_654_435_761) % 7).collect();
            let bitmap = Bitmap::of(&column, |value| *value < 3);
            let rows: Vec<u32> = (0..len).filter(|row| column[*row as usize] < 3).collect();
            assert_eq!(bitmap.rows().collect::<Vec<u32>>(), rows);
            assert_eq!(bitmap, Bitmap::from_rows(len as usize, &rows));
            assert_eq!(Bitmap::full(len as usize).minus(&bitmap).count() + rows.len(), len as usize);
        }
    }
}
