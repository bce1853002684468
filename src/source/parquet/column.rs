//! Leaf columns, decoded: levels and values of the rows that were asked for.

use std::{mem, ops::Range, sync::Arc};

use parquet::column::page::Page;

use super::{
    encoding::{Corrupt, hybrid},
    file::{Chunk, ParquetFault, ParquetFile},
    levels,
    page::{OTHER_ROWS, Pages, Parts, Piece, read_dictionary, read_page, width},
    picked::PickedEntries,
    rows::RowSet,
    values::Values,
};

/// The entries of a leaf column in some rows.
///
/// Where `def` is empty every entry has a value; where `rep` is empty every row has one entry, or nobody asked.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// How many entries there are: values and places without one.
    pub(crate) len: usize,
    /// The repetition level of each entry: 0 where a row begins.
    pub(crate) rep: Vec<u8>,
    /// The definition level of each entry.
    pub(crate) def: Vec<u8>,
    /// The level at which there is a value.
    pub(crate) max_def: u8,
    /// The values, without gaps.
    pub(crate) values: Values,
}

impl Column {
    /// Makes a column without entries.
    fn new(chunk: &Chunk) -> Column {
        Column { len: 0, rep: Vec::new(), def: Vec::new(), max_def: chunk.max_def(), values: Values::of(chunk) }
    }
}

/// What of a column is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Levels {
    /// Repetition and definition.
    Both,
    /// Where there is a value, if not everywhere: which entries begin rows is known from another column.
    Definition,
    /// The same, of [`PickedEntries`].
    Picked,
}

/// Reads several leaves of a row group, each with the rows of `rows`, or with what was picked of these rows.
///
/// The bytes of all that is needed are asked for at once, but for the pages that are there; of a file that lies near, page
/// after page, so that the same memory serves them all, and is still in the processor's cache when they are decoded.
pub(crate) fn read(
    file: &ParquetFile,
    wanted: &[(Arc<Chunk>, Levels)],
    rows: &RowSet,
    picked: Option<&PickedEntries>,
    there: &Pages,
    scratch: &mut Scratch,
) -> Result<Vec<Column>, ParquetFault> {
    let is_far = file.ranges.is_far();
    // Another thread may read them meanwhile: what is missing is asked once.
    let dictionaries: Vec<_> = wanted.iter().map(|(chunk, _)| chunk.missing_dictionary()).collect();
    let mut ranges = Vec::new();
    for ((chunk, _), dictionary) in wanted.iter().zip(&dictionaries).filter(|_| is_far) {
        ranges.extend(dictionary.clone());
        let pages = chunk.pages_of(rows).map(|page| chunk.pages[page].bytes.clone());
        ranges.extend(pages.filter(|range| !there.contains_key(&range.start)));
    }
    let mut pieces = file.read(&ranges)?.into_iter();
    let mut next = |range: Range<u64>| {
        let piece = if is_far { pieces.next() } else { file.read(std::slice::from_ref(&range))?.pop() };
        match piece {
            Some(bytes) => Ok(Piece { offset: range.start, bytes }),
            None => Err(ParquetFault::damaged(Some(range.start), "a page was not read")),
        }
    };
    let mut columns = Vec::with_capacity(wanted.len());
    for ((chunk, levels), dictionary) in wanted.iter().zip(dictionaries) {
        if let Some(range) = dictionary {
            read_dictionary(chunk, next(range)?)?;
        }
        let picked = picked.filter(|_| *levels == Levels::Picked);
        let mut column = Column::new(chunk);
        column.reserve(chunk, *levels, picked.map_or_else(|| chunk.entries_of(rows), PickedEntries::len));
        let mut decoder =
            Decoder { chunk, levels: *levels, column, scratch: scratch.lend(chunk), pages: 0, entries: 0 };
        for at in chunk.pages_of(rows) {
            let place = &chunk.pages[at];
            let unpacked;
            let page = match there.get(&place.bytes.start) {
                Some(page) => page,
                None => {
                    unpacked = read_page(chunk, at, next(place.bytes.clone())?)?;
                    &unpacked
                }
            };
            let decoded = match picked {
                Some(picked) => decoder.picked(page, place.rows.clone(), picked),
                None => decoder.rows(page, place.rows.clone(), rows),
            };
            decoded.map_err(|corrupt| chunk.page_fault(Some(at), place.bytes.start, corrupt))?;
        }
        decoder.check_total()?;
        scratch.take_back(decoder.scratch);
        columns.push(decoder.column);
    }
    Ok(columns)
}

