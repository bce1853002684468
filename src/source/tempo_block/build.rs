//! Batches of the columns of some rows.

use std::sync::Arc;

use traceql_grammar::{value::Status, vocab::scopes::Scope};

use crate::{
    model::{
        batch::{Batch, Facts, Fragment, SERVICE_NAME, ServiceCount, Spans, Trace, Tree},
        dictionary::{Dictionary, StrId},
        ids::{SpanId, TraceId},
        projection::Projection,
    },
    source::{
        otlp::enums,
        parquet::{
            column::{Column, Levels, Values},
            file::ParquetFault,
        },
    },
};

use super::{
    attributes::{RowOf, Target, Wanted, attributes},
    columns::Columns,
    entries::{ValueOf, ints},
    extras,
    layout::{EventTime, Layout, Links},
    links,
    shape::Shape,
    tree::{Nested, nest},
    words::Words,
};

/// Which spans of the rows a batch gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Select<'s> {
    /// All.
    All,
    /// The entries that are these spans, rising.
    Entries(&'s [u32]),
}

/// Traces that were built, and those that could not be, because their spans do not hang together as a tree.
pub(super) struct Built {
    pub(super) batch: Batch,
    /// For each span of the batch its entry; `None` if they are as they are stored.
    pub(super) entries: Option<Vec<u32>>,
    /// Where the entries of each row begin, and where the last ones end.
    pub(super) bounds: Vec<u32>,
    /// The rows of which the traces are missing, by their place among all rows.
    pub(super) left_out: Vec<u32>,
}

/// Builds the columns that a projection asks for.
pub(super) fn build(
    columns: &mut Columns<'_>,
    layout: &Layout,
    projection: &Projection,
    select: Select<'_>,
) -> Result<Built, ParquetFault> {
    load(columns, layout, projection)?;
    let shape = shape(columns, layout)?;
    let core = projection.core;
    let nested = match core.tree {
        true => Some(nest(columns, layout, &shape)?),
        false => None,
    };
    let selected = match (&nested, select) {
        (Some(nested), _) => Some(nested.entries.clone()),
        (None, Select::Entries(entries)) => Some(entries.to_vec()),
        (None, Select::All) if !shape.empty.is_empty() => Some(shape.spans()),
        (None, Select::All) => None,
    };
    let mut builder = Builder { columns, layout, projection, shape: &shape, selected: selected.as_deref() };
    let mut spans = builder.spans()?;
    builder.resources(&mut spans)?;
    builder.attributes(&mut spans)?;
    if projection.everything {
        spans.extras = extras::spans(builder.columns, layout, &shape, builder.selected, &mut spans.dictionary)?;
        extras::origins(builder.columns, layout, &mut spans)?;
    }
    let mut batch = Batch { spans, ..Batch::default() };
    builder.traces(&mut batch)?;
    let mut left_out = Vec::new();
    if let Some(Nested { tree, irregular, .. }) = nested {
        batch.tree = tree;
        left_out = irregular;
        builder.leave_out(&mut batch, &left_out);
    } else if core.child_count {
        batch.tree = Tree { child_count: builder.child_count()?, ..Tree::default() };
    }
    Ok(Built { batch, entries: selected, bounds: shape.rows, left_out })
}

/// Builds all spans of the rows as loose ones, which are put together with others later.
pub(super) fn build_fragment(
    columns: &mut Columns<'_>,
    layout: &Layout,
    projection: &Projection,
) -> Result<Fragment, ParquetFault> {
    let mut projection = projection.clone();
    projection.core = super::LOOSE;
    projection.attributes.insert((Scope::Resource, SERVICE_NAME.to_owned()));
    let Built { batch, .. } = build(columns, layout, &projection, Select::All)?;
    let trace = batch.traces.iter().flat_map(|trace| std::iter::repeat_n(trace.id, trace.rows.len())).collect();
    Ok(Fragment { spans: batch.spans, trace, order: 0 })
}

