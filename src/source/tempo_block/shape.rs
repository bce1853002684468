//! Which spans belong to which trace, resource and scope.

use crate::source::parquet::{column::Column, file::ParquetFault};

/// How the entries of columns at the level of spans hang together, for the rows that were read.
///
/// An entry is a span, or stands where a trace, resource or scope has none. Resources and scopes are numbered as the
/// entries of columns at their level are.
#[derive(Debug)]
pub(super) struct Shape {
    /// Where the entries of each row begin, and where the last ones end.
    pub(super) rows: Vec<u32>,
    /// The resource of each entry.
    pub(super) resources: Vec<u32>,
    /// The scope of each entry.
    pub(super) scopes: Vec<u32>,
    /// The entries that are no spans, rising.
    pub(super) empty: Vec<u32>,
}

impl Shape {
    /// Reads the shape off a column of spans with its levels.
    pub(super) fn of(column: &Column, rows: usize) -> Result<Shape, ParquetFault> {
        let mut shape = Shape {
            rows: Vec::with_capacity(rows + 1),
            resources: Vec::with_capacity(column.len),
            scopes: Vec::with_capacity(column.len),
            empty: Vec::new(),
        };
        if column.rep.len() != column.len {
            return Err(ParquetFault::damaged(None, "a column of spans is not nested"));
        }
        // The first entry begins with 0, which makes them begin at 0.
        let (mut resource, mut scope) = (u32::MAX, u32::MAX);
        for (entry, rep) in (0..).zip(&column.rep) {
            if *rep <= 2 {
                scope = scope.wrapping_add(1);
                if *rep <= 1 {
                    resource = resource.wrapping_add(1);
                    if *rep == 0 {
                        shape.rows.push(entry);
                    }
                }
            }
            shape.resources.push(resource);
            shape.scopes.push(scope);
        }
        if shape.rows.len() != rows || column.rep.first().is_some_and(|rep| *rep != 0) {
            return Err(ParquetFault::damaged(None, "a column of spans has another number of rows than it should"));
        }
        shape.rows.push(column.len as u32);
        if !column.def.is_empty() {
            let empty = (0..).zip(&column.def).filter(|(_, def)| **def < SPAN);
            shape.empty.extend(empty.map(|(entry, _)| entry));
        }
        Ok(shape)
    }

    /// Returns how many entries there are.
    pub(super) fn len(&self) -> usize {
        self.resources.len()
    }

    /// Returns how many resources there are.
    pub(super) fn resource_count(&self) -> usize {
        self.resources.last().map_or(0, |last| *last as usize + 1)
    }

    /// Returns how many scopes there are.
    pub(super) fn scope_count(&self) -> usize {
        self.scopes.last().map_or(0, |last| *last as usize + 1)
    }

    /// Returns the entries that are spans, rising.
    pub(super) fn spans(&self) -> Vec<u32> {
        let mut empty = self.empty.iter().peekable();
        (0..self.len() as u32).filter(|entry| empty.next_if_eq(&entry).is_none()).collect()
    }
}

/// The definition level from which on there is a span.
const SPAN: u8 = 3;
