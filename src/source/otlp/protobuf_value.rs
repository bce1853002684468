//! Attributes of OTLP protobuf.

use crate::{
    model::attributes::Cell,
    source::{
        builder::{FragmentBuilder, Table},
        fault::{Decoded, fault},
        json::MAX_LISTS,
    },
};

use super::wire::{Field, Fields, Slice};

/// A list inside a list takes at least this many bytes: two fields, each with a tag and a length.
const LIST_BYTES: usize = 4;

/// Reads one attribute into the current row of `table`, if anybody wants it.
///
/// Only what is wanted is looked into; but a value that nests too deep is damage whether it is wanted or not.
pub(super) fn attribute(message: Slice<'_>, builder: &mut FragmentBuilder, table: Table) -> Decoded<()> {
    if message.bytes.len() > LIST_BYTES * MAX_LISTS {
        check_nesting(message)?;
    }
    if !builder.wants_attributes(table) {
        return Ok(());
    }
    // An empty key is left out.
    let mut key = "";
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            key = field.bytes()?.text()?;
        }
    }
    let Some(column) = builder.column(table, key) else { return Ok(()) };
    let mut cell = None;
    let mut list = Vec::new();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 2 {
            value(field.bytes()?, builder, &mut cell, &mut list)?;
        }
    }
    if !list.is_empty() {
        cell = builder.list(&list);
    }
    if let Some(cell) = cell {
        builder.set(table, column, cell);
    }
    Ok(())
}

/// Reads a value into `cell`, or into `list` if it is a list. A later value replaces an earlier one, except that lists
/// go on.
fn value(
    message: Slice<'_>,
    builder: &mut FragmentBuilder,
    cell: &mut Option<Cell>,
    list: &mut Vec<Option<Cell>>,
) -> Decoded<()> {
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 5 {
            *cell = None;
            let mut elements = field.bytes()?.fields();
            while let Some(element) = elements.next()? {
                if element.number == 1 {
                    list.push(element_value(element.bytes()?, builder)?);
                }
            }
        } else if let Some(scalar) = scalar(field, builder)? {
            *cell = scalar;
            list.clear();
        }
    }
    Ok(())
}

/// Reads an element of a list. What nests inside is stepped over: no cell can hold it.
fn element_value(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<Option<Cell>> {
    let mut cell = None;
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 5 {
            cell = None;
        } else if let Some(scalar) = scalar(field, builder)? {
            cell = scalar;
        }
    }
    Ok(cell)
}

/// Reads a field of a value; `None` for fields that mean nothing, `Some(None)` for values that no cell can hold.
fn scalar(field: Field<'_>, builder: &mut FragmentBuilder) -> Decoded<Option<Option<Cell>>> {
    Ok(Some(match field.number {
        1 => Some(Cell::Str(builder.text(field.bytes()?.text()?))),
        2 => Some(Cell::Bool(field.int()? != 0)),
        3 => Some(Cell::Int(field.int()?)),
        4 => Some(Cell::Float(f64::from_bits(field.fixed64()?))),
        6 | 7 => field.bytes().map(|_| None)?,
        _ => return Ok(None),
    }))
}

/// What a message inside an attribute is.
#[derive(Clone, Copy)]
enum Kind {
    Attribute,
    Value,
    List,
    /// A list of attributes.
    KeyValues,
}

/// Finds damage in what nests inside an attribute, without recursion.
fn check_nesting(attribute: Slice<'_>) -> Decoded<()> {
    let mut open: Vec<(Kind, Fields<'_>)> = vec![(Kind::Attribute, attribute.fields())];
    let mut lists = 0;
    while let Some((kind, fields)) = open.last_mut() {
        let Some(field) = fields.next()? else {
            lists -= usize::from(matches!(kind, Kind::List | Kind::KeyValues));
            open.pop();
            continue;
        };
        let inside = match (*kind, field.number) {
            (Kind::Attribute, 2) | (Kind::List, 1) => Kind::Value,
            (Kind::Value, 5) => Kind::List,
            (Kind::Value, 6) => Kind::KeyValues,
            (Kind::KeyValues, 1) => Kind::Attribute,
            _ => continue,
        };
        let message = field.bytes()?;
        lists += usize::from(matches!(inside, Kind::List | Kind::KeyValues));
        if lists > MAX_LISTS {
            return fault(message.base, "values nest more than 256 deep");
        }
        open.push((inside, message.fields()));
    }
    Ok(())
}
