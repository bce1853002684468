//! Pages of one leaf column, decoded: levels and values of the rows that were asked for.

use std::{collections::HashMap, ops::Range, sync::Arc};

use bytes::Bytes;
use parquet::{
    basic::{Encoding, Type},
    column::page::{Page, PageReader},
    errors::ParquetError,
    file::page_index::offset_index::PageLocation,
    file::{
        reader::{ChunkReader, Length},
        serialized_reader::SerializedPageReader,
    },
};

use super::{
    encoding::{Corrupt, delta, hybrid, plain},
    file::{Chunk, Dictionary, ParquetFault, ParquetFile},
    rows::RowSet,
    texts::Texts,
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

/// Values of a leaf column.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// INT32 and INT64.
    Ints(Vec<i64>),
    /// DOUBLE.
    Floats(Vec<f64>),
    /// BOOLEAN: 0 or 1.
    Bools(Vec<u8>),
    /// BYTE_ARRAY, as places in the column chunk's dictionary.
    Index(Vec<u32>, Arc<Texts>),
    /// BYTE_ARRAY as such.
    Texts(Texts),
}

impl Column {
    /// Makes a column without entries.
    fn new(chunk: &Chunk) -> Column {
        let values = match (chunk.column_type(), chunk.dictionary().as_deref()) {
            (Type::INT32 | Type::INT64, _) => Values::Ints(Vec::new()),
            (Type::DOUBLE | Type::FLOAT, _) => Values::Floats(Vec::new()),
            (Type::BOOLEAN, _) => Values::Bools(Vec::new()),
            (_, Some(Dictionary::Texts(texts))) => Values::Index(Vec::new(), Arc::clone(texts)),
            _ => Values::Texts(Texts::default()),
        };
        Column { len: 0, rep: Vec::new(), def: Vec::new(), max_def: chunk.max_def(), values }
    }
}

/// A page has a few thousand entries, and however few bytes a page has, it can claim to have billions.
const MAX_ENTRIES: usize = 1 << 26;

/// What of a column is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Levels {
    /// Repetition and definition.
    Both,
    /// Where there is a value, if not everywhere: which entries begin rows is known from another column.
    Definition,
}

/// The bytes of a page, or of a dictionary, where they lie in the file.
struct Piece {
    offset: u64,
    bytes: Bytes,
}

