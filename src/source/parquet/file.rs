//! A Parquet file: its footer, and what its indexes tell of where pages lie and what they can hold.

use std::{
    collections::HashMap,
    fmt, io,
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use parking_lot::Mutex;
use parquet::{
    basic::{Encoding, Type},
    errors::ParquetError,
    file::{
        metadata::{ColumnChunkMetaData, FooterTail, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData},
        page_index::{
            column_index::ColumnIndexMetaData,
            index_reader::{decode_column_index, decode_offset_index},
        },
        statistics::Statistics,
    },
    schema::types::ColumnDescriptor,
};

use super::{agreement, ranges::Counted, rows::RowSet, texts::Texts};

/// The bytes at the end of every Parquet file: the footer's length and a mark.
const TAIL: u64 = 8;

/// An open Parquet file.
#[derive(Debug)]
pub(crate) struct ParquetFile {
    pub(super) ranges: Counted,
    footer: Arc<Footer>,
    /// Column chunks that were looked at, by row group and leaf.
    pub(super) chunks: Mutex<HashMap<(usize, usize), Arc<Chunk>>>,
}

/// What a Parquet file says at its end.
#[derive(Debug)]
pub(crate) struct Footer {
    pub(super) metadata: ParquetMetaData,
    leaves: HashMap<String, usize>,
    /// Whether pages have checksums: all of a file do, or none. Known once a page was read.
    checksums: Arc<OnceLock<bool>>,
}

impl Footer {
    /// Returns about how many bytes of memory it takes.
    pub(crate) fn size(&self) -> usize {
        self.metadata.memory_size()
    }
}

/// Why a Parquet file cannot be read.
#[derive(Debug)]
pub(crate) enum ParquetFault {
    /// The system or the store does not give it out.
    Io(io::Error),
    /// What it holds is damaged; with the byte from which on something was read, where that is known.
    Damaged {
        /// From the beginning of the file.
        offset: Option<u64>,
        /// What is wrong: lower case, no full stop.
        problem: String,
    },
}

/// One leaf column of one row group.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(super) metadata: ColumnChunkMetaData,
    /// The row group, from 0.
    group: usize,
    /// As the footer has it.
    checksums: Arc<OnceLock<bool>>,
    /// The pages, in order of their rows.
    pub(crate) pages: Vec<PagePlace>,
    /// What the pages can hold, where the file tells.
    pub(crate) bounds: Option<ColumnIndexMetaData>,
    /// Where the dictionary lies; empty if there is none.
    pub(super) dictionary_range: Range<u64>,
    dictionary: Mutex<Option<Arc<Dictionary>>>,
}

/// Where a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PagePlace {
    /// In the file.
    pub(crate) bytes: Range<u64>,
    /// In the row group.
    pub(crate) rows: Range<u32>,
}

/// The distinct values of a column chunk.
#[derive(Debug)]
pub(crate) enum Dictionary {
    /// Byte strings.
    Texts(Arc<Texts>),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// Numbers with a fraction.
    Floats(Vec<f64>),
}

