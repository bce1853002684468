//! Attributes of OTLP protobuf.

use crate::{
    model::{any_value::AnyValue, attributes::Cell},
    source::{
        builder::{FragmentBuilder, Table},
        fault::{Decoded, fault},
        json::{MAX_LISTS, TOO_DEEP},
    },
};

use super::wire::{Field, Fields, Slice};

/// A list inside a list takes at least this many bytes: two fields, each with a tag and a length.
const LIST_BYTES: usize = 4;

/// Reads one attribute into the current row of `table`, if anybody wants it.
///
/// Only what is wanted is looked into; but a value that nests too deep is damage whether it is wanted or not.
pub(super) fn attribute(message: Slice<'_>, builder: &mut FragmentBuilder, table: Table) -> Decoded<()> {
    check_nesting(message, Kind::Attribute)?;
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
        return Ok(());
    }
    let cell = if builder.wants().extras {
        let text = pair(message)?.1.text();
        Cell::Other(builder.text(&text))
    } else {
        Cell::UNHELD
    };
    builder.set(table, column, cell);
    Ok(())
}

/// Reads a key and a value of any shape.
#[cfg(feature = "tempo-block")]
pub(in crate::source) fn attribute_of_any_shape(message: Slice<'_>) -> Decoded<(String, AnyValue)> {
    check_nesting(message, Kind::Attribute)?;
    pair(message)
}

/// Reads a value of any shape.
#[cfg(feature = "tempo-block")]
pub(in crate::source) fn value_of_any_shape(message: Slice<'_>) -> Decoded<AnyValue> {
    check_nesting(message, Kind::Value)?;
    any_value(&[message])
}

/// Reads a key and a value of any shape; that it nests not too deep is known.
fn pair(message: Slice<'_>) -> Decoded<(String, AnyValue)> {
    let (mut key, mut values) = ("", Vec::new());
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = field.bytes()?.text()?,
            2 => values.push(field.bytes()?),
            _ => {}
        }
    }
    Ok((key.to_owned(), any_value(&values)?))
}

/// Reads a value of any shape, which may come in pieces: of the fields the last one holds, but lists go on.
fn any_value(pieces: &[Slice<'_>]) -> Decoded<AnyValue> {
    let mut value = AnyValue::Empty;
    for piece in pieces {
        let mut fields = piece.fields();
        while let Some(field) = fields.next()? {
            value = match (field.number, value) {
                (1, _) => AnyValue::Str(field.bytes()?.text()?.to_owned()),
                (2, _) => AnyValue::Bool(field.int()? != 0),
                (3, _) => AnyValue::Int(field.int()?),
                (4, _) => AnyValue::Float(f64::from_bits(field.fixed64()?)),
                (5, AnyValue::Array(values)) => array(field.bytes()?, values)?,
                (5, _) => array(field.bytes()?, Vec::new())?,
                (6, AnyValue::Map(pairs)) => map(field.bytes()?, pairs)?,
                (6, _) => map(field.bytes()?, Vec::new())?,
                (7, _) => AnyValue::Bytes(field.bytes()?.bytes.to_vec()),
                (_, value) => value,
            };
        }
    }
    Ok(value)
}

fn array(message: Slice<'_>, mut values: Vec<AnyValue>) -> Decoded<AnyValue> {
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            values.push(any_value(&[field.bytes()?])?);
        }
    }
    Ok(AnyValue::Array(values))
}

fn map(message: Slice<'_>, mut pairs: Vec<(String, AnyValue)>) -> Decoded<AnyValue> {
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            pairs.push(pair(field.bytes()?)?);
        }
    }
    Ok(AnyValue::Map(pairs))
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

/// Finds damage in what nests inside a message, without recursion.
fn check_nesting(message: Slice<'_>, kind: Kind) -> Decoded<()> {
    if message.bytes.len() <= LIST_BYTES * MAX_LISTS {
        return Ok(());
    }
    let mut open: Vec<(Kind, Fields<'_>)> = vec![(kind, message.fields())];
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
            return fault(message.base, TOO_DEEP);
        }
        open.push((inside, message.fields()));
    }
    Ok(())
}
