//! One name or one value a row, with counts: JSON lines and CSV.
//!
//! What values look like, `output::cells` says.

use std::io;

use traceql_grammar::query::FieldKey;

use super::type_of;
use crate::{
    model::{
        catalog::{Tag, TagValues, Tags, ValueCount},
        result::Datum,
    },
    output::{
        cells::{self, Cell},
        csv::Csv,
    },
};

/// `attribute` is what a query calls it; `values` is how many there are, an estimate if not `values_exact`.
const OF_TAGS: [&str; 8] = ["scope", "name", "attribute", "types", "spans", "values", "values_exact", "examples"];
const OF_VALUES: [&str; 3] = ["value", "type", "spans"];

/// How many values stand for an attribute.
const EXAMPLES: usize = 3;

/// Writes a JSON object for each name.
pub fn write_tags_jsonl(out: &mut dyn io::Write, tags: &Tags) -> io::Result<()> {
    tags.tags.iter().try_for_each(|tag| cells::write_object(out, &OF_TAGS, &tag_cells(tag)))
}

/// Writes a header and a record for each name.
pub fn write_tags_csv(out: &mut dyn io::Write, tags: &Tags, csv: Csv) -> io::Result<()> {
    csv.header(out, &OF_TAGS)?;
    tags.tags.iter().try_for_each(|tag| csv.record(out, &tag_cells(tag)))
}

/// Writes a JSON object for each value.
pub fn write_values_jsonl(out: &mut dyn io::Write, values: &TagValues) -> io::Result<()> {
    values.values.counts.iter().try_for_each(|count| cells::write_object(out, &OF_VALUES, &value_cells(count)))
}

/// Writes a header and a record for each value.
pub fn write_values_csv(out: &mut dyn io::Write, values: &TagValues, csv: Csv) -> io::Result<()> {
    csv.header(out, &OF_VALUES)?;
    values.values.counts.iter().try_for_each(|count| csv.record(out, &value_cells(count)))
}

fn tag_cells(tag: &Tag) -> [Cell<'_>; 8] {
    let name = match &tag.field.key {
        FieldKey::Attribute(_, name) => Cell::text(name),
        _ => Cell::text(tag.field.bare_name()),
    };
    let mut types: Vec<&str> = Vec::new();
    let counts = tag.values.iter().flat_map(|values| &values.counts);
    for ty in counts.clone().map(|count| type_of(&count.value)) {
        if !types.contains(&ty) {
            types.push(ty);
        }
    }
    let examples = Datum::Array(counts.take(EXAMPLES).map(|count| count.value.clone()).collect());
    let values = tag.values.as_ref();
    [
        Cell::text(tag.scope().word()),
        name,
        Cell::Text(tag.field.to_string().into()),
        if types.is_empty() { Cell::Absent } else { Cell::Text(types.join(" ").into()) },
        count_of(tag.spans),
        values.map_or(Cell::Absent, |values| Cell::Count(values.distinct)),
        values.map_or(Cell::Absent, |values| Cell::Own(Datum::Bool(values.is_exact))),
        if values.is_some() { Cell::Own(examples) } else { Cell::Absent },
    ]
}

fn value_cells(count: &ValueCount) -> [Cell<'_>; 3] {
    [Cell::Datum(&count.value), Cell::text(type_of(&count.value)), count_of(count.spans)]
}

/// Nobody counted where there is none.
fn count_of(spans: u64) -> Cell<'static> {
    if spans == 0 { Cell::Absent } else { Cell::Count(spans) }
}
