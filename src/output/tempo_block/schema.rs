//! The columns of `vParquet4`: their names, types and nesting, how each is stored, and what it is filled with.
//!
//! Names, types, encodings and compression are those of blocks that Tempo wrote; a test holds them against such a block.

use std::sync::Arc;

use parquet::{
    basic::{LogicalType, Repetition, Type as Physical},
    data_type::ByteArray,
    errors::Result,
    schema::types::{Type, TypePtr},
};
use traceql_grammar::vocab::own_columns::{DedicatedType, of_layout};

use crate::model::{
    gather::Place,
    ids::SpanId,
    otlp_enums::{kind_number, status_number},
    tempo_block::layout,
};

use super::{
    group::{Group, List},
    table::{Own, Owner, slot_name},
};

/// A node of the schema.
pub(super) enum Node {
    /// A column.
    Leaf(Leaf),
    /// A required group.
    Group(&'static str, Vec<Node>),
    /// A list of groups.
    List(&'static str, Vec<Node>),
    /// A list of values.
    Values(&'static str, Leaf),
    /// A map: its key, and what its values hold.
    Map(&'static str, Leaf, Vec<Node>),
}

/// A column.
pub(super) struct Leaf {
    name: String,
    holds: Holds,
    /// How it is stored.
    pub(super) storage: Storage,
    /// What it is filled with.
    pub(super) read: Read,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Bytes,
    Text,
    Unsigned32,
    Signed32,
    Unsigned64,
    Signed64,
    Double,
    Bool,
}

/// How a column is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) encoding: Encoding,
    /// Whether its pages are compressed with Snappy.
    pub(super) snappy: bool,
}

/// How values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// One behind the other.
    Plain,
    /// Distinct values once.
    Dictionary,
    /// Differences of numbers, or of the lengths of texts.
    Delta,
}

const PLAIN: Storage = Storage { encoding: Encoding::Plain, snappy: true };
const DICTIONARY: Storage = Storage { encoding: Encoding::Dictionary, snappy: true };
const RAW_DICTIONARY: Storage = Storage { encoding: Encoding::Dictionary, snappy: false };
const DELTA: Storage = Storage { encoding: Encoding::Delta, snappy: true };
const RAW_DELTA: Storage = Storage { encoding: Encoding::Delta, snappy: false };

/// What a column is filled with.
#[derive(Clone)]
pub(super) enum Read {
    /// Text or bytes of each item of a list.
    Bytes(List, fn(&Group<'_, '_>, Place) -> ByteArray),
    /// A number of each item of a list.
    Int32(List, fn(&Group<'_, '_>, Place) -> i32),
    /// A number of each item of a list.
    Int64(List, fn(&Group<'_, '_>, Place) -> i64),
    /// A part of each attribute without a column of its own.
    Attribute(Owner, Part),
    /// An attribute's own column.
    Own(Own),
    /// Nothing: a column for which there is no attribute.
    Nothing(List),
}

/// What is stored of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Key,
    IsArray,
    Texts,
    Ints,
    Doubles,
    Bools,
    Unsupported,
}

fn leaf(name: impl Into<String>, holds: Holds, storage: Storage, read: Read) -> Leaf {
    Leaf { name: name.into(), holds, storage, read }
}

type ReadOf<T> = fn(&Group<'_, '_>, Place) -> T;

fn id(name: &'static str, list: List, read: ReadOf<ByteArray>) -> Node {
    Node::Leaf(leaf(name, Holds::Bytes, RAW_DELTA, Read::Bytes(list, read)))
}

fn text(name: &'static str, storage: Storage, list: List, read: ReadOf<ByteArray>) -> Node {
    Node::Leaf(leaf(name, Holds::Text, storage, Read::Bytes(list, read)))
}

/// A time or a duration in nanoseconds.
fn nanos(name: &'static str, list: List, read: ReadOf<i64>) -> Node {
    Node::Leaf(leaf(name, Holds::Unsigned64, RAW_DELTA, Read::Int64(list, read)))
}

/// A number that stands for a word.
fn word(name: &'static str, list: List, read: ReadOf<i64>) -> Node {
    Node::Leaf(leaf(name, Holds::Signed64, RAW_DELTA, Read::Int64(list, read)))
}

fn count(name: &'static str, list: List, read: ReadOf<i32>) -> Node {
    Node::Leaf(leaf(name, Holds::Unsigned32, RAW_DELTA, Read::Int32(list, read)))
}

fn number(name: &'static str, storage: Storage, list: List, read: ReadOf<i32>) -> Node {
    Node::Leaf(leaf(name, Holds::Signed32, storage, Read::Int32(list, read)))
}

/// The attributes of an owner that have no column of their own.
fn attributes(owner: Owner) -> Node {
    let part = |name: &str, holds, storage, part| leaf(name, holds, storage, Read::Attribute(owner, part));
    let values = |name, holds, storage, of| Node::Values(name, part("element", holds, storage, of));
    Node::List(
        "Attrs",
        vec![
            Node::Leaf(part("Key", Holds::Text, DICTIONARY, Part::Key)),
            Node::Leaf(part("IsArray", Holds::Bool, PLAIN, Part::IsArray)),
            values("Value", Holds::Text, DICTIONARY, Part::Texts),
            values("ValueInt", Holds::Signed64, PLAIN, Part::Ints),
            values("ValueDouble", Holds::Double, PLAIN, Part::Doubles),
            values("ValueBool", Holds::Bool, PLAIN, Part::Bools),
            Node::Leaf(part("ValueUnsupported", Holds::Text, DELTA, Part::Unsupported)),
        ],
    )
}

/// An attribute's own column.
fn own(own: &Own) -> Node {
    let (holds, storage) = match own.holds {
        DedicatedType::String => (Holds::Text, DICTIONARY),
        DedicatedType::Int => (Holds::Signed64, PLAIN),
    };
    Node::Leaf(leaf(&own.column, holds, storage, Read::Own(own.clone())))
}

/// The columns that the layout has for attributes of an owner.
fn well_known(all: &[Own], owner: Owner) -> impl Iterator<Item = Node> + '_ {
    all.iter().take(of_layout().count()).filter(move |column| column.owner == owner).map(own)
}

