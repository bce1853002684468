//! Copies chosen rows of several tables of spans into one new table.

use hashbrown::HashMap;

use super::{
    attributes::{Array, AttributeColumn, Cell},
    batch::{Events, Fragment, Links, Resources, Scopes, Spans},
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
    ///
    /// Every table is made by a literal that names all its columns, so that the compiler finds a new one missing here.
    pub(super) fn gather(&self, places: &[Place]) -> Spans {
        let tables = self.tables;
        let mut texts = Texts::new(tables);
        let mut arrays = Vec::new();
        let name = texts.column(places, |table| &table.name);
        let status_message = optional(tables, places, |table| &table.status_message, |at, id| texts.id(at, id));
        let extras = optional(
            tables,
            places,
            |table| &table.extras,
            |at, extras: SpanExtras| SpanExtras { trace_state: texts.id(at, extras.trace_state), ..extras },
        );
        let attributes = self.of_spans.gather(places, |table, cell| texts.cell(table, cell, &mut arrays));

        let (resource, resources) = renumber(places.iter().map(|place| {
            let table = &tables[place.table as usize];
            Place { table: place.table, row: table.resource[place.row as usize] }
        }));
        let resources = Resources {
            service: texts.column(&resources, |table| &table.resources.service),
            extras: optional(
                tables,
                &resources,
                |table| &table.resources.extras,
                |at, extras| texts.origin(at, extras),
            ),
            attributes: self.of_resources.gather(&resources, |table, cell| texts.cell(table, cell, &mut arrays)),
        };

        let has_scopes = places.iter().any(|place| !tables[place.table as usize].scope.is_empty());
        let (scope, scopes) =
            if has_scopes { self.scopes(places, &mut texts, &mut arrays) } else { Default::default() };

        let (span, events) = children(places, |table| &tables[table as usize].events.span);
        let events = Events {
            span,
            name: texts.column(&events, |table| &table.events.name),
            time: copied(tables, &events, |table| &table.events.time),
            extras: optional(tables, &events, |table| &table.events.extras, |_, extras| extras),
            attributes: self.of_events.gather(&events, |table, cell| texts.cell(table, cell, &mut arrays)),
        };

        let (span, links) = children(places, |table| &tables[table as usize].links.span);
        let links = Links {
            span,
            trace_id: copied(tables, &links, |table| &table.links.trace_id),
            span_id: copied(tables, &links, |table| &table.links.span_id),
            extras: optional(
                tables,
                &links,
                |table| &table.links.extras,
                |at, extras: LinkExtras| LinkExtras { trace_state: texts.id(at, extras.trace_state), ..extras },
            ),
            attributes: self.of_links.gather(&links, |table, cell| texts.cell(table, cell, &mut arrays)),
        };

        Spans {
            id: copied(tables, places, |table| &table.id),
            parent_id: copied(tables, places, |table| &table.parent_id),
            start: copied(tables, places, |table| &table.start),
            duration: copied(tables, places, |table| &table.duration),
            kind: copied(tables, places, |table| &table.kind),
            status: copied(tables, places, |table| &table.status),
            name,
            status_message,
            resource,
            scope,
            attributes,
            extras,
            resources,
            scopes,
            events,
            links,
            arrays,
            dictionary: texts.dictionary,
        }
    }

    /// Gathers the libraries of the spans at `places`, and which of them each has.
    fn scopes(&self, places: &[Place], texts: &mut Texts<'t>, arrays: &mut Vec<Array>) -> (Vec<u32>, Scopes) {
        let tables = self.tables;
        let (scope, scopes) = renumber(places.iter().map(|place| {
            let table = &tables[place.table as usize];
            Place { table: place.table, row: table.scope.get(place.row as usize).copied().unwrap_or(NO_ROW) }
        }));
        let mut name = optional(tables, &scopes, |table| &table.scopes.name, |at, id| texts.id(at, id));
        let mut version = optional(tables, &scopes, |table| &table.scopes.version, |at, id| texts.id(at, id));
        name.resize(scopes.len(), StrId::EMPTY);
        version.resize(scopes.len(), StrId::EMPTY);
        let scopes = Scopes {
            name,
            version,
            extras: optional(tables, &scopes, |table| &table.scopes.extras, |at, extras| texts.origin(at, extras)),
            attributes: self.of_scopes.gather(&scopes, |table, cell| texts.cell(table, cell, arrays)),
        };
        (scope, scopes)
    }
}