/// Memory for pages of which only a part is wanted: it serves one column after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    rep: Vec<u8>,
    def: Vec<u8>,
    /// One of each kind.
    values: Vec<Values>,
}

impl Scratch {
    /// Lends an empty column for a chunk.
    fn lend(&mut self, chunk: &Chunk) -> Column {
        let mut column = Column::new(chunk);
        (column.rep, column.def) = (mem::take(&mut self.rep), mem::take(&mut self.def));
        if let Some(at) =
            self.values.iter().position(|values| mem::discriminant(values) == mem::discriminant(&column.values))
        {
            column.values.swap_memory(&mut self.values.swap_remove(at));
        }
        column.clear();
        column
    }

    /// Takes the memory of a column that was lent.
    fn take_back(&mut self, column: Column) {
        (self.rep, self.def) = (column.rep, column.def);
        self.values.push(column.values);
    }
}

/// Decodes the pages of a column one after the other.
struct Decoder<'c> {
    chunk: &'c Chunk,
    levels: Levels,
    column: Column,
    /// Pages of which only some rows are wanted.
    scratch: Column,
    /// How many pages were looked at, and how many entries these have.
    pages: usize,
    entries: usize,
}

impl Decoder<'_> {
    /// Takes those rows of a page that are among `rows`.
    fn rows(&mut self, page: &Page, of_page: Range<u32>, rows: &RowSet) -> Result<(), Corrupt> {
        let parts = self.parts(page, &of_page)?;
        let is_nested = self.chunk.max_rep() > 0;
        let wanted: Vec<Range<u32>> =
            rows.within(of_page.clone()).map(|range| range.start - of_page.start..range.end - of_page.start).collect();
        if is_only(&wanted, 0..of_page.end - of_page.start) {
            return append(&mut self.column, &parts, self.chunk, is_nested && self.levels == Levels::Both);
        }
        self.scratch.clear();
        append(&mut self.scratch, &parts, self.chunk, is_nested)?;
        self.column.extend_rows(&self.scratch, &wanted, self.levels == Levels::Both)
    }

    /// Takes those entries of a page that were picked.
    fn picked(&mut self, page: &Page, rows: Range<u32>, picked: &PickedEntries) -> Result<(), Corrupt> {
        let parts = self.parts(page, &rows)?;
        let mut bounds = Vec::new();
        let entries = picked.within(rows, parts.entries, |row| {
            if bounds.is_empty() {
                let mut rep = Vec::new();
                append_rep(&mut rep, &parts, self.chunk)?;
                bounds = row_bounds(&rep);
            }
            Ok(bounds.get(row as usize).map_or(parts.entries, |bound| *bound as usize))
        })?;
        if is_only(&entries, 0..parts.entries) {
            return append(&mut self.column, &parts, self.chunk, false);
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.scratch.clear();
        append(&mut self.scratch, &parts, self.chunk, false)?;
        self.column.extend(&self.scratch, entries.into_iter(), false)
    }

    /// Takes a page with these rows apart.
    fn parts<'p>(&mut self, page: &'p Page, rows: &Range<u32>) -> Result<Parts<'p>, Corrupt> {
        let parts = Parts::of(page, self.chunk, rows)?;
        self.pages += 1;
        self.entries += parts.entries;
        Ok(parts)
    }

    /// Makes sure, once all pages were looked at, that they have as many entries as the footer says.
    fn check_total(&self) -> Result<(), ParquetFault> {
        let Chunk { metadata, pages, .. } = self.chunk;
        let told = usize::try_from(metadata.num_values()).ok();
        if self.pages < pages.len() || told == Some(self.entries) {
            return Ok(());
        }
        let column = metadata.column_path().string();
        let problem = format!("the pages of column {column} have another number of values than its footer says");
        Err(ParquetFault::damaged(pages.first().map(|page| page.bytes.start), problem))
    }
}