/// Reads all leaves that are needed for sure, at once.
fn load(columns: &mut Columns<'_>, layout: &Layout, projection: &Projection) -> Result<(), ParquetFault> {
    let core = projection.core;
    let mut leaves = vec![(layout.trace_start, Levels::Both), (layout.trace_end, Levels::Both)];
    if columns.with_levels(span_leaves(layout)).is_none() {
        leaves.push((layout.start, Levels::Both));
    }
    let wanted = [
        (true, layout.start),
        (core.id, layout.span_id),
        (core.parent_id, layout.parent_span_id),
        (core.duration, layout.duration),
        (core.kind, layout.kind),
        (core.status, layout.status),
        (core.name, layout.name),
        (projection.status_message, layout.status_message),
        (core.tree, layout.nested_left),
        (core.tree, layout.nested_right),
        (core.tree, layout.nested_parent),
        (core.child_count && layout.child_count.is_some(), layout.child_count.unwrap_or_default()),
    ];
    leaves.extend(wanted.iter().filter(|(wanted, _)| *wanted).map(|(_, leaf)| (*leaf, Levels::Definition)));
    let of_rows = [
        (core.trace_id, layout.trace_id),
        (core.roots, layout.root_service),
        (core.roots, layout.root_name),
        (wants_service(projection), layout.service),
        (wants_scopes(projection), layout.scope_name),
        (wants_scopes(projection), layout.scope_version),
    ];
    leaves.extend(of_rows.iter().filter(|(wanted, _)| *wanted).map(|(_, leaf)| (*leaf, Levels::Both)));
    if core.services {
        leaves.extend(layout.services.iter().flatten().map(|leaf| (*leaf, Levels::Both)));
    }
    if wants_events(projection) {
        let (EventTime::SinceStart(time) | EventTime::Unix(time)) = layout.event_time;
        leaves.extend([(time, Levels::Both), (layout.event_name, Levels::Both)]);
    }
    if wants_links(projection)
        && let Links::Columns(trace, span) = layout.links
    {
        leaves.extend([(trace, Levels::Both), (span, Levels::Both)]);
    }
    columns.load(&leaves)
}

/// Returns the leaves that have one entry for each span.
fn span_leaves(layout: &Layout) -> impl Iterator<Item = usize> {
    [
        layout.start,
        layout.duration,
        layout.status,
        layout.kind,
        layout.name,
        layout.span_id,
        layout.parent_span_id,
        layout.status_message,
    ]
    .into_iter()
}

/// Finds out how spans, resources and scopes hang together.
pub(super) fn shape(columns: &mut Columns<'_>, layout: &Layout) -> Result<Shape, ParquetFault> {
    let column = match columns.with_levels(span_leaves(layout)) {
        Some(column) => column,
        None => columns.nested(layout.start)?,
    };
    Shape::of(column, columns.rows().len())
}

fn wants_resources(projection: &Projection) -> bool {
    projection.every_attribute || projection.everything || projection.keys(Scope::Resource).next().is_some()
}

fn wants_service(projection: &Projection) -> bool {
    projection.every_attribute
        || projection.everything
        || projection.keys(Scope::Resource).any(|key| key == SERVICE_NAME)
}

fn wants_scopes(projection: &Projection) -> bool {
    projection.scopes
        || projection.every_attribute
        || projection.everything
        || projection.keys(Scope::Instrumentation).next().is_some()
}

fn wants_events(projection: &Projection) -> bool {
    projection.events || projection.everything || projection.keys(Scope::Event).next().is_some()
}

fn wants_links(projection: &Projection) -> bool {
    projection.links || projection.everything || projection.keys(Scope::Link).next().is_some()
}

/// Returns which attributes of a scope are wanted.
fn wanted(projection: &Projection, scope: Scope) -> Wanted<'_> {
    let every = projection.every_attribute && !matches!(scope, Scope::Event | Scope::Link);
    match projection.everything || every {
        true => Wanted::Every,
        false => Wanted::Keys(projection.keys(scope).collect()),
    }
}

/// What the parts of a batch are built of.
struct Builder<'b, 'f> {
    columns: &'b mut Columns<'f>,
    layout: &'b Layout,
    projection: &'b Projection,
    shape: &'b Shape,
    /// The entries that become spans, in their order; `None` for all as they are stored.
    selected: Option<&'b [u32]>,
}

impl Builder<'_, '_> {
    /// Builds what every span has.
    fn spans(&mut self) -> Result<Spans, ParquetFault> {
        let (core, layout) = (self.projection.core, self.layout);
        let mut spans = Spans { start: self.unsigned(layout.start)?, ..Spans::default() };
        if core.duration {
            spans.duration = self.unsigned(layout.duration)?;
        }
        if core.kind {
            spans.kind = self.ints(layout.kind, enums::kind)?;
        }
        if core.status {
            spans.status = self.ints(layout.status, enums::status)?;
        }
        if core.id {
            spans.id = self.span_ids(layout.span_id)?;
        }
        if core.parent_id {
            spans.parent_id = self.span_ids(layout.parent_span_id)?;
        }
        if core.name {
            spans.name = self.texts(layout.name, &mut spans.dictionary)?;
        }
        if self.projection.status_message || self.projection.everything {
            spans.status_message = self.texts(layout.status_message, &mut spans.dictionary)?;
        }
        Ok(spans)
    }

