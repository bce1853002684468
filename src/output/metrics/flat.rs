//! One series and time a row: JSON lines and CSV, for jq, SQL and spreadsheets.
//!
//! The columns are `time`, RFC 3339 in UTC, the labels of all series, and `value`; no label is called `time` or `value`,
//! because labels have the names of fields: `.value`, `span.time`. Every row has every column. Samples without a value
//! have no row. What values look like, `output::cells` says.
//!
//! Each series of a comparison has a label of another attribute, so that its columns are `time`, `__meta_type`,
//! `attribute`, `attribute_value` and `value`: the side, the attribute's name and its value, which is absent where all
//! values are counted together. That an attribute had more values than were asked for is a row whose `__meta_type` is
//! `__too_many_values__`.

use std::io;

use super::samples::{label_names, samples, series};
use crate::{
    model::series::{Form, MetricsResult, Series, label},
    output::{
        cells::{self, Cell},
        csv::Csv,
        text,
    },
};

/// The columns of a comparison.
const COMPARISON: [&str; 5] = ["time", label::META_TYPE, "attribute", "attribute_value", "value"];

/// Writes one JSON object a line.
pub fn write_jsonl(out: &mut dyn io::Write, result: &MetricsResult) -> io::Result<()> {
    let columns = columns(result);
    each_row(result, &columns, |cells| cells::write_object(out, &columns, cells))
}

/// Writes a header and one record a line.
pub fn write_csv(out: &mut dyn io::Write, result: &MetricsResult, csv: Csv) -> io::Result<()> {
    let columns = columns(result);
    csv.header(out, &columns)?;
    each_row(result, &columns, |cells| csv.record(out, cells))
}

fn columns(result: &MetricsResult) -> Vec<&str> {
    if result.form == Form::Comparison {
        return COMPARISON.to_vec();
    }
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
        // The labels are the same in all rows of the series; time and value are put in their places row by row.
        let mut row: Vec<Cell<'_>> = match result.form {
            Form::Comparison => compared(found),
            _ => columns.iter().map(|name| found.label(name).map_or(Cell::Absent, Cell::Datum)).collect(),
        };
        for (time, value) in samples(&times, found) {
            if let [first, .., last] = row.as_mut_slice() {
                (*first, *last) = (Cell::text(time), Cell::Number(value));
            }
            write(&row)?;
        }
    }
    Ok(())
}

/// Returns the cells of a comparison's series for its columns, those of time and value without content.
fn compared(found: &Series) -> Vec<Cell<'_>> {
    let marks = [label::META_TYPE, label::META_ERROR];
    let side = marks.iter().find_map(|mark| found.label(mark)).map_or(Cell::Absent, Cell::Datum);
    let attribute = found.labels.iter().find(|label| !marks.contains(&label.name.as_str()));
    let (name, value) =
        attribute.map_or((Cell::Absent, Cell::Absent), |label| (Cell::text(&label.name), Cell::Datum(&label.value)));
    vec![Cell::Absent, side, name, value, Cell::Absent]
}