/// Tells whether a range is the only one of some.
fn is_only<T: PartialEq>(ranges: &[Range<T>], range: Range<T>) -> bool {
    matches!(ranges, [only] if *only == range)
}

/// Returns where each row of levels begins, and where the last one ends.
fn row_bounds(rep: &[u8]) -> Vec<u32> {
    let mut bounds = Vec::new();
    levels::starts(rep, 0, &mut bounds);
    bounds.push(rep.len() as u32);
    bounds
}

/// Returns the entries of some rows, by the bounds of all; a row beyond them begins at the end.
fn entries_of<'r>(bounds: &'r [u32], rows: &'r [Range<u32>]) -> impl Iterator<Item = Range<usize>> + Clone + 'r {
    let end = bounds.last().copied().unwrap_or_default();
    let bound = move |row: u32| bounds.get(row as usize).copied().unwrap_or(end) as usize;
    rows.iter().map(move |rows| bound(rows.start)..bound(rows.end))
}

/// Adds all entries of a page.
fn append(column: &mut Column, parts: &Parts<'_>, chunk: &Chunk, needs_rep: bool) -> Result<(), Corrupt> {
    let max_def = column.max_def;
    if needs_rep {
        append_rep(&mut column.rep, parts, chunk)?;
    }
    let mut values = parts.entries;
    if max_def == 0 {
        column.grow_def(parts.entries);
    } else if parts.nulls == Some(0) {
        if !hybrid::are_all(parts.def, width(max_def), parts.entries, max_def)? {
            return Err(OTHER_NULLS);
        }
        column.grow_def(parts.entries);
    } else {
        column.begin_def();
        let before = column.def.len();
        hybrid::levels(parts.def, width(max_def), parts.entries, &mut column.def)?;
        let def = &column.def[before..];
        if any_above(def, max_def) {
            return Err(Corrupt("a definition level is greater than the greatest"));
        }
        values = count(def, max_def);
        if parts.nulls.is_some_and(|nulls| parts.entries - nulls != values) {
            return Err(OTHER_NULLS);
        }
    }
    column.len += parts.entries;
    column.values.push(parts.data, values, parts.encoding, chunk, chunk.dictionary().as_deref())
}

/// What is wrong with a page whose levels tell of other entries without a value than its header.
const OTHER_NULLS: Corrupt = Corrupt("it has another number of entries without a value than its header says");

/// Adds the repetition levels of a page.
fn append_rep(rep: &mut Vec<u8>, parts: &Parts<'_>, chunk: &Chunk) -> Result<(), Corrupt> {
    let before = rep.len();
    hybrid::levels(parts.rep, width(chunk.max_rep()), parts.entries, rep)?;
    let rep = &rep[before..];
    if any_above(rep, chunk.max_rep()) {
        return Err(Corrupt("a repetition level is greater than the greatest"));
    }
    if rep.first().is_some_and(|first| *first != 0) || levels::count_below(rep, 1) != parts.rows {
        return Err(OTHER_ROWS);
    }
    Ok(())
}

impl Column {
    /// Returns the entries of some rows, counted from the first one there is; a nested column must have its repetition
    /// levels.
    pub(crate) fn select(&self, rows: &[Range<u32>]) -> Result<Column, Corrupt> {
        match self.rep.is_empty() {
            true => self.select_entries(rows.iter().map(|rows| rows.start as usize..rows.end as usize)),
            false => self.select_entries(entries_of(&row_bounds(&self.rep), rows)),
        }
    }

