//! Attribute columns in the making.

use crate::model::attributes::{AttributeColumn, Cell};

/// A column of one table, as [`Columns::column`] found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column(usize);

/// The attribute columns of one table, in order of their keys.
pub(super) struct Columns {
    /// Bit `n % 64` is set if a key of `n` bytes is wanted: most keys of most spans are turned away by this alone.
    lengths: u64,
    columns: Vec<AttributeColumn>,
    /// The rows from this one on can be taken back.
    mark: u32,
    /// The columns that have such rows.
    touched: Vec<u32>,
}

impl Columns {
    /// Makes the columns of these keys.
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k str>) -> Columns {
        let mut columns: Vec<_> = keys.map(AttributeColumn::new).collect();
        columns.sort_by(|a, b| a.key.cmp(&b.key));
        columns.dedup_by(|a, b| a.key == b.key);
        let lengths = columns.iter().fold(0, |bits, column| bits | 1 << (column.key.len() % 64));
        Columns { lengths, columns, mark: 0, touched: Vec::new() }
    }

    /// Tells whether any key is wanted.
    pub(super) fn any_wanted(&self) -> bool {
        self.lengths != 0
    }

    /// Returns the column of a key, `None` if nobody wants it.
    #[inline]
    pub(super) fn column(&self, key: &str) -> Option<Column> {
        if self.lengths >> (key.len() % 64) & 1 == 0 {
            return None;
        }
        self.columns.binary_search_by(|column| (*column.key).cmp(key)).ok().map(Column)
    }

    /// Sets the value of a row that is not below the last one.
    #[inline]
    pub(super) fn set(&mut self, column: Column, row: u32, cell: Cell) {
        let of_key = &mut self.columns[column.0];
        if of_key.rows.last().is_none_or(|last| *last < self.mark) {
            self.touched.push(column.0 as u32);
        }
        of_key.push(row, cell);
    }

    /// Returns the value of a row.
    pub(super) fn get(&self, column: Column, row: u32) -> Option<Cell> {
        self.columns[column.0].get(row)
    }

    /// Lets [`Columns::rollback`] take back the rows from `row` on, of which no value is set yet.
    pub(super) fn mark(&mut self, row: usize) {
        self.mark = row as u32;
        self.touched.clear();
    }

    /// Takes back the values of all rows from the mark on.
    pub(super) fn rollback(&mut self) {
        for at in self.touched.drain(..) {
            let column = &mut self.columns[at as usize];
            let kept = column.rows.partition_point(|row| *row < self.mark);
            column.rows.truncate(kept);
            column.cells.truncate(kept);
        }
    }

    /// Throws a column away. Columns that were found before it may not be used any more.
    pub(super) fn remove(&mut self, column: Column) {
        self.columns.remove(column.0);
    }

    /// Returns the columns.
    pub(super) fn finish(self) -> Vec<AttributeColumn> {
        self.columns
    }
}
