//! Writes pages behind headers with their checksums, which the writer of the `parquet` crate (60.1) leaves out.

use std::io::Write;

use parquet::{
    column::page::{CompressedPage, PageWriteSpec, PageWriter},
    errors::{ParquetError, Result},
    file::writer::{SerializedPageWriter, TrackedWrite},
};

use crate::model::tempo_block::page_header::PageHeader;

/// A writer of pages with checksums.
pub(super) struct ChecksumWriter<'s> {
    sink: &'s mut TrackedWrite<Vec<u8>>,
}

impl<'s> ChecksumWriter<'s> {
    /// Writes to `sink`.
    pub(super) fn new(sink: &'s mut TrackedWrite<Vec<u8>>) -> ChecksumWriter<'s> {
        ChecksumWriter { sink }
    }
}

impl PageWriter for ChecksumWriter<'_> {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let mut written = TrackedWrite::new(Vec::with_capacity(page.compressed_size() + 64));
        let mut spec = SerializedPageWriter::new(&mut written).write_page(page)?;
        let written = written.into_inner()?;
        let unknown = || ParquetError::General("the header of a page was not understood".to_owned());
        let header = PageHeader::parse(&written).ok_or_else(unknown)?;
        let (plain, data) = written.split_at(header.length);
        let checked = header.with_checksum(plain, Some(crc32fast::hash(data))).ok_or_else(unknown)?;

        spec.offset = self.sink.bytes_written() as u64;
        self.sink.write_all(&checked)?;
        self.sink.write_all(data)?;
        // Both sizes count the header too.
        let more = checked.len() - plain.len();
        spec.compressed_size += more;
        spec.uncompressed_size += more;
        spec.bytes_written += more as u64;
        Ok(spec)
    }

    fn close(&mut self) -> Result<()> {
        Ok(self.sink.flush()?)
    }
}
