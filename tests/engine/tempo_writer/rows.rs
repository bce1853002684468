//! The rows of a block as text, read by another reader than ours.

use std::{collections::BTreeMap, fs::File, path::Path};

use parquet::{
    file::{
        metadata::ParquetMetaData,
        reader::{FileReader, SerializedFileReader},
        serialized_reader::ReadOptionsBuilder,
    },
    record::{Field, Row},
};

/// Opens the file with the traces, its page index included.
pub(crate) fn open(folder: &Path) -> SerializedFileReader<File> {
    let file = File::open(folder.join("data.parquet")).expect("the block has it");
    let options = ReadOptionsBuilder::new().with_page_index().build();
    SerializedFileReader::new_with_options(file, options).expect("it is Parquet with a page index")
}

/// Returns what the end of the file says.
pub(crate) fn metadata(folder: &Path) -> ParquetMetaData {
    open(folder).metadata().clone()
}

/// Returns every row.
pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let reader = open(folder);
    reader.get_row_iter(None).expect("it can be read").map(|row| row.expect("it can be read")).collect()
}

/// Returns a row as text.
///
/// What the format keeps no order of stands in order of its text: attributes, and resources, scopes and spans of one
/// trace. Nested-set numbers depend on the order of siblings, so that they are told by what they mean: the id of the
/// parent, and how many spans are below.
pub(crate) fn row_text(row: &Row) -> String {
    let mut numbered = BTreeMap::new();
    row.get_column_iter().for_each(|(_, field)| find_numbers(field, &mut numbered));
    let fields = row.get_column_iter().map(|(name, field)| format!("{name}: {}", text(name, field, &numbered)));
    fields.collect::<Vec<_>>().join("\n")
}

/// Finds the id of the span with each nested-set number.
fn find_numbers(field: &Field, numbered: &mut BTreeMap<i32, String>) {
    match field {
        Field::ListInternal(list) => list.elements().iter().for_each(|field| find_numbers(field, numbered)),
        Field::Group(row) => {
            let find = |name| row.get_column_iter().find(|(column, _)| *column == name).map(|(_, field)| field);
            if let (Some(Field::Int(left)), Some(Field::Bytes(id))) = (find("NestedSetLeft"), find("SpanID")) {
                numbered.insert(*left, hex(id.data()));
            }
            row.get_column_iter().for_each(|(_, field)| find_numbers(field, numbered));
        }
        _ => {}
    }
}

fn text(name: &str, field: &Field, numbered: &BTreeMap<i32, String>) -> String {
    match field {
        Field::Group(row) => {
            let left = row.get_column_iter().find(|(name, _)| *name == "NestedSetLeft").map(|(_, field)| field);
            let member = |(name, field): (&String, &Field)| {
                let text = match (name.as_str(), field, left) {
                    ("NestedSetLeft", Field::Int(left), _) => (if *left == 0 { "none" } else { "some" }).to_owned(),
                    ("NestedSetRight", Field::Int(right), Some(Field::Int(left))) => (right - left).to_string(),
                    ("ParentID", Field::Int(parent), _) if *parent > 0 => numbered[parent].clone(),
                    _ => text(name, field, numbered),
                };
                format!("{name}: {text}")
            };
            let fields = row.get_column_iter().filter(|(_, field)| !matches!(field, Field::Null));
            format!("{{{}}}", fields.map(member).collect::<Vec<_>>().join(", "))
        }
        Field::ListInternal(list) => {
            let mut elements: Vec<String> = list.elements().iter().map(|field| text("", field, numbered)).collect();
            if matches!(name, "Attrs" | "rs" | "ss" | "Spans") {
                elements.sort_unstable();
            }
            format!("[{}]", elements.join(", "))
        }
        Field::Bytes(bytes) => hex(bytes.data()),
        other => other.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
