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
        let word =
            |items: &[T]| items.iter().enumerate().fold(0, |word, (bit, item)| word | u64::from(holds(item)) << bit);
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
