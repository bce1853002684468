//! What a Parquet file says twice, held against itself: its end has no checksum.
//!
//! The names and types of columns stand in the schema and in each row group; bounds and counts of values without a value in
//! the statistics of a column and in its page index.

use parquet::file::{
    metadata::{ColumnChunkMetaData, ParquetMetaData},
    page_index::column_index::{ColumnIndexMetaData, PrimitiveColumnIndex},
    statistics::{Statistics, ValueStatistics},
};

use crate::model::tempo_block::thrift::{BYTES, Cursor, INT32, LIST, STRUCT};

/// Says what of a footer contradicts itself; `bytes` are those that it was decoded from.
pub(super) fn footer(bytes: &[u8], metadata: &ParquetMetaData) -> Result<(), String> {
    let file = metadata.file_metadata();
    let mut rows = 0;
    for group in metadata.row_groups() {
        // Row numbers have 32 bits.
        u32::try_from(group.num_rows()).map_err(|_| "its footer tells of a row group with rows that cannot be")?;
        rows += group.num_rows();
    }
    if rows != file.num_rows() {
        return Err("its footer tells of another number of rows than its row groups have".to_owned());
    }
    let schema = file.schema_descr();
    let said = columns(bytes).ok_or("its footer cannot be read twice")?;
    if said.len() != metadata.num_row_groups() {
        return Err("its footer cannot be read twice".to_owned());
    }
    for columns in said {
        if columns.len() != schema.num_columns() {
            return Err("a row group has another number of columns than the schema".to_owned());
        }
        for (said, column) in columns.iter().zip(schema.columns()) {
            let path = column.path();
            if said.path.iter().copied().ne(path.parts().iter().map(String::as_bytes)) {
                return Err(format!("column {} has another name in a row group", path.string()));
            }
            if said.kind != i64::from(column.physical_type() as i32) {
                return Err(format!("column {} has another type in a row group", path.string()));
            }
        }
    }
    Ok(())
}

/// What a row group says of a column.
#[derive(Default)]
struct Column<'b> {
    kind: i64,
    path: Vec<&'b [u8]>,
}

/// Finds what each row group of a footer says of its columns.
fn columns(footer: &[u8]) -> Option<Vec<Vec<Column<'_>>>> {
    const ROW_GROUPS: i16 = 4;
    const COLUMNS: i16 = 1;
    const METADATA: i16 = 3;
    const KIND: i16 = 1;
    const PATH: i16 = 3;
    let mut groups = Vec::new();
    let mut cursor = Cursor::new(footer);
    each_field(&mut cursor, |cursor, field| match field {
        (ROW_GROUPS, LIST) => each_element(cursor, STRUCT, |cursor| {
            let mut columns = Vec::new();
            each_field(cursor, |cursor, field| match field {
                (COLUMNS, LIST) => each_element(cursor, STRUCT, |cursor| {
                    let mut column = Column::default();
                    each_field(cursor, |cursor, field| match field {
                        (METADATA, STRUCT) => each_field(cursor, |cursor, field| match field {
                            (KIND, INT32) => cursor.int().map(|kind| column.kind = kind),
                            (PATH, LIST) => each_element(cursor, BYTES, |cursor| {
                                column.path.push(cursor.bytes()?);
                                Some(())
                            }),
                            (_, kind) => cursor.skip(kind),
                        }),
                        (_, kind) => cursor.skip(kind),
                    })?;
                    columns.push(column);
                    Some(())
                }),
                (_, kind) => cursor.skip(kind),
            })?;
            groups.push(columns);
            Some(())
        }),
        (_, kind) => cursor.skip(kind),
    })?;
    (cursor.position() == footer.len()).then_some(groups)
}

/// Calls `visit` with number and type of each field of a struct; it has to pass the value.
fn each_field<'b>(
    cursor: &mut Cursor<'b>,
    mut visit: impl FnMut(&mut Cursor<'b>, (i16, u8)) -> Option<()>,
) -> Option<()> {
    let mut last = 0;
    while let Some(field) = cursor.field(last)? {
        visit(cursor, (field.number, field.kind))?;
        last = field.number;
    }
    Some(())
}

