//! The fields of a plan, bound to the columns of one table of spans.

use std::{ops::Range, sync::OnceLock};

use hashbrown::HashMap;
use traceql_grammar::{
    query::{Field, FieldKey},
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

use crate::{
    model::{
        attributes::AttributeColumn,
        batch::{Batch, Fragment, SERVICE_NAME, Spans, Tree},
        dictionary::StrId,
        ids::TraceId,
        operand::Operand,
    },
    plan::{FieldId, Plan},
};

/// Spans as a plan sees them.
pub(super) struct View<'a> {
    pub(super) spans: &'a Spans,
    origin: Origin<'a>,
    fields: Vec<Bound<'a>>,
    namesakes: &'a HashMap<FieldId, Vec<FieldId>>,
}

/// Where the spans stand.
enum Origin<'a> {
    /// Loose: only the trace id of each is known.
    Fragment(&'a [TraceId]),
    /// In whole traces; with the trace of each row once somebody asks.
    Batch(&'a Batch, OnceLock<Vec<u32>>),
}

/// A field and where its values lie.
pub(super) struct Bound<'a> {
    pub(super) of_parent: bool,
    pub(super) source: Source<'a>,
}

/// Where the values of a field lie.
pub(super) enum Source<'a> {
    Intrinsic(Intrinsic),
    /// Whether there is a parent.
    Parent,
    Span(Option<&'a AttributeColumn>),
    Resource(Resource<'a>),
    /// The span's own attribute, or else the resource's.
    Any(Option<&'a AttributeColumn>, Resource<'a>),
    Scope(Option<&'a AttributeColumn>),
    Event(Option<&'a AttributeColumn>),
    Link(Option<&'a AttributeColumn>),
}

/// Where the values of a resource attribute lie.
#[derive(Clone, Copy)]
pub(super) enum Resource<'a> {
    /// `service.name`, which every resource has.
    Service,
    Column(Option<&'a AttributeColumn>),
}

/// A place that expressions are computed for: a span, and one of its events and links if they are told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) row: u32,
    pub(super) event: Option<u32>,
    pub(super) link: Option<u32>,
}

impl At {
    /// Makes the place of a span.
    pub(super) fn row(row: u32) -> At {
        At { row, event: None, link: None }
    }
}

impl<'a> View<'a> {
    /// Looks at loose spans.
    pub(super) fn of_fragment(plan: &'a Plan, fragment: &'a Fragment) -> View<'a> {
        View::new(plan, &fragment.spans, Origin::Fragment(&fragment.trace))
    }

    /// Looks at whole traces.
    pub(super) fn of_batch(plan: &'a Plan, batch: &'a Batch) -> View<'a> {
        View::new(plan, &batch.spans, Origin::Batch(batch, OnceLock::new()))
    }

    fn new(plan: &'a Plan, spans: &'a Spans, origin: Origin<'a>) -> View<'a> {
        let fields = plan.fields.iter().map(|field| bind(field, spans)).collect();
        View { spans, origin, fields, namesakes: &plan.namesakes }
    }

    /// Returns where a field's values lie.
    pub(super) fn bound(&self, field: FieldId) -> &Bound<'a> {
        &self.fields[field.0 as usize]
    }

    /// Tells whether a field that a span lacks may be found under the same name elsewhere.
    pub(super) fn has_namesakes(&self, field: FieldId) -> bool {
        self.namesakes.contains_key(&field)
    }

    /// Returns the batch, if whole traces are looked at.
    pub(super) fn batch(&self) -> Option<&'a Batch> {
        match self.origin {
            Origin::Batch(batch, _) => Some(batch),
            Origin::Fragment(_) => None,
        }
    }

    /// Reads a field.
    ///
    /// Where no event or link is chosen, a field of events or links has the first value that one of them has.
    pub(super) fn value(&self, field: FieldId, at: At) -> Operand<'a> {
        let bound = self.bound(field);
        if !bound.of_parent {
            return self.source_value(&bound.source, at);
        }
        match self.parent(at.row) {
            Some(parent) => self.source_value(&bound.source, At::row(parent)),
            None => Operand::Absent,
        }
    }

    /// Reads a field; an unscoped attribute that neither span nor resource has is the event's, the link's, the library's or
    /// the intrinsic of that name, if the query reads that too.
    pub(super) fn value_or_namesake(&self, field: FieldId, at: At) -> Operand<'a> {
        self.value(field, at).or_else(|| {
            let mut namesakes = self.namesakes.get(&field).into_iter().flatten().map(|other| self.value(*other, at));
            namesakes.find(|value| !value.is_absent()).unwrap_or(Operand::Absent)
        })
    }

    fn source_value(&self, source: &Source<'a>, at: At) -> Operand<'a> {
        let row = at.row as usize;
        match source {
            Source::Intrinsic(intrinsic) => self.intrinsic(*intrinsic, at),
            Source::Parent => match self.parent(at.row) {
                Some(_) => Operand::Bool(true),
                None => Operand::Absent,
            },
            Source::Span(column) => self.cell(*column, at.row),
            Source::Resource(resource) => self.resource(*resource, self.spans.resource[row]),
            Source::Any(column, resource) => {
                self.cell(*column, at.row).or_else(|| self.resource(*resource, self.spans.resource[row]))
            }
            Source::Scope(column) => match self.spans.scope.get(row) {
                Some(scope) => self.cell(*column, *scope),
                None => Operand::Absent,
            },
            Source::Event(column) => match at.event {
                Some(event) => self.cell(*column, event),
                None => first(self.events(at.row), |event| self.cell(*column, event)),
            },
            Source::Link(column) => match at.link {
                Some(link) => self.cell(*column, link),
                None => first(self.links(at.row), |link| self.cell(*column, link)),
            },
        }
    }

    /// Reads an attribute of a row of any table.
    pub(super) fn cell(&self, column: Option<&'a AttributeColumn>, row: u32) -> Operand<'a> {
        match column.and_then(|column| column.get(row)) {
            Some(cell) => Operand::from_cell(cell, self.spans),
            None => Operand::Absent,
        }
    }

    /// Reads an attribute of a row of the resources.
    pub(super) fn resource(&self, resource: Resource<'a>, row: u32) -> Operand<'a> {
        match resource {
            Resource::Service => self.text(self.spans.resources.service[row as usize]),
            Resource::Column(column) => self.cell(column, row),
        }
    }

    /// Returns the text that an id stands for.
    pub(super) fn text(&self, id: StrId) -> Operand<'a> {
        Operand::Str(self.spans.dictionary.get(id))
    }

    /// Returns the row of the parent, if it arrived.
    pub(super) fn parent(&self, row: u32) -> Option<u32> {
        let parent = self.batch()?.tree.parent[row as usize];
        (parent != Tree::NO_PARENT).then_some(parent)
    }

    /// Returns the events of a span.
    pub(super) fn events(&self, row: u32) -> Range<u32> {
        rows_of(&self.spans.events.span, row)
    }

    /// Returns the links of a span.
    pub(super) fn links(&self, row: u32) -> Range<u32> {
        rows_of(&self.spans.links.span, row)
    }

    /// Returns the trace that a row belongs to.
    pub(super) fn trace_id(&self, row: u32) -> TraceId {
        match &self.origin {
            Origin::Fragment(ids) => ids[row as usize],
            Origin::Batch(batch, _) => {
                self.trace_of(row).map(|trace| batch.traces[trace as usize].id).unwrap_or_default()
            }
        }
    }

    /// Returns the trace of a row, if whole traces are looked at.
    pub(super) fn trace_of(&self, row: u32) -> Option<u32> {
        let Origin::Batch(batch, traces) = &self.origin else { return None };
        let of_rows = || {
            let traces = (0u32..).zip(&batch.traces);
            traces.flat_map(|(at, trace)| std::iter::repeat_n(at, trace.rows.len())).collect()
        };
        traces.get_or_init(of_rows).get(row as usize).copied()
    }
}

pub(super) fn first<'a>(mut rows: Range<u32>, value: impl FnMut(u32) -> Operand<'a>) -> Operand<'a> {
    let mut unheld = Operand::Absent;
    let mut values = rows.by_ref().map(value).inspect(|value| {
        if matches!(value, Operand::Unheld) {
            unheld = Operand::Unheld;
        }
    });
    let held = values.find(|value| !value.is_absent());
    drop(values);
    held.unwrap_or(unheld)
}

