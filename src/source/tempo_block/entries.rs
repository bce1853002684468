//! Entries of columns and the values that some of them have.

use crate::source::parquet::{
    column::{Column, count},
    values::Values,
};

/// Finds the values of entries, going forward.
pub(super) struct ValueOf<'c> {
    column: &'c Column,
    /// The entry that was looked at last, and how many values stand before it.
    last: usize,
    before: usize,
}

impl<'c> ValueOf<'c> {
    /// Begins before the first entry.
    pub(super) fn new(column: &'c Column) -> ValueOf<'c> {
        ValueOf { column, last: 0, before: 0 }
    }

    /// Returns the place of an entry's value among the values; `None` if it has none. Going back takes long.
    #[inline]
    pub(super) fn at(&mut self, entry: usize) -> Option<usize> {
        let def = &self.column.def;
        if def.is_empty() {
            return (entry < self.column.len).then_some(entry);
        }
        let is_there = *def.get(entry)? == self.column.max_def;
        if entry < self.last {
            (self.last, self.before) = (0, 0);
        }
        let between = &def[self.last..entry];
        // Most often the next one is near.
        self.before += match between.len() {
            0..=16 => between.iter().map(|level| usize::from(*level == self.column.max_def)).sum(),
            _ => count(between, self.column.max_def),
        };
        self.last = entry;
        is_there.then_some(self.before)
    }
}

/// Tells whether two columns have values at the same entries.
pub(super) fn same_values(a: &Column, b: &Column) -> bool {
    let has_value = |column: &Column, entry: usize| column.def.get(entry).is_none_or(|def| *def == column.max_def);
    a.len == b.len && (0..a.len).all(|entry| has_value(a, entry) == has_value(b, entry))
}

/// Returns for each of some entries, or for all, the value: numbers that are there, `default` where none is.
pub(super) fn ints(column: &Column, entries: Option<&[u32]>, default: i64) -> Vec<i64> {
    let Values::Ints(values) = &column.values else {
        return vec![default; entries.map_or(column.len, <[u32]>::len)];
    };
    match entries {
        None if column.def.is_empty() => values.clone(),
        None => {
            let mut value = ValueOf::new(column);
            (0..column.len).map(|entry| value.at(entry).map_or(default, |at| values[at])).collect()
        }
        Some(entries) if column.def.is_empty() => {
            entries.iter().map(|entry| values.get(*entry as usize).copied().unwrap_or(default)).collect()
        }
        Some(entries) => {
            let all = ints(column, None, default);
            entries.iter().map(|entry| all.get(*entry as usize).copied().unwrap_or(default)).collect()
        }
    }
}

/// Returns for each entry whether it is true.
pub(super) fn bools(column: &Column) -> Vec<bool> {
    let Values::Bools(values) = &column.values else { return vec![false; column.len] };
    let mut value = ValueOf::new(column);
    (0..column.len)
        .map(|entry| value.at(entry).and_then(|at| values.get(at)).is_some_and(|value| *value != 0))
        .collect()
}
