//! Pages of a column chunk, out of their packing and taken apart, and its dictionary.

use std::{collections::HashMap, fmt::Display, ops::Range, sync::Arc};

use bytes::Bytes;
use parquet::{
    basic::{Encoding, Type},
    column::page::{Page, PageReader},
    errors::ParquetError,
    file::{
        page_index::offset_index::PageLocation,
        reader::{ChunkReader, Length},
        serialized_reader::SerializedPageReader,
    },
};

use crate::model::tempo_block::page_header::PageHeader;

use super::{
    column::count,
    encoding::{Corrupt, hybrid},
    file::{Chunk, Dictionary, PagePlace, ParquetFault, ParquetFile, undecodable},
    rows::RowSet,
    texts::Texts,
    values::Values,
};

/// The bytes of a page, or of a dictionary, where they lie in the file.
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) bytes: Bytes,
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
        let missing = some.iter().map(|at| (*at, chunk.pages[*at].bytes.clone()));
        let (numbers, ranges): (Vec<usize>, Vec<Range<u64>>) =
            missing.filter(|(_, range)| !there.contains_key(&range.start)).unzip();
        for ((at, range), bytes) in numbers.into_iter().zip(&ranges).zip(file.read(&ranges)?) {
            there.insert(range.start, read_page(chunk, at, Piece { offset: range.start, bytes })?);
        }
        for at in some {
            let place = &chunk.pages[*at];
            let Some(page) = there.get(&place.bytes.start) else { continue };
            let has = has_some(page, chunk, &place.rows, wanted, &mut indices)
                .map_err(|corrupt| chunk.page_fault(Some(*at), place.bytes.start, corrupt))?;
            all &= has;
            if has {
                left.push(place.rows.clone());
            }
        }
    }
    Ok(left.and(rows))
}

/// Tells whether a page has a value whose place in the dictionary is wanted.
fn has_some(
    page: &Page,
    chunk: &Chunk,
    rows: &Range<u32>,
    wanted: &[bool],
    indices: &mut Vec<u32>,
) -> Result<bool, Corrupt> {
    let parts = Parts::of(page, chunk, rows)?;
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

/// Reads the dictionary of a chunk, which keeps it.
pub(super) fn read_dictionary(chunk: &Chunk, piece: Piece) -> Result<(), ParquetFault> {
    let offset = piece.offset;
    let fault = |problem: &dyn Display| chunk.page_fault(None, offset, problem);
    let header = check_page(&piece).map_err(|problem| fault(&problem))?;
    check_has_checksum(chunk, &header).map_err(|problem| fault(&problem))?;
    let first = chunk.pages.first().map(location).into_iter().collect();
    let page = page_reader(chunk, piece, first).and_then(|mut reader| reader.get_next_page());
    let page = page.map_err(|error| fault(&undecodable(&error)))?;
    let Some(Page::DictionaryPage { buf, num_values, encoding, .. }) = page else {
        return Err(fault(&"is none"));
    };
    if !matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY) {
        return Err(fault(&format!("is encoded as {encoding}")));
    }
    check_unpacked(&buf, &header).map_err(|problem| fault(&problem))?;
    let mut values = Values::of(chunk);
    if chunk.column_type() == Type::BYTE_ARRAY {
        values = Values::Texts(Texts::default());
    }
    values.push(&buf, num_values as usize, Encoding::PLAIN, chunk, None).map_err(|corrupt| fault(&corrupt))?;
    chunk.set_dictionary(match values {
        Values::Texts(texts) => Dictionary::Texts(Arc::new(texts)),
        Values::Ints(ints) => Dictionary::Ints(ints),
        Values::Floats(floats) => Dictionary::Floats(floats),
        Values::Bools(_) | Values::Index(..) => return Err(fault(&"belongs to a column that cannot have one")),
    });
    Ok(())
}

/// Reads a page with a number, out of its packing.
pub(super) fn read_page(chunk: &Chunk, at: usize, piece: Piece) -> Result<Page, ParquetFault> {
    let offset = piece.offset;
    let fault = |problem: &dyn Display| chunk.page_fault(Some(at), offset, problem);
    let damaged = |error: ParquetError| fault(&undecodable(&error));
    let header = check_page(&piece).map_err(|problem| fault(&problem))?;
    check_has_checksum(chunk, &header).map_err(|problem| fault(&problem))?;
    let here = PageLocation {
        offset: offset as i64,
        compressed_page_size: i32::try_from(piece.bytes.len()).unwrap_or(i32::MAX),
        first_row_index: 0,
    };
    let (start, _) = chunk.metadata.byte_range();
    let mut reader = page_reader(chunk, piece, vec![here]).map_err(damaged)?;
    if start != offset {
        // What lies before the page is taken for a dictionary.
        reader.skip_next_page().map_err(damaged)?;
    }
    match reader.get_next_page().map_err(damaged)? {
        Some(page) => {
            check_unpacked(page.buffer(), &header).map_err(|problem| fault(&problem))?;
            Ok(page)
        }
        None => Err(fault(&"is none")),
    }
}

