//! A batch made ready to be written: texts as Parquet wants them, attributes by row, and those with columns of their own.

use bytes::Bytes;
use parquet::data_type::ByteArray;
use traceql_grammar::vocab::{
    own_columns::{DedicatedType, of_layout},
    scopes::Scope,
};

use crate::model::{
    attributes::{Array, AttributeColumn, Cell},
    batch::{Batch, SERVICE_NAME},
    by_row::RowAttributes,
    dictionary::{Dictionary, StrId},
    tempo_block::{layout, meta::DedicatedColumn},
};

/// What has attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Resource,
    Scope,
    Span,
    Event,
    Link,
}

impl Owner {
    /// Every owner, in order of the discriminants.
    const ALL: [Owner; 5] = [Owner::Resource, Owner::Scope, Owner::Span, Owner::Event, Owner::Link];
}

/// An attribute with a column of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    /// The owner of the attribute: resources or spans.
    pub(super) owner: Owner,
    /// The attribute's key.
    pub(super) key: String,
    /// What the column can hold.
    pub(super) holds: DedicatedType,
    /// The column's name.
    pub(super) column: String,
}

impl Own {
    /// Returns the columns of the layout, then the dedicated ones. Dedicated ones for which there is no column are left
    /// out: their attributes stay among the others.
    pub(super) fn all(dedicated: &[DedicatedColumn]) -> Vec<Own> {
        let owner = |scope| if scope == Scope::Resource { Owner::Resource } else { Owner::Span };
        let mut all: Vec<Own> = of_layout()
            .map(|(own, column)| Own {
                owner: owner(own.scope),
                key: own.key.to_owned(),
                holds: own.holds,
                column: column.to_owned(),
            })
            .collect();
        for scope in [Scope::Resource, Scope::Span] {
            let columns = dedicated.iter().filter(|column| column.scope == scope);
            let slots = columns.filter(|column| column.holds == DedicatedType::String).take(layout::DEDICATED_SLOTS);
            all.extend(slots.zip(1..).map(|(column, slot)| Own {
                owner: owner(scope),
                key: column.name.clone(),
                holds: column.holds,
                column: slot_name(slot),
            }));
        }
        all
    }
}

/// Returns the name of the dedicated column of that number, from 1 on.
pub(super) fn slot_name(slot: usize) -> String {
    format!("String{slot:02}")
}

/// A batch made ready to be written.
pub(super) struct Table<'b> {
    pub(super) batch: &'b Batch,
    /// The texts of the batch, by [`StrId`].
    texts: Vec<ByteArray>,
    owners: [Attributes<'b>; 5],
}

/// The attributes of one kind of owners.
struct Attributes<'b> {
    by_row: RowAttributes<'b>,
    columns: &'b [AttributeColumn],
    /// The key of each column.
    keys: Vec<ByteArray>,
    /// For each column what the attribute's own column can hold, if it has one.
    taken: Vec<Option<DedicatedType>>,
}

impl<'b> Table<'b> {
    /// Prepares a batch. `own` is what [`Own::all`] returns.
    pub(super) fn new(batch: &'b Batch, own: &[Own]) -> Table<'b> {
        let spans = &batch.spans;
        let owners = Owner::ALL.map(|owner| {
            let (columns, rows): (&[AttributeColumn], usize) = match owner {
                Owner::Resource => (&spans.resources.attributes, spans.resources.service.len()),
                Owner::Scope => (&spans.scopes.attributes, spans.scopes.name.len()),
                Owner::Span => (&spans.attributes, spans.len()),
                Owner::Event => (&spans.events.attributes, spans.events.name.len()),
                Owner::Link => (&spans.links.attributes, spans.links.span_id.len()),
            };
            let taken = |column: &AttributeColumn| match own.iter().find(|o| o.owner == owner && *o.key == *column.key)
            {
                _ if owner == Owner::Resource && &*column.key == SERVICE_NAME => Some(DedicatedType::String),
                own => own.map(|own| own.holds),
            };
            Attributes {
                by_row: RowAttributes::new(columns, rows),
                columns,
                keys: columns.iter().map(|column| ByteArray::from(&*column.key)).collect(),
                taken: columns.iter().map(taken).collect(),
            }
        });
        Table { batch, texts: texts(&spans.dictionary), owners }
    }

    /// Returns a text of the batch.
    pub(super) fn text(&self, id: StrId) -> ByteArray {
        self.texts[id.0 as usize].clone()
    }

    /// Returns the attributes of a row that have no column of their own: the number of the key, and the value.
    pub(super) fn attributes(&self, owner: Owner, row: u32) -> impl Iterator<Item = (u32, Cell)> + '_ {
        let attributes = &self.owners[owner as usize];
        attributes.by_row.cells(row).filter(|(column, cell)| {
            !matches!(
                (attributes.taken[*column as usize], cell),
                (Some(DedicatedType::String), Cell::Str(_)) | (Some(DedicatedType::Int), Cell::Int(_))
            )
        })
    }

    /// Returns a key of an attribute by its number.
    pub(super) fn key(&self, owner: Owner, number: u32) -> ByteArray {
        self.owners[owner as usize].keys[number as usize].clone()
    }

    /// Returns about how many bytes a trace takes before it is encoded. Keys of attributes are left out: a row group
    /// holds each of them once.
    pub(super) fn bytes_of(&self, trace: usize) -> u64 {
        /// What a span has besides texts and attributes.
        const SPAN: usize = 100;
        let spans = &self.batch.spans;
        let text = |id: StrId| spans.dictionary.get(id).len();
        let value = |cell: Cell| match cell {
            Cell::Str(id) | Cell::Other(id) => text(id),
            Cell::Int(_) | Cell::Float(_) => 8,
            Cell::Bool(_) => 1,
            Cell::Array(at) => match &spans.arrays[at as usize] {
                Array::Str(ids) => ids.iter().map(|id| text(*id)).sum(),
                Array::Int(numbers) => 8 * numbers.len(),
                Array::Float(numbers) => 8 * numbers.len(),
                Array::Bool(values) => values.len(),
            },
        };
        let bytes = self.batch.traces[trace].rows.clone().map(|row| {
            let attributes = self.owners[Owner::Span as usize].by_row.cells(row);
            SPAN + text(spans.name[row as usize]) + attributes.map(|(_, cell)| 4 + value(cell)).sum::<usize>()
        });
        bytes.sum::<usize>() as u64
    }

    /// Returns the values of an attribute of an owner.
    pub(super) fn column(&self, owner: Owner, key: &str) -> Option<&'b AttributeColumn> {
        self.owners[owner as usize].columns.iter().find(|column| &*column.key == key)
    }
}

/// Makes all texts pieces of one buffer, so that copying one copies no bytes.
fn texts(dictionary: &Dictionary) -> Vec<ByteArray> {
    let all: String = dictionary.iter().collect();
    let all = Bytes::from(all);
    let mut start = 0;
    let piece = |text: &str| {
        let piece = all.slice(start..start + text.len());
        start += text.len();
        ByteArray::from(piece)
    };
    dictionary.iter().map(piece).collect()
}