impl Length for Piece {
    fn len(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

impl ChunkReader for Piece {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let bytes = self.get_bytes(start, (self.len().saturating_sub(start)) as usize)?;
        Ok(bytes::Buf::reader(bytes))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let start = start.checked_sub(self.offset).and_then(|start| usize::try_from(start).ok());
        match start.and_then(|start| Some(start..start.checked_add(length)?)) {
            Some(range) if range.end <= self.bytes.len() => Ok(self.bytes.slice(range)),
            _ => Err(ParquetError::EOF("it lies beyond the page".to_owned())),
        }
    }
}

/// Pages that were unpacked, by where they lie in the file.
pub(crate) type Pages = HashMap<u64, Page>;

/// Reads several leaves of a row group, each with the rows of `rows`.
///
/// The bytes of all that is needed are asked for at once, but for the pages that are there.
pub(crate) fn read(
    file: &ParquetFile,
    wanted: &[(Arc<Chunk>, Levels)],
    rows: &RowSet,
    there: &Pages,
) -> Result<Vec<Column>, ParquetFault> {
    let mut ranges = Vec::new();
    // Another thread may read them meanwhile: what is missing is asked once.
    let dictionaries: Vec<_> = wanted.iter().map(|(chunk, _)| chunk.missing_dictionary()).collect();
    for ((chunk, _), dictionary) in wanted.iter().zip(&dictionaries) {
        ranges.extend(dictionary.clone());
        let pages = chunk.pages_of(rows).map(|page| chunk.pages[page].bytes.clone());
        ranges.extend(pages.filter(|range| !there.contains_key(&range.start)));
    }
    let mut pieces = file.read(&ranges)?.into_iter();
    let mut next = |offset: u64| match pieces.next() {
        Some(bytes) => Ok(Piece { offset, bytes }),
        None => Err(ParquetFault::damaged(Some(offset), "a page was not read")),
    };
    let mut columns = Vec::with_capacity(wanted.len());
    for ((chunk, levels), dictionary) in wanted.iter().zip(dictionaries) {
        if let Some(range) = dictionary {
            read_dictionary(chunk, next(range.start)?)?;
        }
        let mut column = Column::new(chunk);
        column.reserve(chunk, *levels, chunk.entries_of(rows));
        let mut decoder = Decoder { chunk, levels: *levels, column, scratch: Column::new(chunk) };
        for at in chunk.pages_of(rows) {
            let place = &chunk.pages[at];
            let unpacked;
            let page = match there.get(&place.bytes.start) {
                Some(page) => page,
                None => {
                    unpacked = read_page(chunk, next(place.bytes.start)?)?;
                    &unpacked
                }
            };
            let of_page: Vec<Range<u32>> = rows
                .within(place.rows.clone())
                .map(|range| range.start - place.rows.start..range.end - place.rows.start)
                .collect();
            let all = of_page.len() == 1 && of_page[0].len() == place.rows.len();
            let decoded = if all { decoder.whole(page) } else { decoder.part(page, &of_page) };
            decoded.map_err(|corrupt| ParquetFault::corrupt(place.bytes.start, &corrupt))?;
        }
        columns.push(decoder.column);
    }
    Ok(columns)
}

/// Reads the dictionaries of several leaves, those that are not known yet.
pub(crate) fn read_dictionaries(file: &ParquetFile, chunks: &[Arc<Chunk>]) -> Result<(), ParquetFault> {
    let missing: Vec<_> = chunks.iter().filter_map(|chunk| Some((chunk, chunk.missing_dictionary()?))).collect();
    let ranges: Vec<Range<u64>> = missing.iter().map(|(_, range)| range.clone()).collect();
    for ((chunk, range), bytes) in missing.into_iter().zip(file.read(&ranges)?) {
        read_dictionary(chunk, Piece { offset: range.start, bytes })?;
    }
    Ok(())
}

/// So many pages are looked at before it is given up to find some without what is looked for.
const TRIED: usize = 4;

/// Finds the pages of a leaf, among those with some of `rows`, of which some dictionary entry is wanted; `wanted` has a
/// mark for each entry of the dictionary. Pages without a dictionary may hold anything.
///
/// Where the first few pages all have some, the rest is taken to be like them. What was unpacked is kept.
pub(crate) fn pages_with(
    file: &ParquetFile,
    chunk: &Arc<Chunk>,
    rows: &RowSet,
    wanted: &[bool],
    there: &mut Pages,
) -> Result<RowSet, ParquetFault> {
    let pages: Vec<usize> = chunk.pages_of(rows).collect();
    let mut left = RowSet::empty();
    let mut indices = Vec::new();
    let mut all = true;
    for (tried, some) in pages.chunks(TRIED).enumerate() {
        if tried > 0 && all {
            return Ok(rows.clone());
        }
        let missing = some.iter().map(|at| &chunk.pages[*at].bytes).filter(|range| !there.contains_key(&range.start));
        let ranges: Vec<Range<u64>> = missing.cloned().collect();
        for (range, bytes) in ranges.iter().zip(file.read(&ranges)?) {
            there.insert(range.start, read_page(chunk, Piece { offset: range.start, bytes })?);
        }
        for at in some {
            let place = &chunk.pages[*at];
            let Some(page) = there.get(&place.bytes.start) else { continue };
            let has = has_some(page, chunk, wanted, &mut indices)
                .map_err(|corrupt| ParquetFault::corrupt(place.bytes.start, &corrupt))?;
            all &= has;
            if has {
                left.push(place.rows.clone());
            }
        }
    }
    Ok(left.and(rows))
}

/// Tells whether a page has a value whose place in the dictionary is wanted.
fn has_some(page: &Page, chunk: &Chunk, wanted: &[bool], indices: &mut Vec<u32>) -> Result<bool, Corrupt> {
    let parts = Parts::of(page, chunk)?;
    if !matches!(parts.encoding, Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY) {
        return Ok(true);
    }
    let count = parts.values(chunk.max_def())?;
    indices.clear();
    if count > 0 {
        hybrid::indices(parts.data, count, indices)?;
    }
    Ok(indices.iter().any(|index| wanted.get(*index as usize).copied().unwrap_or_default()))
}

fn read_dictionary(chunk: &Chunk, piece: Piece) -> Result<(), ParquetFault> {
    let offset = piece.offset;
    let first = chunk.pages.first().map(location).into_iter().collect();
    let page = page_reader(chunk, piece, first)?.get_next_page();
    let page = page.map_err(|error| ParquetFault::parquet(Some(offset), &error))?;
    let Some(Page::DictionaryPage { buf, num_values, encoding, .. }) = page else {
        return Err(ParquetFault::damaged(Some(offset), "there is no dictionary where it should be"));
    };
    if !matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY) {
        return Err(ParquetFault::damaged(Some(offset), format!("a dictionary is encoded as {encoding}")));
    }
    let corrupt = |corrupt: Corrupt| ParquetFault::corrupt(offset, &corrupt);
    let mut values = Column::new(chunk).values;
    if chunk.column_type() == Type::BYTE_ARRAY {
        values = Values::Texts(Texts::default());
    }
    values.push(&buf, num_values as usize, Encoding::PLAIN, chunk, None).map_err(corrupt)?;
    chunk.set_dictionary(match values {
        Values::Texts(texts) => Dictionary::Texts(Arc::new(texts)),
        Values::Ints(ints) => Dictionary::Ints(ints),
        Values::Floats(floats) => Dictionary::Floats(floats),
        Values::Bools(_) | Values::Index(..) => {
            return Err(ParquetFault::damaged(Some(offset), "a column that has none has a dictionary"));
        }
    });
    Ok(())
}

