//! One span a row: JSON lines and CSV, for jq, SQL and spreadsheets.
//!
//! Every row has every column. Times are RFC 3339 in UTC; what other values look like, `output::cells` says.

use std::io;

use traceql_grammar::query::{Field, FieldKey};

use crate::{
    model::result::{SearchResult, SpanMatch, Spanset, TraceMatch},
    output::{
        cells::{self, Cell},
        csv::Csv,
        text,
    },
};

/// The columns that every answer has.
const FIXED: [&str; 8] =
    ["trace:id", "trace:rootService", "trace:rootName", "trace:duration", "span:id", "start", "duration", "name"];

/// Writes one JSON object a line.
pub fn write_jsonl(out: &mut dyn io::Write, result: &SearchResult, columns: &Columns) -> io::Result<()> {
    let names = columns.names();
    each_row(result, columns, |cells| cells::write_object(out, &names, cells))
}

/// Writes a header and one record a line.
pub fn write_csv(out: &mut dyn io::Write, result: &SearchResult, columns: &Columns, csv: Csv) -> io::Result<()> {
    csv.header(out, &columns.names())?;
    write_csv_below(out, result, columns, csv)
}

/// Writes one record a line, below those of an earlier answer.
pub fn write_csv_below(out: &mut dyn io::Write, result: &SearchResult, columns: &Columns, csv: Csv) -> io::Result<()> {
    each_row(result, columns, |cells| csv.record(out, cells))
}

/// The columns behind the fixed ones: what the query can show, whether or not the data has any of it.
#[derive(Debug, Default)]
pub struct Columns {
    /// Groups and aggregates.
    of_sets: Vec<String>,
    /// Attributes, with their full names.
    of_spans: Vec<(Field, String)>,
}

impl Columns {
    /// Takes the names of groups and aggregates, and the fields, each once and in their order.
    pub fn new<'q>(keys: impl IntoIterator<Item = &'q str>, fields: impl IntoIterator<Item = &'q Field>) -> Columns {
        Columns {
            of_sets: keys.into_iter().map(str::to_owned).collect(),
            of_spans: fields.into_iter().map(|field| (field.clone(), full_name(field))).collect(),
        }
    }

    fn names(&self) -> Vec<&str> {
        let of_sets = self.of_sets.iter().map(String::as_str);
        FIXED.into_iter().chain(of_sets).chain(self.of_spans.iter().map(|(_, name)| name.as_str())).collect()
    }
}

/// Returns the name of a field that tells where its value comes from: `span.x`, `span:status`.
pub(super) fn full_name(field: &Field) -> String {
    match &field.key {
        FieldKey::Intrinsic(intrinsic) if !field.of_parent => intrinsic.scoped(),
        _ => field.to_string(),
    }
}

fn each_row(
    result: &SearchResult,
    columns: &Columns,
    mut write: impl FnMut(&[Cell<'_>]) -> io::Result<()>,
) -> io::Result<()> {
    for trace in &result.traces {
        for spanset in &trace.spansets {
            for span in &spanset.spans {
                write(&row(trace, spanset, span, columns))?;
            }
        }
    }
    Ok(())
}

/// Returns a cell for each of the columns' names.
fn row<'r>(trace: &'r TraceMatch, spanset: &'r Spanset, span: &'r SpanMatch, columns: &Columns) -> Vec<Cell<'r>> {
    let fixed = [
        Cell::Text(trace.id.to_string().into()),
        trace.root_service.as_deref().map_or(Cell::Absent, Cell::text),
        trace.root_name.as_deref().map_or(Cell::Absent, Cell::text),
        Cell::Nanoseconds(trace.duration),
        Cell::Text(span.id.to_string().into()),
        Cell::Text(text::rfc3339(span.start).into()),
        Cell::Nanoseconds(span.duration),
        Cell::text(&span.name),
    ];
    // A later stage may compute an aggregate again: its value is the one that counts.
    let of_set = |name: &String| spanset.attributes.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value);
    let of_span = |field: &Field| span.attributes.iter().find(|(known, _)| known == field).map(|(_, value)| value);
    let of_sets = columns.of_sets.iter().map(of_set);
    let of_spans = columns.of_spans.iter().map(|(field, _)| of_span(field));
    fixed.into_iter().chain(of_sets.chain(of_spans).map(|value| value.map_or(Cell::Absent, Cell::Datum))).collect()
}
