//! Columns in the making: what every decoder writes spans into.
//!
//! A table's current row is the one after its last finished row. Attributes are set on the current row, then
//! `push_span`, `push_event` and so on finish it. A record that turns out to be damaged is taken back as a whole:
//! [`FragmentBuilder::mark`] before it, [`FragmentBuilder::rollback`] after it.

use hashbrown::HashMap;
use traceql_grammar::{
    value::{Kind, Status},
    vocab::scopes::Scope,
};

use crate::model::{
    attributes::{Array, AttributeColumn, Cell},
    batch::{Fragment, Spans},
    dictionary::StrId,
    ids::{SpanId, TraceId},
    projection::Projection,
};

/// The attribute that every resource is read for, asked for or not.
const SERVICE_NAME: &str = "service.name";

/// A table that has attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Span,
    Resource,
    Scope,
    Event,
    Link,
}

impl Table {
    /// Every table with its scope, in order of the discriminants.
    const ALL: [(Table, Scope); 5] = [
        (Table::Span, Scope::Span),
        (Table::Resource, Scope::Resource),
        (Table::Scope, Scope::Instrumentation),
        (Table::Event, Scope::Event),
        (Table::Link, Scope::Link),
    ];
}

/// An attribute column of one table, as [`FragmentBuilder::column`] found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column(usize);

/// The attribute columns of one table, in order of their keys.
#[derive(Default)]
struct Columns {
    /// Bit `n % 64` is set if a key of `n` bytes is wanted: most keys of most spans are turned away by this alone.
    lengths: u64,
    columns: Vec<AttributeColumn>,
}

impl Columns {
    fn new<'k>(keys: impl Iterator<Item = &'k str>) -> Columns {
        let mut columns: Vec<_> = keys.map(AttributeColumn::new).collect();
        columns.sort_by(|a, b| a.key.cmp(&b.key));
        columns.dedup_by(|a, b| a.key == b.key);
        let lengths = columns.iter().fold(0, |bits, column| bits | 1 << (column.key.len() % 64));
        Columns { lengths, columns }
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.lengths >> (key.len() % 64) & 1 == 0 {
            return None;
        }
        self.columns.binary_search_by(|column| (*column.key).cmp(key)).ok()
    }

    fn truncate(&mut self, rows: usize) {
        for column in &mut self.columns {
            let kept = column.rows.partition_point(|row| (*row as usize) < rows);
            column.rows.truncate(kept);
            column.cells.truncate(kept);
        }
    }
}

/// The fields of a span that every fragment has.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpanFields {
    pub(super) trace: TraceId,
    pub(super) id: SpanId,
    pub(super) parent: SpanId,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) kind: Kind,
    pub(super) status: Status,
    pub(super) name: StrId,
    pub(super) status_message: StrId,
}

impl Default for SpanFields {
    fn default() -> SpanFields {
        SpanFields {
            trace: TraceId(0),
            id: SpanId::NONE,
            parent: SpanId::NONE,
            start: 0,
            end: 0,
            kind: Kind::Unspecified,
            status: Status::Unset,
            name: StrId::EMPTY,
            status_message: StrId::EMPTY,
        }
    }
}

/// How far the columns were filled at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    spans: usize,
    resources: usize,
    scopes: usize,
    events: usize,
    links: usize,
    arrays: usize,
    reversed: u64,
}

/// Fills the columns of a [`Fragment`].
pub(super) struct FragmentBuilder {
    trace: Vec<TraceId>,
    spans: Spans,
    tables: [Columns; 5],
    /// Where `service.name` stands among the columns of the resources.
    service: Column,
    keeps_service: bool,
    wants: Wants,
    /// Rows of resources and scopes by their encoded form: collectors repeat the same few in every message.
    known_resources: HashMap<Box<[u8]>, u32>,
    known_scopes: HashMap<Box<[u8]>, u32>,
    reversed: u64,
}

/// Which optional parts of spans are to be built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wants {
    pub(super) status_message: bool,
    pub(super) scopes: bool,
    pub(super) events: bool,
    pub(super) links: bool,
}