fn read_page(chunk: &Chunk, piece: Piece) -> Result<Page, ParquetFault> {
    let offset = piece.offset;
    let damaged = |error: ParquetError| ParquetFault::parquet(Some(offset), &error);
    let here = PageLocation {
        offset: offset as i64,
        compressed_page_size: i32::try_from(piece.bytes.len()).unwrap_or(i32::MAX),
        first_row_index: 0,
    };
    let (start, _) = chunk.metadata.byte_range();
    let mut reader = page_reader(chunk, piece, vec![here])?;
    if start != offset {
        // What lies before the page is taken for a dictionary.
        reader.skip_next_page().map_err(damaged)?;
    }
    match reader.get_next_page().map_err(damaged)? {
        Some(page) => Ok(page),
        None => Err(ParquetFault::damaged(Some(offset), "there is no page where it should be")),
    }
}

fn location(place: &super::file::PagePlace) -> PageLocation {
    PageLocation {
        offset: place.bytes.start as i64,
        compressed_page_size: i32::try_from(place.bytes.end - place.bytes.start).unwrap_or(i32::MAX),
        first_row_index: i64::from(place.rows.start),
    }
}

fn page_reader(
    chunk: &Chunk,
    piece: Piece,
    pages: Vec<PageLocation>,
) -> Result<SerializedPageReader<Piece>, ParquetFault> {
    let offset = piece.offset;
    SerializedPageReader::new(Arc::new(piece), &chunk.metadata, 0, Some(pages))
        .map_err(|error| ParquetFault::parquet(Some(offset), &error))
}

/// A data page, taken apart.
struct Parts<'p> {
    /// How many entries it has.
    entries: usize,
    /// How many of them have no value, where the header tells.
    nulls: Option<usize>,
    rep: &'p [u8],
    def: &'p [u8],
    data: &'p [u8],
    encoding: Encoding,
}

