//! Writes a column of a row group as pages.

use std::{mem::size_of, sync::Arc};

use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding as ParquetEncoding},
    column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer},
    errors::{ParquetError, Result},
    file::{
        page_index::offset_index::OffsetIndexMetaData,
        properties::{EnabledStatistics, WriterProperties, WriterVersion},
        writer::TrackedWrite,
    },
    schema::types::ColumnDescPtr,
};

use super::{
    fill::{Column, Values},
    index::index,
    pages::ChecksumWriter,
    schema::{Encoding, Storage},
};

/// How many bytes of values and levels make a page, before they are encoded: as many as in blocks of Tempo.
const PAGE_BYTES: usize = 256 * 1024;

/// Returns the properties of files and columns alike.
pub(super) fn properties() -> parquet::file::properties::WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by(concat!("traceql version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_write_page_header_statistics(true)
        .set_statistics_truncate_length(None)
}

/// Returns the pages of a column, and what the file's end says of them.
pub(super) fn encode(
    column: &Column<'_>,
    storage: Storage,
    description: &ColumnDescPtr,
) -> Result<(Bytes, ColumnCloseResult)> {
    let encoding = match (storage.encoding, &column.values) {
        // Of a dictionary: what follows where it grows too long, which it never does here.
        (Encoding::Plain | Encoding::Dictionary, _) => ParquetEncoding::PLAIN,
        (Encoding::Delta, Values::Bytes(_)) => ParquetEncoding::DELTA_LENGTH_BYTE_ARRAY,
        (Encoding::Delta, _) => ParquetEncoding::DELTA_BINARY_PACKED,
    };
    let properties = properties()
        .set_dictionary_enabled(storage.encoding == Encoding::Dictionary)
        .set_dictionary_page_size_limit(usize::MAX)
        .set_encoding(encoding)
        .set_compression(if storage.snappy { Compression::SNAPPY } else { Compression::UNCOMPRESSED })
        .set_data_page_size_limit(usize::MAX)
        .set_data_page_row_count_limit(rows_of_page(column, storage))
        .build();

    let mut sink = TrackedWrite::new(Vec::new());
    let pages = Box::new(ChecksumWriter::new(&mut sink));
    let (def, rep) = (Some(&*column.def), Some(&*column.rep));
    // The type of the writer follows from the schema, which says of each column what its values are.
    let mut close = match (get_column_writer(description.clone(), Arc::new(properties), pages), &column.values) {
        (ColumnWriter::ByteArrayColumnWriter(mut writer), Values::Bytes(values)) => {
            writer.write_batch(values, def, rep)?;
            writer.close()?
        }
        (ColumnWriter::Int32ColumnWriter(mut writer), Values::Int32(values)) => {
            writer.write_batch(values, def, rep)?;
            writer.close()?
        }
        (ColumnWriter::Int64ColumnWriter(mut writer), Values::Int64(values)) => {
            writer.write_batch(values, def, rep)?;
            writer.close()?
        }
        (ColumnWriter::DoubleColumnWriter(mut writer), Values::Double(values)) => {
            writer.write_batch(values, def, rep)?;
            writer.close()?
        }
        (ColumnWriter::BoolColumnWriter(mut writer), Values::Bool(values)) => {
            writer.write_batch(values, def, rep)?;
            writer.close()?
        }
        _ => return Err(ParquetError::General("a column has values of another type".to_owned())),
    };
    let pages = close.offset_index.as_ref().map(OffsetIndexMetaData::page_locations);
    close.column_index = index(column, description, pages.map_or(&[], Vec::as_slice))?;
    Ok((sink.into_inner()?.into(), close))
}

/// Returns after how many rows a page of the column is full.
fn rows_of_page(column: &Column<'_>, storage: Storage) -> usize {
    let values = match &column.values {
        Values::Bytes(values) if storage.encoding == Encoding::Dictionary => values.len() * size_of::<u32>(),
        Values::Bytes(values) => values.iter().map(|value| value.len() + size_of::<u32>()).sum(),
        Values::Int32(values) => size_of_val(values.as_slice()),
        Values::Int64(values) => size_of_val(values.as_slice()),
        Values::Double(values) => size_of_val(values.as_slice()),
        Values::Bool(values) => values.len().div_ceil(8),
    };
    // Tempo keeps a byte for each level.
    let levels = 2 * column.def.len();
    let rows = column.rep.iter().filter(|rep| **rep == 0).count();
    rows.div_ceil((values + levels).div_ceil(PAGE_BYTES).max(1)).max(1)
}
