//! Where the columns of a block lie: the leaves of vParquet3, 4 and 5, found by their paths.
//!
//! The three differ in names (lists with or without `list.element`), in how a dedicated attribute can be missing, and in
//! what vParquet3 keeps as encoded messages. What of this a file has tells the file itself.

use std::collections::HashMap;

use parquet::schema::types::ColumnDescriptor;
use traceql_grammar::vocab::{
    own_columns::{DedicatedType, of_layout},
    scopes::Scope,
};

use crate::{
    model::tempo_block::meta::Meta,
    source::parquet::file::{ParquetFault, ParquetFile},
};

mod stored;

/// The leaf columns of a block, by what they hold.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) trace_id: usize,
    pub(super) trace_start: usize,
    pub(super) trace_end: usize,
    pub(super) root_service: usize,
    pub(super) root_name: usize,
    /// Name, spans and errors of the services of a trace; vParquet3 has none.
    pub(super) services: Option<[usize; 3]>,
    /// `service.name` of resources.
    pub(super) service: usize,
    pub(super) scope_name: usize,
    pub(super) scope_version: usize,
    pub(super) span_id: usize,
    pub(super) parent_span_id: usize,
    pub(super) nested_parent: usize,
    pub(super) nested_left: usize,
    pub(super) nested_right: usize,
    /// vParquet5 only.
    pub(super) child_count: Option<usize>,
    pub(super) name: usize,
    pub(super) kind: usize,
    pub(super) start: usize,
    pub(super) duration: usize,
    pub(super) status: usize,
    pub(super) status_message: usize,
    pub(super) event_time: EventTime,
    pub(super) event_name: usize,
    pub(super) links: Links,
    /// The attributes of spans, resources, instrumentation scopes, events and links that have no column of their own.
    pub(super) attributes: HashMap<Scope, Attributes>,
    /// Attributes with columns of their own.
    pub(super) dedicated: Vec<Dedicated>,
    /// What only whole spans need.
    pub(super) extras: Extras,
}

/// When an event happened.
#[derive(Clone, Copy, Debug)]
pub(super) enum EventTime {
    /// Nanoseconds after its span's start.
    SinceStart(usize),
    /// Unix nanoseconds.
    Unix(usize),
}

/// Where links lie.
#[derive(Clone, Copy, Debug)]
pub(super) enum Links {
    /// Trace id and span id of each.
    Columns(usize, usize),
    /// All links of a span as one OTLP message.
    Encoded(usize),
}

/// Columns that few ask for; not every version has each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extras {
    pub(super) trace_state: Option<usize>,
    pub(super) dropped_attributes: Option<usize>,
    pub(super) dropped_events: Option<usize>,
    pub(super) dropped_links: Option<usize>,
    pub(super) event_dropped_attributes: Option<usize>,
    pub(super) link_trace_state: Option<usize>,
    pub(super) link_dropped_attributes: Option<usize>,
    pub(super) resource_dropped_attributes: Option<usize>,
    pub(super) scope_dropped_attributes: Option<usize>,
}

/// A list of attributes.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) key: usize,
    /// How values are kept.
    pub(super) values: AttributeValues,
    /// Which repetition levels begin another owner: those up to this one.
    pub(super) owner: u8,
}

/// The values of a list of attributes.
#[derive(Clone, Copy, Debug)]
pub(super) enum AttributeValues {
    /// Any number of values of one type for each attribute.
    Lists {
        /// Whether an attribute is an array although it may have one value only, or none.
        is_array: usize,
        text: usize,
        int: usize,
        float: usize,
        bool: usize,
        /// What no other column can hold, as JSON.
        other: usize,
    },
    /// One value of one type for each attribute.
    Single {
        text: usize,
        int: usize,
        float: usize,
        bool: usize,
        /// An array as JSON.
        array: usize,
        /// Key-value lists as JSON.
        key_values: usize,
    },
    /// The value as an OTLP message.
    Encoded(usize),
}