impl<'p> Parts<'p> {
    fn of(page: &'p Page, chunk: &Chunk) -> Result<Parts<'p>, Corrupt> {
        if page.num_values() as usize > MAX_ENTRIES {
            return Err(Corrupt("a page has more entries than can be"));
        }
        match page {
            Page::DataPageV2 {
                buf, num_values, encoding, num_nulls, def_levels_byte_len, rep_levels_byte_len, ..
            } => {
                let levels = *rep_levels_byte_len as usize + *def_levels_byte_len as usize;
                if levels > buf.len() || num_nulls > num_values {
                    return Err(Corrupt("levels are longer than the page"));
                }
                let (levels, data) = buf.split_at(levels);
                let (rep, def) = levels.split_at(*rep_levels_byte_len as usize);
                let (entries, nulls) = (*num_values as usize, Some(*num_nulls as usize));
                Ok(Parts { entries, nulls, rep, def, data, encoding: *encoding })
            }
            Page::DataPage { buf, num_values, encoding, .. } => {
                let mut data = &buf[..];
                let mut levels = |max: u8| {
                    if max == 0 {
                        return Ok(&[][..]);
                    }
                    let (length, rest) = data.split_first_chunk().ok_or(Corrupt("a page has no levels"))?;
                    let length = u32::from_le_bytes(*length) as usize;
                    let (levels, rest) =
                        rest.split_at_checked(length).ok_or(Corrupt("levels are longer than the page"))?;
                    data = rest;
                    Ok(levels)
                };
                let (rep, def) = (levels(chunk.max_rep())?, levels(chunk.max_def())?);
                Ok(Parts { entries: *num_values as usize, nulls: None, rep, def, data, encoding: *encoding })
            }
            Page::DictionaryPage { .. } => Err(Corrupt("a dictionary stands between pages")),
        }
    }

    /// Returns how many values there are.
    fn values(&self, max_def: u8) -> Result<usize, Corrupt> {
        match self.nulls {
            Some(nulls) => Ok(self.entries - nulls),
            None if max_def == 0 => Ok(self.entries),
            None => {
                let mut def = Vec::new();
                hybrid::levels(self.def, width(max_def), self.entries, &mut def)?;
                Ok(count(&def, max_def))
            }
        }
    }
}

/// Decodes the pages of a column one after the other.
struct Decoder<'c> {
    chunk: &'c Chunk,
    levels: Levels,
    column: Column,
    /// Pages of which only some rows are wanted.
    scratch: Column,
}

impl Decoder<'_> {
    /// Takes all rows of a page.
    fn whole(&mut self, page: &Page) -> Result<(), Corrupt> {
        let needs_rep = self.levels == Levels::Both && self.chunk.max_rep() > 0;
        append(&mut self.column, page, self.chunk, needs_rep)
    }

    /// Takes some rows of a page, counted from its first one.
    fn part(&mut self, page: &Page, rows: &[Range<u32>]) -> Result<(), Corrupt> {
        let nested = self.chunk.max_rep() > 0;
        self.scratch.clear();
        append(&mut self.scratch, page, self.chunk, nested)?;
        self.column.extend(&self.scratch, rows, self.levels == Levels::Both)
    }
}

/// Finds where rows begin, going forward.
struct RowStarts<'r> {
    rep: &'r [u8],
    len: usize,
    /// The row that begins at `entry`.
    row: usize,
    entry: usize,
}

impl RowStarts<'_> {
    /// Returns the first entry of a row, or the end.
    fn find(&mut self, row: usize) -> usize {
        while self.row < row && self.entry < self.len {
            let next = memchr::memchr(0, &self.rep[self.entry + 1..]);
            self.entry = next.map_or(self.len, |next| self.entry + 1 + next);
            self.row += 1;
        }
        self.entry
    }
}

