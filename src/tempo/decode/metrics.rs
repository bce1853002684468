//! The answers of `/api/metrics/query_range` and `/api/metrics/query`.

use serde::Deserialize;

use super::{KeyValue, Metrics, Object, Real, Whole, is_tempos_status, json, whole};
use crate::{
    model::{
        result::Inspected,
        series::{Completeness, Exemplar, Label},
        units::MILLISECOND,
    },
    tempo::{error::RemoteError, reply::Reply},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response<'b> {
    #[serde(borrow)]
    series: Option<Vec<Object<Series<'b>>>>,
    metrics: Option<Metrics>,
    status: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Series<'b> {
    #[serde(borrow)]
    labels: Option<Vec<KeyValue<'b>>>,
    samples: Option<Vec<Sample>>,
    #[serde(borrow)]
    exemplars: Option<Vec<Example<'b>>>,
    /// Of an instant.
    value: Option<Real>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Sample {
    timestamp_ms: Option<Whole>,
    value: Option<Real>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Example<'b> {
    #[serde(borrow)]
    labels: Option<Vec<KeyValue<'b>>>,
    value: Option<Real>,
    timestamp_ms: Option<Whole>,
}

/// One answer.
#[derive(Debug)]
pub(in crate::tempo) struct Part {
    /// Its series, in the server's order.
    pub(in crate::tempo) series: Vec<PartSeries>,
    pub(in crate::tempo) inspected: Inspected,
    pub(in crate::tempo) completeness: Completeness,
}

/// A series with its own times.
#[derive(Debug)]
pub(in crate::tempo) struct PartSeries {
    pub(in crate::tempo) labels: Vec<Label>,
    /// Time in Unix nanoseconds, and value; at an instant one without a time.
    pub(in crate::tempo) samples: Vec<(u64, f64)>,
    pub(in crate::tempo) exemplars: Vec<Exemplar>,
}

/// Reads series over a range, or at an instant.
///
/// # Errors
///
/// It is not that answer.
pub(in crate::tempo) fn read(reply: &Reply, is_instant: bool) -> Result<Part, RemoteError> {
    let response: Response<'_> = json(reply)?;
    let is_status = response.status.as_deref().is_some_and(is_tempos_status);
    let is_known = response.series.is_some() || response.metrics.is_some() || is_status;
    if !is_known && !reply.is_empty_object() {
        return Err(reply.not_tempo());
    }
    let series =
        response.series.unwrap_or_default().into_iter().map(|Object(series)| one(series, is_instant)).collect();
    let is_partial = response.status.as_deref() == Some("PARTIAL");
    let message = reply.told(&response.message.unwrap_or_default());
    let completeness = if !is_partial {
        Completeness::Whole
    } else {
        limit(&message).map_or(Completeness::Told(message), |limit| Completeness::Cut { limit })
    };
    Ok(Part { series, inspected: response.metrics.unwrap_or_default().into(), completeness })
}

fn one(series: Series<'_>, is_instant: bool) -> PartSeries {
    let value = |value: Option<Real>| value.map_or(0.0, |Real(x)| x);
    let samples = match series.samples {
        // What is zero is left out.
        _ if is_instant => vec![(0, value(series.value))],
        samples => {
            samples.unwrap_or_default().iter().map(|sample| (time(sample.timestamp_ms), value(sample.value))).collect()
        }
    };
    let exemplars = series.exemplars.unwrap_or_default().into_iter().map(|example| Exemplar {
        labels: labels(example.labels),
        value: value(example.value),
        time: time(example.timestamp_ms),
    });
    PartSeries { labels: labels(series.labels), samples, exemplars: exemplars.collect() }
}

fn labels(labels: Option<Vec<KeyValue<'_>>>) -> Vec<Label> {
    let labels = labels.unwrap_or_default().into_iter();
    labels.map(KeyValue::read).map(|(name, value)| Label::new(name, value)).collect()
}

fn time(milliseconds: Option<Whole>) -> u64 {
    whole(milliseconds).saturating_mul(MILLISECOND)
}

/// Returns the limit of series that a message names, if it says nothing else.
fn limit(message: &str) -> Option<usize> {
    let rest = message.strip_prefix("Response exceeds maximum series limit of ")?;
    let (limit, rest) = rest.split_once(',')?;
    let is_all =
        rest == " a partial response is returned. Warning: the accuracy of each individual value is not guaranteed.";
    limit.parse().ok().filter(|_| is_all)
}