/// Returns the rows of a child table that belong to a span.
fn rows_of(owners: &[u32], span: u32) -> Range<u32> {
    let start = owners.partition_point(|owner| *owner < span);
    let end = start + owners[start..].iter().take_while(|owner| **owner == span).count();
    start as u32..end as u32
}

fn bind<'a>(field: &Field, spans: &'a Spans) -> Bound<'a> {
    let source = match &field.key {
        FieldKey::Intrinsic(intrinsic) => Source::Intrinsic(*intrinsic),
        FieldKey::Parent => Source::Parent,
        FieldKey::Attribute(scope, name) => {
            let resource = || match name.as_str() {
                SERVICE_NAME => Resource::Service,
                name => Resource::Column(find(&spans.resources.attributes, name)),
            };
            match scope {
                Scope::Any => Source::Any(find(&spans.attributes, name), resource()),
                Scope::Span => Source::Span(find(&spans.attributes, name)),
                Scope::Resource => Source::Resource(resource()),
                Scope::Event => Source::Event(find(&spans.events.attributes, name)),
                Scope::Link => Source::Link(find(&spans.links.attributes, name)),
                Scope::Instrumentation => Source::Scope(find(&spans.scopes.attributes, name)),
            }
        }
    };
    Bound { of_parent: field.of_parent, source }
}

fn find<'a>(columns: &'a [AttributeColumn], key: &str) -> Option<&'a AttributeColumn> {
    columns.iter().find(|column| *column.key == *key)
}
