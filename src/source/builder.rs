//! Columns in the making: what every decoder writes spans into.
//!
//! A table's current row is the one after its last finished row. Attributes are set on the current row, then
//! `push_span`, `push_event` and so on finish it. A record that turns out to be damaged is taken back as a whole:
//! [`FragmentBuilder::mark`] before it, [`FragmentBuilder::rollback`] after it. That takes no longer than reading the
//! record did: a file may hold millions of damaged ones.

use traceql_grammar::{
    value::{Kind, Status},
    vocab::scopes::Scope,
};

use crate::model::{
    attributes::{Array, Cell},
    batch::{Events, Fragment, Links, Resources, SERVICE_NAME, Scopes, Spans},
    dictionary::StrId,
    extras::{EventExtras, LinkExtras, OriginExtras, SpanExtras},
    ids::{SpanId, TraceId},
    projection::Projection,
};

use super::{
    columns::{Column, Columns},
    json::Scalar,
    known::KnownRows,
};

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
    pub(super) extras: SpanExtras,
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
            extras: SpanExtras::default(),
        }
    }
}

/// How far the columns were filled before the current record.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
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
    known_resources: KnownRows,
    known_scopes: KnownRows,
    reversed: u64,
    mark: Mark,
}

/// Which optional parts of spans are to be built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wants {
    pub(super) status_message: bool,
    pub(super) scopes: bool,
    pub(super) events: bool,
    pub(super) links: bool,
    /// What no query asks for: `extras` in the tables, and values that TraceQL cannot see.
    pub(super) extras: bool,
}

impl FragmentBuilder {
    /// Makes a builder of the columns that `projection` wants.
    pub(super) fn new(projection: &Projection) -> FragmentBuilder {
        let everything = projection.everything;
        let every = everything || projection.every_attribute;
        let mut tables = Table::ALL.map(|(table, scope)| {
            // Every resource is read for it, asked for or not.
            let always = (table == Table::Resource).then_some(SERVICE_NAME);
            let every = everything || every && matches!(table, Table::Span | Table::Resource | Table::Scope);
            Columns::new(projection.keys(scope).chain(always), every)
        });
        let service = tables[Table::Resource as usize].column(SERVICE_NAME).expect("it is always among the keys");
        let wanted = |scope| projection.keys(scope).next().is_some();
        FragmentBuilder {
            trace: Vec::new(),
            spans: Spans::default(),
            tables,
            service,
            keeps_service: every || projection.keys(Scope::Resource).any(|key| key == SERVICE_NAME),
            wants: Wants {
                status_message: everything || projection.status_message,
                scopes: every || projection.scopes || wanted(Scope::Instrumentation),
                events: everything || projection.events || wanted(Scope::Event),
                links: everything || projection.links || wanted(Scope::Link),
                extras: everything,
            },
            known_resources: KnownRows::default(),
            known_scopes: KnownRows::default(),
            reversed: 0,
            mark: Mark::default(),
        }
    }

    /// Returns which optional parts are to be built.
    pub(super) fn wants(&self) -> Wants {
        self.wants
    }

    /// Tells whether any attribute of a table is wanted.
    pub(super) fn wants_attributes(&self, table: Table) -> bool {
        self.tables[table as usize].any_wanted()
    }

    /// Returns the column of an attribute, `None` if nobody wants it.
    #[inline]
    pub(super) fn column(&mut self, table: Table, key: &str) -> Option<Column> {
        self.tables[table as usize].column(key)
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
        self.tables[table as usize].set(column, row as u32, cell);
    }

    /// Sets an attribute of the table's current row, unless nobody wants it.
    pub(super) fn attribute(&mut self, table: Table, key: &str, value: &Scalar<'_>) {
        if let Some(column) = self.column(table, key)
            && let Some(cell) = value.cell(self)
        {
            self.set(table, column, cell);
        }
    }

    /// Returns the id of a text.
    #[inline]
    pub(super) fn text(&mut self, text: &str) -> StrId {
        self.spans.dictionary.intern(text)
    }

