//! Copies chosen rows of several tables of spans into one new table.

use hashbrown::HashMap;

use super::{
    attributes::{Array, AttributeColumn, Cell},
    batch::{Fragment, Spans},
    by_row::AttributesByRow,
    dictionary::{Dictionary, StrId},
    extras::{LinkExtras, OriginExtras, SpanExtras},
};

/// A span of one of several tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which table.
    pub table: u32,
    /// Which row of it.
    pub row: u32,
}

/// Makes one table of the spans at `places`, in their order, with everything that belongs to them.
pub(crate) fn gather(tables: &[&Spans], places: &[Place]) -> Spans {
    Rows::new(tables).gather(places)
}

impl Fragment {
    /// Copies chosen spans, with everything that belongs to them.
    pub fn copy_of(&self, rows: impl IntoIterator<Item = u32>) -> Fragment {
        let places: Vec<Place> = rows.into_iter().map(|row| Place { table: 0, row }).collect();
        Fragment {
            trace: places.iter().map(|place| self.trace[place.row as usize]).collect(),
            spans: gather(&[&self.spans], &places),
            order: self.order,
        }
    }
}

/// The rows of several tables of spans, made ready to be copied many times.
pub(super) struct Rows<'t> {
    tables: &'t [&'t Spans],
    of_spans: AttributesByRow<'t>,
    of_resources: AttributesByRow<'t>,
    of_scopes: AttributesByRow<'t>,
    of_events: AttributesByRow<'t>,
    of_links: AttributesByRow<'t>,
}

impl<'t> Rows<'t> {
    pub(super) fn new(tables: &'t [&'t Spans]) -> Rows<'t> {
        let by_row = |of: fn(&Spans) -> (&[AttributeColumn], usize)| {
            AttributesByRow::new(&tables.iter().map(|table| of(table)).collect::<Vec<_>>())
        };
        Rows {
            tables,
            of_spans: by_row(|spans| (&spans.attributes, spans.len())),
            of_resources: by_row(|spans| (&spans.resources.attributes, spans.resources.service.len())),
            of_scopes: by_row(|spans| (&spans.scopes.attributes, spans.scopes.name.len())),
            of_events: by_row(|spans| (&spans.events.attributes, spans.events.name.len())),
            of_links: by_row(|spans| (&spans.links.attributes, spans.links.span_id.len())),
        }
    }

    /// Makes one table of the spans at `places`, in their order, with everything that belongs to them.
    pub(super) fn gather(&self, places: &[Place]) -> Spans {
        let tables = self.tables;
        let mut texts = Texts::new(tables);
        let mut spans = Spans::default();
        let of = |place: &Place| (tables[place.table as usize], place.row as usize);
        macro_rules! copy {
            ($($column:ident),*) => {$(
                spans.$column = places.iter().map(|place| { let (table, row) = of(place); table.$column[row] }).collect();
            )*};
        }
        copy!(id, parent_id, start, duration, kind, status);
        spans.name = places.iter().map(|place| texts.id(place.table, of(place).0.name[place.row as usize])).collect();
        // Optional columns are empty in every table or in none that has rows.
        if places.first().is_some_and(|place| !of(place).0.status_message.is_empty()) {
            spans.status_message = places
                .iter()
                .map(|place| texts.id(place.table, of(place).0.status_message[place.row as usize]))
                .collect();
        }
        if places.first().is_some_and(|place| !of(place).0.extras.is_empty()) {
            let extras = places.iter().map(|place| {
                let extras = of(place).0.extras[place.row as usize];
                SpanExtras { trace_state: texts.id(place.table, extras.trace_state), ..extras }
            });
            spans.extras = extras.collect();
        }
        let mut arrays = Vec::new();
        spans.attributes = self.of_spans.gather(places, |table, cell| texts.cell(table, cell, &mut arrays));

        let resources;
        (spans.resource, resources) = renumber(places.iter().map(|place| {
            let (table, row) = of(place);
            Place { table: place.table, row: table.resource[row] }
        }));
        spans.resources.service = resources
            .iter()
            .map(|place| texts.id(place.table, of(place).0.resources.service[place.row as usize]))
            .collect();
        spans.resources.extras = texts.origins(&resources, |table| &table.resources.extras);
        spans.resources.attributes =
            self.of_resources.gather(&resources, |table, cell| texts.cell(table, cell, &mut arrays));

        if places.first().is_some_and(|place| !of(place).0.scope.is_empty()) {
            let scopes;
            (spans.scope, scopes) = renumber(places.iter().map(|place| {
                let (table, row) = of(place);
                Place { table: place.table, row: table.scope[row] }
            }));
            for place in &scopes {
                let (table, row) = of(place);
                spans.scopes.name.push(texts.id(place.table, table.scopes.name[row]));
                spans.scopes.version.push(texts.id(place.table, table.scopes.version[row]));
            }
            spans.scopes.extras = texts.origins(&scopes, |table| &table.scopes.extras);
            spans.scopes.attributes =
                self.of_scopes.gather(&scopes, |table, cell| texts.cell(table, cell, &mut arrays));
        }

        let events;
        (spans.events.span, events) = children(places, |table| &tables[table as usize].events.span);
        for place in &events {
            let (table, row) = of(place);
            spans.events.name.push(texts.id(place.table, table.events.name[row]));
            spans.events.time.push(table.events.time[row]);
            spans.events.extras.extend(table.events.extras.get(row));
        }
        spans.events.attributes = self.of_events.gather(&events, |table, cell| texts.cell(table, cell, &mut arrays));

        let links;
        (spans.links.span, links) = children(places, |table| &tables[table as usize].links.span);
        for place in &links {
            let (table, row) = of(place);
            spans.links.trace_id.push(table.links.trace_id[row]);
            spans.links.span_id.push(table.links.span_id[row]);
            spans.links.extras.extend(
                table
                    .links
                    .extras
                    .get(row)
                    .map(|extras| LinkExtras { trace_state: texts.id(place.table, extras.trace_state), ..*extras }),
            );
        }
        spans.links.attributes = self.of_links.gather(&links, |table, cell| texts.cell(table, cell, &mut arrays));

        spans.arrays = arrays;
        spans.dictionary = texts.dictionary;
        spans
    }
}