/// The dedicated columns of an owner, those without an attribute included.
fn dedicated(all: &[Own], owner: Owner, list: List) -> Node {
    let mut dedicated = all.iter().skip(of_layout().count()).filter(|column| column.owner == owner);
    let slot = |slot| match dedicated.next() {
        Some(column) => own(column),
        None => Node::Leaf(leaf(slot_name(slot), Holds::Text, DICTIONARY, Read::Nothing(list))),
    };
    Node::Group("DedicatedAttributes", (1..=layout::DEDICATED_SLOTS).map(slot).collect())
}

/// Returns what a row holds: a trace. `all` is what [`Own::all`] returns.
pub(super) fn trace(all: &[Own]) -> Vec<Node> {
    use List::{Service, Trace};
    vec![
        id("TraceID", Trace, |g, at| ByteArray::from(g.trace(at).id.0.to_be_bytes().to_vec())),
        text("TraceIDText", DELTA, Trace, |g, at| ByteArray::from(&*g.trace(at).id.to_string())),
        nanos("StartTimeUnixNano", Trace, |g, at| g.trace(at).start as i64),
        nanos("EndTimeUnixNano", Trace, |g, at| g.trace(at).end as i64),
        nanos("DurationNano", Trace, |g, at| g.trace(at).end.saturating_sub(g.trace(at).start) as i64),
        text("RootServiceName", RAW_DICTIONARY, Trace, |g, at| match g.trace(at).root {
            Some(row) => g.text(at, g.spans(at).resources.service[g.spans(at).resource[row as usize] as usize]),
            None => ByteArray::from(""),
        }),
        text("RootSpanName", RAW_DICTIONARY, Trace, |g, at| match g.trace(at).root {
            Some(row) => g.text(at, g.spans(at).name[row as usize]),
            None => ByteArray::from(""),
        }),
        Node::Map(
            "ServiceStats",
            leaf("key", Holds::Text, RAW_DELTA, Read::Bytes(Service, |g, at| g.service(at).name.clone())),
            vec![
                count("SpanCount", Service, |g, at| g.service(at).spans),
                count("ErrorCount", Service, |g, at| g.service(at).errors),
            ],
        ),
        Node::List("rs", vec![resource(all), Node::List("ss", vec![scope(), Node::List("Spans", span(all))])]),
    ]
}

