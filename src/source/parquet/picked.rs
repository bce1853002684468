//! Entries that were picked of some rows, and where pages have them.

use std::ops::Range;

use super::{encoding::Corrupt, rows::RowSet};

/// Entries of columns that are nested alike, as all those at the level of spans are.
#[derive(Clone, Debug)]
pub(crate) struct PickedEntries {
    /// The rows that were looked at.
    rows: RowSet,
    /// How many rows stand before each range of `rows`.
    before: Vec<u32>,
    /// Where the entries of each row begin, and where the last ones end.
    bounds: Vec<u32>,
    /// What was picked, rising; the numbers count the entries of `rows`.
    entries: Vec<Range<u32>>,
    /// Whether only whole rows were picked.
    whole_rows: bool,
}

impl PickedEntries {
    /// Makes it of rows, of where the entries of each begin and the last ones end, and of entries, which rise.
    pub(crate) fn new(rows: RowSet, bounds: Vec<u32>, entries: impl IntoIterator<Item = Range<u32>>) -> PickedEntries {
        let mut before = Vec::with_capacity(rows.ranges().len());
        let mut count = 0;
        for range in rows.ranges() {
            before.push(count);
            count += range.len() as u32;
        }
        let mut joined: Vec<Range<u32>> = Vec::new();
        for range in entries {
            match joined.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => joined.push(range),
            }
        }
        PickedEntries { rows, before, bounds, entries: joined, whole_rows: false }
    }

    /// Makes it of rows, of where the entries of each begin and the last ones end, and of the places, among the rows, of
    /// those that were picked with all their entries.
    pub(crate) fn of_rows(rows: RowSet, bounds: Vec<u32>, places: &[u32]) -> PickedEntries {
        let entries = |place: &u32| {
            let bounds = bounds.get(*place as usize..)?;
            Some(*bounds.first()?..*bounds.get(1)?)
        };
        let entries: Vec<Range<u32>> = places.iter().filter_map(entries).collect();
        PickedEntries { whole_rows: true, ..PickedEntries::new(rows, bounds, entries) }
    }

    /// Returns the entries of some of the rows, by their places among them.
    pub(crate) fn entries_of(&self, places: &Range<u32>) -> Range<usize> {
        let bound = |place: u32| self.bounds.get(place as usize).map_or(0, |bound| *bound as usize);
        bound(places.start)..bound(places.end)
    }

    /// Returns what was picked, rising.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Range<usize>> + Clone + '_ {
        self.entries.iter().map(|entries| entries.start as usize..entries.end as usize)
    }

    /// Tells whether some rows may have entries that were not picked, beside others that were.
    pub(crate) fn cuts_rows(&self) -> bool {
        !self.whole_rows
    }

    /// Returns how many entries were picked.
    pub(crate) fn len(&self) -> usize {
        self.entries.iter().map(ExactSizeIterator::len).sum()
    }

    /// Finds the picked entries of a page, counted from its first one. The page has these rows, and `len` entries;
    /// `start_of` finds the entry that a row begins with, both counted from the page's first one: it is asked where that
    /// does not follow from the rows that were looked at.
    pub(super) fn within(
        &self,
        page: Range<u32>,
        len: usize,
        mut start_of: impl FnMut(u32) -> Result<usize, Corrupt>,
    ) -> Result<Vec<Range<usize>>, Corrupt> {
        const OTHER: Corrupt = Corrupt("a page has another number of entries than those of columns beside it");
        let mut found = Vec::new();
        let ranges = self.rows.ranges();
        let first = ranges.partition_point(|range| range.end <= page.start);
        for (range, before) in ranges.iter().zip(&self.before).skip(first) {
            if range.start >= page.end {
                break;
            }
            let (start, end) = (range.start.max(page.start), range.end.min(page.end));
            let bound = |row: u32| self.bounds.get((before + row - range.start) as usize).copied();
            let (Some(begin), Some(finish)) = (bound(start), bound(end)) else { return Err(OTHER) };
            let count = (finish - begin) as usize;
            let offset = match (start == page.start, end == page.end) {
                (true, true) if count != len => return Err(OTHER),
                (true, _) => 0,
                (false, true) => len.checked_sub(count).ok_or(OTHER)?,
                (false, false) => start_of(start - page.start)?,
            };
            if offset + count > len {
                return Err(OTHER);
            }
            let in_page = |entry: u32| (entry - begin) as usize + offset;
            let from = self.entries.partition_point(|entries| entries.end <= begin);
            let of_page = self.entries[from..].iter().take_while(|entries| entries.start < finish);
            found.extend(of_page.map(|entries| in_page(entries.start.max(begin))..in_page(entries.end.min(finish))));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_are_found_in_pages_however_they_are_cut(
            rows in prop::collection::vec((1u32..5, any::<bool>(), any::<[bool; 4]>()), 1..30),
            pages in prop::collection::vec(1u32..8, 1..30),
        ) {
            // Each row has some entries, may have been looked at, and some of its entries are picked.
            let looked_at = RowSet::of((0u32..).zip(&rows).filter(|(_, row)| row.1).map(|(at, _)| at));
            let (mut bounds, mut entries, mut count) = (Vec::new(), Vec::new(), 0);
            for (len, _, picked) in rows.iter().filter(|row| row.1) {
                bounds.push(count);
                entries.extend((0..*len).filter(|at| picked[*at as usize]).map(|at| count + at..count + at + 1));
                count += len;
            }
            bounds.push(count);
            let picked = PickedEntries::new(looked_at, bounds, entries);
            let mut begin = 0;
            for page in pages {
                let end = (begin + page as usize).min(rows.len());
                let of_page = &rows[begin..end];
                let len: u32 = of_page.iter().map(|row| row.0).sum();
                let start_of = |row: u32| Ok(of_page[..row as usize].iter().map(|row| row.0 as usize).sum());
                let found = picked.within(begin as u32..end as u32, len as usize, start_of);
                let found: Vec<usize> = found.map_err(|corrupt| TestCaseError::fail(corrupt.0))?.into_iter().flatten().collect();
                let all = of_page.iter().flat_map(|row| (0..row.0).map(|at| row.1 && row.2[at as usize]));
                let expected: Vec<usize> = all.enumerate().filter(|(_, is_picked)| *is_picked).map(|(at, _)| at).collect();
                prop_assert_eq!(found, expected);
                begin = end;
            }
        }
    }
}
