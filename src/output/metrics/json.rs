//! Tempo's own response of `/api/metrics/query_range` and of `/api/metrics/query`, field for field.
//!
//! Samples without a value are left out, and so are series without samples; a sample of zero has no `value`. What else
//! its parts look like, `output::tempo_json` says. Where the limit of series has cut the answer, it says so as Tempo does.

use std::io;

use serde::{Serialize, Serializer};

use super::samples::{samples, series};
use crate::{
    model::series::{Completeness, Exemplar, Label, MetricsResult, Series, Times},
    output::{
        go_json,
        tempo_json::{Double, KeyValue, Mapped, Metrics, as_string, is_zero},
    },
};

const MILLISECOND: u64 = 1_000_000;

/// What stands behind the series.
#[derive(Serialize)]
struct Rest {
    metrics: Metrics,
    /// What is said of an answer that lacks series.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

#[derive(Serialize)]
struct OverRange<'r> {
    #[serde(skip_serializing_if = "Mapped::is_empty")]
    labels: Mapped<'r, Label, KeyValue<'r>>,
    samples: Samples<'r>,
    #[serde(skip_serializing_if = "Mapped::is_empty")]
    exemplars: Mapped<'r, Exemplar, Example<'r>>,
}

struct Samples<'r>(Times, &'r Series);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    timestamp_ms: u64,
    #[serde(skip_serializing_if = "Double::is_zero")]
    value: Double,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Example<'r> {
    #[serde(skip_serializing_if = "Mapped::is_empty")]
    labels: Mapped<'r, Label, KeyValue<'r>>,
    #[serde(skip_serializing_if = "Double::is_zero")]
    value: Double,
    #[serde(skip_serializing_if = "is_zero", serialize_with = "as_string")]
    timestamp_ms: u64,
}

#[derive(Serialize)]
struct AtInstant<'r> {
    #[serde(skip_serializing_if = "Mapped::is_empty")]
    labels: Mapped<'r, Label, KeyValue<'r>>,
    #[serde(skip_serializing_if = "Double::is_zero")]
    value: Double,
}

/// Writes the answer as one line: that of `query_range` about a range, that of `query`, which has no exemplars, about an
/// instant.
pub fn write(out: &mut dyn io::Write, result: &MetricsResult) -> io::Result<()> {
    let message = message(&result.completeness);
    // An empty list stays, as Tempo's searches have it.
    write!(out, r#"{{"series":"#)?;
    let times = result.times;
    match times {
        Times::Range { .. } => {
            let found: Vec<&Series> = series(result).collect();
            go_json::write_list(out, &found, |found| OverRange {
                labels: Mapped(&found.labels, key_value),
                samples: Samples(times, found),
                exemplars: Mapped(&found.exemplars, example),
            })?;
        }
        Times::Instant { .. } => {
            let values: Vec<(&Series, f64)> = series(result)
                .flat_map(|found| samples(times.iter(), found).map(move |(_, value)| (found, value)))
                .collect();
            go_json::write_list(out, &values, |(found, value)| AtInstant {
                labels: Mapped(&found.labels, key_value),
                value: Double(*value),
            })?;
        }
    }
    let rest = Rest {
        metrics: result.inspected.into(),
        status: message.is_some().then_some("PARTIAL"),
        message: message.unwrap_or_default(),
    };
    let mut text = Vec::new();
    go_json::write(&mut text, &rest)?;
    // The rest of the object goes on behind the series.
    out.write_all(b",")?;
    out.write_all(text.get(1..).unwrap_or_default())?;
    writeln!(out)
}

/// Returns Tempo's words for an answer that lacks series.
fn message(completeness: &Completeness) -> Option<String> {
    let limit = match completeness {
        Completeness::Whole => return None,
        Completeness::Cut { limit } => limit,
        Completeness::Doubtful { seen } => seen,
        Completeness::Told(message) => return Some(message.clone()),
    };
    Some(format!(
        "Response exceeds maximum series limit of {limit}, a partial response is returned. Warning: the accuracy of \
         each individual value is not guaranteed."
    ))
}

impl Serialize for Samples<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let found = samples(self.0.iter(), self.1);
        serializer
            .collect_seq(found.map(|(time, value)| Sample { timestamp_ms: time / MILLISECOND, value: Double(value) }))
    }
}

/// An example without a value keeps `NaN`, as Tempo writes floats that are no samples.
fn example(found: &Exemplar) -> Example<'_> {
    Example {
        labels: Mapped(&found.labels, key_value),
        value: Double(found.value),
        timestamp_ms: found.time / MILLISECOND,
    }
}

fn key_value(label: &Label) -> KeyValue<'_> {
    KeyValue::new(&label.name, &label.value)
}