    /// Reads a number of each span.
    fn ints<T>(&mut self, leaf: usize, of: impl Fn(i64) -> T) -> Result<Vec<T>, ParquetFault> {
        let column = self.columns.flat(leaf)?;
        self.check(&column)?;
        Ok(match (&column.values, self.selected) {
            (Values::Ints(values), None) if column.def.is_empty() => values.iter().map(|value| of(*value)).collect(),
            _ => ints(&column, self.selected, 0).into_iter().map(of).collect(),
        })
    }

    fn unsigned(&mut self, leaf: usize) -> Result<Vec<u64>, ParquetFault> {
        self.ints(leaf, |value| value as u64)
    }

    fn span_ids(&mut self, leaf: usize) -> Result<Vec<SpanId>, ParquetFault> {
        let column = self.columns.flat(leaf)?;
        self.check(&column)?;
        let mut ids = Vec::with_capacity(self.len());
        self.each_value(&column, |at| ids.push(at.map_or(SpanId::NONE, |at| span_id(&column, at))));
        Ok(ids)
    }

    fn texts(&mut self, leaf: usize, dictionary: &mut Dictionary) -> Result<Vec<StrId>, ParquetFault> {
        let column = self.columns.flat(leaf)?;
        self.check(&column)?;
        let mut words = Words::of(&column);
        let mut texts = Vec::with_capacity(self.len());
        self.each_value(&column, |at| texts.push(at.map_or(StrId::EMPTY, |at| words.get(at, dictionary))));
        Ok(texts)
    }

    /// Makes sure that a column has an entry for each span.
    fn check(&self, column: &Column) -> Result<(), ParquetFault> {
        if column.len == self.shape.len() {
            return Ok(());
        }
        Err(ParquetFault::damaged(None, "columns of spans have different lengths"))
    }

    /// Returns how many spans there are.
    fn len(&self) -> usize {
        self.selected.map_or(self.shape.len(), <[u32]>::len)
    }

    /// Calls `visit` with the place of each span's value.
    #[inline]
    fn each_value(&self, column: &Column, mut visit: impl FnMut(Option<usize>)) {
        match self.selected {
            None if column.def.is_empty() => (0..column.len).for_each(|entry| visit(Some(entry))),
            Some(entries) if column.def.is_empty() => entries.iter().for_each(|entry| visit(Some(*entry as usize))),
            selected => {
                let mut value = ValueOf::new(column);
                match selected {
                    None => (0..column.len).for_each(|entry| visit(value.at(entry))),
                    Some(entries) => entries.iter().for_each(|entry| visit(value.at(*entry as usize))),
                }
            }
        }
    }

    /// Builds the resources and scopes and gives them to the spans.
    fn resources(&mut self, spans: &mut Spans) -> Result<(), ParquetFault> {
        let pick = |of_entries: Vec<u32>| match self.selected {
            None => of_entries,
            Some(entries) => entries.iter().map(|entry| of_entries[*entry as usize]).collect(),
        };
        let scopes = wants_scopes(self.projection);
        if scopes {
            spans.scope = pick(self.shape.scopes());
        }
        if wants_resources(self.projection) {
            spans.resource = pick(self.shape.resources());
            let resources = self.shape.resource_count();
            spans.resources.service = match wants_service(self.projection) {
                true => self.table_texts(self.layout.service, resources, &mut spans.dictionary)?,
                false => vec![StrId::EMPTY; resources],
            };
        }
        if scopes {
            let count = self.shape.scope_count();
            spans.scopes.name = self.table_texts(self.layout.scope_name, count, &mut spans.dictionary)?;
            spans.scopes.version = self.table_texts(self.layout.scope_version, count, &mut spans.dictionary)?;
        }
        Ok(())
    }

    /// Reads the texts of a column of resources or scopes.
    fn table_texts(
        &mut self,
        leaf: usize,
        count: usize,
        dictionary: &mut Dictionary,
    ) -> Result<Vec<StrId>, ParquetFault> {
        let column = self.columns.nested(leaf)?;
        if column.len != count {
            return Err(ParquetFault::damaged(None, "columns of resources have different lengths"));
        }
        let (mut words, mut value) = (Words::of(&column), ValueOf::new(&column));
        Ok((0..count).map(|at| value.at(at).map_or(StrId::EMPTY, |at| words.get(at, dictionary))).collect())
    }