/// Reads the header of a page and makes sure that the page fits to it: it ends where the header says, and has the
/// checksum that stands there.
///
/// The whole page is checked, however little of it is wanted: the checksum is one of all its bytes.
fn check_page(piece: &Piece) -> Result<PageHeader, &'static str> {
    let header = PageHeader::parse(&piece.bytes).ok_or("has no header")?;
    let page = &piece.bytes[header.length..];
    if page.len() != header.stored as usize {
        return Err("has another size than its header says");
    }
    if header.checksum.is_some_and(|checksum| checksum != crc32fast::hash(page)) {
        return Err("does not have the checksum that its header tells");
    }
    Ok(header)
}

/// Makes sure that a page has a checksum if others of its file have one.
fn check_has_checksum(chunk: &Chunk, header: &PageHeader) -> Result<(), &'static str> {
    match (chunk.fits_checksums(header.checksum.is_some()), header.checksum) {
        (true, _) => Ok(()),
        (false, None) => Err("has no checksum, which other pages of the file have"),
        (false, Some(_)) => Err("has a checksum, which other pages of the file do not have"),
    }
}

/// Makes sure that a page has the size that its header says, once it is unpacked.
fn check_unpacked(page: &[u8], header: &PageHeader) -> Result<(), &'static str> {
    if page.len() == header.unpacked as usize { Ok(()) } else { Err("has another size than its header says") }
}

fn location(place: &PagePlace) -> PageLocation {
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
) -> Result<SerializedPageReader<Piece>, ParquetError> {
    SerializedPageReader::new(Arc::new(piece), &chunk.metadata, 0, Some(pages))
}

/// A page has a few thousand entries, and however few bytes a page has, it can claim to have billions.
const MAX_ENTRIES: usize = 1 << 26;

/// What is wrong with a page that has another number of rows than the page index says.
pub(super) const OTHER_ROWS: Corrupt = Corrupt("it has another number of rows than the index of pages says");

/// A data page, taken apart.
pub(super) struct Parts<'p> {
    /// How many rows it has.
    pub(super) rows: usize,
    /// How many entries it has.
    pub(super) entries: usize,
    /// How many of them have no value, where the header tells.
    pub(super) nulls: Option<usize>,
    pub(super) rep: &'p [u8],
    pub(super) def: &'p [u8],
    pub(super) data: &'p [u8],
    pub(super) encoding: Encoding,
}

impl<'p> Parts<'p> {
    /// Takes a page with these rows of a row group apart.
    pub(super) fn of(page: &'p Page, chunk: &Chunk, rows: &Range<u32>) -> Result<Parts<'p>, Corrupt> {
        if page.num_values() as usize > MAX_ENTRIES {
            return Err(Corrupt("it has more entries than can be"));
        }
        let of_header = match page {
            Page::DataPageV2 { num_rows, .. } => Some(*num_rows),
            _ => None,
        };
        // Where nothing repeats every row has one entry.
        let of_entries = (chunk.max_rep() == 0).then(|| page.num_values());
        if [of_header, of_entries].into_iter().flatten().any(|found| found as usize != rows.len()) {
            return Err(OTHER_ROWS);
        }
        match page {
            Page::DataPageV2 {
                buf, num_values, encoding, num_nulls, def_levels_byte_len, rep_levels_byte_len, ..
            } => {
                let levels = *rep_levels_byte_len as usize + *def_levels_byte_len as usize;
                if levels > buf.len() || num_nulls > num_values {
                    return Err(Corrupt("its levels are longer than itself"));
                }
                let (levels, data) = buf.split_at(levels);
                let (rep, def) = levels.split_at(*rep_levels_byte_len as usize);
                let (entries, nulls) = (*num_values as usize, Some(*num_nulls as usize));
                Ok(Parts { rows: rows.len(), entries, nulls, rep, def, data, encoding: *encoding })
            }
            Page::DataPage { buf, num_values, encoding, .. } => {
                let mut data = &buf[..];
                let mut levels = |max: u8| {
                    if max == 0 {
                        return Ok(&[][..]);
                    }
                    let (length, rest) = data.split_first_chunk().ok_or(Corrupt("it has no levels"))?;
                    let length = u32::from_le_bytes(*length) as usize;
                    let (levels, rest) =
                        rest.split_at_checked(length).ok_or(Corrupt("its levels are longer than itself"))?;
                    data = rest;
                    Ok(levels)
                };
                let (rep, def) = (levels(chunk.max_rep())?, levels(chunk.max_def())?);
                let entries = *num_values as usize;
                Ok(Parts { rows: rows.len(), entries, nulls: None, rep, def, data, encoding: *encoding })
            }
            Page::DictionaryPage { .. } => Err(Corrupt("it is a dictionary")),
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

/// Returns how many bits levels up to `max` have.
pub(super) fn width(max: u8) -> u8 {
    (u8::BITS - max.leading_zeros()) as u8
}
