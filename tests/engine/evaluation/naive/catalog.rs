//! The values of a field, found by going through all spans.

use std::collections::{BTreeMap, BTreeSet};

use traceql::{model::result::Datum, plan::TimeRange};
use traceql_grammar::query::{Field, Query};

use super::{
    Place, Trace, search,
    span::{is_of_event, is_of_link},
    value::V,
};
use crate::evaluation::traces::Span;

/// What spans have of a field: how many have a value, and how many have each.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) spans: u64,
    /// By the printed value, so that values of different types stay apart.
    pub(crate) values: BTreeMap<String, u64>,
}

/// Returns the spans that count, by trace, id and start.
pub(crate) fn selected(query: &Query, spans: &[Span], range: Option<TimeRange>) -> BTreeSet<(u128, u64, u64)> {
    let found = search(query, spans).into_iter();
    let found: BTreeSet<(u128, u64, u64)> =
        found.flat_map(|(trace, set)| set.into_iter().map(move |(id, start)| (trace, id, start))).collect();
    let lies_in =
        |span: &&Span| range.is_none_or(|range| span.start <= range.end && span.start + span.duration >= range.start);
    let lying = spans.iter().filter(lies_in).map(|span| (span.trace, span.id, span.start));
    lying.filter(|key| found.contains(key)).collect()
}

pub(crate) fn count(field: &Field, spans: &[Span], selected: &BTreeSet<(u128, u64, u64)>) -> Counts {
    let mut counts = Counts::default();
    let traces: BTreeSet<u128> = spans.iter().map(|span| span.trace).collect();
    for id in traces {
        let trace = Trace::new(spans.iter().filter(|span| span.trace == id).collect());
        for (i, span) in trace.spans.iter().enumerate() {
            if !selected.contains(&(span.trace, span.id, span.start)) {
                continue;
            }
            let mut values = BTreeSet::new();
            let mut add = |place| match trace.field(field, place) {
                Some(V::Array(all)) => all.iter().for_each(|value| {
                    values.insert(printed(value));
                }),
                Some(value) => {
                    values.insert(printed(&value));
                }
                None => {}
            };
            let place = Place { span: i, event: None, link: None };
            if is_of_event(field) {
                (0..span.events.len()).for_each(|event| add(Place { event: Some(event), ..place }));
            } else if is_of_link(field) {
                (0..span.links.len()).for_each(|link| add(Place { link: Some(link), ..place }));
            } else {
                add(place);
            }
            counts.spans += u64::from(!values.is_empty());
            values.into_iter().for_each(|value| *counts.values.entry(value).or_default() += 1);
        }
    }
    counts
}

fn printed(value: &V) -> String {
    let datum = match value {
        V::Str(text) => Datum::String(text.clone()),
        V::TraceId(id) => Datum::String(format!("{id:x}")),
        V::SpanId(id) => Datum::String(format!("{id:016x}")),
        V::Int(n) => Datum::Int(*n),
        V::Float(x) => Datum::Float(*x),
        V::Bool(b) => Datum::Bool(*b),
        V::Duration(ns) => Datum::Duration(*ns),
        V::Status(status) => Datum::Status(*status),
        V::Kind(kind) => Datum::Kind(*kind),
        V::Array(_) => panic!("arrays hold no arrays"),
    };
    format!("{datum:?}")
}