/// Adds all entries of a page.
fn append(column: &mut Column, page: &Page, chunk: &Chunk, needs_rep: bool) -> Result<(), Corrupt> {
    let parts = Parts::of(page, chunk)?;
    let max_def = column.max_def;
    if needs_rep {
        hybrid::levels(parts.rep, width(chunk.max_rep()), parts.entries, &mut column.rep)?;
    }
    let mut values = parts.entries;
    if max_def == 0 || parts.nulls == Some(0) {
        column.grow_def(parts.entries);
    } else {
        column.begin_def();
        let before = column.def.len();
        hybrid::levels(parts.def, width(max_def), parts.entries, &mut column.def)?;
        values = count(&column.def[before..], max_def);
    }
    column.len += parts.entries;
    column.values.push(parts.data, values, parts.encoding, chunk, chunk.dictionary().as_deref())
}

impl Column {
    /// Returns the entries of some rows, counted from the first one there is; `self` must have its repetition levels.
    pub(crate) fn select(&self, rows: &[Range<u32>]) -> Result<Column, Corrupt> {
        let mut selected =
            Column { len: 0, rep: Vec::new(), def: Vec::new(), max_def: self.max_def, values: self.values.like() };
        selected.extend(self, rows, true)?;
        Ok(selected)
    }

