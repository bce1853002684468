//! One span a row: JSON lines and CSV, for jq, SQL and spreadsheets.
//!
//! Every row has every column. Durations are nanoseconds, times RFC 3339 in UTC, absent values null in JSON and nothing
//! in CSV, where an empty text is `""`.

use std::io;

use serde::{Serialize, Serializer, ser::SerializeMap};
use traceql_grammar::query::{Field, FieldKey};

use crate::{
    model::result::{Datum, SearchResult, SpanMatch, Spanset, TraceMatch},
    output::text,
};

/// The columns that every answer has.
const FIXED: [&str; 8] =
    ["trace:id", "trace:rootService", "trace:rootName", "trace:duration", "span:id", "start", "duration", "name"];

/// Writes one JSON object a line.
pub fn write_jsonl(out: &mut dyn io::Write, result: &SearchResult, columns: &Columns) -> io::Result<()> {
    each_row(result, columns, |row| {
        serde_json::to_writer(&mut *out, &row)?;
        writeln!(out)
    })
}

/// Writes a header and one record a line.
pub fn write_csv(out: &mut dyn io::Write, result: &SearchResult, columns: &Columns) -> io::Result<()> {
    write_record(out, columns.names().map(|name| Some(name.to_owned())))?;
    each_row(result, columns, |row| write_record(out, row.cells().map(|cell| cell.csv())))
}

fn write_record(out: &mut dyn io::Write, cells: impl Iterator<Item = Option<String>>) -> io::Result<()> {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            write!(out, ",")?;
        }
        match cell {
            None => {}
            Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) || text.trim() != text => {
                write!(out, "\"{}\"", text.replace('"', "\"\""))?;
            }
            Some(text) => write!(out, "{text}")?,
        }
    }
    writeln!(out)
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

    fn names(&self) -> impl Iterator<Item = &str> {
        let of_sets = self.of_sets.iter().map(String::as_str);
        FIXED.into_iter().chain(of_sets).chain(self.of_spans.iter().map(|(_, name)| name.as_str()))
    }
}

/// Returns the name of a field that tells where its value comes from: `span.x`, `span:status`.
pub(super) fn full_name(field: &Field) -> String {
    match &field.key {
        FieldKey::Intrinsic(intrinsic) if !field.of_parent => intrinsic.scoped(),
        _ => field.to_string(),
    }
}

/// A span with what it belongs to.
struct Row<'r> {
    trace: &'r TraceMatch,
    spanset: &'r Spanset,
    span: &'r SpanMatch,
    columns: &'r Columns,
}

fn each_row(
    result: &SearchResult,
    columns: &Columns,
    mut write: impl FnMut(Row<'_>) -> io::Result<()>,
) -> io::Result<()> {
    for trace in &result.traces {
        for spanset in &trace.spansets {
            for span in &spanset.spans {
                write(Row { trace, spanset, span, columns })?;
            }
        }
    }
    Ok(())
}

impl<'r> Row<'r> {
    /// Returns a cell for each of the columns' names.
    fn cells(&self) -> impl Iterator<Item = Cell<'r>> {
        let (trace, spanset, span) = (self.trace, self.spanset, self.span);
        let fixed = [
            Cell::Text(trace.id.to_string()),
            Cell::optional(trace.root_service.as_deref()),
            Cell::optional(trace.root_name.as_deref()),
            Cell::Nanoseconds(trace.duration),
            Cell::Text(span.id.to_string()),
            Cell::Text(text::rfc3339(span.start)),
            Cell::Nanoseconds(span.duration),
            Cell::Text(span.name.clone()),
        ];
        // A later stage may compute an aggregate again: its value is the one that counts.
        let of_set =
            |name: &String| spanset.attributes.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value);
        let of_span = |field: &Field| span.attributes.iter().find(|(known, _)| known == field).map(|(_, value)| value);
        let of_sets = self.columns.of_sets.iter().map(of_set);
        let of_spans = self.columns.of_spans.iter().map(|(field, _)| of_span(field));
        let data: Vec<Option<&Datum>> = of_sets.chain(of_spans).collect();
        fixed.into_iter().chain(data.into_iter().map(|datum| datum.map_or(Cell::Absent, Cell::Datum)))
    }
}

/// One value of a row.
enum Cell<'r> {
    Absent,
    Text(String),
    Nanoseconds(u64),
    Datum(&'r Datum),
}

impl<'r> Cell<'r> {
    fn optional(text: Option<&str>) -> Cell<'r> {
        text.map_or(Cell::Absent, |text| Cell::Text(text.to_owned()))
    }

    /// Returns the text of the cell before it is quoted; `None` if there is no value.
    fn csv(&self) -> Option<String> {
        match self {
            Cell::Absent | Cell::Datum(Datum::Nil) => None,
            Cell::Text(text) => Some(text.clone()),
            Cell::Nanoseconds(ns) => Some(ns.to_string()),
            Cell::Datum(Datum::Duration(ns)) => Some(ns.to_string()),
            Cell::Datum(array @ Datum::Array(_)) => serde_json::to_string(&Plain(array)).ok(),
            Cell::Datum(datum) => Some(datum.to_string()),
        }
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (name, cell) in self.columns.names().zip(self.cells()) {
            object.serialize_entry(name, &cell)?;
        }
        object.end()
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Absent => serializer.serialize_unit(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Nanoseconds(ns) => serializer.serialize_u64(*ns),
            Cell::Datum(datum) => Plain(datum).serialize(serializer),
        }
    }
}

/// A value as the JSON value next to it.
struct Plain<'r>(&'r Datum);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Datum::Nil => serializer.serialize_unit(),
            Datum::Int(n) | Datum::Duration(n) => serializer.serialize_i64(*n),
            Datum::Float(x) if x.is_finite() => serializer.serialize_f64(*x),
            Datum::Bool(b) => serializer.serialize_bool(*b),
            Datum::Array(values) => serializer.collect_seq(values.iter().map(Plain)),
            // Words, texts, and the floats that JSON has no numbers for.
            datum => serializer.collect_str(datum),
        }
    }
}
