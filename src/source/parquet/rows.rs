//! Sets of rows.

use std::ops::Range;

/// Rows of a row group: ranges that rise and do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowSet(Vec<Range<u32>>);

impl RowSet {
    /// Makes the set of no rows.
    pub(crate) fn empty() -> RowSet {
        RowSet(Vec::new())
    }

    /// Makes the set of one range.
    pub(crate) fn range(range: Range<u32>) -> RowSet {
        let mut rows = RowSet::empty();
        rows.push(range);
        rows
    }

    /// Makes the set of single rows, which rise.
    pub(crate) fn of(rows: impl IntoIterator<Item = u32>) -> RowSet {
        let mut set = RowSet::empty();
        rows.into_iter().for_each(|row| set.push(row..row + 1));
        set
    }

    /// Adds a range that begins at or behind the end of the last one.
    pub(crate) fn push(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => self.0.push(range),
        }
    }

    /// Returns the ranges.
    pub(crate) fn ranges(&self) -> &[Range<u32>] {
        &self.0
    }

    /// Returns every row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().cloned().flatten()
    }

    /// Returns how many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(ExactSizeIterator::len).sum()
    }

    /// Tells whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the ranges within `bounds`, each cut to it.
    pub(crate) fn within(&self, bounds: Range<u32>) -> impl Iterator<Item = Range<u32>> + '_ {
        let first = self.0.partition_point(|range| range.end <= bounds.start);
        self.0[first..]
            .iter()
            .take_while(move |range| range.start < bounds.end)
            .map(move |range| range.start.max(bounds.start)..range.end.min(bounds.end))
    }

    /// Tells whether some row lies within `bounds`.
    pub(crate) fn meets(&self, bounds: Range<u32>) -> bool {
        self.within(bounds).next().is_some()
    }

    /// Returns the rows that both sets have.
    pub(crate) fn and(&self, other: &RowSet) -> RowSet {
        let mut both = RowSet::empty();
        for range in &self.0 {
            other.within(range.clone()).for_each(|range| both.push(range));
        }
        both
    }

    /// Returns the rows that the other set does not have.
    pub(crate) fn minus(&self, other: &RowSet) -> RowSet {
        let mut left = RowSet::empty();
        for range in &self.0 {
            let mut start = range.start;
            for gone in other.within(range.clone()) {
                left.push(start..gone.start);
                start = gone.end;
            }
            left.push(start..range.end);
        }
        left
    }

    /// Returns the rows that one of the sets has.
    pub(crate) fn or(&self, other: &RowSet) -> RowSet {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut either = RowSet::empty();
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if y.start < x.start => b.next(),
                (Some(_), _) => a.next(),
                (None, _) => b.next(),
            };
            match next {
                Some(range) => either.push(range.clone()),
                None => return either,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(rows: &[bool]) -> RowSet {
        RowSet::of((0u32..).zip(rows).filter(|(_, is_in)| **is_in).map(|(row, _)| row))
    }

    proptest! {
        #[test]
        fn sets_do_as_lists_of_rows_do(rows in prop::collection::vec(any::<(bool, bool)>(), 0..40)) {
            let (a, b): (Vec<bool>, Vec<bool>) = rows.iter().copied().unzip();
            let both: Vec<bool> = rows.iter().map(|(a, b)| *a && *b).collect();
            let either: Vec<bool> = rows.iter().map(|(a, b)| *a || *b).collect();
            let only: Vec<bool> = rows.iter().map(|(a, b)| *a && !*b).collect();
            prop_assert_eq!(set(&a).and(&set(&b)), set(&both));
            prop_assert_eq!(set(&a).minus(&set(&b)), set(&only));
            prop_assert_eq!(set(&a).or(&set(&b)), set(&either));
            prop_assert_eq!(set(&a).len(), a.iter().filter(|is_in| **is_in).count());
            let middle = rows.len() as u32 / 2;
            prop_assert_eq!(set(&a).meets(0..middle), a[..middle as usize].contains(&true));
        }
    }
}