/// Calls `visit` for each element of a list of elements of a type; it has to pass the element.
fn each_element<'b>(
    cursor: &mut Cursor<'b>,
    kind: u8,
    mut visit: impl FnMut(&mut Cursor<'b>) -> Option<()>,
) -> Option<()> {
    let (count, found) = cursor.list()?;
    (found == kind || count == 0).then_some(())?;
    (0..count).try_for_each(|_| visit(cursor))
}

/// Says what of a column's page index contradicts the statistics of the column.
pub(super) fn bounds(
    chunk: &ColumnChunkMetaData,
    index: &ColumnIndexMetaData,
    pages: usize,
) -> Result<(), &'static str> {
    if index.num_pages() != pages as u64 {
        return Err("has bounds for another number of pages than there are");
    }
    let Some(statistics) = chunk.statistics() else { return Ok(()) };
    let nulls =
        (0..pages).map(|page| index.null_count(page)).map(|nulls| nulls.and_then(|nulls| u64::try_from(nulls).ok()));
    if let (Some(of_pages), Some(of_chunk)) = (nulls.sum::<Option<u64>>(), statistics.null_count_opt())
        && of_pages != of_chunk
    {
        return Err("has another number of entries without a value in its page index than in its statistics");
    }
    let agree = match (statistics, index) {
        (Statistics::Int32(statistics), ColumnIndexMetaData::INT32(index)) => numbers(statistics, index, pages),
        (Statistics::Int64(statistics), ColumnIndexMetaData::INT64(index)) => numbers(statistics, index, pages),
        (Statistics::Double(statistics), ColumnIndexMetaData::DOUBLE(index)) => numbers(statistics, index, pages),
        (Statistics::Boolean(statistics), ColumnIndexMetaData::BOOLEAN(index)) => numbers(statistics, index, pages),
        (Statistics::ByteArray(statistics), ColumnIndexMetaData::BYTE_ARRAY(index)) => {
            // The bounds of pages are cut short, and so may be those of the column.
            let least = (0..pages).filter_map(|page| index.min_value(page)).min();
            let most = (0..pages).filter_map(|page| index.max_value(page)).max();
            let fits = |a: Option<&[u8]>, b: Option<&[u8]>, fit: fn(&[u8], &[u8]) -> bool| match (a, b) {
                (Some(a), Some(b)) => fit(a, b),
                (of_pages, of_chunk) => of_pages.is_none() || of_chunk.is_none(),
            };
            fits(least, statistics.min_bytes_opt(), |pages, chunk| chunk.starts_with(pages) || pages.starts_with(chunk))
                && fits(most, statistics.max_bytes_opt(), |pages, chunk| {
                    is_upper(pages, chunk) || is_upper(chunk, pages)
                })
        }
        _ => false,
    };
    if agree { Ok(()) } else { Err("has other bounds in its page index than in its statistics") }
}

/// Tells whether the bounds of a column are each the bound of a page.
fn numbers<T: PartialOrd>(statistics: &ValueStatistics<T>, index: &PrimitiveColumnIndex<T>, pages: usize) -> bool {
    let has = |value: Option<&T>, bound: fn(&PrimitiveColumnIndex<T>, usize) -> Option<&T>| match value {
        // What is no number has no place in an order.
        Some(value) => value.partial_cmp(value).is_none() || (0..pages).any(|page| bound(index, page) == Some(value)),
        None => true,
    };
    has(statistics.min_opt(), PrimitiveColumnIndex::min_value)
        && has(statistics.max_opt(), PrimitiveColumnIndex::max_value)
}

/// Tells whether `short` is the value itself, or its start with the last byte one greater.
fn is_upper(short: &[u8], value: &[u8]) -> bool {
    match short.split_last() {
        _ if short == value => true,
        Some((last, start)) => {
            value.starts_with(start) && value.get(start.len()).is_some_and(|byte| byte.checked_add(1) == Some(*last))
        }
        None => false,
    }
}