fn resource(all: &[Own]) -> Node {
    use List::Resource;
    let mut nodes = vec![
        attributes(Owner::Resource),
        number("DroppedAttributesCount", DELTA, Resource, |g, at| {
            g.extras(at, &g.spans(at).resources.extras).dropped_attributes as i32
        }),
        text("ServiceName", DICTIONARY, Resource, |g, at| g.text(at, g.spans(at).resources.service[at.row as usize])),
    ];
    nodes.extend(well_known(all, Owner::Resource));
    nodes.push(dedicated(all, Owner::Resource, Resource));
    Node::Group("Resource", nodes)
}

fn scope() -> Node {
    use List::Scope;
    let nodes = vec![
        text("Name", DICTIONARY, Scope, |g, at| g.text_of(at, &g.spans(at).scopes.name)),
        text("Version", DICTIONARY, Scope, |g, at| g.text_of(at, &g.spans(at).scopes.version)),
        attributes(Owner::Scope),
        number("DroppedAttributesCount", DELTA, Scope, |g, at| {
            g.extras(at, &g.spans(at).scopes.extras).dropped_attributes as i32
        }),
    ];
    Node::Group("Scope", nodes)
}

fn span(all: &[Own]) -> Vec<Node> {
    use List::Span;
    let mut nodes = vec![
        id("SpanID", Span, |g, at| span_id(g.spans(at).id[at.row as usize])),
        id("ParentSpanID", Span, |g, at| match g.spans(at).parent_id[at.row as usize] {
            SpanId::NONE => ByteArray::from(""),
            parent => span_id(parent),
        }),
        number("ParentID", RAW_DELTA, Span, |g, at| g.tree(at).nested_parent[at.row as usize]),
        number("NestedSetLeft", RAW_DELTA, Span, |g, at| g.tree(at).left[at.row as usize]),
        number("NestedSetRight", RAW_DELTA, Span, |g, at| g.tree(at).right[at.row as usize]),
        text("Name", DICTIONARY, Span, |g, at| g.text_of(at, &g.spans(at).name)),
        word("Kind", Span, |g, at| kind_number(g.spans(at).kind[at.row as usize]).into()),
        text("TraceState", DELTA, Span, |g, at| g.text(at, g.extras(at, &g.spans(at).extras).trace_state)),
        nanos("StartTimeUnixNano", Span, |g, at| g.spans(at).start[at.row as usize] as i64),
        nanos("DurationNano", Span, |g, at| g.spans(at).duration[at.row as usize] as i64),
        word("StatusCode", Span, |g, at| status_number(g.spans(at).status[at.row as usize]).into()),
        text("StatusMessage", DELTA, Span, |g, at| g.text_of(at, &g.spans(at).status_message)),
        attributes(Owner::Span),
        number("DroppedAttributesCount", DELTA, Span, |g, at| {
            g.extras(at, &g.spans(at).extras).dropped_attributes as i32
        }),
        Node::List("Events", event()),
        number("DroppedEventsCount", PLAIN, Span, |g, at| g.extras(at, &g.spans(at).extras).dropped_events as i32),
        Node::List("Links", link()),
        number("DroppedLinksCount", PLAIN, Span, |g, at| g.extras(at, &g.spans(at).extras).dropped_links as i32),
    ];
    nodes.extend(well_known(all, Owner::Span));
    nodes.push(dedicated(all, Owner::Span, Span));
    nodes
}

fn event() -> Vec<Node> {
    use List::Event;
    vec![
        nanos("TimeSinceStartNano", Event, |g, at| {
            let events = &g.spans(at).events;
            let start = g.spans(at).start[events.span[at.row as usize] as usize];
            // Before the start it wraps around, and adding it to the start gives the time again.
            events.time[at.row as usize].wrapping_sub(start) as i64
        }),
        text("Name", DICTIONARY, Event, |g, at| g.text_of(at, &g.spans(at).events.name)),
        attributes(Owner::Event),
        number("DroppedAttributesCount", DELTA, Event, |g, at| {
            g.extras(at, &g.spans(at).events.extras).dropped_attributes as i32
        }),
    ]
}