    /// Builds the attributes of all tables, and the events and links that some belong to.
    fn attributes(&mut self, spans: &mut Spans) -> Result<(), ParquetFault> {
        let row_of_span = self.selected.map(|entries| {
            let mut rows = vec![RowOf::NOWHERE; self.shape.len()];
            for (row, entry) in (0..).zip(entries) {
                rows[*entry as usize] = row;
            }
            rows
        });
        let of_span = row_of_span.as_deref().map_or(RowOf::Same, RowOf::Table);
        spans.attributes = self.attributes_of(Scope::Span, of_span, spans)?;
        if wants_resources(self.projection) {
            spans.resources.attributes = self.attributes_of(Scope::Resource, RowOf::Same, spans)?;
            self.service_names(spans);
        }
        if wants_scopes(self.projection) {
            spans.scopes.attributes = self.attributes_of(Scope::Instrumentation, RowOf::Same, spans)?;
        }
        if wants_events(self.projection) {
            let rows = self.events(of_span, spans)?;
            spans.events.attributes = self.attributes_of(Scope::Event, RowOf::Table(&rows), spans)?;
        }
        if wants_links(self.projection) {
            match self.layout.links {
                Links::Columns(trace, span) => {
                    let rows = self.links(trace, span, of_span, spans)?;
                    spans.links.attributes = self.attributes_of(Scope::Link, RowOf::Table(&rows), spans)?;
                }
                Links::Encoded(leaf) => {
                    let column = self.columns.flat(leaf)?;
                    self.check(&column)?;
                    links::encoded(
                        &column,
                        of_span,
                        &wanted(self.projection, Scope::Link),
                        self.projection.everything,
                        spans,
                    )?;
                }
            }
        }
        Ok(())
    }

    fn attributes_of(
        &mut self,
        scope: Scope,
        rows: RowOf<'_>,
        spans: &mut Spans,
    ) -> Result<Vec<crate::model::attributes::AttributeColumn>, ParquetFault> {
        let wanted = wanted(self.projection, scope);
        let everything = self.projection.everything;
        let mut target = Target { dictionary: &mut spans.dictionary, arrays: &mut spans.arrays, everything };
        attributes(self.columns, self.layout, scope, &wanted, rows, &mut target)
    }

    /// Makes `service.name` an attribute again, where all are asked for: it has a column of its own.
    fn service_names(&self, spans: &mut Spans) {
        use crate::model::attributes::{AttributeColumn, Cell};
        let resources = &mut spans.resources;
        if !wants_service(self.projection) || resources.attributes.iter().any(|column| &*column.key == SERVICE_NAME) {
            return;
        }
        let mut column = AttributeColumn::new(SERVICE_NAME);
        for (row, service) in (0..).zip(&resources.service) {
            if *service != StrId::EMPTY {
                column.push(row, Cell::Str(*service));
            }
        }
        if !column.rows.is_empty() {
            resources.attributes.push(column);
        }
    }

    /// Builds the events; returns the row of each entry.
    fn events(&mut self, of_span: RowOf<'_>, spans: &mut Spans) -> Result<Vec<u32>, ParquetFault> {
        let names = self.columns.nested(self.layout.event_name)?;
        let (places, rows) = children(&names, of_span);
        let (EventTime::SinceStart(leaf) | EventTime::Unix(leaf)) = self.layout.event_time;
        let times = ints(&*self.columns.nested(leaf)?, None, 0);
        let (mut words, mut value) = (Words::of(&names), ValueOf::new(&names));
        if self.projection.everything {
            spans.events.extras = extras::events(self.columns, self.layout, &entries(&places))?;
        }
        for (entry, span) in places {
            let time = times.get(entry).copied().unwrap_or_default() as u64;
            spans.events.span.push(span);
            spans.events.time.push(match self.layout.event_time {
                EventTime::SinceStart(_) => spans.start[span as usize].wrapping_add(time),
                EventTime::Unix(_) => time,
            });
            let name = value.at(entry).map_or(StrId::EMPTY, |at| words.get(at, &mut spans.dictionary));
            spans.events.name.push(name);
        }
        Ok(rows)
    }

