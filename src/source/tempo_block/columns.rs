//! The columns of some rows of a row group, read when they are needed.

use std::{collections::HashMap, mem, ops::Range, sync::Arc};

use super::layout::is_of_spans;
use crate::source::parquet::{
    column::{Column, Levels, Scratch, count, read},
    file::{ParquetFault, ParquetFile},
    page::Pages,
    picked::PickedEntries,
    rows::RowSet,
};

/// The columns that were read of some rows.
pub(super) struct Columns<'f> {
    file: &'f ParquetFile,
    group: usize,
    rows: RowSet,
    /// What was picked of these rows, if not all, of columns at the level of spans.
    picked: Option<PickedEntries>,
    /// By leaf, with what of the levels was kept.
    columns: HashMap<usize, (Arc<Column>, Levels)>,
    /// Pages that were unpacked before.
    pages: Pages,
    scratch: Scratch,
}

impl<'f> Columns<'f> {
    /// Makes columns of which none was read yet.
    pub(super) fn new(file: &'f ParquetFile, group: usize, rows: RowSet) -> Columns<'f> {
        Columns::with_pages(file, group, rows, Pages::new())
    }

    /// Makes columns of which some pages were unpacked already.
    pub(super) fn with_pages(file: &'f ParquetFile, group: usize, rows: RowSet, pages: Pages) -> Columns<'f> {
        Columns { file, group, rows, picked: None, columns: HashMap::new(), pages, scratch: Scratch::default() }
    }

    /// Returns the rows.
    pub(super) fn rows(&self) -> &RowSet {
        &self.rows
    }

    /// Returns the file.
    pub(super) fn file(&self) -> &'f ParquetFile {
        self.file
    }

    /// Returns the row group.
    pub(super) fn group(&self) -> usize {
        self.group
    }

    /// Returns the leaves that are here.
    pub(super) fn leaves(&self) -> impl Iterator<Item = usize> {
        self.columns.keys().copied()
    }

    /// Reads leaves that were not read yet, all at once.
    pub(super) fn load(&mut self, leaves: &[(usize, Levels)]) -> Result<(), ParquetFault> {
        let mut missing: Vec<(usize, Levels)> = Vec::new();
        for (leaf, levels) in leaves {
            let levels = self.levels(*levels);
            let is_here = self.columns.get(leaf).is_some_and(|(_, has)| *has == Levels::Both || *has == levels);
            match missing.iter_mut().find(|(other, _)| other == leaf) {
                _ if is_here => {}
                Some((_, wanted)) if *wanted != levels => *wanted = Levels::Both,
                Some(_) => {}
                None => missing.push((*leaf, levels)),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let leaves: Vec<usize> = missing.iter().map(|(leaf, _)| *leaf).collect();
        let chunks = self.file.chunks(self.group, &leaves)?;
        let wanted: Vec<_> = chunks.into_iter().zip(missing.iter().map(|(_, levels)| *levels)).collect();
        let (picked, pages) = (self.picked.as_ref(), &self.pages);
        let read = read(self.file, &wanted, &self.rows, picked, pages, &mut self.scratch)?;
        for ((leaf, levels), column) in missing.into_iter().zip(read) {
            self.columns.insert(leaf, (Arc::new(column), levels));
        }
        Ok(())
    }

    /// Returns a leaf with all its levels.
    pub(super) fn nested(&mut self, leaf: usize) -> Result<Arc<Column>, ParquetFault> {
        self.get(leaf, Levels::Both)
    }

    /// Returns a leaf of which it is known which entries begin rows.
    pub(super) fn flat(&mut self, leaf: usize) -> Result<Arc<Column>, ParquetFault> {
        self.get(leaf, Levels::Definition)
    }

    /// Returns a leaf at the level of spans, and whether it has only those entries of the rows that were picked.
    pub(super) fn picked(&mut self, leaf: usize) -> Result<(Arc<Column>, bool), ParquetFault> {
        let column = self.get(leaf, Levels::Picked)?;
        let levels = self.columns.get(&leaf).map(|(_, levels)| *levels);
        let cuts_rows = self.picked.as_ref().is_some_and(PickedEntries::cuts_rows);
        Ok((column, cuts_rows && levels == Some(Levels::Picked)))
    }

    /// Returns a leaf that has one entry for each row.
    pub(super) fn of_rows(&mut self, leaf: usize) -> Result<Arc<Column>, ParquetFault> {
        let column = self.nested(leaf)?;
        self.check(leaf, column.len == self.rows.len(), "has another number of entries than there are traces")?;
        Ok(column)
    }

    /// Returns a leaf that has one value for each row.
    pub(super) fn values_of_rows(&mut self, leaf: usize) -> Result<Arc<Column>, ParquetFault> {
        let column = self.of_rows(leaf)?;
        let has_all = column.def.is_empty() || count(&column.def, column.max_def) == column.len;
        self.check(leaf, has_all, "lacks values that every trace has")?;
        Ok(column)
    }

    /// Makes sure that something holds for a leaf; `problem` goes on behind its name.
    pub(super) fn check(&self, leaf: usize, holds: bool, problem: &str) -> Result<(), ParquetFault> {
        if holds {
            return Ok(());
        }
        let metadata = self.file.chunk_metadata(self.group, leaf);
        let (column, group) = (metadata.column_path().string(), self.group + 1);
        Err(ParquetFault::damaged(None, format!("column {column} in row group {group} {problem}")))
    }

    /// Returns how many entries were picked, at the level of spans.
    pub(super) fn picked_len(&self) -> usize {
        self.picked.as_ref().map_or(0, PickedEntries::len)
    }

    fn get(&mut self, leaf: usize, levels: Levels) -> Result<Arc<Column>, ParquetFault> {
        self.load(&[(leaf, levels)])?;
        match self.columns.get(&leaf) {
            Some((column, _)) => Ok(Arc::clone(column)),
            None => Err(ParquetFault::damaged(None, "a column was not read")),
        }
    }

    /// Returns what is read where something is wanted: while nothing was picked, there is nothing else than all.
    fn levels(&self, wanted: Levels) -> Levels {
        match wanted {
            Levels::Picked if self.picked.is_none() => Levels::Definition,
            levels => levels,
        }
    }

    /// Returns some leaf of these that has all its levels.
    pub(super) fn with_levels(&self, mut leaves: impl Iterator<Item = usize>) -> Option<Arc<Column>> {
        leaves.find_map(|leaf| match self.columns.get(&leaf) {
            Some((column, Levels::Both)) => Some(Arc::clone(column)),
            _ => None,
        })
    }

    /// Tells whether a leaf has one entry for each span.
    pub(super) fn is_of_spans(&self, leaf: usize) -> bool {
        is_of_spans(self.file.chunk_metadata(self.group, leaf).column_descr())
    }

    /// Returns that of some leaves which takes the fewest bytes.
    pub(super) fn smallest(&self, leaves: impl Iterator<Item = usize>) -> Option<usize> {
        leaves.min_by_key(|leaf| self.file.chunk_metadata(self.group, *leaf).compressed_size())
    }

    /// Goes on with some of the rows only, and with what was picked of these.
    pub(super) fn narrow(&mut self, rows: RowSet, picked: Option<PickedEntries>) -> Result<(), ParquetFault> {
        let is_same = rows == self.rows;
        let places = places(&self.rows, &rows);
        let mut columns = HashMap::with_capacity(self.columns.len());
        for (leaf, (column, levels)) in mem::take(&mut self.columns) {
            // Without levels nobody knows where rows begin: it is read again.
            let is_nested = self.file.chunk_metadata(self.group, leaf).column_descr().max_rep_level() > 0;
            let of_spans = picked.as_ref().filter(|_| self.is_of_spans(leaf));
            let (selected, levels) = match (levels, of_spans) {
                (Levels::Picked, _) => continue,
                // Where rows begin is not known, but where the entries lie that were picked.
                (Levels::Definition, Some(known)) => (column.select_entries(known.entries()), Levels::Picked),
                (Levels::Definition, None) if is_nested && !is_same => continue,
                _ if is_same => {
                    columns.insert(leaf, (column, levels));
                    continue;
                }
                (_, Some(known)) => (column.select_entries(places.iter().map(|rows| known.entries_of(rows))), levels),
                _ => (column.select(&places), levels),
            };
            let column = Arc::new(selected.map_err(|corrupt| ParquetFault::damaged(None, corrupt.0))?);
            columns.insert(leaf, (column, levels));
        }
        (self.columns, self.rows, self.picked) = (columns, rows, picked);
        Ok(())
    }
}

/// Returns where the rows of a subset stand among those of a set.
fn places(all: &RowSet, some: &RowSet) -> Vec<Range<u32>> {
    let mut places = Vec::with_capacity(some.ranges().len());
    let mut before = 0;
    let mut next = some.ranges().iter().peekable();
    for range in all.ranges() {
        while let Some(part) = next.peek().filter(|part| part.start < range.end) {
            places.push(before + part.start - range.start..before + part.end - range.start);
            next.next();
        }
        before += range.len() as u32;
    }
    places
}

#[cfg(test)]
mod tests;
