//! Batches of the columns of some rows.

use std::sync::Arc;

use traceql_grammar::vocab::scopes::Scope;

use crate::{
    model::{
        attributes::{AttributeColumn, Cell},
        batch::{self, Batch, Events, Fragment, Resources, SERVICE_NAME, Scopes, Spans, Trace, Tree},
        dictionary::{Dictionary, StrId},
        ids::SpanId,
        otlp_enums,
        projection::Projection,
    },
    source::parquet::{column::Column, file::ParquetFault, values::Values},
};

use super::{
    attributes::{RowOf, Target, attributes},
    columns::Columns,
    entries::{ValueOf, ints},
    extras,
    ids::span_id,
    layout::{Layout, Links},
    links,
    needs::{
        load, shape, wanted, wants_events, wants_links, wants_resources, wants_scopes, wants_service, wants_start,
    },
    shape::{OTHER_SPANS, Shape},
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
    } else {
        if let Select::Entries(_) = select {
            let without_spans = |trace: &Trace| trace.rows.is_empty();
            let rows = (0..).zip(&batch.traces).filter(|(_, trace)| without_spans(trace)).map(|(row, _)| row);
            let rows: Vec<u32> = rows.collect();
            builder.leave_out(&mut batch, &rows);
        }
        if core.child_count {
            batch.tree = Tree { child_count: builder.child_count()?, ..Tree::default() };
        }
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

/// What the parts of a batch are built of.
pub(super) struct Builder<'b, 'f> {
    pub(super) columns: &'b mut Columns<'f>,
    pub(super) layout: &'b Layout,
    pub(super) projection: &'b Projection,
    pub(super) shape: &'b Shape,
    /// The entries that become spans, in their order; `None` for all as they are stored.
    pub(super) selected: Option<&'b [u32]>,
}

impl<'b> Builder<'b, '_> {
    /// Builds what every span has.
    fn spans(&mut self) -> Result<Spans, ParquetFault> {
        let (core, layout) = (self.projection.core, self.layout);
        let start = match wants_start(self.projection) {
            true => self.unsigned(layout.start)?,
            false => vec![0; self.len()],
        };
        let mut dictionary = Dictionary::default();
        let duration = if core.duration { self.unsigned(layout.duration)? } else { Vec::new() };
        let kind = if core.kind { self.ints(layout.kind, otlp_enums::kind)? } else { Vec::new() };
        let status = if core.status { self.ints(layout.status, otlp_enums::status)? } else { Vec::new() };
        let id = if core.id { self.span_ids(layout.span_id)? } else { Vec::new() };
        let parent_id = if core.parent_id { self.span_ids(layout.parent_span_id)? } else { Vec::new() };
        let name = if core.name { self.texts(layout.name, &mut dictionary)? } else { Vec::new() };
        let status_message = match self.projection.status_message || self.projection.everything {
            true => self.texts(layout.status_message, &mut dictionary)?,
            false => Vec::new(),
        };
        // Every column is named, so that the compiler finds a new one missing here.
        Ok(Spans {
            id,
            parent_id,
            start,
            duration,
            kind,
            status,
            name,
            status_message,
            dictionary,
            // By `resources`.
            resource: Vec::new(),
            scope: Vec::new(),
            resources: Resources::default(),
            scopes: Scopes::default(),
            // By `attributes`.
            attributes: Vec::new(),
            arrays: Vec::new(),
            events: Events::default(),
            links: batch::Links::default(),
            // By `extras`.
            extras: Vec::new(),
        })
    }

    /// Reads a number of each span.
    fn ints<T>(&mut self, leaf: usize, of: impl Fn(i64) -> T) -> Result<Vec<T>, ParquetFault> {
        let (column, selected) = self.of_spans(leaf)?;
        Ok(match (&column.values, selected) {
            (Values::Ints(values), None) if column.def.is_empty() => values.iter().map(|value| of(*value)).collect(),
            _ => ints(&column, selected, 0).into_iter().map(of).collect(),
        })
    }

    fn unsigned(&mut self, leaf: usize) -> Result<Vec<u64>, ParquetFault> {
        self.ints(leaf, |value| value as u64)
    }

    fn span_ids(&mut self, leaf: usize) -> Result<Vec<SpanId>, ParquetFault> {
        let (column, selected) = self.of_spans(leaf)?;
        let mut ids = Vec::with_capacity(self.len());
        each_value(&column, selected, |at| ids.push(at.map_or(SpanId::NONE, |at| span_id(&column, at))));
        Ok(ids)
    }

    fn texts(&mut self, leaf: usize, dictionary: &mut Dictionary) -> Result<Vec<StrId>, ParquetFault> {
        let (column, selected) = self.of_spans(leaf)?;
        let mut words = Words::of(&column);
        let mut texts = Vec::with_capacity(self.len());
        each_value(&column, selected, |at| texts.push(at.map_or(StrId::EMPTY, |at| words.get(at, dictionary))));
        Ok(texts)
    }

    /// Returns a column, and which of its entries are the spans: all, or some.
    fn of_spans(&mut self, leaf: usize) -> Result<(Arc<Column>, Option<&'b [u32]>), ParquetFault> {
        let (column, is_picked) = self.columns.picked(leaf)?;
        let (len, selected) = if is_picked { (self.len(), None) } else { (self.shape.len(), self.selected) };
        self.columns.check(leaf, self.shape.fits_spans(&column, len, !is_picked), OTHER_SPANS)?;
        Ok((column, selected))
    }

    /// Returns how many spans there are.
    fn len(&self) -> usize {
        self.selected.map_or(self.shape.len(), <[u32]>::len)
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
                true => self.services(&mut spans.dictionary)?,
                false => vec![StrId::EMPTY; resources],
            };
        }
        if scopes {
            let shape = self.shape;
            let fits = |column: &Column| shape.fits_scopes(column);
            spans.scopes.name = self.table_texts(self.layout.scope_name, fits, &mut spans.dictionary)?;
            spans.scopes.version = self.table_texts(self.layout.scope_version, fits, &mut spans.dictionary)?;
        }
        Ok(())
    }

    /// Reads the names of the services of resources.
    pub(super) fn services(&mut self, dictionary: &mut Dictionary) -> Result<Vec<StrId>, ParquetFault> {
        let shape = self.shape;
        self.table_texts(self.layout.service, |column| shape.fits_resources(column), dictionary)
    }

    /// Reads the texts of a column of resources or scopes, which must fit to the spans.
    fn table_texts(
        &mut self,
        leaf: usize,
        fits: impl Fn(&Column) -> bool,
        dictionary: &mut Dictionary,
    ) -> Result<Vec<StrId>, ParquetFault> {
        let column = self.columns.nested(leaf)?;
        self.columns.check(leaf, fits(&column), "has other entries than the columns of spans tell of")?;
        let (mut words, mut value) = (Words::of(&column), ValueOf::new(&column));
        Ok((0..column.len).map(|at| value.at(at).map_or(StrId::EMPTY, |at| words.get(at, dictionary))).collect())
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
        let of_span = row_of_span.as_deref().map_or(RowOf::Same(self.shape.len() as u32), RowOf::Table);
        spans.attributes = self.attributes_of(Scope::Span, of_span, spans)?;
        if wants_resources(self.projection) {
            let resources = RowOf::Same(self.shape.resource_count() as u32);
            spans.resources.attributes = self.attributes_of(Scope::Resource, resources, spans)?;
            self.service_names(spans);
        }
        if wants_scopes(self.projection) {
            let scopes = RowOf::Same(self.shape.scope_count() as u32);
            spans.scopes.attributes = self.attributes_of(Scope::Instrumentation, scopes, spans)?;
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
                    self.shape.check(self.columns, leaf, &column)?;
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
    ) -> Result<Vec<AttributeColumn>, ParquetFault> {
        let wanted = wanted(self.projection, scope);
        let everything = self.projection.everything;
        let mut target = Target { dictionary: &mut spans.dictionary, arrays: &mut spans.arrays, everything };
        attributes(self.columns, self.layout, scope, &wanted, rows, &mut target)
    }

    /// Makes `service.name` an attribute again, where it is asked for: texts have a column of their own.
    fn service_names(&self, spans: &mut Spans) {
        if !wants_service(self.projection) {
            return;
        }
        let resources = &mut spans.resources;
        let at = resources.attributes.iter().position(|column| &*column.key == SERVICE_NAME);
        // What is no text stands among the other attributes.
        let others = at.map(|at| resources.attributes.swap_remove(at)).unwrap_or_default();
        let mut column = AttributeColumn::new(SERVICE_NAME);
        for (row, service) in (0..).zip(&resources.service) {
            let text = (*service != StrId::EMPTY).then_some(Cell::Str(*service));
            if let Some(cell) = text.or_else(|| others.get(row)) {
                column.push(row, cell);
            }
        }
        if !column.rows.is_empty() {
            resources.attributes.push(column);
        }
    }

    /// Reads how many children spans have.
    fn child_count(&mut self) -> Result<Vec<u32>, ParquetFault> {
        match self.layout.child_count {
            Some(leaf) => self.ints(leaf, |count| count as u32),
            None => Ok(Vec::new()),
        }
    }
}

/// Calls `visit` with the place of the value of each of some entries, or of all.
#[inline]
fn each_value(column: &Column, selected: Option<&[u32]>, mut visit: impl FnMut(Option<usize>)) {
    match selected {
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