    /// Builds the links; returns the row of each entry.
    fn links(
        &mut self,
        trace: usize,
        span: usize,
        of_span: RowOf<'_>,
        spans: &mut Spans,
    ) -> Result<Vec<u32>, ParquetFault> {
        let (traces, ids) = (self.columns.nested(trace)?, self.columns.nested(span)?);
        let (places, rows) = children(&ids, of_span);
        let (mut trace_of, mut span_of) = (ValueOf::new(&traces), ValueOf::new(&ids));
        if self.projection.everything {
            let entries = entries(&places);
            spans.links.extras = extras::links(self.columns, self.layout, &entries, &mut spans.dictionary)?;
        }
        for (entry, span) in places {
            spans.links.span.push(span);
            spans.links.trace_id.push(trace_of.at(entry).map_or(TraceId(0), |at| trace_id(&traces, at)));
            spans.links.span_id.push(span_of.at(entry).map_or(SpanId::NONE, |at| span_id(&ids, at)));
        }
        Ok(rows)
    }

    /// Builds the traces, and what is told of them.
    fn traces(&mut self, batch: &mut Batch) -> Result<(), ParquetFault> {
        let (core, layout) = (self.projection.core, self.layout);
        let starts = ints(&*self.columns.nested(layout.trace_start)?, None, 0);
        let ends = ints(&*self.columns.nested(layout.trace_end)?, None, 0);
        let ids = match core.trace_id {
            true => Some(self.columns.nested(layout.trace_id)?),
            false => None,
        };
        let mut entries = self.selected.map(|entries| entries.iter().peekable());
        let mut first = 0;
        for (row, bounds) in self.shape.rows.windows(2).enumerate() {
            let end = match &mut entries {
                None => bounds[1],
                Some(entries) => {
                    let mut end = first;
                    while entries.next_if(|entry| (bounds[0]..bounds[1]).contains(*entry)).is_some() {
                        end += 1;
                    }
                    end
                }
            };
            batch.traces.push(Trace {
                id: ids.as_ref().map_or(TraceId(0), |ids| trace_id(ids, row)),
                rows: first..end,
                start: starts.get(row).copied().unwrap_or_default() as u64,
                end: ends.get(row).copied().unwrap_or_default() as u64,
                root: None,
            });
            first = end;
        }
        if core.roots || core.services {
            self.facts(batch)?;
        }
        Ok(())
    }

    /// Builds what is told of traces beyond their spans.
    fn facts(&mut self, batch: &mut Batch) -> Result<(), ParquetFault> {
        let core = self.projection.core;
        let dictionary = &mut batch.spans.dictionary;
        let mut roots = vec![None; batch.traces.len()];
        if core.roots {
            let services = self.columns.nested(self.layout.root_service)?;
            let names = self.columns.nested(self.layout.root_name)?;
            let (mut service, mut name) = (Words::of(&services), Words::of(&names));
            for (row, root) in roots.iter_mut().enumerate() {
                let found = (service.get(row, dictionary), name.get(row, dictionary));
                // A trace without a root has neither.
                *root = (found != (StrId::EMPTY, StrId::EMPTY)).then_some(found);
            }
        }
        let mut ends = vec![0; batch.traces.len()];
        if core.services {
            match self.layout.services {
                Some(leaves) => self.stored_services(leaves, batch, &mut ends)?,
                None => self.counted_services(batch, &mut ends)?,
            }
        }
        let mut start = 0;
        for (root, end) in roots.into_iter().zip(ends) {
            batch.facts.push(Facts { root, services: start..end });
            start = end;
        }
        Ok(())
    }

    /// Takes over the stored counts of services; `ends` gets the end of each trace's.
    fn stored_services(
        &mut self,
        [name, spans, errors]: [usize; 3],
        batch: &mut Batch,
        ends: &mut [u32],
    ) -> Result<(), ParquetFault> {
        let names = self.columns.nested(name)?;
        let spans = ints(&*self.columns.nested(spans)?, None, 0);
        let errors = ints(&*self.columns.nested(errors)?, None, 0);
        let (mut words, mut value) = (Words::of(&names), ValueOf::new(&names));
        let mut row = usize::MAX;
        for (entry, rep) in names.rep.iter().enumerate() {
            row = row.wrapping_add(usize::from(*rep == 0));
            if let Some(at) = value.at(entry) {
                let count = |counts: &[i64]| counts.get(entry).map_or(0, |count| *count as u32);
                batch.service_counts.push(ServiceCount {
                    service: words.get(at, &mut batch.spans.dictionary),
                    spans: count(&spans),
                    errors: count(&errors),
                });
            }
            if let Some(end) = ends.get_mut(row) {
                *end = batch.service_counts.len() as u32;
            }
        }
        Ok(())
    }