impl ParquetFile {
    /// Opens a file by its end: `footer` tells how long the footer is, if that is known.
    pub(crate) fn open(ranges: Counted, footer: Option<u64>) -> Result<ParquetFile, ParquetFault> {
        const GUESS: u64 = 64 << 10;
        let len = ranges.len();
        if len < TAIL + 4 {
            return Err(ParquetFault::damaged(None, "it is too short to be a Parquet file"));
        }
        let mut start = len - footer.map_or(GUESS, |footer| footer.saturating_add(TAIL)).clamp(TAIL, len);
        let mut end = read_one(&ranges, start..len)?;
        let tail: &[u8; TAIL as usize] =
            end.last_chunk().ok_or_else(|| ParquetFault::damaged(None, "it has no end"))?;
        let footer = FooterTail::try_new(tail).map_err(|error| ParquetFault::parquet(Some(len - TAIL), &error))?;
        if footer.is_encrypted_footer() {
            return Err(ParquetFault::damaged(Some(len - TAIL), "it is encrypted"));
        }
        let wanted = footer.metadata_length() as u64 + TAIL;
        if wanted > len {
            return Err(ParquetFault::damaged(Some(len - TAIL), "its footer is longer than the file"));
        }
        if wanted > len - start {
            start = len - wanted;
            end = read_one(&ranges, start..len)?;
        }
        let footer = end.slice((len - wanted - start) as usize..end.len() - TAIL as usize);
        let metadata = ParquetMetaDataReader::decode_metadata(&footer)
            .map_err(|error| ParquetFault::parquet(Some(len - wanted), &error))?;
        agreement::footer(&footer, &metadata).map_err(|problem| ParquetFault::damaged(Some(len - wanted), problem))?;
        // `ColumnChunkMetaData::byte_range` panics where one of them is negative.
        let lies_before_the_file = |chunk: &ColumnChunkMetaData| {
            chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset()) < 0 || chunk.compressed_size() < 0
        };
        if metadata.row_groups().iter().flat_map(RowGroupMetaData::columns).any(lies_before_the_file) {
            return Err(ParquetFault::damaged(Some(len - wanted), "its footer tells of a column before the file"));
        }
        let columns = metadata.file_metadata().schema_descr().columns();
        let leaves = columns.iter().enumerate().map(|(at, column)| (column.path().string(), at)).collect();
        Ok(ParquetFile::again(ranges, Arc::new(Footer { metadata, leaves, checksums: Arc::default() })))
    }

    /// Opens a file whose footer is known.
    pub(crate) fn again(ranges: Counted, footer: Arc<Footer>) -> ParquetFile {
        ParquetFile { ranges, footer, chunks: Mutex::default() }
    }

    /// Returns the footer.
    pub(crate) fn footer(&self) -> Arc<Footer> {
        Arc::clone(&self.footer)
    }

    /// Returns what the footer says of the columns.
    pub(super) fn metadata(&self) -> &ParquetMetaData {
        &self.footer.metadata
    }

    /// Returns the paths of all leaf columns, each with its number.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = (&str, usize)> {
        self.footer.leaves.iter().map(|(path, leaf)| (path.as_str(), *leaf))
    }

    /// Returns how many bytes the file has.
    pub(crate) fn size(&self) -> u64 {
        self.ranges.len()
    }

    /// Returns how many bytes were read since anybody asked last.
    pub(crate) fn take_read(&self) -> u64 {
        self.ranges.take_read()
    }

    /// Returns how many rows each row group has.
    pub(crate) fn row_groups(&self) -> impl Iterator<Item = u32> {
        self.metadata().row_groups().iter().map(|group| u32::try_from(group.num_rows()).unwrap_or_default())
    }

    /// Returns what the schema says of a leaf.
    pub(crate) fn column(&self, leaf: usize) -> &ColumnDescriptor {
        self.metadata().file_metadata().schema_descr().columns()[leaf].as_ref()
    }

    /// Returns how many rows there are in all row groups.
    pub(crate) fn rows(&self) -> u64 {
        self.row_groups().map(u64::from).sum()
    }

    /// Returns the metadata of a leaf in a row group.
    pub(crate) fn chunk_metadata(&self, group: usize, leaf: usize) -> &ColumnChunkMetaData {
        self.metadata().row_group(group).column(leaf)
    }

    /// Returns the statistics of a leaf in a row group, held against the page index; of a file that lies far away, where the
    /// index takes a request, as they are.
    pub(crate) fn statistics(&self, group: usize, leaf: usize) -> Result<Option<&Statistics>, ParquetFault> {
        if !self.ranges.is_far() {
            self.chunks(group, &[leaf])?;
        }
        Ok(self.chunk_metadata(group, leaf).statistics())
    }

    /// Looks up where the pages of several leaves of a row group lie and what they can hold.
    ///
    /// What is not known yet is read at once.
    pub(crate) fn chunks(&self, group: usize, leaves: &[usize]) -> Result<Vec<Arc<Chunk>>, ParquetFault> {
        let known = |chunks: &HashMap<_, Arc<Chunk>>, leaf: usize| chunks.get(&(group, leaf)).cloned();
        let missing: Vec<usize> = {
            let chunks = self.chunks.lock();
            leaves.iter().copied().filter(|leaf| !chunks.contains_key(&(group, *leaf))).collect()
        };
        if !missing.is_empty() {
            let mut ranges = Vec::new();
            for leaf in &missing {
                let metadata = self.chunk_metadata(group, *leaf);
                let offsets = metadata.offset_index_range().ok_or_else(|| {
                    ParquetFault::damaged(None, format!("column {} has no page index", metadata.column_path().string()))
                })?;
                ranges.push(offsets);
                ranges.extend(metadata.column_index_range());
            }
            let mut indexes = self.read(&ranges)?.into_iter();
            let mut chunks = Vec::with_capacity(missing.len());
            for leaf in missing {
                chunks.push((leaf, Arc::new(self.chunk(group, leaf, &mut indexes)?)));
            }
            let mut all = self.chunks.lock();
            for (leaf, chunk) in chunks {
                all.entry((group, leaf)).or_insert(chunk);
            }
        }
        let chunks = self.chunks.lock();
        Ok(leaves.iter().filter_map(|leaf| known(&chunks, *leaf)).collect())
    }

    /// Makes a chunk of its indexes: the offsets, and then the bounds if there are any.
    fn chunk(
        &self,
        group: usize,
        leaf: usize,
        indexes: &mut impl Iterator<Item = Bytes>,
    ) -> Result<Chunk, ParquetFault> {
        let metadata = self.chunk_metadata(group, leaf).clone();
        let place = metadata.offset_index_range().map(|range| range.start);
        let mut next = || indexes.next().ok_or_else(|| ParquetFault::damaged(place, "an index is missing"));
        let offsets = decode_offset_index(&next()?).map_err(|error| ParquetFault::parquet(place, &error))?;
        let fault = |problem: &str| {
            let (column, group) = (metadata.column_path().string(), group + 1);
            ParquetFault::damaged(place, format!("column {column} in row group {group} {problem}"))
        };
        let bounds = match metadata.column_index_range() {
            Some(_) => {
                let decoded = decode_column_index(&next()?, metadata.column_type());
                Some(decoded.map_err(|error| fault(&format!("has a page index that {}", undecodable(&error))))?)
            }
            None => None,
        };
        let rows = u32::try_from(self.metadata().row_group(group).num_rows())
            .map_err(|_| ParquetFault::damaged(None, "a row group has too many rows"))?;
        let (start, length) = metadata.byte_range();
        let end = start.saturating_add(length);
        let locations = offsets.page_locations();
        let mut pages: Vec<PagePlace> = Vec::with_capacity(locations.len());
        for (at, location) in locations.iter().enumerate() {
            let first = u32::try_from(location.first_row_index).unwrap_or(u32::MAX);
            let after = locations.get(at + 1).map_or(Some(rows), |next| u32::try_from(next.first_row_index).ok());
            let offset = u64::try_from(location.offset).unwrap_or(u64::MAX);
            let size = u64::try_from(location.compressed_page_size).unwrap_or(u64::MAX);
            let bytes = offset..offset.saturating_add(size);
            let begins = pages.last().map_or((0, start), |page| (page.rows.end, page.bytes.end));
            match after {
                Some(after)
                    if (first, after <= rows) == (begins.0, true)
                        && first <= after
                        && begins.1 <= bytes.start
                        && bytes.end <= end.min(self.ranges.len()) =>
                {
                    pages.push(PagePlace { bytes, rows: first..after });
                }
                _ => return Err(fault("has pages that cannot be, as its page index tells them")),
            }
        }
        if let Some(bounds) = &bounds {
            agreement::bounds(&metadata, bounds, pages.len()).map_err(fault)?;
        }
        let dictionary_range = start..pages.first().map_or(start, |page| page.bytes.start);
        let checksums = Arc::clone(&self.footer.checksums);
        Ok(Chunk { metadata, group, checksums, pages, bounds, dictionary_range, dictionary: Mutex::default() })
    }

    /// Reads ranges, adjacent ones as one. What pays beyond that is the source's business.
    pub(super) fn read(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, ParquetFault> {
        let mut order: Vec<usize> = (0..ranges.len()).collect();
        order.sort_by_key(|at| ranges[*at].start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        // For each range the joined one that holds it.
        let mut holders = vec![0; ranges.len()];
        for at in order {
            let range = &ranges[at];
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range.clone()),
            }
            holders[at] = joined.len() - 1;
        }
        let pieces = self.ranges.read(&joined).map_err(ParquetFault::Io)?;
        let piece = |(range, holder): (&Range<u64>, &usize)| {
            let start = (range.start - joined[*holder].start) as usize;
            pieces[*holder].slice(start..start + (range.end - range.start) as usize)
        };
        Ok(ranges.iter().zip(&holders).map(piece).collect())
    }
}

