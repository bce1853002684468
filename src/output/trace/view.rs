//! What the formats for people tell of a trace: its lines, its critical path, what its spans are called and hold.

use std::{hash::Hash, ops::Range};

use hashbrown::HashMap;
use traceql_grammar::{query::Field, value::Status, vocab::scopes::Scope};

use crate::{
    model::{
        any_value::AnyValue,
        attributes::Cell,
        batch::{Batch, Spans, Trace, Tree},
        by_row::RowAttributes,
        critical_path::{CriticalPath, Stretch},
        dictionary::StrId,
        extras::{OriginExtras, SpanExtras},
        operand::Operand,
        waterfall::{Item, Waterfall},
    },
    output::text::counted,
};

use super::values::Value;

/// A trace of a batch, made ready to be shown.
pub(super) struct View<'b> {
    pub(super) spans: &'b Spans,
    pub(super) trace: &'b Trace,
    pub(super) waterfall: Waterfall,
    pub(super) path: CriticalPath,
    parent: &'b [u32],
    /// The stretches of the path, by row and time.
    stretches: Vec<Stretch>,
    /// The services, in the order in which the lines name them.
    pub(super) services: Vec<StrId>,
    service_numbers: HashMap<StrId, usize>,
    /// For each row of the resources and scopes the first one that is equal: pieces of a trace that were read apart
    /// have rows of their own.
    same_resource: Vec<u32>,
    same_scope: Vec<u32>,
    of_spans: RowAttributes<'b>,
    of_resources: RowAttributes<'b>,
    of_scopes: RowAttributes<'b>,
    of_events: RowAttributes<'b>,
    of_links: RowAttributes<'b>,
}

/// A table that has attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Span,
    Resource,
    Scope,
    Event,
    Link,
}

impl<'b> View<'b> {
    /// Prepares the first trace of a batch; `None` if there is none.
    pub(super) fn new(batch: &'b Batch) -> Option<View<'b>> {
        let (trace, spans) = (batch.traces.first()?, &batch.spans);
        let (mut services, mut service_numbers) = (Vec::new(), HashMap::new());
        for row in trace.rows.clone() {
            let service = service_of(spans, row);
            service_numbers.entry(service).or_insert_with(|| {
                services.push(service);
                services.len() - 1
            });
        }
        let path = CriticalPath::new(batch, trace);
        let mut stretches = path.stretches.clone();
        stretches.sort_unstable_by_key(|stretch| (stretch.row, stretch.start));
        let mut view = View {
            spans,
            trace,
            waterfall: Waterfall::new(batch, trace),
            path,
            parent: &batch.tree.parent,
            stretches,
            services,
            service_numbers,
            same_resource: Vec::new(),
            same_scope: Vec::new(),
            of_spans: RowAttributes::new(&spans.attributes, spans.len()),
            of_resources: RowAttributes::new(&spans.resources.attributes, spans.resources.service.len()),
            of_scopes: RowAttributes::new(&spans.scopes.attributes, spans.scopes.name.len()),
            of_events: RowAttributes::new(&spans.events.attributes, spans.events.name.len()),
            of_links: RowAttributes::new(&spans.links.attributes, spans.links.span_id.len()),
        };
        let resources = spans.resources.service.len() as u32;
        let extras = |all: &[OriginExtras], row: u32| {
            let extras = all.get(row as usize).copied().unwrap_or_default();
            (extras.dropped_attributes, extras.schema_url)
        };
        let resource = |row: u32| (extras(&spans.resources.extras, row), view.content(Of::Resource, row));
        view.same_resource = first_equal((0..resources).map(resource));
        let scope = |row: u32| {
            let (name, version) = (spans.scopes.name[row as usize], spans.scopes.version[row as usize]);
            (name, version, extras(&spans.scopes.extras, row), view.content(Of::Scope, row))
        };
        view.same_scope = first_equal((0..spans.scopes.name.len() as u32).map(scope));
        Some(view)
    }

    /// Returns the attributes of a row in a form that is equal for equal ones.
    fn content(&self, of: Of, row: u32) -> Vec<(&'b str, String)> {
        self.attributes(of, row).map(|(key, value)| (key, format!("{value:?}"))).collect()
    }

    pub(super) fn text(&self, id: StrId) -> &'b str {
        self.spans.dictionary.get(id)
    }