fn link() -> Vec<Node> {
    use List::Link;
    vec![
        id("TraceID", Link, |g, at| {
            ByteArray::from(g.spans(at).links.trace_id[at.row as usize].0.to_be_bytes().to_vec())
        }),
        id("SpanID", Link, |g, at| span_id(g.spans(at).links.span_id[at.row as usize])),
        text("TraceState", DELTA, Link, |g, at| g.text(at, g.extras(at, &g.spans(at).links.extras).trace_state)),
        attributes(Owner::Link),
        number("DroppedAttributesCount", DELTA, Link, |g, at| {
            g.extras(at, &g.spans(at).links.extras).dropped_attributes as i32
        }),
    ]
}

fn span_id(id: SpanId) -> ByteArray {
    ByteArray::from(id.0.to_be_bytes().to_vec())
}

/// Returns the columns in order.
pub(super) fn leaves(nodes: Vec<Node>) -> Vec<Leaf> {
    fn add(nodes: Vec<Node>, leaves: &mut Vec<Leaf>) {
        for node in nodes {
            match node {
                Node::Leaf(leaf) | Node::Values(_, leaf) => leaves.push(leaf),
                Node::Group(_, nodes) | Node::List(_, nodes) => add(nodes, leaves),
                Node::Map(_, key, nodes) => {
                    leaves.push(key);
                    add(nodes, leaves);
                }
            }
        }
    }
    let mut leaves = Vec::new();
    add(nodes, &mut leaves);
    leaves
}

/// Returns the schema as Parquet has it.
pub(super) fn schema(nodes: &[Node]) -> Result<TypePtr> {
    Ok(Arc::new(Type::group_type_builder("Trace").with_fields(types(nodes)?).build()?))
}

fn types(nodes: &[Node]) -> Result<Vec<TypePtr>> {
    nodes.iter().map(node_type).collect()
}

fn node_type(node: &Node) -> Result<TypePtr> {
    match node {
        Node::Leaf(leaf) => leaf_type(leaf),
        Node::Group(name, nodes) => group(name, Repetition::REQUIRED, None, types(nodes)?),
        Node::List(name, nodes) => {
            let element = group("element", Repetition::REQUIRED, None, types(nodes)?)?;
            let list = group("list", Repetition::REPEATED, None, vec![element])?;
            group(name, Repetition::REQUIRED, Some(LogicalType::List), vec![list])
        }
        Node::Values(name, leaf) => {
            let list = group("list", Repetition::REPEATED, None, vec![leaf_type(leaf)?])?;
            group(name, Repetition::REQUIRED, Some(LogicalType::List), vec![list])
        }
        Node::Map(name, key, nodes) => {
            let value = group("value", Repetition::REQUIRED, None, types(nodes)?)?;
            let pair = group("key_value", Repetition::REPEATED, None, vec![leaf_type(key)?, value])?;
            group(name, Repetition::REQUIRED, Some(LogicalType::Map), vec![pair])
        }
    }
}

fn group(name: &str, repetition: Repetition, logical: Option<LogicalType>, fields: Vec<TypePtr>) -> Result<TypePtr> {
    let builder = Type::group_type_builder(name).with_repetition(repetition).with_logical_type(logical);
    Ok(Arc::new(builder.with_fields(fields).build()?))
}

fn leaf_type(leaf: &Leaf) -> Result<TypePtr> {
    let integer = |bits, is_signed| Some(LogicalType::integer(bits, is_signed));
    // Numbers need no length; Tempo writes one all the same.
    let (physical, bits, logical) = match leaf.holds {
        Holds::Bytes => (Physical::BYTE_ARRAY, None, None),
        Holds::Text => (Physical::BYTE_ARRAY, None, Some(LogicalType::String)),
        Holds::Unsigned32 => (Physical::INT32, Some(32), integer(32, false)),
        Holds::Signed32 => (Physical::INT32, Some(32), integer(32, true)),
        Holds::Unsigned64 => (Physical::INT64, Some(64), integer(64, false)),
        Holds::Signed64 => (Physical::INT64, Some(64), integer(64, true)),
        Holds::Double => (Physical::DOUBLE, Some(64), None),
        Holds::Bool => (Physical::BOOLEAN, Some(1), None),
    };
    let is_optional = matches!(leaf.read, Read::Own(_) | Read::Nothing(_) | Read::Attribute(_, Part::Unsupported));
    let repetition = if is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let builder = Type::primitive_type_builder(&leaf.name, physical).with_repetition(repetition);
    let builder = match bits {
        Some(bits) => builder.with_length(bits),
        None => builder,
    };
    Ok(Arc::new(builder.with_logical_type(logical).build()?))
}
