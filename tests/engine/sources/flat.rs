//! Spans taken out of their columns, so that they can be compared and printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use traceql::model::{
    attributes::{Array, AttributeColumn, Cell},
    batch::{Fragment, Spans},
    dictionary::StrId,
    extras::OriginExtras,
};

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Str(String),
    Int(i64),
    /// The bits, so that NaN equals itself.
    Float(u64),
    Bool(bool),
    List(Vec<Value>),
    /// A text that stands for a value which TraceQL cannot see.
    Other(String),
}

pub(crate) type Attributes = BTreeMap<String, Value>;

/// A span and everything that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) trace: u128,
    pub(crate) id: u64,
    pub(crate) parent: u64,
    pub(crate) start: u64,
    pub(crate) duration: u64,
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) status_message: String,
    pub(crate) name: String,
    pub(crate) service: String,
    pub(crate) attributes: Attributes,
    pub(crate) resource: Attributes,
    /// Name, version, attributes.
    pub(crate) scope: (String, String, Attributes),
    /// Name, time, attributes.
    pub(crate) events: Vec<(String, u64, Attributes)>,
    /// Trace, span, attributes.
    pub(crate) links: Vec<(u128, u64, Attributes)>,
    /// What is there only if everything was asked for.
    pub(crate) extras: Option<Extras>,
}

/// What no query asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Extras {
    pub(crate) trace_state: String,
    pub(crate) flags: u32,
    /// Attributes, events, links.
    pub(crate) dropped: [u32; 3],
    /// Dropped attributes and schema address.
    pub(crate) resource: (u32, String),
    pub(crate) scope: (u32, String),
    /// Dropped attributes of each.
    pub(crate) events: Vec<u32>,
    /// Trace state, flags, dropped attributes of each.
    pub(crate) links: Vec<(String, u32, u32)>,
}

/// Prints what a test is usually about.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { trace, id, parent, name, service, kind, status, start, duration, .. } = self;
        write!(f, "{trace:x}/{id:x}<{parent:x} {service}:{name} {kind} {status} {start}+{duration}")?;
        self.attributes.iter().try_for_each(|(key, value)| write!(f, " {key}={value}"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Str(text) => write!(f, "{text:?}"),
            Value::Int(number) => write!(f, "{number}"),
            Value::Float(bits) => write!(f, "{:?}", f64::from_bits(*bits)),
            Value::Bool(truth) => write!(f, "{truth}"),
            Value::Other(text) => f.write_str(text),
            Value::List(values) => f.debug_list().entries(values.iter().map(ToString::to_string)).finish(),
        }
    }
}

/// Takes the spans of fragments out of their columns; everything must have been asked for.
pub(crate) fn flatten(fragments: &[Fragment]) -> Vec<Span> {
    fragments.iter().flat_map(|fragment| (0..fragment.trace.len()).map(|row| span(fragment, row))).collect()
}

fn span(fragment: &Fragment, row: usize) -> Span {
    let spans = &fragment.spans;
    let text = |id| spans.dictionary.get(id).to_owned();
    let (resource, scope) = (spans.resource[row], spans.scope[row]);
    let of = |tables: &[u32]| (0..tables.len()).filter(|at| tables[*at] as usize == row).collect::<Vec<_>>();
    let event = |at: usize| {
        let events = &spans.events;
        (text(events.name[at]), events.time[at], attributes(spans, &events.attributes, at as u32))
    };
    let link = |at: usize| {
        let links = &spans.links;
        (links.trace_id[at].0, links.span_id[at].0, attributes(spans, &links.attributes, at as u32))
    };
    Span {
        trace: fragment.trace[row].0,
        id: spans.id[row].0,
        parent: spans.parent_id[row].0,
        start: spans.start[row],
        duration: spans.duration[row],
        kind: spans.kind[row].word(),
        status: spans.status[row].word(),
        status_message: text(spans.status_message[row]),
        name: text(spans.name[row]),
        service: text(spans.resources.service[resource as usize]),
        attributes: attributes(spans, &spans.attributes, row as u32),
        resource: attributes(spans, &spans.resources.attributes, resource),
        scope: (
            text(spans.scopes.name[scope as usize]),
            text(spans.scopes.version[scope as usize]),
            attributes(spans, &spans.scopes.attributes, scope),
        ),
        events: of(&spans.events.span).into_iter().map(event).collect(),
        links: of(&spans.links.span).into_iter().map(link).collect(),
        extras: spans.extras.get(row).map(|extras| {
            let link = |at: usize| {
                let extras = spans.links.extras[at];
                (text(extras.trace_state), extras.flags, extras.dropped_attributes)
            };
            let origin = |extras: &OriginExtras| (extras.dropped_attributes, text(extras.schema_url));
            let events = of(&spans.events.span).into_iter();
            Extras {
                trace_state: text(extras.trace_state),
                flags: extras.flags,
                dropped: [extras.dropped_attributes, extras.dropped_events, extras.dropped_links],
                resource: origin(&spans.resources.extras[resource as usize]),
                scope: origin(&spans.scopes.extras[scope as usize]),
                events: events.map(|at| spans.events.extras[at].dropped_attributes).collect(),
                links: of(&spans.links.span).into_iter().map(link).collect(),
            }
        }),
    }
}

