//! Spans as JSON, with all that they hold, to be compared.

use serde_json::{Map, Value, json};
use traceql::model::{
    attributes::{Array, AttributeColumn, Cell},
    batch::{Fragment, Spans},
    dictionary::StrId,
};

/// Returns all spans, sorted.
pub(crate) fn all(fragments: &[Fragment]) -> Vec<Value> {
    let mut all: Vec<Value> =
        fragments.iter().flat_map(|fragment| (0..fragment.spans.len()).map(move |row| span(fragment, row))).collect();
    all.sort_by_key(Value::to_string);
    all
}

fn span(fragment: &Fragment, row: usize) -> Value {
    let spans = &fragment.spans;
    let text = |id: StrId| spans.dictionary.get(id);
    let (resource, scope) = (spans.resource[row] as usize, spans.scope[row] as usize);
    let extras = spans.extras[row];
    let origin = |columns: &[AttributeColumn], extras: traceql::model::extras::OriginExtras, at: usize| {
        json!({
            "attributes": attributes(spans, columns, at),
            "dropped": extras.dropped_attributes,
            "schema": text(extras.schema_url),
        })
    };
    let of_span = |owners: &[u32]| {
        // They never fall.
        let place = |row: usize| owners.partition_point(|owner| (*owner as usize) < row);
        place(row)..place(row + 1)
    };
    let events: Vec<Value> = of_span(&spans.events.span)
        .map(|at| {
            json!({
                "name": text(spans.events.name[at]),
                "time": spans.events.time[at],
                "attributes": attributes(spans, &spans.events.attributes, at),
                "dropped": spans.events.extras[at].dropped_attributes,
            })
        })
        .collect();
    let links: Vec<Value> = of_span(&spans.links.span)
        .map(|at| {
            let extras = spans.links.extras[at];
            json!({
                "trace": format!("{:032x}", spans.links.trace_id[at].0),
                "span": format!("{:016x}", spans.links.span_id[at].0),
                "attributes": attributes(spans, &spans.links.attributes, at),
                "state": text(extras.trace_state),
                "flags": extras.flags,
                "dropped": extras.dropped_attributes,
            })
        })
        .collect();
    json!({
        "trace": format!("{:032x}", fragment.trace[row].0),
        "id": format!("{:016x}", spans.id[row].0),
        "parent": format!("{:016x}", spans.parent_id[row].0),
        "start": spans.start[row],
        "duration": spans.duration[row],
        "kind": format!("{:?}", spans.kind[row]),
        "status": format!("{:?}", spans.status[row]),
        "name": text(spans.name[row]),
        "message": text(spans.status_message[row]),
        "attributes": attributes(spans, &spans.attributes, row),
        "state": text(extras.trace_state),
        "flags": extras.flags,
        "dropped": [extras.dropped_attributes, extras.dropped_events, extras.dropped_links],
        "service": text(spans.resources.service[resource]),
        "resource": origin(&spans.resources.attributes, spans.resources.extras[resource], resource),
        "library": [text(spans.scopes.name[scope]), text(spans.scopes.version[scope])],
        "scope": origin(&spans.scopes.attributes, spans.scopes.extras[scope], scope),
        "events": events,
        "links": links,
    })
}

fn attributes(spans: &Spans, columns: &[AttributeColumn], row: usize) -> Value {
    let pairs = columns.iter().filter_map(|column| {
        let cell = column.get(row as u32)?;
        Some((column.key.to_string(), value(spans, cell)))
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let keys = pairs.len();
    let map: Map<String, Value> = pairs.into_iter().collect();
    assert_eq!(map.len(), keys, "each key has one column");
    Value::Object(map)
}

/// Returns a value with its type.
fn value(spans: &Spans, cell: Cell) -> Value {
    let text = |id: &StrId| spans.dictionary.get(*id).to_owned();
    match cell {
        Cell::Str(id) => json!({ "text": text(&id) }),
        Cell::Int(value) => json!({ "int": value }),
        Cell::Float(value) => json!({ "float": format!("{value:?}") }),
        Cell::Bool(value) => json!({ "bool": value }),
        Cell::Other(id) => json!({ "other": text(&id) }),
        Cell::Array(at) => match &spans.arrays[at as usize] {
            Array::Str(all) => json!({ "texts": all.iter().map(text).collect::<Vec<_>>() }),
            Array::Int(all) => json!({ "ints": all }),
            Array::Float(all) => json!({ "floats": all.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>() }),
            Array::Bool(all) => json!({ "bools": all }),
        },
    }
}
