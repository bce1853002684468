//! Spans as columns.
//!
//! A [`Fragment`] is what a reader makes of a piece of input: spans in the order in which they came, any part of any
//! trace. A [`Batch`] holds whole traces, each trace's spans together and in nested-set order.

use std::ops::Range;

use traceql_grammar::value::{Kind, Status};

use super::{
    attributes::{Array, AttributeColumn},
    dictionary::{Dictionary, StrId},
    extras::{EventExtras, LinkExtras, OriginExtras, SpanExtras},
    ids::{SpanId, TraceId},
};

/// The columns of spans, and the tables that they refer to. All columns of a table are equally long, except that columns
/// which were not asked for are empty.
#[derive(Clone, Default)]
pub struct Spans {
    /// The texts that [`StrId`]s stand for.
    pub dictionary: Dictionary,
    /// The arrays that [`super::attributes::Cell::Array`]s stand for.
    pub arrays: Vec<Array>,
    /// Span ids.
    pub id: Vec<SpanId>,
    /// Ids of the parents; [`SpanId::NONE`] for roots.
    pub parent_id: Vec<SpanId>,
    /// Start in Unix nanoseconds.
    pub start: Vec<u64>,
    /// Nanoseconds from start to end; 0 where the end lies before the start.
    pub duration: Vec<u64>,
    /// Kinds.
    pub kind: Vec<Kind>,
    /// Statuses.
    pub status: Vec<Status>,
    /// Names.
    pub name: Vec<StrId>,
    /// Status messages; empty if not asked for.
    pub status_message: Vec<StrId>,
    /// Rows of `resources`.
    pub resource: Vec<u32>,
    /// Rows of `scopes`; empty if not asked for.
    pub scope: Vec<u32>,
    /// Attributes of the spans themselves.
    pub attributes: Vec<AttributeColumn>,
    /// What else the spans hold; empty if not everything was asked for.
    pub extras: Vec<SpanExtras>,
    /// What sent the spans.
    pub resources: Resources,
    /// The libraries that made the spans.
    pub scopes: Scopes,
    /// Events, grouped by span, spans rising.
    pub events: Events,
    /// Links, grouped by span, spans rising.
    pub links: Links,
}

/// The attribute that names what sent a span.
pub const SERVICE_NAME: &str = traceql_grammar::vocab::own_columns::SERVICE_NAME;

/// What sent spans: usually a process.
#[derive(Clone, Default)]
pub struct Resources {
    /// `service.name` where it is text, else the empty string.
    pub service: Vec<StrId>,
    /// Attributes by row of this table.
    pub attributes: Vec<AttributeColumn>,
    /// What else the resources hold; empty if not everything was asked for.
    pub extras: Vec<OriginExtras>,
}

/// Libraries that made spans.
#[derive(Clone, Default)]
pub struct Scopes {
    /// Names.
    pub name: Vec<StrId>,
    /// Versions.
    pub version: Vec<StrId>,
    /// Attributes by row of this table.
    pub attributes: Vec<AttributeColumn>,
    /// What else the scopes hold; empty if not everything was asked for.
    pub extras: Vec<OriginExtras>,
}

/// Things that happened during spans.
#[derive(Clone, Default)]
pub struct Events {
    /// The row of the span that each event belongs to, never falling.
    pub span: Vec<u32>,
    /// Names.
    pub name: Vec<StrId>,
    /// Unix nanoseconds.
    pub time: Vec<u64>,
    /// Attributes by row of this table.
    pub attributes: Vec<AttributeColumn>,
    /// What else the events hold; empty if not everything was asked for.
    pub extras: Vec<EventExtras>,
}

/// References from spans to other spans.
#[derive(Clone, Default)]
pub struct Links {
    /// The row of the span that each link belongs to, never falling.
    pub span: Vec<u32>,
    /// The trace referred to.
    pub trace_id: Vec<TraceId>,
    /// The span referred to.
    pub span_id: Vec<SpanId>,
    /// Attributes by row of this table.
    pub attributes: Vec<AttributeColumn>,
    /// What else the links hold; empty if not everything was asked for.
    pub extras: Vec<LinkExtras>,
}

/// Spans as they came, any part of any trace.
#[derive(Clone, Default)]
pub struct Fragment {
    /// The columns.
    pub spans: Spans,
    /// The trace of each span.
    pub trace: Vec<TraceId>,
    /// Where the piece stood in the input: fragments sorted by it stand as they were read, however many threads read them.
    pub order: u64,
}

/// Whole traces.
#[derive(Clone, Default)]
pub struct Batch {
    /// The columns: trace after trace; in each trace the trees below its roots in nested-set order (each span directly
    /// followed by all that is below it), then likewise what hangs on spans whose parent never arrived, then cycles.
    pub spans: Spans,
    /// The traces, in order of their ids.
    pub traces: Vec<Trace>,
    /// How the spans of each trace hang together.
    pub tree: Tree,
    /// What is known of each trace beyond its spans that are here; empty if all spans of all traces are here, or if nobody
    /// asked.
    pub facts: Vec<Facts>,
    /// The services of each trace, in the order of the traces.
    pub service_counts: Vec<ServiceCount>,
}

/// What a source tells of a trace as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The service and the name of the root, if there is one and somebody asked.
    pub root: Option<(StrId, StrId)>,
    /// Where its services lie in [`Batch::service_counts`].
    pub services: Range<u32>,
}

/// How many spans of a trace a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceCount {
    /// The name.
    pub service: StrId,
    /// All spans.
    pub spans: u32,
    /// Those that failed.
    pub errors: u32,
}

/// What is known of a trace as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The id.
    pub id: TraceId,
    /// The rows of its spans.
    pub rows: Range<u32>,
    /// The first start, in Unix nanoseconds.
    pub start: u64,
    /// The last end, in Unix nanoseconds.
    pub end: u64,
    /// The row of its root: of the spans without a parent the one that starts last (ties: the larger span id).
    pub root: Option<u32>,
}

/// How spans hang together, by row.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The row of the parent, [`Tree::NO_PARENT`] for roots, for spans whose parent never arrived, and for spans in or on
    /// a cycle.
    pub parent: Vec<u32>,
    /// Nested-set numbers as Tempo gives them: 0 for what hangs on no root.
    pub left: Vec<i32>,
    /// See `left`.
    pub right: Vec<i32>,
    /// The parent's `left`; -1 for roots, 0 for what hangs on no root.
    pub nested_parent: Vec<i32>,
    /// How many spans of the trace name this one as their parent.
    pub child_count: Vec<u32>,
    /// True for spans in a cycle of parents: they have no relations.
    pub in_cycle: Vec<bool>,
    /// The row after the last span below this one: everything from the next row up to here is below it.
    pub end: Vec<u32>,
}

impl Tree {
    /// Stands in `parent` where there is none.
    pub const NO_PARENT: u32 = u32::MAX;
}

impl Spans {
    /// Returns how many spans there are.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Tells whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// Returns the end of a span in Unix nanoseconds.
    pub fn end(&self, row: usize) -> u64 {
        self.start[row].saturating_add(self.duration[row])
    }
}