/// Moves strings of several dictionaries into one.
struct Texts<'t> {
    tables: &'t [&'t Spans],
    dictionary: Dictionary,
    /// For each table the new id of each of its strings, [`Texts::UNKNOWN`] until it is asked for.
    ids: Vec<Vec<StrId>>,
}

impl<'t> Texts<'t> {
    const UNKNOWN: StrId = StrId(u32::MAX);

    fn new(tables: &'t [&'t Spans]) -> Texts<'t> {
        Texts { tables, dictionary: Dictionary::new(), ids: vec![Vec::new(); tables.len()] }
    }

    fn id(&mut self, table: u32, old: StrId) -> StrId {
        let source = &self.tables[table as usize].dictionary;
        let ids = &mut self.ids[table as usize];
        if ids.is_empty() {
            ids.resize(source.len(), Texts::UNKNOWN);
        }
        let id = &mut ids[old.0 as usize];
        if *id == Texts::UNKNOWN {
            *id = self.dictionary.intern(source.get(old));
        }
        *id
    }

    /// Copies what resources or scopes hold besides their attributes; nothing where it was not asked for.
    fn origins(&mut self, places: &[Place], of: impl Fn(&Spans) -> &[OriginExtras]) -> Vec<OriginExtras> {
        let copy = |place: &Place| {
            let extras = of(self.tables[place.table as usize]).get(place.row as usize)?;
            Some(OriginExtras { schema_url: self.id(place.table, extras.schema_url), ..*extras })
        };
        places.iter().filter_map(copy).collect()
    }

    fn cell(&mut self, table: u32, cell: Cell, arrays: &mut Vec<Array>) -> Cell {
        match cell {
            Cell::Str(id) => Cell::Str(self.id(table, id)),
            Cell::Other(id) => Cell::Other(self.id(table, id)),
            Cell::Array(at) => {
                let array = match &self.tables[table as usize].arrays[at as usize] {
                    Array::Str(all) => Array::Str(all.iter().map(|id| self.id(table, *id)).collect()),
                    other => other.clone(),
                };
                arrays.push(array);
                Cell::Array(arrays.len() as u32 - 1)
            }
            other => other,
        }
    }
}

/// Numbers the distinct places in the order in which they come: the number of each, and the places by number.
fn renumber(places: impl Iterator<Item = Place>) -> (Vec<u32>, Vec<Place>) {
    let mut numbers = HashMap::new();
    let mut distinct = Vec::new();
    let rows = places
        .map(|place| {
            *numbers.entry((place.table, place.row)).or_insert_with(|| {
                distinct.push(place);
                distinct.len() as u32 - 1
            })
        })
        .collect();
    (rows, distinct)
}

/// Finds the events or links of the spans at `places`: the new span row of each, and its place.
///
/// `owners` gives for a table the span row of each event or link, never falling.
fn children<'t>(places: &[Place], owners: impl Fn(u32) -> &'t [u32]) -> (Vec<u32>, Vec<Place>) {
    let (mut spans, mut children) = (Vec::new(), Vec::new());
    for (row, place) in places.iter().enumerate() {
        let owners = owners(place.table);
        let first = owners.partition_point(|owner| *owner < place.row);
        let count = owners[first..].iter().take_while(|owner| **owner == place.row).count();
        for child in first..first + count {
            spans.push(row as u32);
            children.push(Place { table: place.table, row: child as u32 });
        }
    }
    (spans, children)
}
