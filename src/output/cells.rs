//! The cells of flat formats, JSON lines and CSV.
//!
//! Durations are nanoseconds, absent values null in JSON and nothing in CSV, where an empty text is `""`. Floats that
//! JSON has no numbers for are the texts `NaN`, `Infinity` and `-Infinity`.

use std::{borrow::Cow, io};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::visible;
use crate::model::result::{Datum, float};

/// One value of a row.
pub(super) enum Cell<'r> {
    Absent,
    Text(Cow<'r, str>),
    Nanoseconds(u64),
    Count(u64),
    Number(f64),
    Datum(&'r Datum),
    /// A value that stands nowhere else.
    Own(Datum),
}

/// Writes a row as a JSON object on a line of its own.
pub(super) fn write_object(out: &mut dyn io::Write, names: &[&str], cells: &[Cell<'_>]) -> io::Result<()> {
    writeln!(out, "{}", visible::to_json(&Row { names, cells })?)
}

impl<'r> Cell<'r> {
    pub(super) fn text(text: &'r str) -> Cell<'r> {
        Cell::Text(Cow::Borrowed(text))
    }

    /// Returns the text of the cell before it is quoted; `None` if there is no value.
    pub(super) fn csv(&self) -> Option<Cow<'_, str>> {
        let datum = match self {
            Cell::Absent => return None,
            Cell::Text(text) => return Some(Cow::Borrowed(text)),
            Cell::Nanoseconds(n) | Cell::Count(n) => return Some(n.to_string().into()),
            Cell::Number(x) => return Some(float(*x).into()),
            Cell::Datum(datum) => datum,
            Cell::Own(datum) => datum,
        };
        match datum {
            Datum::Nil => None,
            Datum::String(text) => Some(Cow::Borrowed(text)),
            Datum::Duration(ns) => Some(ns.to_string().into()),
            array @ Datum::Array(_) => visible::to_json(&Plain(array)).ok().map(Cow::Owned),
            datum => Some(datum.to_string().into()),
        }
    }
}

struct Row<'r> {
    names: &'r [&'r str],
    cells: &'r [Cell<'r>],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.names.len()))?;
        for (name, cell) in self.names.iter().zip(self.cells) {
            object.serialize_entry(name, cell)?;
        }
        object.end()
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Absent => serializer.serialize_unit(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Nanoseconds(n) | Cell::Count(n) => serializer.serialize_u64(*n),
            Cell::Number(x) => Plain(&Datum::Float(*x)).serialize(serializer),
            Cell::Datum(datum) => Plain(datum).serialize(serializer),
            Cell::Own(datum) => Plain(datum).serialize(serializer),
        }
    }
}

/// A value as the JSON value next to it.
struct Plain<'r>(&'r Datum);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Datum::Nil => serializer.serialize_unit(),
            Datum::String(text) => serializer.serialize_str(text),
            Datum::Int(n) | Datum::Duration(n) => serializer.serialize_i64(*n),
            Datum::Float(x) if x.is_finite() => serializer.serialize_f64(*x),
            Datum::Bool(b) => serializer.serialize_bool(*b),
            Datum::Array(values) => serializer.collect_seq(values.iter().map(Plain)),
            // Words, and the floats that JSON has no numbers for.
            datum => serializer.collect_str(datum),
        }
    }
}
