//! The pages of a Parquet file, found by its footer and its page index, and their headers.

use std::ops::Range;

use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
use traceql::model::tempo_block::page_header::PageHeader;

/// A page, or a dictionary.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) column: String,
    /// Where it lies in the file, with its header.
    pub(crate) bytes: Range<usize>,
    pub(crate) header: PageHeader,
    pub(crate) is_dictionary: bool,
}

/// Returns all pages in order of the columns, of each the dictionary first.
pub(crate) fn pages(file: &[u8]) -> Vec<Page> {
    let bytes = bytes::Bytes::copy_from_slice(file);
    let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    reader.try_parse(&bytes).expect("it is Parquet with a page index");
    let metadata = reader.finish().expect("it was read");
    let index = metadata.page_index().expect("it was asked for");
    let mut pages = Vec::new();
    for (group, row_group) in metadata.row_groups().iter().enumerate() {
        for (column, chunk) in row_group.columns().iter().enumerate() {
            let offsets = index.offset_index(group, column).expect("every column has one").page_locations();
            let (start, _) = chunk.byte_range();
            let first = offsets.first().expect("every column has a page").offset as usize;
            let dictionary = (start as usize..first, true);
            let of_index = offsets.iter().map(|place| {
                let start = place.offset as usize;
                (start..start + place.compressed_page_size as usize, false)
            });
            for (bytes, is_dictionary) in std::iter::once(dictionary).chain(of_index).filter(|page| !page.0.is_empty())
            {
                let header = PageHeader::parse(&file[bytes.clone()]).expect("every page has one");
                pages.push(Page { column: chunk.column_path().string(), bytes, header, is_dictionary });
            }
        }
    }
    pages
}

/// Returns the file without checksums, and with everything else where it was: in each header the checksum becomes a field
/// that no reader knows.
pub(crate) fn without_checksums(file: &[u8]) -> Vec<u8> {
    /// The number of the field, behind all that there are.
    const UNKNOWN: u8 = 9;
    /// The type of the field: a whole number of 32 bits.
    const INT32: u8 = 5;
    let mut bare = file.to_vec();
    for page in pages(file) {
        let header = &file[page.bytes.start..page.bytes.start + page.header.length];
        let mut other = page.header.with_checksum(header, None).expect("it can do without");
        let hidden = header.len() - other.len() - 1;
        // The fields end with one that describes the page, by its number.
        let described = if page.is_dictionary { 7 } else { 8 };
        other.pop();
        other.push((UNKNOWN - described) << 4 | INT32);
        // A number of as many bytes.
        other.extend(std::iter::repeat_n(0x80, hidden - 1));
        other.extend([0, 0]);
        let read = PageHeader::parse(&other).expect("it is a header");
        assert_eq!((read.checksum, read.length), (None, header.len()));
        bare[page.bytes.start..page.bytes.start + header.len()].copy_from_slice(&other);
    }
    bare
}