    /// Counts the services of traces that are stored without; `ends` gets the end of each trace's.
    fn counted_services(&mut self, batch: &mut Batch, ends: &mut [u32]) -> Result<(), ParquetFault> {
        let statuses = ints(&*self.columns.flat(self.layout.status)?, None, 0);
        let services =
            self.table_texts(self.layout.service, self.shape.resource_count(), &mut batch.spans.dictionary)?;
        let resources = self.shape.resources();
        for (row, bounds) in self.shape.rows.windows(2).enumerate() {
            let first = batch.service_counts.len();
            for entry in bounds[0]..bounds[1] {
                if self.shape.empty.binary_search(&entry).is_ok() {
                    continue;
                }
                let service = services[resources[entry as usize] as usize];
                let failed =
                    u32::from(statuses.get(entry as usize).is_some_and(|code| enums::status(*code) == Status::Error));
                match batch.service_counts[first..].iter_mut().find(|count| count.service == service) {
                    Some(count) => {
                        count.spans += 1;
                        count.errors += failed;
                    }
                    None => batch.service_counts.push(ServiceCount { service, spans: 1, errors: failed }),
                }
            }
            ends[row] = batch.service_counts.len() as u32;
        }
        Ok(())
    }

    /// Reads how many children spans have.
    fn child_count(&mut self) -> Result<Vec<u32>, ParquetFault> {
        match self.layout.child_count {
            Some(leaf) => self.ints(leaf, |count| count as u32),
            None => Ok(Vec::new()),
        }
    }

    /// Takes traces out of a batch that have no spans in it.
    fn leave_out(&self, batch: &mut Batch, rows: &[u32]) {
        if rows.is_empty() {
            return;
        }
        let is_left = |row: usize| rows.binary_search(&(row as u32)).is_err();
        let mut row = 0;
        batch.traces.retain(|_| (is_left(row), row += 1).0);
        let mut row = 0;
        batch.facts.retain(|_| (is_left(row), row += 1).0);
    }
}

/// Finds the entries that are events or links of selected spans, in order of these, and the row that each entry gets.
fn children(column: &Arc<Column>, of_span: RowOf<'_>) -> (Vec<(usize, u32)>, Vec<u32>) {
    let mut places = Vec::new();
    let mut span = u32::MAX;
    for (entry, rep) in column.rep.iter().enumerate() {
        span = span.wrapping_add(u32::from(*rep <= 3));
        let is_there = column.def.is_empty() || column.def[entry] == column.max_def;
        if is_there && let Some(row) = of_span.get(span) {
            places.push((entry, row));
        }
    }
    if !places.is_sorted_by_key(|(_, row)| *row) {
        places.sort_by_key(|(_, row)| *row);
    }
    let mut rows = vec![RowOf::NOWHERE; column.len];
    for (row, (entry, _)) in (0..).zip(&places) {
        rows[*entry] = row;
    }
    (places, rows)
}

/// Returns the entries of places.
fn entries(places: &[(usize, u32)]) -> Vec<u32> {
    places.iter().map(|(entry, _)| *entry as u32).collect()
}

#[inline]
fn span_id(column: &Column, at: usize) -> SpanId {
    span_id_of(value_bytes(column, at))
}

/// Reads a span id: 8 bytes, shorter ones with zeros in front.
#[inline]
pub(super) fn span_id_of(bytes: &[u8]) -> SpanId {
    SpanId(match bytes.try_into() {
        Ok(all) => u64::from_be_bytes(all),
        Err(_) => bytes.iter().fold(0, |id, byte| id << 8 | u64::from(*byte)),
    })
}

/// Reads the trace id that is a value of a column.
pub(super) fn trace_id(column: &Column, at: usize) -> TraceId {
    trace_id_of(value_bytes(column, at))
}

/// Reads a trace id: 16 bytes, shorter ones with zeros in front.
pub(super) fn trace_id_of(bytes: &[u8]) -> TraceId {
    TraceId(bytes.iter().fold(0, |id, byte| id << 8 | u128::from(*byte)))
}

/// Returns the bytes of a value of a column.
pub(super) fn value_bytes(column: &Column, at: usize) -> &[u8] {
    match &column.values {
        Values::Texts(texts) => texts.get(at).unwrap_or_default(),
        Values::Index(indices, texts) => {
            indices.get(at).and_then(|index| texts.get(*index as usize)).unwrap_or_default()
        }
        _ => &[],
    }
}