/// Copies a column that every table has.
#[inline]
fn copied<T: Copy>(tables: &[&Spans], places: &[Place], of: impl Fn(&Spans) -> &[T]) -> Vec<T> {
    places.iter().map(|place| of(tables[place.table as usize])[place.row as usize]).collect()
}

/// Stands for the scope of a span in a table without scopes: no table has so many rows.
const NO_ROW: u32 = u32::MAX;

/// Copies a column that tables may lack. If some have it, the rows of the others get defaults; if none has it, neither
/// does the copy.
fn optional<T: Copy + Default>(
    tables: &[&Spans],
    places: &[Place],
    of: impl for<'s> Fn(&'s Spans) -> &'s [T],
    mut copy: impl FnMut(u32, T) -> T,
) -> Vec<T> {
    let get = |place: &Place| of(tables[place.table as usize]).get(place.row as usize).copied();
    if !places.iter().any(|place| get(place).is_some()) {
        return Vec::new();
    }
    places.iter().map(|place| get(place).map_or_else(T::default, |value| copy(place.table, value))).collect()
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

    /// Copies a column of texts that every table has.
    fn column(&mut self, places: &[Place], of: impl Fn(&Spans) -> &[StrId]) -> Vec<StrId> {
        let tables = self.tables;
        places.iter().map(|place| self.id(place.table, of(tables[place.table as usize])[place.row as usize])).collect()
    }

    fn origin(&mut self, table: u32, extras: OriginExtras) -> OriginExtras {
        OriginExtras { schema_url: self.id(table, extras.schema_url), ..extras }
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

#[cfg(test)]
mod tests {
    use traceql_grammar::value::{Kind, Status};

    use super::*;
    use crate::model::{extras::EventExtras, ids::SpanId};

    /// A table of one span with one event, without the columns that tables may lack.
    fn bare() -> Spans {
        let mut spans = Spans {
            id: vec![SpanId(1)],
            parent_id: vec![SpanId::NONE],
            start: vec![1],
            duration: vec![1],
            kind: vec![Kind::Server],
            status: vec![Status::Error],
            name: vec![StrId::EMPTY],
            resource: vec![0],
            ..Spans::default()
        };
        spans.resources.service = vec![StrId::EMPTY];
        spans.events.span = vec![0];
        spans.events.name = vec![StrId::EMPTY];
        spans.events.time = vec![1];
        spans
    }

    #[test]
    fn tables_with_and_without_a_column_go_together() {
        let mut full = bare();
        let text = full.dictionary.intern("text");
        full.status_message = vec![text];
        full.extras = vec![SpanExtras { trace_state: text, ..SpanExtras::default() }];
        full.scope = vec![0];
        full.scopes.name = vec![text];
        full.scopes.version = vec![text];
        full.scopes.extras = vec![OriginExtras { dropped_attributes: 2, schema_url: text }];
        full.resources.extras = full.scopes.extras.clone();
        full.events.extras = vec![EventExtras { dropped_attributes: 3 }];
        let bare = bare();
        for places in [[0, 1], [1, 0]].map(|tables| tables.map(|table| Place { table, row: 0 })) {
            let spans = gather(&[&full, &bare], &places);
            let texts = |ids: &[StrId]| ids.iter().map(|id| spans.dictionary.get(*id).to_owned()).collect::<Vec<_>>();
            let wanted = places.map(|place| if place.table == 0 { "text" } else { "" });
            assert_eq!(texts(&spans.status_message), wanted);
            assert_eq!(texts(&[spans.extras[0].trace_state, spans.extras[1].trace_state]), wanted);
            assert_eq!(spans.scope, [0, 1]);
            assert_eq!(
                (texts(&spans.scopes.name), texts(&spans.scopes.version)),
                (wanted.map(str::to_owned).to_vec(), wanted.map(str::to_owned).to_vec())
            );
            let dropped = places.map(|place| if place.table == 0 { 2 } else { 0 });
            assert_eq!(spans.scopes.extras.iter().map(|extras| extras.dropped_attributes).collect::<Vec<_>>(), dropped);
            assert_eq!(spans.resources.extras, spans.scopes.extras);
            assert_eq!(spans.events.extras.len(), 2);
        }
        let spans = gather(&[&bare], &[Place { table: 0, row: 0 }]);
        assert!(spans.status_message.is_empty() && spans.extras.is_empty() && spans.scope.is_empty());
    }
}