    /// Returns the cell of a list of values, `None` standing for one that no cell can hold.
    ///
    /// TraceQL sees lists whose elements have one type; a list of one element is that element, except in a copy of
    /// everything.
    pub(super) fn list(&mut self, elements: &[Option<Cell>]) -> Option<Cell> {
        fn all<T>(elements: &[Option<Cell>], pick: impl Fn(Cell) -> Option<T>) -> Option<Vec<T>> {
            elements.iter().map(|cell| cell.and_then(&pick)).collect()
        }
        let array = match elements {
            [] => return None,
            [only] if !self.wants.extras => return *only,
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
    pub(super) fn push_span(&mut self, fields: SpanFields) {
        let SpanFields { trace, id, parent, start, end, kind, status, name, status_message, extras } = fields;
        // Every column by its name, so that none is forgotten: what has no row here is filled elsewhere.
        let Spans {
            id: ids,
            parent_id,
            start: starts,
            duration,
            kind: kinds,
            status: statuses,
            name: names,
            status_message: messages,
            extras: all_extras,
            dictionary: _,
            arrays: _,
            resource: _,
            scope: _,
            attributes: _,
            resources: _,
            scopes: _,
            events: _,
            links: _,
        } = &mut self.spans;
        self.reversed += u64::from(end < start);
        self.trace.push(trace);
        ids.push(id);
        parent_id.push(parent);
        starts.push(start);
        duration.push(end.saturating_sub(start));
        kinds.push(kind);
        statuses.push(status);
        names.push(name);
        if self.wants.status_message {
            messages.push(status_message);
        }
        if self.wants.extras {
            all_extras.push(extras);
        }
    }

    /// Finishes the current event, which belongs to the current span.
    pub(super) fn push_event(&mut self, name: StrId, time: u64, extras: EventExtras) {
        let span = self.spans.len() as u32;
        let Events { span: spans, name: names, time: times, attributes: _, extras: all_extras } =
            &mut self.spans.events;
        spans.push(span);
        names.push(name);
        times.push(time);
        if self.wants.extras {
            all_extras.push(extras);
        }
    }

    /// Finishes the current link, which belongs to the current span.
    pub(super) fn push_link(&mut self, trace: TraceId, span: SpanId, extras: LinkExtras) {
        let from = self.spans.len() as u32;
        let Links { span: spans, trace_id, span_id, attributes: _, extras: all_extras } = &mut self.spans.links;
        spans.push(from);
        trace_id.push(trace);
        span_id.push(span);
        if self.wants.extras {
            all_extras.push(extras);
        }
    }

    /// Returns the row of a resource that was read before in the same encoded form.
    pub(super) fn known_resource(&self, encoded: &[u8]) -> Option<u32> {
        self.known_resources.get(encoded)
    }

    /// Finishes the current resource, which is not known yet, and returns its row.
    pub(super) fn push_resource(&mut self, encoded: &[u8], extras: OriginExtras) -> u32 {
        let row = self.spans.resources.service.len() as u32;
        let service = match self.tables[Table::Resource as usize].get(self.service, row) {
            Some(Cell::Str(text)) => text,
            _ => StrId::EMPTY,
        };
        let Resources { service: services, attributes: _, extras: all_extras } = &mut self.spans.resources;
        services.push(service);
        if self.wants.extras {
            all_extras.push(extras);
        }
        self.known_resources.push(encoded);
        row
    }

    /// Returns the row of the resource of which nothing is known.
    pub(super) fn no_resource(&mut self) -> u32 {
        self.known_resource(b"").unwrap_or_else(|| self.push_resource(b"", OriginExtras::default()))
    }

    /// Gives all spans that have no resource yet the one of this row.
    pub(super) fn fill_resource(&mut self, row: u32) {
        let spans = self.spans.len();
        self.spans.resource.resize(spans, row);
    }

    /// Gives the spans that have no resource yet those of these rows, one for each.
    pub(super) fn fill_resources(&mut self, rows: impl Iterator<Item = u32>) {
        self.spans.resource.extend(rows);
        debug_assert_eq!(self.spans.resource.len(), self.spans.len());
    }

    /// Returns the row of a scope that was read before in the same encoded form.
    pub(super) fn known_scope(&self, encoded: &[u8]) -> Option<u32> {
        self.known_scopes.get(encoded)
    }

    /// Finishes the current scope, which is not known yet, and returns its row.
    pub(super) fn push_scope(&mut self, encoded: &[u8], name: StrId, version: StrId, extras: OriginExtras) -> u32 {
        let Scopes { name: names, version: versions, attributes: _, extras: all_extras } = &mut self.spans.scopes;
        let row = names.len() as u32;
        names.push(name);
        versions.push(version);
        if self.wants.extras {
            all_extras.push(extras);
        }
        self.known_scopes.push(encoded);
        row
    }

    /// Returns the row of a scope of which no more than name and version are known; both may be empty.
    pub(super) fn plain_scope(&mut self, name: &str, version: &str) -> u32 {
        let encoded = match (name, version) {
            ("", "") => String::new(),
            // The encoded form of other scopes begins with a bracket.
            _ => format!("{}:{name}{version}", name.len()),
        };
        if let Some(row) = self.known_scope(encoded.as_bytes()) {
            return row;
        }
        let (name, version) = (self.text(name), self.text(version));
        self.push_scope(encoded.as_bytes(), name, version, OriginExtras::default())
    }

    /// Gives all spans that have no scope yet the one of this row.
    pub(super) fn fill_scope(&mut self, row: u32) {
        let spans = self.spans.len();
        self.spans.scope.resize(spans, row);
    }

    /// Begins a record: what comes from here on can be taken back, what came before no more.
    pub(super) fn mark(&mut self) {
        self.mark = Mark {
            spans: self.spans.len(),
            resources: self.spans.resources.service.len(),
            scopes: self.spans.scopes.name.len(),
            events: self.spans.events.name.len(),
            links: self.spans.links.span_id.len(),
            arrays: self.spans.arrays.len(),
            reversed: self.reversed,
        };
        for ((table, _), columns) in Table::ALL.iter().zip(&mut self.tables) {
            columns.mark(match table {
                Table::Span => self.mark.spans,
                Table::Resource => self.mark.resources,
                Table::Scope => self.mark.scopes,
                Table::Event => self.mark.events,
                Table::Link => self.mark.links,
            });
        }
    }

    /// Takes back the current record, half-made rows included. Texts stay in the dictionary, where they do no harm.
    ///
    /// The tables are taken apart with all their columns, so that the compiler finds a new one missing here.
    pub(super) fn rollback(&mut self) {
        let mark = self.mark;
        let Spans {
            dictionary: _,
            arrays,
            id,
            parent_id,
            start,
            duration,
            kind,
            status,
            name,
            status_message,
            resource,
            scope,
            attributes: _,
            extras,
            resources,
            scopes,
            events,
            links,
        } = &mut self.spans;
        macro_rules! truncate {
            ($to:expr; $($column:ident)*) => { $($column.truncate($to);)* };
        }
        let trace = &mut self.trace;
        truncate!(mark.spans; trace id parent_id start duration kind status name status_message resource scope extras);
        arrays.truncate(mark.arrays);
        let Resources { service, attributes: _, extras } = resources;
        truncate!(mark.resources; service extras);
        let Scopes { name, version, attributes: _, extras } = scopes;
        truncate!(mark.scopes; name version extras);
        let Events { span, name, time, attributes: _, extras } = events;
        truncate!(mark.events; span name time extras);
        let Links { span, trace_id, span_id, attributes: _, extras } = links;
        truncate!(mark.links; span trace_id span_id extras);
        self.tables.iter_mut().for_each(Columns::rollback);
        self.known_resources.truncate(mark.resources);
        self.known_scopes.truncate(mark.scopes);
        self.reversed = mark.reversed;
    }

    /// Returns the columns, and how many spans end before they start.
    pub(super) fn finish(self) -> (Fragment, u64) {
        let FragmentBuilder { trace, mut spans, tables, service, keeps_service, reversed, .. } = self;
        let [of_spans, mut of_resources, of_scopes, of_events, of_links] = tables;
        if !keeps_service {
            of_resources.remove(service);
        }
        spans.attributes = of_spans.finish();
        spans.resources.attributes = of_resources.finish();
        spans.scopes.attributes = of_scopes.finish();
        spans.events.attributes = of_events.finish();
        spans.links.attributes = of_links.finish();
        (Fragment { spans, trace, order: 0 }, reversed)
    }
}