/// An attribute with a column of its own.
#[derive(Clone, Debug)]
pub(super) struct Dedicated {
    pub(super) scope: Scope,
    pub(super) key: String,
    pub(super) leaf: usize,
}

impl Layout {
    /// Finds the columns of a block.
    ///
    /// # Errors
    ///
    /// A column is missing that every version has: the file is no block, or one of a version that is not known.
    pub(super) fn of(file: &ParquetFile, meta: &Meta) -> Result<Layout, ParquetFault> {
        let leaves: HashMap<String, usize> = file.leaves().map(|(path, leaf)| (plain(path), leaf)).collect();
        let find = |path: &str| leaves.get(path).copied();
        let get = |path: &str| {
            find(path).ok_or_else(|| {
                ParquetFault::damaged(None, format!("it has no column {path}, so it is no block of a known version"))
            })
        };
        let mut attributes = HashMap::new();
        for (scope, owner) in OWNERS {
            if let Some(found) = attributes_of(&find, owner.path, owner.level)? {
                attributes.insert(scope, found);
            }
        }
        let services = match (
            find("ServiceStats.ServiceName").or(find("ServiceStats.key_value.key")),
            find("ServiceStats.SpanCount"),
            find("ServiceStats.ErrorCount"),
        ) {
            (Some(name), Some(spans), Some(errors)) => Some([name, spans, errors]),
            _ => None,
        };
        let span = |name: &str| format!("{SPANS}.{name}");
        let layout = Layout {
            trace_id: get("TraceID")?,
            trace_start: get("StartTimeUnixNano")?,
            trace_end: get("EndTimeUnixNano")?,
            root_service: get("RootServiceName")?,
            root_name: get("RootSpanName")?,
            services,
            service: get("rs.Resource.ServiceName")?,
            scope_name: get("rs.ss.Scope.Name")?,
            scope_version: get("rs.ss.Scope.Version")?,
            span_id: get(&span("SpanID"))?,
            parent_span_id: get(&span("ParentSpanID"))?,
            nested_parent: get(&span("ParentID"))?,
            nested_left: get(&span("NestedSetLeft"))?,
            nested_right: get(&span("NestedSetRight"))?,
            child_count: find(&span("ChildCount")),
            name: get(&span("Name"))?,
            kind: get(&span("Kind"))?,
            start: get(&span("StartTimeUnixNano"))?,
            duration: get(&span("DurationNano"))?,
            status: get(&span("StatusCode"))?,
            status_message: get(&span("StatusMessage"))?,
            event_time: match find(&span("Events.TimeSinceStartNano")) {
                Some(leaf) => EventTime::SinceStart(leaf),
                None => EventTime::Unix(get(&span("Events.TimeUnixNano"))?),
            },
            event_name: get(&span("Events.Name"))?,
            links: match find(&span("Links")) {
                Some(leaf) => Links::Encoded(leaf),
                None => Links::Columns(get(&span("Links.TraceID"))?, get(&span("Links.SpanID"))?),
            },
            attributes,
            dedicated: dedicated(&find, meta),
            extras: Extras {
                trace_state: find(&span("TraceState")),
                dropped_attributes: find(&span("DroppedAttributesCount")),
                dropped_events: find(&span("DroppedEventsCount")),
                dropped_links: find(&span("DroppedLinksCount")),
                event_dropped_attributes: find(&span("Events.DroppedAttributesCount")),
                link_trace_state: find(&span("Links.TraceState")),
                link_dropped_attributes: find(&span("Links.DroppedAttributesCount")),
                resource_dropped_attributes: find("rs.Resource.DroppedAttributesCount"),
                scope_dropped_attributes: find("rs.ss.Scope.DroppedAttributesCount"),
            },
        };
        stored::check(file, &layout)?;
        Ok(layout)
    }

    /// Returns the columns of their own that an attribute has.
    pub(super) fn dedicated(&self, scope: Scope, key: &str) -> impl Iterator<Item = &Dedicated> {
        self.dedicated.iter().filter(move |dedicated| dedicated.scope == scope && dedicated.key == key)
    }
}