impl Chunk {
    /// Returns the type that the values are stored as.
    pub(super) fn column_type(&self) -> Type {
        self.metadata.column_type()
    }

    /// Tells whether a page with or without a checksum fits to the pages of the file that were read before.
    pub(super) fn fits_checksums(&self, has_checksum: bool) -> bool {
        *self.checksums.get_or_init(|| has_checksum) == has_checksum
    }

    /// Says what is wrong with a page: which one of which column, or that it is the dictionary (`None`). What is said
    /// goes on behind its name: "cannot be decoded".
    pub(super) fn page_fault(&self, page: Option<usize>, offset: u64, problem: impl fmt::Display) -> ParquetFault {
        let page = page.map_or_else(|| "the dictionary".to_owned(), |page| format!("page {}", page + 1));
        let (column, group) = (self.metadata.column_path().string(), self.group + 1);
        ParquetFault::damaged(Some(offset), format!("{page} of column {column} in row group {group} {problem}"))
    }

    /// Returns the level that repetition goes up to.
    pub(crate) fn max_rep(&self) -> u8 {
        u8::try_from(self.metadata.column_descr().max_rep_level()).unwrap_or(u8::MAX)
    }

    /// Returns the level at which there is a value.
    pub(crate) fn max_def(&self) -> u8 {
        u8::try_from(self.metadata.column_descr().max_def_level()).unwrap_or(u8::MAX)
    }

