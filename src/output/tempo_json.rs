//! What Tempo's responses have in common: values, lists, what was inspected.
//!
//! 64-bit whole numbers are strings; what is zero is left out, and so are lists inside of lists that are empty; an
//! absent value is the text `nil`; floats that JSON has no numbers for are strings.

use serde::{Serialize, Serializer, ser::SerializeSeq};
use traceql_grammar::value::format_duration;

use super::json_text::JsonText;
use crate::model::result::{Datum, Inspected};

/// What was looked at; what only servers count is zero for files.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metrics {
    #[serde(skip_serializing_if = "is_zero")]
    inspected_traces: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    inspected_bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    total_blocks: u64,
    #[serde(skip_serializing_if = "is_zero")]
    completed_jobs: u64,
    #[serde(skip_serializing_if = "is_zero")]
    total_jobs: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    total_block_bytes: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    inspected_spans: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    backend_reads: u64,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    backend_bytes: u64,
}

/// A list that is converted while it is written: answers without a limit may be large.
pub(super) struct Mapped<'r, T, R>(pub(super) &'r [T], pub(super) fn(&'r T) -> R);

impl From<Inspected> for Metrics {
    fn from(inspected: Inspected) -> Metrics {
        Metrics {
            inspected_traces: inspected.traces,
            inspected_bytes: inspected.bytes,
            total_blocks: inspected.server.blocks,
            completed_jobs: inspected.server.completed_jobs,
            total_jobs: inspected.server.jobs,
            total_block_bytes: inspected.server.block_bytes,
            inspected_spans: inspected.spans,
            backend_reads: inspected.server.backend_reads,
            backend_bytes: inspected.server.backend_bytes,
        }
    }
}

/// Writes an attribute as OTLP has it: a name and a value.
pub(super) fn attribute(json: &mut JsonText<'_>, key: &str, value: &Datum) {
    json.object(|object| {
        object.name("key").string(key);
        any_value(object.name("value"), value);
    });
}

/// Writes OTLP's value: an object with one key that says the type.
pub(super) fn any_value(json: &mut JsonText<'_>, value: &Datum) {
    json.object(|object| match value {
        Datum::Nil => object.name("stringValue").string("nil"),
        Datum::String(value) => object.name("stringValue").string(value),
        Datum::Int(n) => object.name("intValue").quoted_number(*n),
        Datum::Float(x) => object.name("doubleValue").float(*x),
        Datum::Bool(b) => object.name("boolValue").plain(b),
        Datum::Duration(ns) => object.name("stringValue").string(&format_duration(*ns)),
        Datum::Status(status) => object.name("stringValue").string(status.word()),
        Datum::Kind(kind) => object.name("stringValue").string(kind.word()),
        Datum::Array(values) => object.name("arrayValue").object(|array| {
            if !values.is_empty() {
                array.name("values").list(|list| values.iter().for_each(|value| any_value(list, value)));
            }
        }),
    });
}

impl<T, R: Serialize> Serialize for Mapped<'_, T, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for item in self.0 {
            list.serialize_element(&self.1(item))?;
        }
        list.end()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn as_string<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}
