//! Says of every page of a column between what its values lie, so that readers can step over pages.
//!
//! The writer of the `parquet` crate (60.1) makes such an index too, but takes a page for one without values when it has
//! as many entries without a value as it has rows. In lists that is chance: readers would miss what the page holds.

use std::{cmp::Ordering, ops::Range};

use parquet::{
    basic::{BoundaryOrder, LogicalType},
    data_type::ByteArray,
    errors::Result,
    file::{
        metadata::ColumnIndexBuilder,
        page_index::{column_index::ColumnIndexMetaData, offset_index::PageLocation},
    },
    schema::types::ColumnDescriptor,
};

use super::fill::{Column, Values};

/// How many bytes of a text or id are kept, as in blocks of Tempo.
const KEPT_BYTES: usize = 16;

/// Makes the index of a column; `None` if there is a page whose numbers are all NaN, which no bounds can be given for.
pub(super) fn index(
    column: &Column<'_>,
    description: &ColumnDescriptor,
    pages: &[PageLocation],
) -> Result<Option<ColumnIndexMetaData>> {
    let max_def = description.max_def_level();
    let pages = cut(column, max_def, pages);
    let logical = description.logical_type_ref();
    let is_text = matches!(logical, Some(LogicalType::String));
    let is_signed = !matches!(logical, Some(LogicalType::Integer(integer)) if !integer.is_signed);
    let mut builder = ColumnIndexBuilder::new(description.physical_type());
    match &column.values {
        Values::Bytes(values) => {
            let min = |value: &ByteArray| lower(value.data(), is_text).to_vec();
            let max = |value: &ByteArray| upper(value.data(), is_text);
            fill(&mut builder, &pages, values, |a, b| a.data().cmp(b.data()), min, max);
        }
        Values::Int32(values) => {
            // Unsigned numbers are stored in the type of signed ones.
            let order = |a: &i32, b: &i32| if is_signed { a.cmp(b) } else { (*a as u32).cmp(&(*b as u32)) };
            fill(&mut builder, &pages, values, order, |n| n.to_le_bytes().into(), |n| n.to_le_bytes().into());
        }
        Values::Int64(values) => {
            let order = |a: &i64, b: &i64| if is_signed { a.cmp(b) } else { (*a as u64).cmp(&(*b as u64)) };
            fill(&mut builder, &pages, values, order, |n| n.to_le_bytes().into(), |n| n.to_le_bytes().into());
        }
        Values::Bool(values) => {
            fill(&mut builder, &pages, values, bool::cmp, |b| vec![u8::from(*b)], |b| vec![u8::from(*b)]);
        }
        Values::Double(values) => {
            let (pages, values) = without_nan(&pages, values);
            // The format wants zeros to be told with the sign that holds for both.
            let min = |x: &f64| (if *x == 0.0 { -0.0 } else { *x }).to_le_bytes().into();
            let max = |x: &f64| (if *x == 0.0 { 0.0 } else { *x }).to_le_bytes().into();
            fill(&mut builder, &pages, &values, f64::total_cmp, min, max);
        }
    }
    if builder.valid() { builder.build().map(Some) } else { Ok(None) }
}

/// What a page holds.
struct Page {
    /// Its values, of those of the column.
    values: Range<usize>,
    /// Entries without a value.
    nulls: usize,
    nans: Option<i64>,
}

/// Finds the values of each page.
fn cut(column: &Column<'_>, max_def: i16, pages: &[PageLocation]) -> Vec<Page> {
    let mut entries = column.rep.iter().zip(column.def.iter()).peekable();
    let (mut rows, mut values) = (0, 0);
    let ends = pages.iter().skip(1).map(|page| page.first_row_index).chain([i64::MAX]);
    let page = |end| {
        let mut page = Page { values: values..values, nulls: 0, nans: None };
        // A page ends with a row.
        while let Some((rep, def)) = entries.next_if(|(rep, _)| **rep != 0 || rows < end) {
            rows += i64::from(*rep == 0);
            if *def == max_def {
                page.values.end += 1;
            } else {
                page.nulls += 1;
            }
        }
        values = page.values.end;
        page
    };
    ends.map(page).collect()
}

