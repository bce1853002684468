//! Fills columns: takes from a row group the values and levels of one column.

use std::borrow::Cow;

use parquet::data_type::ByteArray;
use traceql_grammar::vocab::own_columns::DedicatedType;

use crate::model::{
    attributes::{Array, Cell},
    gather::Place,
};

use super::{
    group::{Attribute, Group, List},
    levels::Level,
    schema::{Part, Read},
    table::{Own, Owner},
};

/// The values of a column, and how they are nested.
pub(super) struct Column<'g> {
    pub(super) values: Values,
    pub(super) def: Cow<'g, [i16]>,
    pub(super) rep: Cow<'g, [i16]>,
}

/// Values of one type.
pub(super) enum Values {
    Bytes(Vec<ByteArray>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Double(Vec<f64>),
    Bool(Vec<bool>),
}

/// The text of an array without elements, which is stored as an array, and not as a value that cannot be seen.
const EMPTY_ARRAY: &[u8] = br#"{"arrayValue":{}}"#;

/// Returns a column of a row group.
pub(super) fn fill<'g>(group: &'g Group<'_, '_>, read: &Read) -> Column<'g> {
    match read {
        Read::Bytes(list, read) => of_list(group, *list, |place| read(group, place), Values::Bytes),
        Read::Int32(list, read) => of_list(group, *list, |place| read(group, place), Values::Int32),
        Read::Int64(list, read) => of_list(group, *list, |place| read(group, place), Values::Int64),
        Read::Attribute(owner, part) => of_attributes(group, *owner, *part),
        Read::Own(own) => of_own(group, own),
        Read::Nothing(list) => {
            let level = group.list(*list);
            Column { values: Values::Bytes(Vec::new()), def: (&level.def).into(), rep: (&level.rep).into() }
        }
    }
}

fn of_list<'g, T>(
    group: &'g Group<'_, '_>,
    list: List,
    read: impl Fn(Place) -> T,
    values: fn(Vec<T>) -> Values,
) -> Column<'g> {
    let level = group.list(list);
    let all = level.items.iter().map(|place| read(*place)).collect();
    Column { values: values(all), def: (&level.def).into(), rep: (&level.rep).into() }
}

/// An attribute's own column.
fn of_own<'g>(group: &'g Group<'_, '_>, own: &Own) -> Column<'g> {
    let level = group.list(if own.owner == Owner::Resource { List::Resource } else { List::Span });
    let columns: Vec<_> = group.tables().iter().map(|table| table.column(own.owner, &own.key)).collect();
    let cell = |place: &Place| columns[place.table as usize].and_then(|column| column.get(place.row));
    let (values, def) = match own.holds {
        DedicatedType::String => {
            let (values, def) = level.optional(|place| match cell(place) {
                Some(Cell::Str(id)) => Some(group.text(*place, id)),
                _ => None,
            });
            (Values::Bytes(values), def)
        }
        DedicatedType::Int => {
            let (values, def) = level.optional(|place| match cell(place) {
                Some(Cell::Int(number)) => Some(number),
                _ => None,
            });
            (Values::Int64(values), def)
        }
    };
    Column { values, def: def.into(), rep: (&level.rep).into() }
}

/// A part of the attributes that have no column of their own.
fn of_attributes<'g>(group: &'g Group<'_, '_>, owner: Owner, part: Part) -> Column<'g> {
    let level = group.attributes(owner);
    let table = |attribute: &Attribute| &group.tables()[attribute.table as usize];
    let array = |attribute: &Attribute| match attribute.cell {
        Cell::Array(at) => Some(&table(attribute).batch.spans.arrays[at as usize]),
        _ => None,
    };
    let required = |values| Column { values, def: level.def.clone().into(), rep: level.rep.clone().into() };
    match part {
        Part::Key => {
            let keys = level.items.iter().map(|attribute| table(attribute).key(owner, attribute.key));
            required(Values::Bytes(keys.collect()))
        }
        Part::IsArray => {
            let arrays = level.items.iter().map(|attribute| match attribute.cell {
                Cell::Array(_) => true,
                Cell::Other(id) => table(attribute).text(id).data() == EMPTY_ARRAY,
                _ => false,
            });
            required(Values::Bool(arrays.collect()))
        }
        Part::Texts => of_values(
            level.below(|attribute| {
                let ids = match (attribute.cell, array(attribute)) {
                    (Cell::Str(id), _) => vec![id],
                    (_, Some(Array::Str(ids))) => ids.clone(),
                    _ => Vec::new(),
                };
                let table = table(attribute);
                ids.into_iter().map(|id| table.text(id))
            }),
            Values::Bytes,
        ),
        Part::Ints => of_values(
            level.below(|attribute| match (attribute.cell, array(attribute)) {
                (Cell::Int(number), _) => vec![number],
                (_, Some(Array::Int(numbers))) => numbers.clone(),
                _ => Vec::new(),
            }),
            Values::Int64,
        ),
        Part::Doubles => of_values(
            level.below(|attribute| match (attribute.cell, array(attribute)) {
                (Cell::Float(number), _) => vec![number],
                (_, Some(Array::Float(numbers))) => numbers.clone(),
                _ => Vec::new(),
            }),
            Values::Double,
        ),
        Part::Bools => of_values(
            level.below(|attribute| match (attribute.cell, array(attribute)) {
                (Cell::Bool(value), _) => vec![value],
                (_, Some(Array::Bool(values))) => values.clone(),
                _ => Vec::new(),
            }),
            Values::Bool,
        ),
        Part::Unsupported => {
            let (values, def) = level.optional(|attribute| match attribute.cell {
                Cell::Other(id) => Some(table(attribute).text(id)).filter(|text| text.data() != EMPTY_ARRAY),
                _ => None,
            });
            Column { values: Values::Bytes(values), def: def.into(), rep: level.rep.into() }
        }
    }
}

fn of_values<'g, T>(level: Level<T>, values: fn(Vec<T>) -> Values) -> Column<'g> {
    Column { values: values(level.items), def: level.def.into(), rep: level.rep.into() }
}
