//! Attributes of OTLP JSON: lists of keys and values.

use crate::{
    model::{any_value::AnyValue, attributes::Cell, base64},
    source::{
        builder::{FragmentBuilder, Table},
        columns::Column,
        fault::{Decoded, fault},
        json::{Cursor, MAX_LISTS, TOO_DEEP, shortened},
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
            set(json, builder, table, column).ok()?;
            json.eat("}")
        }
    }
}

fn attribute(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, table: Table) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    let mut column: Option<Column> = None;
    let (mut key_came, mut value_came) = (false, false);
    // The place of a value that came before its key.
    let mut early = None;
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "key" => {
                column = builder.column(table, &json.string()?);
                key_came = true;
            }
            "value" => {
                value_came = true;
                match column {
                    Some(column) => set(json, builder, table, column)?,
                    None if key_came => json.skip(MAX_LISTS)?,
                    None => {
                        early = Some(json.clone());
                        json.skip(MAX_LISTS)?;
                    }
                }
            }
            _ => json.skip(MAX_LISTS)?,
        }
    }
    if !key_came {
        // Writers of proto3 leave out what is empty.
        column = builder.column(table, "");
    }
    match (column, early) {
        (Some(column), Some(mut json)) => set(&mut json, builder, table, column)?,
        (Some(column), None) if !value_came => set_other(&AnyValue::Empty, builder, table, column),
        _ => {}
    }
    Ok(())
}

fn set(json: &mut Cursor<'_>, builder: &mut FragmentBuilder, table: Table, column: Column) -> Decoded<()> {
    let mut again = json.clone();
    if let Some(cell) = value(json, builder)? {
        builder.set(table, column, cell);
        return Ok(());
    }
    let other = if builder.wants().extras { any_value(&mut again, MAX_LISTS)? } else { AnyValue::Empty };
    set_other(&other, builder, table, column);
    Ok(())
}

/// Sets a value that TraceQL cannot hold: its text, if everything is wanted.
fn set_other(value: &AnyValue, builder: &mut FragmentBuilder, table: Table, column: Column) {
    let cell = if builder.wants().extras { Cell::Other(builder.text(&value.text())) } else { Cell::UNHELD };
    builder.set(table, column, cell);
}

/// Reads a value of any shape in which lists nest at most `max_lists` deep.
fn any_value(json: &mut Cursor<'_>, max_lists: usize) -> Decoded<AnyValue> {
    let mut value = AnyValue::Empty;
    let Some(mut members) = json.object()? else { return Ok(value) };
    while let Some(name) = json.key(&mut members)? {
        value = match &*name {
            "arrayValue" | "array_value" => AnyValue::Array(elements(json, max_lists, any_value)?),
            "kvlistValue" | "kvlist_value" => AnyValue::Map(elements(json, max_lists, pair)?),
            "stringValue" | "string_value" | "intValue" | "int_value" | "boolValue" | "bool_value" | "doubleValue"
            | "double_value" | "bytesValue" | "bytes_value"
                if json.null()? =>
            {
                AnyValue::Empty
            }
            "stringValue" | "string_value" => AnyValue::Str(json.string()?.into_owned()),
            "intValue" | "int_value" => AnyValue::Int(json.i64()?),
            "boolValue" | "bool_value" => AnyValue::Bool(json.bool()?),
            "doubleValue" | "double_value" => AnyValue::Float(json.f64()?),
            "bytesValue" | "bytes_value" => {
                json.peek();
                let at = json.at();
                let text = json.string()?;
                match base64::decode_all(&text) {
                    Some(bytes) => AnyValue::Bytes(bytes),
                    None => return fault(at, format!("`{}` is no base64", shortened(&text))),
                }
            }
            _ => {
                json.skip(max_lists)?;
                continue;
            }
        };
    }
    Ok(value)
}

/// Reads `{"values": […]}`, where `element` is told how deep lists may still nest.
fn elements<T>(
    json: &mut Cursor<'_>,
    max_lists: usize,
    element: impl Fn(&mut Cursor<'_>, usize) -> Decoded<T>,
) -> Decoded<Vec<T>> {
    let mut found = Vec::new();
    let Some(mut members) = json.object()? else { return Ok(found) };
    while let Some(name) = json.key(&mut members)? {
        if name != "values" {
            json.skip(max_lists)?;
            continue;
        }
        json.peek();
        let Some(inside) = max_lists.checked_sub(1) else { return fault(json.at(), TOO_DEEP) };
        let Some(mut elements) = json.array()? else { continue };
        while json.element(&mut elements)? {
            found.push(element(json, inside)?);
        }
    }
    Ok(found)
}

fn pair(json: &mut Cursor<'_>, max_lists: usize) -> Decoded<(String, AnyValue)> {
    let (mut key, mut value) = (String::new(), AnyValue::Empty);
    let Some(mut members) = json.object()? else { return Ok((key, value)) };
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "key" if json.null()? => key.clear(),
            "key" => key = json.string()?.into_owned(),
            "value" => value = any_value(json, max_lists)?,
            _ => json.skip(max_lists)?,
        }
    }
    Ok((key, value))
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
