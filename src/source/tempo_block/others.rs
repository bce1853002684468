//! Attribute values that have no column of their type: JSON, encoded messages, and what TraceQL cannot see.

use crate::{
    model::{
        any_value::AnyValue,
        attributes::{Array, Cell},
    },
    source::{
        otlp::{protobuf_value::value_of_any_shape, wire::Slice},
        parquet::{column::Column, file::ParquetFault, values::Values},
    },
};

use super::{
    attributes::{Hit, Made, OTHER_ATTRIBUTES, Target, has_values},
    columns::Columns,
    entries::ValueOf,
    layout::AttributeValues,
};

/// Gives hits, of so many attributes that there are, values that are encoded messages.
pub(super) fn encoded(
    columns: &mut Columns<'_>,
    leaf: usize,
    (hits, attributes): (&[Hit], usize),
    target: &mut Target<'_>,
    made: &mut Made,
) -> Result<(), ParquetFault> {
    let column = columns.nested(leaf)?;
    columns.check(leaf, column.len == attributes, OTHER_ATTRIBUTES)?;
    let left = take(&column, hits, message, target, made)?;
    nothing(&left, &[], target, made);
    Ok(())
}

/// Gives hits that have no value of a type of their own what else a list keeps. `arrays` marks the attributes that are
/// arrays.
pub(super) fn rest(
    columns: &mut Columns<'_>,
    values: AttributeValues,
    (mut hits, attributes): (Vec<Hit>, usize),
    arrays: &[bool],
    target: &mut Target<'_>,
    made: &mut Made,
) -> Result<(), ParquetFault> {
    let leaves = match values {
        AttributeValues::Single { array, key_values, .. } if target.everything => [Some(array), Some(key_values)],
        AttributeValues::Single { array, .. } => [Some(array), None],
        AttributeValues::Lists { other, .. } if target.everything => [Some(other), None],
        AttributeValues::Lists { .. } | AttributeValues::Encoded(_) => [None, None],
    };
    for leaf in leaves.into_iter().flatten() {
        if !hits.is_empty() && has_values(columns, leaf) {
            let column = columns.nested(leaf)?;
            columns.check(leaf, column.len == attributes, OTHER_ATTRIBUTES)?;
            hits = take(&column, &hits, json, target, made)?;
        }
    }
    nothing(&hits, arrays, target, made);
    Ok(())
}

/// Gives hits for which no column has a value what that means: an empty array, or no value. Unless everything is wanted,
/// that they are there is all.
fn nothing(hits: &[Hit], arrays: &[bool], target: &mut Target<'_>, made: &mut Made) {
    for hit in hits {
        if !target.everything {
            made.set(hit.column, hit.row, Cell::UNHELD);
            continue;
        }
        let is_array = arrays.get(hit.attribute as usize).copied().unwrap_or_default();
        let value = if is_array { AnyValue::Array(Vec::new()) } else { AnyValue::Empty };
        made.set(hit.column, hit.row, Cell::Other(target.dictionary.intern(&value.text())));
    }
}

/// Gives hits the values that a column has for them; returns those that it has none for.
fn take(
    column: &Column,
    hits: &[Hit],
    decode: impl Fn(&[u8]) -> Result<AnyValue, ParquetFault>,
    target: &mut Target<'_>,
    made: &mut Made,
) -> Result<Vec<Hit>, ParquetFault> {
    let mut value = ValueOf::new(column);
    // What one text of the dictionary means is found out once.
    let mut met: Vec<Option<Cell>> = match &column.values {
        Values::Index(_, texts) => vec![None; texts.len()],
        _ => Vec::new(),
    };
    let mut left = Vec::new();
    for hit in hits {
        let Some(place) = value.at(hit.attribute as usize) else {
            left.push(*hit);
            continue;
        };
        let found = match &column.values {
            Values::Index(indices, texts) => {
                let index = indices.get(place).map_or(0, |index| *index as usize);
                match met.get(index).copied().flatten() {
                    Some(cell) => cell,
                    None => {
                        let cell = cell(&decode(texts.get(index).unwrap_or_default())?, target);
                        if let Some(met) = met.get_mut(index) {
                            *met = Some(cell);
                        }
                        cell
                    }
                }
            }
            Values::Texts(texts) => cell(&decode(texts.get(place).unwrap_or_default())?, target),
            _ => continue,
        };
        made.set(hit.column, hit.row, found);
    }
    Ok(left)
}

/// Reads a value that is kept as JSON.
fn json(text: &[u8]) -> Result<AnyValue, ParquetFault> {
    std::str::from_utf8(text)
        .ok()
        .and_then(AnyValue::parse)
        .ok_or_else(|| ParquetFault::damaged(None, "a value of an attribute is not the JSON that it should be"))
}

/// Reads a value that is kept as a message.
fn message(bytes: &[u8]) -> Result<AnyValue, ParquetFault> {
    value_of_any_shape(Slice { bytes, base: 0 })
        .map_err(|fault| ParquetFault::damaged(None, format!("a value of an attribute cannot be read: {}", fault.what)))
}

/// Makes the cell of a value.
pub(super) fn cell(value: &AnyValue, target: &mut Target<'_>) -> Cell {
    match value {
        AnyValue::Str(text) => return Cell::Str(target.dictionary.intern(text)),
        AnyValue::Bool(value) => return Cell::Bool(*value),
        AnyValue::Int(value) => return Cell::Int(*value),
        AnyValue::Float(value) => return Cell::Float(*value),
        AnyValue::Array(elements) => {
            if let ([only], false) = (&elements[..], target.everything) {
                return match only {
                    AnyValue::Array(_) => Cell::UNHELD,
                    only => cell(only, target),
                };
            }
            if let Some(array) = array(elements, target) {
                target.arrays.push(array);
                return Cell::Array(target.arrays.len() as u32 - 1);
            }
        }
        AnyValue::Empty | AnyValue::Bytes(_) | AnyValue::Map(_) => {}
    }
    if target.everything { Cell::Other(target.dictionary.intern(&value.text())) } else { Cell::UNHELD }
}

/// Makes an array, if all elements have one type that TraceQL knows.
fn array(elements: &[AnyValue], target: &mut Target<'_>) -> Option<Array> {
    fn all<T>(elements: &[AnyValue], pick: impl FnMut(&AnyValue) -> Option<T>) -> Option<Vec<T>> {
        elements.iter().map(pick).collect()
    }
    match elements.first()? {
        AnyValue::Str(_) => {
            all(
                elements,
                |value| if let AnyValue::Str(text) = value { Some(target.dictionary.intern(text)) } else { None },
            )
            .map(Array::Str)
        }
        AnyValue::Int(_) => {
            all(elements, |value| if let AnyValue::Int(n) = value { Some(*n) } else { None }).map(Array::Int)
        }
        AnyValue::Float(_) => {
            all(elements, |value| if let AnyValue::Float(n) = value { Some(*n) } else { None }).map(Array::Float)
        }
        AnyValue::Bool(_) => {
            all(elements, |value| if let AnyValue::Bool(b) = value { Some(*b) } else { None }).map(Array::Bool)
        }
        AnyValue::Empty | AnyValue::Bytes(_) | AnyValue::Array(_) | AnyValue::Map(_) => None,
    }
}