    /// Returns the numbers of the pages that have some of `rows`.
    pub(crate) fn pages_of(&self, rows: &RowSet) -> impl Iterator<Item = usize> {
        self.pages.iter().enumerate().filter(|(_, page)| rows.meets(page.rows.clone())).map(|(at, _)| at)
    }

    /// Returns how many entries have no value, where the file tells.
    pub(crate) fn null_count(&self) -> Option<u64> {
        self.metadata.statistics().and_then(Statistics::null_count_opt)
    }

    /// Returns about how many entries some rows have.
    pub(super) fn entries_of(&self, rows: &RowSet) -> usize {
        let all = self.pages.last().map_or(0, |page| page.rows.end as usize);
        let entries = usize::try_from(self.metadata.num_values()).unwrap_or_default();
        // No more than the bytes that are read can hold, whatever the file claims.
        let most = self.pages_of(rows).map(|page| (self.pages[page].bytes.end - self.pages[page].bytes.start) as usize);
        let share = entries / all.max(1) * rows.len() + entries % all.max(1);
        (share + share / 16).min(most.sum::<usize>().saturating_mul(64))
    }

    /// Returns where the dictionary lies, if there is one and it was not read yet.
    pub(super) fn missing_dictionary(&self) -> Option<Range<u64>> {
        let known = self.dictionary.lock().is_some();
        (!known && !self.dictionary_range.is_empty()).then(|| self.dictionary_range.clone())
    }

    /// Returns the dictionary, if it was read.
    pub(crate) fn dictionary(&self) -> Option<Arc<Dictionary>> {
        self.dictionary.lock().clone()
    }

    /// Returns the dictionary, if it was read and no page does without it.
    pub(crate) fn complete_dictionary(&self) -> Option<Arc<Dictionary>> {
        let everywhere = self.metadata.page_encoding_stats_mask().is_some_and(|encodings| {
            encodings.is_only(Encoding::RLE_DICTIONARY) || encodings.is_only(Encoding::PLAIN_DICTIONARY)
        });
        if everywhere { self.dictionary() } else { None }
    }

    /// Keeps the dictionary, unless another thread was first.
    pub(super) fn set_dictionary(&self, dictionary: Dictionary) {
        self.dictionary.lock().get_or_insert(Arc::new(dictionary));
    }
}

impl ParquetFault {
    /// Says what is damaged.
    pub(crate) fn damaged(offset: Option<u64>, problem: impl Into<String>) -> ParquetFault {
        ParquetFault::Damaged { offset, problem: problem.into() }
    }

    /// Takes over what the library says.
    pub(super) fn parquet(offset: Option<u64>, error: &ParquetError) -> ParquetFault {
        ParquetFault::damaged(offset, format!("it {}", undecodable(error)))
    }
}

impl fmt::Display for ParquetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParquetFault::Io(error) => write!(f, "cannot be read: {error}"),
            ParquetFault::Damaged { problem, .. } => f.write_str(problem),
        }
    }
}

/// Says that something cannot be decoded, and what the library says of it.
pub(super) fn undecodable(error: &ParquetError) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Parquet error: ").unwrap_or(&text);
    format!("cannot be decoded: {text}")
}

fn read_one(ranges: &Counted, range: Range<u64>) -> Result<Bytes, ParquetFault> {
    let mut pieces = ranges.read(&[range]).map_err(ParquetFault::Io)?;
    pieces.pop().ok_or_else(|| ParquetFault::damaged(None, "nothing was read"))
}