const SPANS: &str = "rs.ss.Spans";

/// How often columns of spans are repeated: by resources, scopes and spans.
const SPAN_REPETITION: i16 = 3;

/// Returns a path without what lists are wrapped in: they may stand as they are, or in two groups.
fn plain(path: &str) -> String {
    path.replace(".list.element", "").replace(".key_value.value", "")
}

/// Tells whether a column has one entry for each span: it is a span's, and no list of the span repeats it.
pub(super) fn is_of_spans(column: &ColumnDescriptor) -> bool {
    column.max_rep_level() == SPAN_REPETITION && plain(&column.path().string()).starts_with(SPANS)
}

/// Something that has attributes.
struct Owner {
    path: &'static str,
    /// The repetition level of the list that it is an element of.
    level: u8,
}

const OWNERS: [(Scope, Owner); 5] = [
    (Scope::Resource, Owner { path: "rs.Resource", level: 1 }),
    (Scope::Instrumentation, Owner { path: "rs.ss.Scope", level: 2 }),
    (Scope::Span, Owner { path: "rs.ss.Spans", level: 3 }),
    (Scope::Event, Owner { path: "rs.ss.Spans.Events", level: 4 }),
    (Scope::Link, Owner { path: "rs.ss.Spans.Links", level: 4 }),
];

/// Finds the list of attributes of an owner; `None` if a version has none there.
fn attributes_of(
    find: &impl Fn(&str) -> Option<usize>,
    path: &str,
    owner: u8,
) -> Result<Option<Attributes>, ParquetFault> {
    let leaf = |name: &str| find(&format!("{path}.Attrs.{name}"));
    let Some(key) = leaf("Key") else { return Ok(None) };
    let get = |name: &str| {
        leaf(name).ok_or_else(|| ParquetFault::damaged(None, format!("the attributes of {path} have no column {name}")))
    };
    let values = match (leaf("IsArray"), leaf("ValueInt")) {
        (Some(is_array), _) => AttributeValues::Lists {
            is_array,
            text: get("Value")?,
            int: get("ValueInt")?,
            float: get("ValueDouble")?,
            bool: get("ValueBool")?,
            other: get("ValueUnsupported")?,
        },
        (None, Some(int)) => AttributeValues::Single {
            text: get("Value")?,
            int,
            float: get("ValueDouble")?,
            bool: get("ValueBool")?,
            array: get("ValueArray")?,
            key_values: get("ValueKVList")?,
        },
        (None, None) => AttributeValues::Encoded(get("Value")?),
    };
    Ok(Some(Attributes { key, values, owner }))
}

/// Finds the attributes with columns of their own. Those that the block names are numbered for each scope and type.
fn dedicated(find: &impl Fn(&str) -> Option<usize>, meta: &Meta) -> Vec<Dedicated> {
    let owner = |scope: Scope| OWNERS.iter().find(|(other, _)| *other == scope).map(|(_, owner)| owner.path);
    let mut columns = Vec::new();
    for (own, name) in of_layout() {
        let leaf = owner(own.scope).and_then(|owner| find(&format!("{owner}.{name}")));
        columns.extend(leaf.map(|leaf| Dedicated { scope: own.scope, key: own.key.to_owned(), leaf }));
    }
    let mut numbers: HashMap<(Scope, DedicatedType), u32> = HashMap::new();
    for column in &meta.dedicated {
        let number = numbers.entry((column.scope, column.holds)).or_default();
        *number += 1;
        let kind = match column.holds {
            DedicatedType::String => "String",
            DedicatedType::Int => "Int",
        };
        let leaf =
            owner(column.scope).and_then(|owner| find(&format!("{owner}.DedicatedAttributes.{kind}{number:02}")));
        columns.extend(leaf.map(|leaf| Dedicated { scope: column.scope, key: column.name.clone(), leaf }));
    }
    columns
}
