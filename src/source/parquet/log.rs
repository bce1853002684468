//! What was read of a Parquet file, told apart: pages and dictionaries of columns, and everything else.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use parquet::file::page_index::index_reader::decode_offset_index;

use super::file::ParquetFile;

/// What was read since anybody asked last.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// What was read of each leaf column.
    pub(crate) leaves: BTreeMap<usize, LeafReads>,
    /// Bytes that belong to no page and no dictionary: indexes.
    pub(crate) others: u64,
}

/// What was read of a leaf column.
#[derive(Debug, Default)]
pub(crate) struct LeafReads {
    /// Pages, by row group and place.
    pub(crate) pages: BTreeSet<(usize, usize)>,
    /// Bytes of pages and dictionaries.
    pub(crate) bytes: u64,
}

/// Something of a column chunk.
struct Place {
    bytes: Range<u64>,
    leaf: usize,
    /// Row group and number of a page; `None` for a dictionary.
    page: Option<(usize, usize)>,
}

impl ParquetFile {
    /// Keeps a log of what is read from now on, and returns how many bytes were read before: the footer.
    pub(crate) fn keep_log(&self) -> u64 {
        self.ranges.keep_log()
    }

    /// Returns what was read since anybody asked last; nothing if no log is kept.
    pub(crate) fn take_log(&self) -> Reads {
        let log = self.ranges.take_log();
        let mut reads = Reads::default();
        if log.is_empty() {
            return reads;
        }
        let places = self.places();
        for range in log {
            let mut others = range.end.saturating_sub(range.start);
            let first = places.partition_point(|place| place.bytes.end <= range.start);
            for place in places[first..].iter().take_while(|place| place.bytes.start < range.end) {
                let bytes = place.bytes.end.min(range.end) - place.bytes.start.max(range.start);
                others = others.saturating_sub(bytes);
                let leaf = reads.leaves.entry(place.leaf).or_default();
                leaf.bytes += bytes;
                leaf.pages.extend(place.page);
            }
            reads.others += others;
        }
        reads
    }

    /// Returns where the pages and dictionaries lie that are known, in the order of the file.
    fn places(&self) -> Vec<Place> {
        let chunks = self.chunks.lock();
        let mut places = Vec::new();
        for ((group, leaf), chunk) in &*chunks {
            places.push(Place { bytes: chunk.dictionary_range.clone(), leaf: *leaf, page: None });
            let pages = chunk.pages.iter().enumerate();
            places.extend(pages.map(|(at, page)| Place {
                bytes: page.bytes.clone(),
                leaf: *leaf,
                page: Some((*group, at)),
            }));
        }
        places.retain(|place| !place.bytes.is_empty());
        places.sort_by_key(|place| place.bytes.start);
        places
    }

    /// Returns how many bytes a leaf has in all row groups.
    pub(crate) fn bytes_of(&self, leaf: usize) -> u64 {
        self.metadata().row_groups().iter().map(|group| group.column(leaf).byte_range().1).sum()
    }

    /// Returns how many pages a leaf has in all row groups; those whose index is damaged, or was not read and cannot be,
    /// count as none.
    pub(crate) fn pages_of(&self, leaf: usize) -> u64 {
        let known = |group: usize| {
            let chunks = self.chunks.lock();
            chunks.get(&(group, leaf)).map(|chunk| chunk.pages.len())
        };
        let looked_up = |group: usize| {
            let range = self.chunk_metadata(group, leaf).offset_index_range()?;
            let index = self.ranges.peek(&[range]).ok()?.pop()?;
            decode_offset_index(&index).ok().map(|index| index.page_locations().len())
        };
        let pages = |group: usize| known(group).or_else(|| looked_up(group)).unwrap_or_default() as u64;
        (0..self.metadata().num_row_groups()).map(pages).sum()
    }
}
