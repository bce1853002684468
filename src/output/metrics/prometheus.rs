//! Prometheus' own response of `/api/v1/query_range` and of `/api/v1/query`, for tools that draw what Prometheus answers.
//!
//! Prometheus is stricter with labels than TraceQL, and nothing that TraceQL tells apart may become one series:
//!
//! - Names have ASCII letters, digits and `_`; each other character becomes a `_`: `span_http_method`. Where two labels
//!   of the answer would share a name, whether or not one series has both, the later one has a number behind it:
//!   `span_http_method_2`. Labels whose names need no change, and `__name__`, are never the later ones.
//! - Values are text. Where two series would differ in nothing but the type of a value, 200 and `200`, or in whether a
//!   label is empty or absent, which is one thing to Prometheus, their values stand as in a query: `200` and `"200"`.
//!
//! Samples without a value are left out, and so are series without samples.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io,
};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{
    super::visible,
    samples::{label_names, samples, series},
};
use crate::model::{
    result::{Datum, float},
    series::{MetricsResult, Series, Times, label},
    units::MILLISECOND,
};

#[derive(Serialize)]
struct Response<'r> {
    status: &'static str,
    data: Data<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'r> {
    result_type: &'static str,
    result: AllSeries<'r>,
}

/// The series, converted while they are written.
struct AllSeries<'r> {
    series: Vec<(Metric<'r>, &'r Series)>,
    /// When the samples were taken.
    times: &'r [Box<RawValue>],
    is_range: bool,
}

/// Names and values of labels; Prometheus writes them by name.
type Metric<'r> = BTreeMap<&'r str, String>;

#[derive(Serialize)]
struct OverRange<'r> {
    metric: &'r Metric<'r>,
    values: Samples<'r>,
}

struct Samples<'r>(&'r [Box<RawValue>], &'r Series);

#[derive(Serialize)]
struct AtInstant<'r> {
    metric: &'r Metric<'r>,
    value: Sample<'r>,
}

/// Unix seconds, and a value as text.
type Sample<'r> = (&'r RawValue, String);

/// Writes the answer as one line: a matrix about a range, a vector about an instant.
pub fn write(out: &mut dyn io::Write, result: &MetricsResult) -> io::Result<()> {
    let names = names(&label_names(result));
    let times: Vec<Box<RawValue>> = result.times.iter().map(time).collect();
    let is_range = matches!(result.times, Times::Range { .. });
    let series: Vec<&Series> = series(result).collect();
    let series = metrics(&series, &names).into_iter().zip(series).collect();
    let data = Data {
        result_type: if is_range { "matrix" } else { "vector" },
        result: AllSeries { series, times: &times, is_range },
    };
    out.write_all(visible::to_json(&Response { status: "success", data })?.as_bytes())?;
    writeln!(out)
}

/// Returns for each label the name that Prometheus takes, no two the same.
fn names<'r>(labels: &[&'r str]) -> HashMap<&'r str, String> {
    let unchanged = labels.iter().filter(|name| valid(name) == **name).map(|name| (*name).to_owned());
    // Prometheus' tools take `__name__` for the name of what was measured.
    let mut taken: HashSet<String> = unchanged.chain([label::NAME.to_owned()]).collect();
    let mut names = HashMap::new();
    for name in labels {
        let wanted = valid(name);
        let mut given = wanted.clone();
        if wanted != *name {
            let mut number = 2;
            while !taken.insert(given.clone()) {
                given = format!("{wanted}_{number}");
                number += 1;
            }
        }
        names.insert(*name, given);
    }
    names
}

/// Returns a name of which each character may stand where it stands.
fn valid(name: &str) -> String {
    let valid = |(at, c): (usize, char)| match c {
        'a'..='z' | 'A'..='Z' | '_' => c,
        '0'..='9' if at > 0 => c,
        _ => '_',
    };
    name.chars().enumerate().map(valid).collect()
}

/// Returns the labels of each series, no two the same to Prometheus.
fn metrics<'r>(series: &[&Series], names: &'r HashMap<&str, String>) -> Vec<Metric<'r>> {
    let metric = |series: &Series, value: fn(&Datum) -> String| {
        let labels = series.labels.iter();
        labels.filter_map(|label| Some((names.get(label.name.as_str())?.as_str(), value(&label.value)))).collect()
    };
    let mut metrics: Vec<Metric<'r>> = series.iter().map(|series| metric(series, ToString::to_string)).collect();
    let mut exact = vec![false; metrics.len()];
    // Once more after each change: the text `"200"`, quotes and all, reads as `200` does in a query.
    loop {
        let alike = alike(&metrics);
        let inexact: Vec<usize> = alike.into_iter().filter(|at| !exact[*at]).collect();
        if inexact.is_empty() {
            return metrics;
        }
        for at in inexact {
            metrics[at] = metric(series[at], literal);
            exact[at] = true;
        }
    }
}

/// Returns which series are the same to Prometheus as another one.
fn alike(metrics: &[Metric<'_>]) -> Vec<usize> {
    let mut same: HashMap<Vec<(&str, &str)>, Vec<usize>> = HashMap::new();
    for (at, metric) in metrics.iter().enumerate() {
        let labels = metric.iter().filter(|(_, value)| !value.is_empty());
        same.entry(labels.map(|(name, value)| (*name, value.as_str())).collect()).or_default().push(at);
    }
    same.into_values().filter(|places| places.len() > 1).flatten().collect()
}

/// Returns a value as it stands in a query: no two different values have the same text.
fn literal(value: &Datum) -> String {
    match value {
        Datum::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        Datum::Float(x) if x.fract() == 0.0 => {
            let text = float(*x);
            if text.contains('e') { text } else { format!("{text}.0") }
        }
        Datum::Array(values) => format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", ")),
        value => value.to_string(),
    }
}

/// Returns Unix nanoseconds as Unix seconds, to the millisecond: `1767225600`, `1767225600.500`.
fn time(unix_nanoseconds: u64) -> Box<RawValue> {
    let milliseconds = unix_nanoseconds / MILLISECOND;
    let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
    let text = if fraction == 0 { seconds.to_string() } else { format!("{seconds}.{fraction:03}") };
    RawValue::from_string(text).expect("digits with a point between them are JSON")
}

/// Returns a value as Go prints it: `0.25`, `1e-07`, `NaN`, `+Inf`.
fn value(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = float(value);
    match text.split_once("e-") {
        // Go's JSON alone does without the second digit.
        Some((digits, exponent)) if exponent.len() == 1 => format!("{digits}e-0{exponent}"),
        _ => text,
    }
}

fn written<'r>(times: &'r [Box<RawValue>], series: &'r Series) -> impl Iterator<Item = Sample<'r>> {
    samples(times, series).map(|(time, x)| (&**time, value(x)))
}

impl Serialize for AllSeries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.series.iter();
        if self.is_range {
            let matrix = all.map(|(metric, series)| OverRange { metric, values: Samples(self.times, series) });
            return serializer.collect_seq(matrix);
        }
        let vector =
            all.flat_map(|(metric, series)| written(self.times, series).map(move |value| AtInstant { metric, value }));
        serializer.collect_seq(vector)
    }
}

impl Serialize for Samples<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(written(self.0, self.1))
    }
}
