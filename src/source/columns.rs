//! Attribute columns in the making.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::model::attributes::{AttributeColumn, Cell};

/// A column of one table, as [`Columns::column`] found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column(usize);

/// The attribute columns of one table.
pub(super) struct Columns {
    /// Bit `n % 64` is set if a key of `n` bytes is wanted: most keys of most spans are turned away by this alone.
    lengths: u64,
    /// In order of their keys where only some keys are wanted, else in the order in which the keys were met.
    columns: Vec<AttributeColumn>,
    /// `None` where only some keys are wanted.
    met: Option<MetKeys>,
    /// The rows from this one on can be taken back.
    mark: u32,
    /// The columns that have such rows: there may be very many that have none.
    touched: Vec<u32>,
}

impl Columns {
    /// Makes the columns of these keys; with `every` other keys get a column when they are met.
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k str>, every: bool) -> Columns {
        let mut columns: Vec<_> = keys.map(AttributeColumn::new).collect();
        columns.sort_by(|a, b| a.key.cmp(&b.key));
        columns.dedup_by(|a, b| a.key == b.key);
        let lengths = columns.iter().fold(0, |bits, column| bits | 1 << (column.key.len() % 64));
        let lengths = if every { u64::MAX } else { lengths };
        let met = every.then(|| MetKeys::new(&columns));
        Columns { lengths, columns, met, mark: 0, touched: Vec::new() }
    }

    /// Tells whether any key is wanted.
    pub(super) fn any_wanted(&self) -> bool {
        self.lengths != 0
    }

    /// Returns the column of a key, `None` if nobody wants it.
    #[inline]
    pub(super) fn column(&mut self, key: &str) -> Option<Column> {
        if self.lengths >> (key.len() % 64) & 1 == 0 {
            return None;
        }
        match &mut self.met {
            None => self.columns.binary_search_by(|column| (*column.key).cmp(key)).ok().map(Column),
            Some(met) => Some(Column(met.find_or_add(key, &mut self.columns))),
        }
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

    /// Takes back the values of all rows from the mark on. Columns that were made for them stay, without a value.
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

    /// Returns the columns. Where every key gets one, none is without a value.
    pub(super) fn finish(mut self) -> Vec<AttributeColumn> {
        if self.met.is_some() {
            self.columns.retain(|column| !column.rows.is_empty());
        }
        self.columns
    }
}

/// Finds columns where every key has one.
struct MetKeys {
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The column that was found last.
    last: usize,
    /// For each column the one that was found after it: most spans have the keys of the span before them, in the same
    /// order.
    next: Vec<u32>,
}

impl MetKeys {
    fn new(columns: &[AttributeColumn]) -> MetKeys {
        let mut met = MetKeys {
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: 0,
            next: vec![0; columns.len()],
        };
        for (at, column) in columns.iter().enumerate() {
            met.add(met.hasher.hash_one(&*column.key), at, columns);
        }
        met
    }

    fn find_or_add(&mut self, key: &str, columns: &mut Vec<AttributeColumn>) -> usize {
        if let Some(guess) = self.next.get(self.last) {
            let guess = *guess as usize;
            if *columns[guess].key == *key {
                self.last = guess;
                return guess;
            }
        }
        let found = self.look_up(key, columns);
        if let Some(next) = self.next.get_mut(self.last) {
            *next = found as u32;
        }
        self.last = found;
        found
    }

    fn look_up(&mut self, key: &str, columns: &mut Vec<AttributeColumn>) -> usize {
        let hash = self.hasher.hash_one(key);
        if let Some(at) = self.index.find(hash, |at| *columns[*at as usize].key == *key) {
            return *at as usize;
        }
        let at = columns.len();
        columns.push(AttributeColumn::new(key));
        self.next.push(0);
        self.add(hash, at, columns);
        at
    }

    fn add(&mut self, hash: u64, at: usize, columns: &[AttributeColumn]) {
        let hasher = &self.hasher;
        self.index.insert_unique(hash, at as u32, |at| hasher.hash_one(&*columns[*at as usize].key));
    }
}
