//! A row group before it is cut into columns: which resources, scopes, spans, events and links its traces hold, in the
//! order in which the block stores them.

use std::{collections::BTreeMap, ops::Range};

use hashbrown::HashMap;
use parquet::data_type::ByteArray;
use traceql_grammar::value::Status;

use crate::model::{
    attributes::Cell,
    batch::{Spans, Trace, Tree},
    dictionary::StrId,
    gather::Place,
};

use super::{
    levels::Level,
    table::{Owner, Table},
};

/// The lists of the schema that are no attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Trace,
    Service,
    Resource,
    Scope,
    Span,
    Event,
    Link,
}

/// Traces that make a row group.
pub(super) struct Group<'t, 'b> {
    tables: &'t [Table<'b>],
    /// The items of each [`List`]: rows of the batches' tables, and of `services`.
    lists: [Level<Place>; 7],
    services: Vec<Service>,
}

/// How a service takes part in a trace.
pub(super) struct Service {
    pub(super) name: ByteArray,
    pub(super) spans: i32,
    pub(super) errors: i32,
}

/// An attribute that has no column of its own.
pub(super) struct Attribute {
    pub(super) table: u32,
    /// The number of its key.
    pub(super) key: u32,
    pub(super) cell: Cell,
}

/// Stands for a scope where a span has none.
const NONE: u32 = u32::MAX;

impl<'t, 'b> Group<'t, 'b> {
    /// Gathers traces, each of them a row of its batch's traces.
    pub(super) fn new(tables: &'t [Table<'b>], traces: &[Place]) -> Group<'t, 'b> {
        let mut services = Vec::new();
        let [mut rows, mut stats, mut resources, mut scopes, mut spans] = [0, 1, 1, 2, 3].map(Level::new);
        for at in traces {
            let table = &tables[at.table as usize];
            let trace = &table.batch.traces[at.row as usize];
            let place = |row| Place { table: at.table, row };
            rows.push(0, *at);
            for (number, service) in services_of(table, trace).into_iter().enumerate() {
                stats.push(i16::from(number > 0), place(services.len() as u32));
                services.push(service);
            }
            let mut last = None;
            for [resource, scope, row] in arrange(table, trace) {
                // The innermost list that goes on.
                let rep = match last {
                    None => 0,
                    Some((known, _)) if known != resource => 1,
                    Some((_, known)) if known != scope => 2,
                    Some(_) => 3,
                };
                if rep < 2 {
                    resources.push(rep, place(resource));
                }
                if rep < 3 {
                    scopes.push(rep, place(scope));
                }
                spans.push(rep, place(row));
                last = Some((resource, scope));
            }
        }
        let below = |of: fn(&Spans) -> &[u32]| {
            spans.below(|span| {
                let Place { table, row } = *span;
                rows_of(of(&tables[table as usize].batch.spans), row).map(move |row| Place { table, row })
            })
        };
        let events = below(|spans| &spans.events.span);
        let links = below(|spans| &spans.links.span);
        Group { tables, lists: [rows, stats, resources, scopes, spans, events, links], services }
    }

    /// Returns the items of a list, with their levels.
    pub(super) fn list(&self, list: List) -> &Level<Place> {
        &self.lists[list as usize]
    }

    /// Returns the table that an item belongs to.
    pub(super) fn table(&self, place: Place) -> &'t Table<'b> {
        &self.tables[place.table as usize]
    }

    /// Returns the tables of all items.
    pub(super) fn tables(&self) -> &'t [Table<'b>] {
        self.tables
    }

    /// Returns the columns that an item is a row of, or of a table of which.
    pub(super) fn spans(&self, place: Place) -> &'b Spans {
        &self.table(place).batch.spans
    }

    /// Returns how the spans around an item hang together.
    pub(super) fn tree(&self, place: Place) -> &'b Tree {
        &self.table(place).batch.tree
    }

    /// Returns the item of [`List::Trace`] that stands at `place`.
    pub(super) fn trace(&self, place: Place) -> &'b Trace {
        &self.table(place).batch.traces[place.row as usize]
    }

    /// Returns a text that belongs to an item.
    pub(super) fn text(&self, place: Place, id: StrId) -> ByteArray {
        self.table(place).text(id)
    }

    /// Returns an item's text in a column; empty where nobody asked for the column.
    pub(super) fn text_of(&self, place: Place, column: &[StrId]) -> ByteArray {
        self.text(place, column.get(place.row as usize).copied().unwrap_or(StrId::EMPTY))
    }

    /// Returns what an item of a table holds besides; the default where nobody asked for it.
    pub(super) fn extras<T: Copy + Default>(&self, place: Place, extras: &[T]) -> T {
        extras.get(place.row as usize).copied().unwrap_or_default()
    }

    /// Returns the item of [`List::Service`] that stands at `place`.
    pub(super) fn service(&self, place: Place) -> &Service {
        &self.services[place.row as usize]
    }

    /// Returns the attributes without columns of their own, with their levels.
    pub(super) fn attributes(&self, owner: Owner) -> Level<Attribute> {
        let list = match owner {
            Owner::Resource => List::Resource,
            Owner::Scope => List::Scope,
            Owner::Span => List::Span,
            Owner::Event => List::Event,
            Owner::Link => List::Link,
        };
        self.list(list).below(|place| {
            let table = place.table;
            self.table(*place).attributes(owner, place.row).map(move |(key, cell)| Attribute { table, key, cell })
        })
    }
}

/// Returns the spans and errors of each service of a trace, in order of their names.
fn services_of(table: &Table<'_>, trace: &Trace) -> Vec<Service> {
    let spans = &table.batch.spans;
    let mut services: BTreeMap<&str, (StrId, i32, i32)> = BTreeMap::new();
    for row in trace.rows.clone() {
        let service = spans.resources.service[spans.resource[row as usize] as usize];
        let (_, all, errors) = services.entry(spans.dictionary.get(service)).or_insert((service, 0, 0));
        *all += 1;
        *errors += i32::from(spans.status[row as usize] == Status::Error);
    }
    let service = |(name, spans, errors)| Service { name: table.text(name), spans, errors };
    services.into_values().map(service).collect()
}

/// Returns the spans of a trace with their resources and scopes: spans of one resource stand together, in there those of
/// one scope, and each resource and scope where its first span stands.
fn arrange(table: &Table<'_>, trace: &Trace) -> Vec<[u32; 3]> {
    let spans = &table.batch.spans;
    let (mut resources, mut scopes) = (HashMap::new(), HashMap::new());
    let mut ranked: Vec<([u32; 2], [u32; 3])> = Vec::with_capacity(trace.rows.len());
    for row in trace.rows.clone() {
        let resource = spans.resource[row as usize];
        let scope = spans.scope.get(row as usize).copied().unwrap_or(NONE);
        let rank = [*resources.entry(resource).or_insert(row), *scopes.entry((resource, scope)).or_insert(row)];
        ranked.push((rank, [resource, scope, row]));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, span)| span).collect()
}

/// Returns the rows of a table of events or links that belong to a span.
fn rows_of(spans: &[u32], span: u32) -> Range<u32> {
    let start = spans.partition_point(|of| *of < span);
    let length = spans[start..].iter().take_while(|of| **of == span).count();
    start as u32..(start + length) as u32
}