    /// Returns some entries, which rise, with as many levels as there are.
    pub(crate) fn select_entries(
        &self,
        entries: impl Iterator<Item = Range<usize>> + Clone,
    ) -> Result<Column, Corrupt> {
        let mut selected =
            Column { len: 0, rep: Vec::new(), def: Vec::new(), max_def: self.max_def, values: self.values.like() };
        let count = entries.clone().map(|entries| entries.len()).sum();
        let with_rep = !self.rep.is_empty();
        selected.rep.reserve_exact(if with_rep { count } else { 0 });
        if self.def.is_empty() {
            selected.values.reserve(count);
        } else {
            selected.def.reserve_exact(count);
        }
        selected.extend(self, entries, with_rep)?;
        Ok(selected)
    }

    /// Adds the entries of some rows of another column with repetition levels, if it is nested.
    fn extend_rows(&mut self, from: &Column, rows: &[Range<u32>], with_rep: bool) -> Result<(), Corrupt> {
        if from.rep.is_empty() {
            return self.extend(from, rows.iter().map(|range| range.start as usize..range.end as usize), false);
        }
        let bounds = row_bounds(&from.rep);
        self.extend(from, entries_of(&bounds, rows), with_rep)
    }

    /// Adds some entries of another column, which rise.
    fn extend(
        &mut self,
        from: &Column,
        entries: impl Iterator<Item = Range<usize>>,
        with_rep: bool,
    ) -> Result<(), Corrupt> {
        // How many values stand before an entry that lies behind the last one asked for.
        let (mut counted, mut values) = (0, 0);
        let mut value_at = |entry: usize| {
            if from.def.is_empty() {
                return entry;
            }
            values += count(&from.def[counted..entry], from.max_def);
            counted = entry;
            values
        };
        for entries in entries {
            if entries.end > from.len || entries.start > entries.end {
                return Err(Corrupt("a page has fewer rows than it should"));
            }
            let of_values = value_at(entries.start)..value_at(entries.end);
            if with_rep {
                self.rep.extend_from_slice(&from.rep[entries.clone()]);
            }
            if from.def.is_empty() {
                self.grow_def(entries.len());
            } else {
                self.begin_def();
                self.def.extend_from_slice(&from.def[entries.clone()]);
            }
            self.len += entries.len();
            self.values.extend(&from.values, of_values)?;
        }
        Ok(())
    }

    /// Makes room for about so many entries.
    fn reserve(&mut self, chunk: &Chunk, levels: Levels, entries: usize) {
        let nulls = chunk.null_count().unwrap_or_default();
        if levels == Levels::Both && chunk.max_rep() > 0 {
            self.rep.reserve(entries);
        }
        if nulls > 0 {
            self.def.reserve(entries);
        }
        let all = usize::try_from(chunk.metadata.num_values()).unwrap_or_default().max(1);
        let values = (entries as f64 * (1.0 - nulls as f64 / all as f64)) as usize;
        self.values.reserve(values);
    }

    fn clear(&mut self) {
        self.len = 0;
        self.rep.clear();
        self.def.clear();
        self.values.clear();
    }

    /// Begins to write definition levels, which were all the highest so far.
    fn begin_def(&mut self) {
        if self.def.is_empty() {
            self.def.resize(self.len, self.max_def);
        }
    }

    /// Adds entries that all have a value.
    fn grow_def(&mut self, entries: usize) {
        if !self.def.is_empty() {
            self.def.resize(self.def.len() + entries, self.max_def);
        }
    }
}

/// Counts the entries that have a value.
pub(crate) fn count(def: &[u8], max: u8) -> usize {
    // Blocks of bytes, so that sums fit into bytes, which go many into a register.
    def.chunks(255).map(|block| usize::from(block.iter().map(|level| u8::from(*level == max)).sum::<u8>())).sum()
}

/// Tells whether some level is above `level`.
pub(crate) fn any_above(levels: &[u8], level: u8) -> bool {
    levels.chunks(256).any(|block| block.iter().copied().fold(0, u8::max) > level)
}