/// Leaves out the values that are no numbers.
fn without_nan(pages: &[Page], values: &[f64]) -> (Vec<Page>, Vec<f64>) {
    let mut numbers = Vec::with_capacity(values.len());
    let page = |page: &Page| {
        let start = numbers.len();
        numbers.extend(values[page.values.clone()].iter().filter(|value| !value.is_nan()));
        let nans = page.values.len() - (numbers.len() - start);
        Page { values: start..numbers.len(), nulls: page.nulls, nans: Some(nans as i64) }
    };
    (pages.iter().map(page).collect(), numbers)
}

/// Adds the bounds of every page.
fn fill<T>(
    builder: &mut ColumnIndexBuilder,
    pages: &[Page],
    values: &[T],
    order: impl Fn(&T, &T) -> Ordering,
    min_bytes: impl Fn(&T) -> Vec<u8>,
    max_bytes: impl Fn(&T) -> Vec<u8>,
) {
    let (mut rises, mut falls) = (true, true);
    let mut last: Option<(&T, &T)> = None;
    for page in pages {
        let values = &values[page.values.clone()];
        let bounds = values.iter().min_by(|a, b| order(a, b)).zip(values.iter().max_by(|a, b| order(a, b)));
        let nulls = page.nulls as i64;
        let Some((min, max)) = bounds else {
            if page.nans.is_some_and(|nans| nans > 0) {
                builder.to_invalid();
            }
            builder.append(true, Vec::new(), Vec::new(), nulls, page.nans);
            continue;
        };
        if let Some((last_min, last_max)) = last {
            rises &= order(last_min, min).is_le() && order(last_max, max).is_le();
            falls &= order(last_min, min).is_ge() && order(last_max, max).is_ge();
        }
        last = Some((min, max));
        builder.append(false, min_bytes(min), max_bytes(max), nulls, page.nans);
    }
    builder.set_boundary_order(match (rises, falls) {
        (true, _) => BoundaryOrder::ASCENDING,
        (_, true) => BoundaryOrder::DESCENDING,
        _ => BoundaryOrder::UNORDERED,
    });
}

/// Returns a start of `value` that is short; of a text it is a text again.
fn lower(value: &[u8], is_text: bool) -> &[u8] {
    if value.len() <= KEPT_BYTES {
        return value;
    }
    let is_boundary = |end: &usize| !is_text || value[*end] & 0b1100_0000 != 0b1000_0000;
    let end = (1..=KEPT_BYTES).rev().find(is_boundary).unwrap_or_default();
    &value[..end]
}

/// Returns what is short and not less than `value`; of a text it is a text again. Where there is none, it is the value.
fn upper(value: &[u8], is_text: bool) -> Vec<u8> {
    if value.len() <= KEPT_BYTES {
        return value.to_vec();
    }
    let mut start = lower(value, is_text).to_vec();
    // The last byte that can be one more: of texts only letters of one byte are changed.
    let last = if is_text { 0x7f } else { 0xff };
    while let Some(byte) = start.pop() {
        if byte < last {
            start.push(byte + 1);
            return start;
        }
    }
    value.to_vec()
}

#[cfg(test)]
mod tests {
    use super::{lower, upper};

    #[test]
    fn bounds_are_short_and_hold() {
        let long = "a".repeat(20);
        assert_eq!((lower(b"short", true), upper(b"short", true)), (&b"short"[..], b"short".to_vec()));
        assert_eq!(lower(long.as_bytes(), true), "a".repeat(16).as_bytes());
        assert_eq!(upper(long.as_bytes(), true), [&"a".repeat(15), "b"].concat().into_bytes());
        // The 16th byte is in the middle of a letter.
        let wide = format!("{}日本語", "a".repeat(15));
        assert_eq!(lower(wide.as_bytes(), true), "a".repeat(15).as_bytes());
        assert_eq!(upper(wide.as_bytes(), true), [&"a".repeat(14), "b"].concat().into_bytes());
        let only_wide = "日本語日本語日本語".as_bytes();
        assert_eq!(upper(only_wide, true), only_wide);
        assert_eq!(upper(&[&[1][..], &[255; 20]].concat(), false), [2]);
        assert_eq!(upper(&[255; 20], false), [255; 20]);
    }
}
