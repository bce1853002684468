//! Which spans belong to which trace, resource and scope.

use std::sync::Arc;

use super::columns::Columns;
use crate::source::parquet::{column::Column, file::ParquetFault, levels};

/// How the entries of columns at the level of spans hang together, for the rows that were read.
///
/// An entry is a span, or stands where a trace, resource or scope has none. Resources and scopes are numbered as the
/// entries of columns at their level are.
#[derive(Debug)]
pub(super) struct Shape {
    /// A column of spans with its levels.
    column: Arc<Column>,
    /// Where the entries of each row begin, and where the last ones end.
    pub(super) rows: Vec<u32>,
    /// The entries that are no spans, rising.
    pub(super) empty: Vec<u32>,
}

/// The repetition levels up to which an entry begins another resource, or another scope.
const RESOURCE: u8 = 1;
const SCOPE: u8 = 2;

/// The definition level from which on there is a span.
const SPAN: u8 = 3;

/// What is wrong with a column that has other spans than the columns beside it.
pub(super) const OTHER_SPANS: &str = "has other entries than the columns of spans beside it";

impl Shape {
    /// Reads the shape off a column of spans with its levels.
    pub(super) fn of(column: Arc<Column>, rows: usize) -> Result<Shape, ParquetFault> {
        if column.rep.len() != column.len || column.rep.first().is_some_and(|rep| *rep != 0) {
            return Err(ParquetFault::damaged(None, "a column of spans is not nested as it should be"));
        }
        let mut starts = Vec::with_capacity(rows + 1);
        levels::starts(&column.rep, 0, &mut starts);
        if starts.len() != rows {
            return Err(ParquetFault::damaged(None, "a column of spans has another number of rows than it should"));
        }
        starts.push(column.len as u32);
        let empty = (0..).zip(&column.def).filter(|(_, def)| **def < SPAN).map(|(entry, _)| entry).collect();
        Ok(Shape { column, rows: starts, empty })
    }

    /// Makes sure that a column of spans, with all entries of the rows, has those that the shape has.
    pub(super) fn check(&self, columns: &Columns<'_>, leaf: usize, column: &Column) -> Result<(), ParquetFault> {
        columns.check(leaf, self.fits_spans(column, self.len(), true), OTHER_SPANS)
    }

    /// Tells whether a column of spans has the same entries, as far as its levels tell; `len` is how many it should have, and
    /// `is_whole` tells that these are all entries and not only some that are spans.
    pub(super) fn fits_spans(&self, column: &Column, len: usize, is_whole: bool) -> bool {
        let is_empty = |entry: &u32| column.def.get(*entry as usize).is_some_and(|def| *def < SPAN);
        let empty = if is_whole { &self.empty[..] } else { &[] };
        column.len == len && levels::count_below(&column.def, SPAN) == empty.len() && empty.iter().all(is_empty)
    }

    /// Tells whether a column of resources belongs to the same traces.
    pub(super) fn fits_resources(&self, column: &Column) -> bool {
        self.fits(column, RESOURCE)
    }

    /// Tells whether a column of scopes belongs to the same resources.
    pub(super) fn fits_scopes(&self, column: &Column) -> bool {
        self.fits(column, SCOPE)
    }

    fn fits(&self, column: &Column, level: u8) -> bool {
        column.rep.iter().eq(self.column.rep.iter().filter(|rep| **rep <= level))
    }

    /// Returns how many entries there are.
    pub(super) fn len(&self) -> usize {
        self.column.len
    }

    /// Returns the resource of each entry.
    pub(super) fn resources(&self) -> Vec<u32> {
        self.numbers(RESOURCE)
    }

    /// Returns the scope of each entry.
    pub(super) fn scopes(&self) -> Vec<u32> {
        self.numbers(SCOPE)
    }

    /// Returns how many resources there are.
    pub(super) fn resource_count(&self) -> usize {
        levels::count_below(&self.column.rep, RESOURCE + 1)
    }

    /// Returns how many scopes there are.
    pub(super) fn scope_count(&self) -> usize {
        levels::count_below(&self.column.rep, SCOPE + 1)
    }

    /// Numbers what the entries with levels up to `level` begin.
    fn numbers(&self, level: u8) -> Vec<u32> {
        // The first entry begins with 0, which makes them begin at 0.
        let mut number = u32::MAX;
        let next = |rep: &u8| {
            number = number.wrapping_add(u32::from(*rep <= level));
            number
        };
        self.column.rep.iter().map(next).collect()
    }

    /// Returns the entries that are spans, rising.
    pub(super) fn spans(&self) -> Vec<u32> {
        let mut empty = self.empty.iter().peekable();
        (0..self.len() as u32).filter(|entry| empty.next_if_eq(&entry).is_none()).collect()
    }
}