    /// Adds the entries of some rows of another column with repetition levels, if it is nested.
    fn extend(&mut self, from: &Column, rows: &[Range<u32>], with_rep: bool) -> Result<(), Corrupt> {
        let nested = !from.rep.is_empty();
        let mut starts = RowStarts { rep: &from.rep, len: from.len, row: 0, entry: 0 };
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
        for range in rows {
            let entries = if nested {
                starts.find(range.start as usize)..starts.find(range.end as usize)
            } else {
                range.start as usize..range.end as usize
            };
            if entries.end > from.len || entries.start > entries.end {
                return Err(Corrupt("a page has fewer rows than it should"));
            }
            let of_values = value_at(entries.start)..value_at(entries.end);
            if nested && with_rep {
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
        match &mut self.values {
            Values::Ints(out) => out.reserve(values),
            Values::Floats(out) => out.reserve(values),
            Values::Bools(out) => out.reserve(values),
            Values::Index(out, _) => out.reserve(values),
            Values::Texts(texts) => texts.reserve(values),
        }
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

impl Values {
    /// Makes values of the same type, of which there are none yet.
    fn like(&self) -> Values {
        match self {
            Values::Ints(_) => Values::Ints(Vec::new()),
            Values::Floats(_) => Values::Floats(Vec::new()),
            Values::Bools(_) => Values::Bools(Vec::new()),
            Values::Index(_, texts) => Values::Index(Vec::new(), Arc::clone(texts)),
            Values::Texts(_) => Values::Texts(Texts::default()),
        }
    }

    fn clear(&mut self) {
        match self {
            Values::Ints(values) => values.clear(),
            Values::Floats(values) => values.clear(),
            Values::Bools(values) => values.clear(),
            Values::Index(values, _) => values.clear(),
            Values::Texts(texts) => texts.clear(),
        }
    }

    /// Adds a range of other values of the same column.
    fn extend(&mut self, other: &Values, range: Range<usize>) -> Result<(), Corrupt> {
        const SHORT: Corrupt = Corrupt("a page has fewer values than it should");
        match (&mut *self, other) {
            (Values::Ints(to), Values::Ints(from)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (Values::Floats(to), Values::Floats(from)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (Values::Bools(to), Values::Bools(from)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (Values::Index(to, _), Values::Index(from, _)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (_, Values::Index(from, texts)) => {
                let to = self.as_texts();
                for index in from.get(range).ok_or(SHORT)? {
                    to.push(texts.get(*index as usize).ok_or(Corrupt("an index lies beyond the dictionary"))?);
                }
            }
            (_, Values::Texts(from)) => {
                let to = self.as_texts();
                for at in range {
                    to.push(from.get(at).ok_or(SHORT)?);
                }
            }
            _ => return Err(Corrupt("pages of a column have different types")),
        }
        Ok(())
    }

    /// Turns byte strings that are places in a dictionary into the strings themselves.
    fn as_texts(&mut self) -> &mut Texts {
        if let Values::Index(indices, dictionary) = self {
            let mut texts = Texts::default();
            for index in indices {
                texts.push(dictionary.get(*index as usize).unwrap_or_default());
            }
            *self = Values::Texts(texts);
        }
        match self {
            Values::Texts(texts) => texts,
            other => {
                *other = Values::Texts(Texts::default());
                other.as_texts()
            }
        }
    }

    /// Adds `count` values of a page.
    fn push(
        &mut self,
        data: &[u8],
        count: usize,
        encoding: Encoding,
        chunk: &Chunk,
        dictionary: Option<&Dictionary>,
    ) -> Result<(), Corrupt> {
        if count == 0 {
            return Ok(());
        }
        match (&mut *self, encoding) {
            (_, Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY) => self.push_indices(data, count, dictionary),
            (Values::Ints(out), Encoding::PLAIN) if chunk.column_type() == Type::INT32 => {
                widened(out, |small| plain::i32s(data, count, small))
            }
            (Values::Ints(out), Encoding::PLAIN) => plain::i64s(data, count, out),
            (Values::Ints(out), Encoding::DELTA_BINARY_PACKED) if chunk.column_type() == Type::INT32 => {
                widened(out, |small| delta::i32s(data, count, small).map(drop))
            }
            (Values::Ints(out), Encoding::DELTA_BINARY_PACKED) => delta::i64s(data, count, out).map(drop),
            (Values::Floats(out), Encoding::PLAIN) => plain::f64s(data, count, out),
            (Values::Bools(out), Encoding::PLAIN) => hybrid::plain_bools(data, count, out),
            (Values::Bools(out), Encoding::RLE) => hybrid::bools(data, count, out),
            (Values::Index(..) | Values::Texts(_), Encoding::PLAIN) => self.as_texts().push_plain(data, count),
            (Values::Index(..) | Values::Texts(_), Encoding::DELTA_LENGTH_BYTE_ARRAY) => {
                self.as_texts().push_delta_length(data, count)
            }
            (Values::Index(..) | Values::Texts(_), Encoding::DELTA_BYTE_ARRAY) => {
                self.as_texts().push_delta(data, count)
            }
            _ => Err(Corrupt("values are encoded in a way that is not known")),
        }
    }

    /// Adds values that are places in the dictionary.
    fn push_indices(&mut self, data: &[u8], count: usize, dictionary: Option<&Dictionary>) -> Result<(), Corrupt> {
        const BEYOND: Corrupt = Corrupt("an index lies beyond the dictionary");
        let dictionary = dictionary.ok_or(Corrupt("there is no dictionary"))?;
        if let (Values::Index(out, texts), Dictionary::Texts(_)) = (&mut *self, dictionary) {
            let before = out.len();
            hybrid::indices(data, count, out)?;
            let largest = out[before..].iter().copied().max().unwrap_or_default();
            return if (largest as usize) < texts.len() { Ok(()) } else { Err(BEYOND) };
        }
        let mut indices = Vec::new();
        hybrid::indices(data, count, &mut indices)?;
        for index in indices {
            let index = index as usize;
            match (&mut *self, dictionary) {
                (Values::Ints(out), Dictionary::Ints(values)) => out.push(*values.get(index).ok_or(BEYOND)?),
                (Values::Floats(out), Dictionary::Floats(values)) => out.push(*values.get(index).ok_or(BEYOND)?),
                (Values::Texts(out), Dictionary::Texts(texts)) => out.push(texts.get(index).ok_or(BEYOND)?),
                _ => return Err(Corrupt("the dictionary has another type than the column")),
            }
        }
        Ok(())
    }
}

/// Adds numbers that are decoded as 32 bits.
fn widened(out: &mut Vec<i64>, decode: impl FnOnce(&mut Vec<i32>) -> Result<(), Corrupt>) -> Result<(), Corrupt> {
    let mut small = Vec::new();
    decode(&mut small)?;
    out.extend(small.into_iter().map(i64::from));
    Ok(())
}

/// Returns how many bits levels up to `max` have.
fn width(max: u8) -> u8 {
    (u8::BITS - max.leading_zeros()) as u8
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