/// Returns the attributes of a row, but for those of which only is known that they are there.
fn attributes(spans: &Spans, columns: &[AttributeColumn], row: u32) -> Attributes {
    let known = |column: &AttributeColumn| column.get(row).filter(|cell| *cell != Cell::Other(StrId::EMPTY));
    columns.iter().filter_map(|column| Some((column.key.to_string(), value(spans, known(column)?)))).collect()
}

fn value(spans: &Spans, cell: Cell) -> Value {
    let text = |id| Value::Str(spans.dictionary.get(id).to_owned());
    match cell {
        Cell::Str(id) => text(id),
        Cell::Int(number) => Value::Int(number),
        Cell::Float(number) => Value::Float(number.to_bits()),
        Cell::Bool(truth) => Value::Bool(truth),
        Cell::Other(id) => Value::Other(spans.dictionary.get(id).to_owned()),
        Cell::Array(at) => Value::List(match &spans.arrays[at as usize] {
            Array::Str(values) => values.iter().map(|id| text(*id)).collect(),
            Array::Int(values) => values.iter().map(|number| Value::Int(*number)).collect(),
            Array::Float(values) => values.iter().map(|number| Value::Float(number.to_bits())).collect(),
            Array::Bool(values) => values.iter().map(|truth| Value::Bool(*truth)).collect(),
        }),
    }
}

/// Asserts what every fragment promises: columns of equal length, rows that rise and exist, arrays of two and more.
pub(crate) fn assert_sound(fragment: &Fragment) {
    let spans = &fragment.spans;
    let rows = fragment.trace.len();
    let lengths = [
        spans.id.len(),
        spans.parent_id.len(),
        spans.start.len(),
        spans.duration.len(),
        spans.kind.len(),
        spans.status.len(),
        spans.name.len(),
        spans.resource.len(),
    ];
    assert_eq!(lengths, [rows; 8]);
    assert!([0, rows].contains(&spans.status_message.len()));
    assert!([0, rows].contains(&spans.scope.len()));
    let (resources, scopes) = (spans.resources.service.len(), spans.scopes.name.len());
    assert_eq!(spans.scopes.version.len(), scopes);
    assert!(spans.resource.iter().all(|row| (*row as usize) < resources));
    assert!(spans.scope.iter().all(|row| (*row as usize) < scopes));
    let (events, links) = (&spans.events, &spans.links);
    assert_eq!([events.name.len(), events.time.len()], [events.span.len(); 2]);
    assert_eq!([links.trace_id.len(), links.span_id.len()], [links.span.len(); 2]);
    for of_spans in [&events.span, &links.span] {
        assert!(of_spans.is_sorted() && of_spans.last().is_none_or(|row| (*row as usize) < rows));
    }
    let has_extras = !spans.resources.extras.is_empty();
    let extras = [
        (spans.extras.len(), rows),
        (spans.resources.extras.len(), resources),
        (spans.scopes.extras.len(), scopes),
        (events.extras.len(), events.span.len()),
        (links.extras.len(), links.span.len()),
    ];
    assert!(extras.iter().all(|(length, rows)| *length == if has_extras { *rows } else { 0 }));
    let tables = [
        (&spans.attributes, rows),
        (&spans.resources.attributes, resources),
        (&spans.scopes.attributes, scopes),
        (&events.attributes, events.span.len()),
        (&links.attributes, links.span.len()),
    ];
    for (columns, rows) in tables {
        let keys: BTreeSet<&str> = columns.iter().map(|column| &*column.key).collect();
        assert_eq!(keys.len(), columns.len(), "each key has one column");
        for column in columns {
            assert_eq!(column.rows.len(), column.cells.len());
            assert!(column.rows.windows(2).all(|pair| pair[0] < pair[1]), "rows of {} rise", column.key);
            assert!(column.rows.last().is_none_or(|row| (*row as usize) < rows), "rows of {} exist", column.key);
            for cell in &column.cells {
                let is_bare = |id: &StrId| has_extras || *id == StrId::EMPTY;
                assert!(
                    !matches!(cell, Cell::Other(id) if !is_bare(id)),
                    "only everything has the texts of such values"
                );
                if let Cell::Array(at) = cell {
                    let length = match &spans.arrays[*at as usize] {
                        Array::Str(values) => values.len(),
                        Array::Int(values) => values.len(),
                        Array::Float(values) => values.len(),
                        Array::Bool(values) => values.len(),
                    };
                    assert!(length > usize::from(!has_extras));
                }
            }
        }
    }
}

/// Asserts that no column of spans, resources and scopes is there without a value: those were made for a value.
pub(crate) fn assert_no_empty_columns(fragment: &Fragment) {
    let Spans { attributes, resources, scopes, .. } = &fragment.spans;
    for column in attributes.iter().chain(&resources.attributes).chain(&scopes.attributes) {
        assert!(!column.rows.is_empty(), "{} has no value", column.key);
    }
}