impl FragmentBuilder {
    /// Makes a builder of the columns that `projection` names.
    pub(super) fn new(projection: &Projection) -> FragmentBuilder {
        let tables = Table::ALL.map(|(table, scope)| {
            let always = (table == Table::Resource).then_some(SERVICE_NAME);
            Columns::new(projection.keys(scope).chain(always))
        });
        let service = tables[Table::Resource as usize].find(SERVICE_NAME).map_or(Column(0), Column);
        let wanted = |scope| projection.keys(scope).next().is_some();
        FragmentBuilder {
            trace: Vec::new(),
            spans: Spans::default(),
            tables,
            service,
            keeps_service: projection.keys(Scope::Resource).any(|key| key == SERVICE_NAME),
            wants: Wants {
                status_message: projection.status_message,
                scopes: projection.scopes || wanted(Scope::Instrumentation),
                events: projection.events || wanted(Scope::Event),
                links: projection.links || wanted(Scope::Link),
            },
            known_resources: HashMap::new(),
            known_scopes: HashMap::new(),
            reversed: 0,
        }
    }

    /// Returns which optional parts are to be built.
    pub(super) fn wants(&self) -> Wants {
        self.wants
    }

    /// Tells whether any attribute of a table is wanted.
    pub(super) fn wants_attributes(&self, table: Table) -> bool {
        self.tables[table as usize].lengths != 0
    }

    /// Returns the column of an attribute, `None` if nobody wants it.
    #[inline]
    pub(super) fn column(&self, table: Table, key: &str) -> Option<Column> {
        self.tables[table as usize].find(key).map(Column)
    }

    /// Sets an attribute of the table's current row.
    pub(super) fn set(&mut self, table: Table, column: Column, cell: Cell) {
        let row = match table {
            Table::Span => self.spans.len(),
            Table::Resource => self.spans.resources.service.len(),
            Table::Scope => self.spans.scopes.name.len(),
            Table::Event => self.spans.events.name.len(),
            Table::Link => self.spans.links.span_id.len(),
        };
        self.tables[table as usize].columns[column.0].push(row as u32, cell);
    }

    /// Returns the id of a text.
    #[inline]
    pub(super) fn text(&mut self, text: &str) -> StrId {
        self.spans.dictionary.intern(text)
    }

    /// Returns the cell of a list of values, `None` standing for one that no cell can hold.
    ///
    /// TraceQL sees lists whose elements have one type; a list of one element is that element.
    pub(super) fn list(&mut self, elements: &[Option<Cell>]) -> Option<Cell> {
        fn all<T>(elements: &[Option<Cell>], pick: impl Fn(Cell) -> Option<T>) -> Option<Vec<T>> {
            elements.iter().map(|cell| cell.and_then(&pick)).collect()
        }
        let array = match elements {
            [] => return None,
            [only] => return *only,
            [Some(Cell::Str(_)), ..] => {
                all(elements, |c| if let Cell::Str(v) = c { Some(v) } else { None }).map(Array::Str)
            }
            [Some(Cell::Int(_)), ..] => {
                all(elements, |c| if let Cell::Int(v) = c { Some(v) } else { None }).map(Array::Int)
            }
            [Some(Cell::Float(_)), ..] => {
                all(elements, |c| if let Cell::Float(v) = c { Some(v) } else { None }).map(Array::Float)
            }
            [Some(Cell::Bool(_)), ..] => {
                all(elements, |c| if let Cell::Bool(v) = c { Some(v) } else { None }).map(Array::Bool)
            }
            _ => None,
        }?;
        self.spans.arrays.push(array);
        Some(Cell::Array(self.spans.arrays.len() as u32 - 1))
    }

    /// Finishes the current span. An end before the start makes the duration 0 and is counted.
    pub(super) fn push_span(&mut self, span: SpanFields) {
        let spans = &mut self.spans;
        self.reversed += u64::from(span.end < span.start);
        self.trace.push(span.trace);
        spans.id.push(span.id);
        spans.parent_id.push(span.parent);
        spans.start.push(span.start);
        spans.duration.push(span.end.saturating_sub(span.start));
        spans.kind.push(span.kind);
        spans.status.push(span.status);
        spans.name.push(span.name);
        if self.wants.status_message {
            spans.status_message.push(span.status_message);
        }
    }

    /// Finishes the current event, which belongs to the current span.
    pub(super) fn push_event(&mut self, name: StrId, time: u64) {
        let span = self.spans.len() as u32;
        let events = &mut self.spans.events;
        events.span.push(span);
        events.name.push(name);
        events.time.push(time);
    }

    /// Finishes the current link, which belongs to the current span.
    pub(super) fn push_link(&mut self, trace: TraceId, span: SpanId) {
        let from = self.spans.len() as u32;
        let links = &mut self.spans.links;
        links.span.push(from);
        links.trace_id.push(trace);
        links.span_id.push(span);
    }

