//! One series and time a row: JSON lines and CSV, for jq, SQL and spreadsheets.
//!
//! The columns are `time`, RFC 3339 in UTC, the labels of all series, and `value`; no label is called `time` or `value`,
//! because labels have the names of fields: `.value`, `span.time`. Every row has every column. Samples without a value
//! have no row. What values look like, `output::cells` says; series of a comparison that stand for all values of an
//! attribute together have `nil` in its column, because nothing else says which attribute it is.

use std::io;

use super::samples::{label_names, samples, series};
use crate::{
    model::{
        result::Datum,
        series::{Form, MetricsResult},
    },
    output::{
        cells::{self, Cell},
        text,
    },
};

/// Writes one JSON object a line.
pub fn write_jsonl(out: &mut dyn io::Write, result: &MetricsResult) -> io::Result<()> {
    let columns = columns(result);
    each_row(result, &columns, |cells| cells::write_object(out, &columns, cells))
}

/// Writes a header and one record a line.
pub fn write_csv(out: &mut dyn io::Write, result: &MetricsResult) -> io::Result<()> {
    let columns = columns(result);
    cells::write_header(out, &columns)?;
    each_row(result, &columns, |cells| cells::write_record(out, cells))
}

fn columns(result: &MetricsResult) -> Vec<&str> {
    let mut columns = vec!["time"];
    columns.extend(label_names(result));
    columns.push("value");
    columns
}

/// Gives out a cell for each of the columns, of which the first is the time and the last the value.
fn each_row(
    result: &MetricsResult,
    columns: &[&str],
    mut write: impl FnMut(&[Cell<'_>]) -> io::Result<()>,
) -> io::Result<()> {
    let times: Vec<String> = result.times.iter().map(text::rfc3339).collect();
    for found in series(result) {
        let label = |name: &&str| match found.label(name) {
            None => Cell::Absent,
            Some(Datum::Nil) if result.form == Form::Comparison => Cell::text("nil"),
            Some(value) => Cell::Datum(value),
        };
        // The labels are the same in all rows of the series; time and value are put in their places row by row.
        let mut row: Vec<Cell<'_>> = columns.iter().map(label).collect();
        for (time, value) in samples(&times, found) {
            if let [first, .., last] = row.as_mut_slice() {
                (*first, *last) = (Cell::text(time), Cell::Number(value));
            }
            write(&row)?;
        }
    }
    Ok(())
}
