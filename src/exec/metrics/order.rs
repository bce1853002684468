//! The order in which an answer lists its series.

use std::{borrow::Cow, cmp::Ordering};

use crate::model::{
    result::Datum,
    series::{Label, Series},
};

/// Compares two sets of labels: first how many there are, then all names, then all values as text, each in the order in
/// which the labels stand. So the series of one set of names stand together, whatever their values are.
///
/// Values that are the same as text, such as `1` and `"1"`, are ordered by their type, so that different series are never
/// equal.
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
    let by_types = || a.iter().zip(b).map(|(a, b)| by_type(&a.value, &b.value)).find(|order| order.is_ne());
    a.len()
        .cmp(&b.len())
        .then_with(|| a.iter().map(|label| &label.name).cmp(b.iter().map(|label| &label.name)))
        .then_with(|| a_texts.cmp(b_texts))
        .then_with(|| by_types().unwrap_or(Ordering::Equal))
}

fn texts(labels: &[Label]) -> Vec<Cow<'_, str>> {
    labels.iter().map(|label| label.value.as_text()).collect()
}

/// Compares values whose texts are equal.
fn by_type(a: &Datum, b: &Datum) -> Ordering {
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
