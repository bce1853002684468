//! Whole traces span by span, as the formats want them that hold spans with all that belongs to them.

use std::ops::Range;

use crate::model::{
    any_value::AnyValue,
    attributes::{Array, Cell},
    batch::{Batch, Spans},
    by_row::RowAttributes,
    dictionary::StrId,
    extras::{EventExtras, LinkExtras, OriginExtras, SpanExtras},
    ids::TraceId,
};

/// A batch with the attributes of each row at hand. What was not asked for is empty.
pub(super) struct Rows<'b> {
    batch: &'b Batch,
    /// The columns.
    pub(super) spans: &'b Spans,
    of_spans: RowAttributes<'b>,
    of_resources: RowAttributes<'b>,
    of_scopes: RowAttributes<'b>,
    of_events: RowAttributes<'b>,
    of_links: RowAttributes<'b>,
}

/// The spans of one trace.
pub(super) struct TraceRows {
    pub(super) id: TraceId,
    pub(super) rows: Range<u32>,
}

/// What spans come from: a resource, or an instrumentation scope.
pub(super) struct Origin<'b> {
    /// Name and version of a scope; empty for resources.
    pub(super) name: &'b str,
    pub(super) version: &'b str,
    pub(super) extras: OriginExtras,
}

impl<'b> Rows<'b> {
    pub(super) fn new(batch: &'b Batch) -> Rows<'b> {
        let spans = &batch.spans;
        Rows {
            batch,
            spans,
            of_spans: RowAttributes::new(&spans.attributes, spans.len()),
            of_resources: RowAttributes::new(&spans.resources.attributes, spans.resources.service.len()),
            of_scopes: RowAttributes::new(&spans.scopes.attributes, spans.scopes.name.len()),
            of_events: RowAttributes::new(&spans.events.attributes, spans.events.name.len()),
            of_links: RowAttributes::new(&spans.links.attributes, spans.links.span_id.len()),
        }
    }

    /// Returns one of the batch's traces; without spans if there are fewer.
    pub(super) fn trace(&self, at: usize) -> TraceRows {
        let trace = self.batch.traces.get(at);
        trace.map_or(TraceRows { id: TraceId::default(), rows: 0..0 }, |trace| TraceRows {
            id: trace.id,
            rows: trace.rows.clone(),
        })
    }

    /// Returns a text.
    pub(super) fn text(&self, id: StrId) -> &'b str {
        self.spans.dictionary.get(id)
    }

    /// Returns the text of a column of spans that may be empty.
    pub(super) fn status_message(&self, row: u32) -> &'b str {
        self.spans.status_message.get(row as usize).map_or("", |id| self.text(*id))
    }

    /// Returns the resource of a span.
    pub(super) fn resource_of(&self, row: u32) -> u32 {
        self.spans.resource[row as usize]
    }

    /// Returns the scope of a span, if scopes are known.
    pub(super) fn scope_of(&self, row: u32) -> Option<u32> {
        self.spans.scope.get(row as usize).copied()
    }

    pub(super) fn span_attributes(&self, row: u32) -> impl Iterator<Item = (&'b str, Cell)> {
        self.of_spans.row(row)
    }

    pub(super) fn resource_attributes(&self, resource: u32) -> impl Iterator<Item = (&'b str, Cell)> {
        self.of_resources.row(resource)
    }

    pub(super) fn scope_attributes(&self, scope: u32) -> impl Iterator<Item = (&'b str, Cell)> {
        self.of_scopes.row(scope)
    }

    pub(super) fn event_attributes(&self, event: u32) -> impl Iterator<Item = (&'b str, Cell)> {
        self.of_events.row(event)
    }

    pub(super) fn link_attributes(&self, link: u32) -> impl Iterator<Item = (&'b str, Cell)> {
        self.of_links.row(link)
    }

    /// Returns what a span holds besides; nothing where not everything was asked for. Likewise the next ones.
    pub(super) fn span_extras(&self, row: u32) -> SpanExtras {
        self.spans.extras.get(row as usize).copied().unwrap_or_default()
    }

    pub(super) fn event_extras(&self, event: u32) -> EventExtras {
        self.spans.events.extras.get(event as usize).copied().unwrap_or_default()
    }

    pub(super) fn link_extras(&self, link: u32) -> LinkExtras {
        self.spans.links.extras.get(link as usize).copied().unwrap_or_default()
    }

    pub(super) fn resource(&self, resource: u32) -> Origin<'b> {
        let extras = self.spans.resources.extras.get(resource as usize).copied().unwrap_or_default();
        Origin { name: "", version: "", extras }
    }

    pub(super) fn scope(&self, scope: u32) -> Origin<'b> {
        let scopes = &self.spans.scopes;
        let text = |texts: &[StrId]| texts.get(scope as usize).map_or("", |id| self.text(*id));
        let extras = scopes.extras.get(scope as usize).copied().unwrap_or_default();
        Origin { name: text(&scopes.name), version: text(&scopes.version), extras }
    }

    /// Returns the events of a span.
    pub(super) fn events(&self, row: u32) -> Range<u32> {
        rows_of(&self.spans.events.span, row)
    }

    /// Returns the links of a span.
    pub(super) fn links(&self, row: u32) -> Range<u32> {
        rows_of(&self.spans.links.span, row)
    }

    /// Returns the array of an array's cell.
    pub(super) fn array(&self, at: u32) -> &'b Array {
        &self.spans.arrays[at as usize]
    }

    /// Returns a value in its own shape. A text that stands for a value, but cannot be read, is a text.
    pub(super) fn value(&self, cell: Cell) -> AnyValue {
        match cell {
            Cell::Str(id) => AnyValue::Str(self.text(id).to_owned()),
            Cell::Int(number) => AnyValue::Int(number),
            Cell::Float(number) => AnyValue::Float(number),
            Cell::Bool(truth) => AnyValue::Bool(truth),
            Cell::Array(at) => AnyValue::Array(match self.array(at) {
                Array::Str(all) => all.iter().map(|id| AnyValue::Str(self.text(*id).to_owned())).collect(),
                Array::Int(all) => all.iter().copied().map(AnyValue::Int).collect(),
                Array::Float(all) => all.iter().copied().map(AnyValue::Float).collect(),
                Array::Bool(all) => all.iter().copied().map(AnyValue::Bool).collect(),
            }),
            Cell::Other(id) => {
                AnyValue::parse(self.text(id)).unwrap_or_else(|| AnyValue::Str(self.text(id).to_owned()))
            }
        }
    }
}

/// Returns the rows of a child table that belong to a span.
fn rows_of(owners: &[u32], span: u32) -> Range<u32> {
    let start = owners.partition_point(|owner| *owner < span);
    let end = start + owners[start..].iter().take_while(|owner| **owner == span).count();
    start as u32..end as u32
}
