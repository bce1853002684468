//! Attributes of OTLP JSON: lists of keys and values.

use crate::{
    model::attributes::Cell,
    source::{
        builder::{FragmentBuilder, Table},
        columns::Column,
        fault::Decoded,
        json::{Cursor, MAX_LISTS},
    },
};

/// Reads a list of attributes into the current row of `table`; what nobody wants is stepped over.
pub(super) fn attributes(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, table: Table) -> Decoded<()> {
    let Some(mut elements) = json.array()? else { return Ok(()) };
    while json.element(&mut elements)? {
        let mut ahead = json.clone();
        if compact_attribute(&mut ahead, builder, table).is_some() {
            *json = ahead;
        } else {
            attribute(json, builder, table)?;
        }
    }
    Ok(())
}

/// Reads an attribute in the one form in which nearly all of them are written, `{"key":"…","value":{"…":…}}` without
/// white space. `None` for every other form and for damage: [`attribute`] then reads it again from the beginning.
#[inline]
fn compact_attribute(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, table: Table) -> Option<()> {
    json.eat("{\"key\":\"")?;
    let key = json.plain_string_rest()?;
    json.eat(",\"value\":")?;
    match builder.column(table, key) {
        None => {
            json.eat("{\"stringValue\":").or_else(|| {
                json.eat("{\"")?;
                json.plain_string_rest()?;
                json.eat(":")
            })?;
            json.skip_scalar()?;
            json.eat("}}")
        }
        // Most values are texts without escapes.
        Some(column) if json.eat("{\"stringValue\":\"").is_some() => {
            let text = json.plain_string_rest()?;
            json.eat("}}")?;
            let cell = Cell::Str(builder.text(text));
            builder.set(table, column, cell);
            Some(())
        }
        Some(column) => {
            let cell = value(json, builder).ok()?;
            json.eat("}")?;
            if let Some(cell) = cell {
                builder.set(table, column, cell);
            }
            Some(())
        }
    }
}

fn attribute(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, table: Table) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    let mut column: Option<Column> = None;
    let mut key_came = false;
    // The place of a value that came before its key.
    let mut early = None;
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "key" => {
                column = builder.column(table, &json.string()?);
                key_came = true;
            }
            "value" => match column {
                Some(column) => set(json, builder, table, column)?,
                None if key_came => json.skip(MAX_LISTS)?,
                None => {
                    early = Some(json.clone());
                    json.skip(MAX_LISTS)?;
                }
            },
            _ => json.skip(MAX_LISTS)?,
        }
    }
    if !key_came {
        // Writers of proto3 leave out what is empty.
        column = builder.column(table, "");
    }
    if let (Some(column), Some(mut json)) = (column, early) {
        set(&mut json, builder, table, column)?;
    }
    Ok(())
}

fn set(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, table: Table, column: Column) -> Decoded<()> {
    if let Some(cell) = value(json, builder)? {
        builder.set(table, column, cell);
    }
    Ok(())
}

/// What a member of a value holds.
enum Member {
    /// A value, read; `None` for one that no cell can hold.
    Scalar(Option<Cell>),
    /// A list, not read yet.
    List,
}

/// Reads a value; `None` if no cell can hold it.
fn value(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<Option<Cell>> {
    let Some(mut members) = json.object()? else { return Ok(None) };
    let mut cell = None;
    while let Some(name) = json.key(&mut members)? {
        cell = match member(json, builder, &name, MAX_LISTS)? {
            Some(Member::Scalar(scalar)) => scalar,
            Some(Member::List) => list(json, builder)?,
            None => cell,
        };
    }
    Ok(cell)
}

/// Reads `{"values": […]}`. What nests inside the elements is stepped over: no cell can hold it.
fn list(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<Option<Cell>> {
    let mut cells = Vec::new();
    let Some(mut members) = json.object()? else { return Ok(None) };
    while let Some(name) = json.key(&mut members)? {
        if name != "values" {
            json.skip(MAX_LISTS)?;
            continue;
        }
        let Some(mut elements) = json.array()? else { continue };
        while json.element(&mut elements)? {
            cells.push(element(json, builder)?);
        }
    }
    Ok(builder.list(&cells))
}

fn element(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<Option<Cell>> {
    // One list less: the one around.
    let max_lists = MAX_LISTS - 1;
    let Some(mut members) = json.object()? else { return Ok(None) };
    let mut cell = None;
    while let Some(name) = json.key(&mut members)? {
        match member(json, builder, &name, max_lists)? {
            Some(Member::Scalar(scalar)) => cell = scalar,
            Some(Member::List) => {
                json.skip(max_lists)?;
                cell = None;
            }
            None => {}
        }
    }
    Ok(cell)
}

/// Reads the member `name` of a value; `None` for names that mean nothing.
fn member(
    json: &mut Cursor<'_>,
    builder: &mut FragmentBuilder,
    name: &str,
    max_lists: usize,
) -> Decoded<Option<Member>> {
    let scalar = match name {
        "stringValue" | "string_value" | "intValue" | "int_value" | "boolValue" | "bool_value" | "doubleValue"
        | "double_value"
            if json.null()? =>
        {
            None
        }
        "stringValue" | "string_value" => {
            let text = json.string()?;
            Some(Cell::Str(builder.text(&text)))
        }
        "intValue" | "int_value" => Some(Cell::Int(json.i64()?)),
        "boolValue" | "bool_value" => Some(Cell::Bool(json.bool()?)),
        "doubleValue" | "double_value" => Some(Cell::Float(json.f64()?)),
        "arrayValue" | "array_value" => return Ok(Some(Member::List)),
        "kvlistValue" | "kvlist_value" | "bytesValue" | "bytes_value" => {
            json.skip(max_lists)?;
            None
        }
        _ => {
            json.skip(max_lists)?;
            return Ok(None);
        }
    };
    Ok(Some(Member::Scalar(scalar)))
}
