//! How the columns of a block are stored: with values of which type, and repeated by how many lists.
//!
//! Columns are joined by what their levels tell, and a column of another type has no values for anybody who asks: both is
//! found out when a block is opened.

use parquet::basic::Type;
use traceql_grammar::vocab::scopes::Scope;

use crate::source::parquet::file::{ParquetFault, ParquetFile};

use super::{AttributeValues, EventTime, Extras, Layout, Links};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Ints,
    Floats,
    Bools,
    Texts,
    /// Texts or whole numbers, or lists of them.
    Own,
}

use Holds::{Bools, Floats, Ints, Own, Texts};

impl Holds {
    fn fits(self, kind: Type) -> bool {
        match kind {
            Type::INT32 | Type::INT64 => matches!(self, Ints | Own),
            Type::BYTE_ARRAY => matches!(self, Texts | Own),
            Type::DOUBLE => self == Floats,
            Type::BOOLEAN => self == Bools,
            Type::FLOAT | Type::INT96 | Type::FIXED_LEN_BYTE_ARRAY => false,
        }
    }
}

/// How many lists repeat a column of traces, resources (and services), scopes, spans, events (and links).
const TRACES: i16 = 0;
const RESOURCES: i16 = 1;
const SCOPES: i16 = 2;
const SPANS: i16 = 3;
const EVENTS: i16 = 4;

/// A column, what it holds, and how many lists repeat it.
type Stored = (usize, Holds, i16);

/// Makes sure that every column of a layout is stored as all blocks store it.
pub(super) fn check(file: &ParquetFile, layout: &Layout) -> Result<(), ParquetFault> {
    let mut all = of_spans(layout);
    all.extend(of_lists(layout));
    for (leaf, holds, repeated) in all {
        let column = file.column(leaf);
        let (path, kind, found) = (column.path().string(), column.physical_type(), column.max_rep_level());
        let is_repeated = found == repeated || holds == Own && found == repeated + 1;
        if !holds.fits(kind) || !is_repeated {
            return Err(ParquetFault::damaged(
                None,
                format!("column {path} holds {kind} in {found} lists, which no known version of blocks does"),
            ));
        }
    }
    Ok(())
}

/// Lists the columns of traces, resources, scopes and spans.
fn of_spans(layout: &Layout) -> Vec<Stored> {
    let mut all = vec![
        (layout.trace_id, Texts, TRACES),
        (layout.trace_start, Ints, TRACES),
        (layout.trace_end, Ints, TRACES),
        (layout.root_service, Texts, TRACES),
        (layout.root_name, Texts, TRACES),
        (layout.service, Texts, RESOURCES),
        (layout.scope_name, Texts, SCOPES),
        (layout.scope_version, Texts, SCOPES),
        (layout.span_id, Texts, SPANS),
        (layout.parent_span_id, Texts, SPANS),
        (layout.nested_parent, Ints, SPANS),
        (layout.nested_left, Ints, SPANS),
        (layout.nested_right, Ints, SPANS),
        (layout.name, Texts, SPANS),
        (layout.kind, Ints, SPANS),
        (layout.start, Ints, SPANS),
        (layout.duration, Ints, SPANS),
        (layout.status, Ints, SPANS),
        (layout.status_message, Texts, SPANS),
        (layout.event_name, Texts, EVENTS),
    ];
    all.extend(layout.child_count.map(|leaf| (leaf, Ints, SPANS)));
    if let Some([name, spans, errors]) = layout.services {
        all.extend([(name, Texts, RESOURCES), (spans, Ints, RESOURCES), (errors, Ints, RESOURCES)]);
    }
    let (EventTime::SinceStart(time) | EventTime::Unix(time)) = layout.event_time;
    all.push((time, Ints, EVENTS));
    match layout.links {
        Links::Columns(trace, span) => all.extend([(trace, Texts, EVENTS), (span, Texts, EVENTS)]),
        Links::Encoded(leaf) => all.push((leaf, Texts, SPANS)),
    }
    let Extras {
        trace_state,
        dropped_attributes,
        dropped_events,
        dropped_links,
        event_dropped_attributes,
        link_trace_state,
        link_dropped_attributes,
        resource_dropped_attributes,
        scope_dropped_attributes,
    } = layout.extras;
    let extras = [
        (trace_state, Texts, SPANS),
        (dropped_attributes, Ints, SPANS),
        (dropped_events, Ints, SPANS),
        (dropped_links, Ints, SPANS),
        (event_dropped_attributes, Ints, EVENTS),
        (link_trace_state, Texts, EVENTS),
        (link_dropped_attributes, Ints, EVENTS),
        (resource_dropped_attributes, Ints, RESOURCES),
        (scope_dropped_attributes, Ints, SCOPES),
    ];
    all.extend(extras.into_iter().filter_map(|(leaf, holds, repeated)| Some((leaf?, holds, repeated))));
    all
}

/// Lists the columns of attributes.
fn of_lists(layout: &Layout) -> Vec<Stored> {
    let mut all = Vec::new();
    for list in layout.attributes.values() {
        let each = i16::from(list.owner) + 1;
        all.push((list.key, Texts, each));
        match list.values {
            AttributeValues::Lists { is_array, text, int, float, bool, other } => {
                all.extend([(is_array, Bools, each), (other, Texts, each)]);
                // Every attribute has a list of values.
                let values = [(text, Texts), (int, Ints), (float, Floats), (bool, Bools)];
                all.extend(values.map(|(leaf, holds)| (leaf, holds, each + 1)));
            }
            AttributeValues::Single { text, int, float, bool, array, key_values } => {
                let values =
                    [(text, Texts), (int, Ints), (float, Floats), (bool, Bools), (array, Texts), (key_values, Texts)];
                all.extend(values.map(|(leaf, holds)| (leaf, holds, each)));
            }
            AttributeValues::Encoded(leaf) => all.push((leaf, Texts, each)),
        }
    }
    for own in &layout.dedicated {
        let owners = match own.scope {
            Scope::Resource => RESOURCES,
            Scope::Instrumentation => SCOPES,
            Scope::Event | Scope::Link => EVENTS,
            Scope::Span | Scope::Any => SPANS,
        };
        all.push((own.leaf, Own, owners));
    }
    all
}