    /// Returns the row of a resource that was read before in the same encoded form.
    pub(super) fn known_resource(&self, encoded: &[u8]) -> Option<u32> {
        self.known_resources.get(encoded).copied()
    }

    /// Finishes the current resource and returns its row.
    pub(super) fn push_resource(&mut self, encoded: &[u8]) -> u32 {
        let row = self.spans.resources.service.len() as u32;
        let service = match self.tables[Table::Resource as usize].columns[self.service.0].get(row) {
            Some(Cell::Str(text)) => text,
            _ => StrId::EMPTY,
        };
        self.spans.resources.service.push(service);
        self.known_resources.insert(encoded.into(), row);
        row
    }

    /// Gives all spans that have no resource yet the one of this row.
    pub(super) fn fill_resource(&mut self, row: u32) {
        let spans = self.spans.len();
        self.spans.resource.resize(spans, row);
    }

    /// Returns the row of a scope that was read before in the same encoded form.
    pub(super) fn known_scope(&self, encoded: &[u8]) -> Option<u32> {
        self.known_scopes.get(encoded).copied()
    }

    /// Finishes the current scope and returns its row.
    pub(super) fn push_scope(&mut self, encoded: &[u8], name: StrId, version: StrId) -> u32 {
        let scopes = &mut self.spans.scopes;
        let row = scopes.name.len() as u32;
        scopes.name.push(name);
        scopes.version.push(version);
        self.known_scopes.insert(encoded.into(), row);
        row
    }

    /// Gives all spans that have no scope yet the one of this row.
    pub(super) fn fill_scope(&mut self, row: u32) {
        let spans = self.spans.len();
        self.spans.scope.resize(spans, row);
    }

    /// Returns how far the columns are filled.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            spans: self.spans.len(),
            resources: self.spans.resources.service.len(),
            scopes: self.spans.scopes.name.len(),
            events: self.spans.events.name.len(),
            links: self.spans.links.span_id.len(),
            arrays: self.spans.arrays.len(),
            reversed: self.reversed,
        }
    }

    /// Takes back everything since `mark`, half-made rows included. Texts stay in the dictionary, where they do no harm.
    pub(super) fn rollback(&mut self, mark: Mark) {
        let spans = &mut self.spans;
        self.trace.truncate(mark.spans);
        spans.id.truncate(mark.spans);
        spans.parent_id.truncate(mark.spans);
        spans.start.truncate(mark.spans);
        spans.duration.truncate(mark.spans);
        spans.kind.truncate(mark.spans);
        spans.status.truncate(mark.spans);
        spans.name.truncate(mark.spans);
        spans.status_message.truncate(mark.spans);
        spans.resource.truncate(mark.spans);
        spans.scope.truncate(mark.spans);
        spans.resources.service.truncate(mark.resources);
        spans.scopes.name.truncate(mark.scopes);
        spans.scopes.version.truncate(mark.scopes);
        spans.events.span.truncate(mark.events);
        spans.events.name.truncate(mark.events);
        spans.events.time.truncate(mark.events);
        spans.links.span.truncate(mark.links);
        spans.links.trace_id.truncate(mark.links);
        spans.links.span_id.truncate(mark.links);
        spans.arrays.truncate(mark.arrays);
        for ((table, _), columns) in Table::ALL.iter().zip(&mut self.tables) {
            columns.truncate(match table {
                Table::Span => mark.spans,
                Table::Resource => mark.resources,
                Table::Scope => mark.scopes,
                Table::Event => mark.events,
                Table::Link => mark.links,
            });
        }
        self.known_resources.retain(|_, row| (*row as usize) < mark.resources);
        self.known_scopes.retain(|_, row| (*row as usize) < mark.scopes);
        self.reversed = mark.reversed;
    }

    /// Returns the columns, and how many spans end before they start.
    pub(super) fn finish(self) -> (Fragment, u64) {
        let FragmentBuilder { trace, mut spans, tables, service, keeps_service, reversed, .. } = self;
        let [of_spans, mut of_resources, of_scopes, of_events, of_links] = tables;
        if !keeps_service {
            of_resources.columns.remove(service.0);
        }
        spans.attributes = of_spans.columns;
        spans.resources.attributes = of_resources.columns;
        spans.scopes.attributes = of_scopes.columns;
        spans.events.attributes = of_events.columns;
        spans.links.attributes = of_links.columns;
        (Fragment { spans, trace, order: 0 }, reversed)
    }
}