    pub(super) fn name(&self, row: u32) -> &'b str {
        self.text(self.spans.name[row as usize])
    }

    pub(super) fn service_id(&self, row: u32) -> StrId {
        service_of(self.spans, row)
    }

    /// Returns the service of a span; empty if it has none.
    pub(super) fn service(&self, row: u32) -> &'b str {
        self.text(self.service_id(row))
    }

    /// Returns the place of a span's service among all of them.
    pub(super) fn service_number(&self, row: u32) -> usize {
        self.service_numbers.get(&self.service_id(row)).copied().unwrap_or_default()
    }

    /// Tells whether the service of a span is another one than that of its parent, or there is no parent.
    pub(super) fn begins_service(&self, row: u32) -> bool {
        self.parent(row).is_none_or(|parent| self.service_id(parent) != self.service_id(row))
    }

    /// Returns the row of the span that a span hangs on.
    pub(super) fn parent(&self, row: u32) -> Option<u32> {
        Some(self.parent[row as usize]).filter(|parent| *parent != Tree::NO_PARENT)
    }

    /// Returns the stretches of the critical path that are a span's own, in order of time.
    pub(super) fn own_stretches(&self, row: u32) -> &[Stretch] {
        let first = self.stretches.partition_point(|stretch| stretch.row < row);
        let end = self.stretches.partition_point(|stretch| stretch.row <= row);
        &self.stretches[first..end]
    }

    pub(super) fn is_error(&self, row: u32) -> bool {
        self.spans.status[row as usize] == Status::Error
    }

    /// Returns how many spans have failed.
    pub(super) fn errors(&self) -> usize {
        self.trace.rows.clone().filter(|row| self.is_error(*row)).count()
    }

    /// Returns the status message of a span; empty if it has none.
    pub(super) fn message(&self, row: u32) -> &'b str {
        self.spans.status_message.get(row as usize).map_or("", |id| self.text(*id))
    }

    /// Returns the row of a span's resource, the same for equal ones.
    pub(super) fn resource(&self, row: u32) -> u32 {
        self.same_resource[self.spans.resource[row as usize] as usize]
    }

    /// Returns the row of a span's instrumentation scope, the same for equal ones, if scopes were read.
    pub(super) fn scope(&self, row: u32) -> Option<u32> {
        Some(self.same_scope[*self.spans.scope.get(row as usize)? as usize])
    }

    /// Returns what else a span holds.
    pub(super) fn extras(&self, row: u32) -> SpanExtras {
        self.spans.extras.get(row as usize).copied().unwrap_or_default()
    }

    /// Says what of a span the sender has left out, if anything.
    pub(super) fn dropped(&self, row: u32) -> Option<String> {
        let extras = self.extras(row);
        let counts = [
            (extras.dropped_attributes, "attribute"),
            (extras.dropped_events, "event"),
            (extras.dropped_links, "link"),
        ];
        let parts: Vec<String> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, thing)| counted(u64::from(*n), thing)).collect();
        (!parts.is_empty()).then(|| format!("the sender left out {}", parts.join(", ")))
    }

    /// Returns the rows of a span's events.
    pub(super) fn events(&self, row: u32) -> Range<u32> {
        owned_by(&self.spans.events.span, row)
    }

    /// Returns the rows of a span's links.
    pub(super) fn links(&self, row: u32) -> Range<u32> {
        owned_by(&self.spans.links.span, row)
    }

    /// Returns the attributes of a row of a table.
    pub(super) fn attributes(&self, of: Of, row: u32) -> impl Iterator<Item = (&'b str, Value)> {
        let table = match of {
            Of::Span => &self.of_spans,
            Of::Resource => &self.of_resources,
            Of::Scope => &self.of_scopes,
            Of::Event => &self.of_events,
            Of::Link => &self.of_links,
        };
        table.row(row).map(|(key, cell)| (key, self.value(cell)))
    }

    /// Says what cannot be seen from the lines alone.
    pub(super) fn remarks(&self) -> Vec<String> {
        let Waterfall { lines, skewed, .. } = &self.waterfall;
        let mut remarks = Vec::new();
        match lines.iter().filter(|line| matches!(line.item, Item::Missing(_))).count() {
            0 => {}
            1 => remarks.push("1 parent never arrived; what hangs on it stands at the end".to_owned()),
            n => remarks.push(format!("{n} parents never arrived; what hangs on them stands at the end")),
        }
        if lines.iter().any(|line| line.item == Item::Cycle) {
            remarks.push("some spans are their own ancestors; they stand at the end".to_owned());
        }
        match skewed {
            0 => {}
            1 => remarks.push("1 span starts before its parent, by clocks that differ; drawn from there on".to_owned()),
            n => remarks
                .push(format!("{n} spans start before their parents, by clocks that differ; drawn from there on")),
        }
        remarks
    }

    fn value(&self, cell: Cell) -> Value {
        match cell {
            Cell::Other(text) => Value::Unseen(AnyValue::parse(self.text(text)).unwrap_or_default()),
            cell => Value::Seen(Operand::from_cell(cell, self.spans).to_datum()),
        }
    }
}

impl Of {
    /// Returns the name of an attribute as a query writes it: `span.http.route`.
    pub(super) fn named(self, key: &str) -> String {
        let scope = match self {
            Of::Span => Scope::Span,
            Of::Resource => Scope::Resource,
            Of::Scope => Scope::Instrumentation,
            Of::Event => Scope::Event,
            Of::Link => Scope::Link,
        };
        Field::attribute(scope, key).to_string()
    }
}

/// Says what stands on a line that is no span.
pub(super) fn heading(item: Item) -> Option<String> {
    match item {
        Item::Span(_) => None,
        Item::Missing(id) => Some(format!("(span {id}, which never arrived)")),
        Item::InCycle(id) => Some(format!("(span {id}, which is its own ancestor)")),
        Item::Cycle => Some("(spans that are their own ancestors)".to_owned()),
    }
}

fn service_of(spans: &Spans, row: u32) -> StrId {
    spans.resources.service[spans.resource[row as usize] as usize]
}

/// Returns for each of several things the number of the first one that is equal.
fn first_equal<T: Eq + Hash>(things: impl Iterator<Item = T>) -> Vec<u32> {
    let mut first = HashMap::new();
    (0..).zip(things).map(|(row, thing)| *first.entry(thing).or_insert(row)).collect()
}

/// Finds the rows of events or links that belong to a span; `owners` never falls.
fn owned_by(owners: &[u32], row: u32) -> Range<u32> {
    let first = owners.partition_point(|owner| *owner < row);
    let end = owners.partition_point(|owner| *owner <= row);
    first as u32..end as u32
}
