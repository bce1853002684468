//! The order in which an answer lists its series.

use std::{borrow::Cow, cmp::Ordering};

use crate::model::{
    result::Datum,
    series::{Label, Series},
};

/// Compares two sets of labels: first how many there are, then label by label its name and its value, in the order in which
/// the labels stand. Values are ordered by their type, and then as text; different series are never equal.
pub(super) fn by_labels(a: &[Label], b: &[Label]) -> Ordering {
    compare((a, &texts(a)), (b, &texts(b)))
}

/// Sorts series by their labels, see [`by_labels`].
pub(super) fn sort(series: Vec<Series>) -> Vec<Series> {
    let texts: Vec<Vec<Cow<'_, str>>> = series.iter().map(|series| texts(&series.labels)).collect();
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| compare((&series[*a].labels, &texts[*a]), (&series[*b].labels, &texts[*b])));
    drop(texts);
    let mut series: Vec<Option<Series>> = series.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| series[at].take()).collect()
}

/// Labels with the texts of their values.
type Keyed<'s> = (&'s [Label], &'s [Cow<'s, str>]);

fn compare((a, a_texts): Keyed<'_>, (b, b_texts): Keyed<'_>) -> Ordering {
    let pairs = a.iter().zip(a_texts).zip(b.iter().zip(b_texts));
    let mut orders = pairs.map(|((a, a_text), (b, b_text))| {
        let by_value = || json_type(&a.value).cmp(json_type(&b.value)).then_with(|| a_text.cmp(b_text));
        a.name.cmp(&b.name).then_with(by_value).then_with(|| by_kind(&a.value, &b.value))
    });
    a.len().cmp(&b.len()).then_with(|| orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal))
}

/// Returns the type that a value has in Tempo's JSON, whose name comes before the value where series are ordered.
fn json_type(value: &Datum) -> &'static str {
    match value {
        Datum::Array(_) => "array",
        Datum::Bool(_) => "bool",
        Datum::Float(_) => "double",
        Datum::Int(_) => "int",
        Datum::Nil | Datum::String(_) | Datum::Duration(_) | Datum::Status(_) | Datum::Kind(_) => "string",
    }
}

fn texts(labels: &[Label]) -> Vec<Cow<'_, str>> {
    labels.iter().map(|label| label.value.as_text()).collect()
}

/// Compares values that are equal in Tempo's JSON.
fn by_kind(a: &Datum, b: &Datum) -> Ordering {
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        // Elements with commas in them can make arrays of different lengths alike.
        (Datum::Array(a), Datum::Array(b)) => a
            .iter()
            .map(Datum::as_text)
            .cmp(b.iter().map(Datum::as_text))
            .then_with(|| a.iter().map(rank).cmp(b.iter().map(rank))),
        _ => Ordering::Equal,
    })
}

fn rank(value: &Datum) -> u8 {
    match value {
        Datum::Nil => 0,
        Datum::String(_) => 1,
        Datum::Int(_) => 2,
        Datum::Float(_) => 3,
        Datum::Bool(_) => 4,
        Datum::Duration(_) => 5,
        Datum::Status(_) => 6,
        Datum::Kind(_) => 7,
        Datum::Array(_) => 8,
    }
}
