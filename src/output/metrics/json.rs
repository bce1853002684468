//! Tempo's own response of `/api/metrics/query_range` and of `/api/metrics/query`, field for field.
//!
//! Samples without a value are left out, and so are series without samples; a sample of zero has no `value`. What else
//! its parts look like, `output::tempo_json` says. Where the limit of series has cut the answer, it says so as Tempo does.

use std::io;

use serde::Serialize;

use super::samples::{samples, series};
use crate::{
    model::series::{Completeness, Exemplar, Label, MetricsResult, Series, Times},
    output::{
        go_json,
        go_text::{self, Object, Text},
        tempo_json::{Metrics, attribute},
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
            // Every series has the same times.
            let stamps: Vec<Vec<u8>> =
                times.iter().map(|time| Text::members(|object| timestamp(object, time))).collect();
            go_text::write_list(out, &found, |text, found| over_range(text, &stamps, found))?;
        }
        Times::Instant { .. } => {
            let values: Vec<(&Series, f64)> = series(result)
                .flat_map(|found| samples(times.iter(), found).map(move |(_, value)| (found, value)))
                .collect();
            go_text::write_list(out, &values, |text, (found, value)| at_instant(text, &found.labels, *value))?;
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

fn over_range(text: &mut Text, stamps: &[Vec<u8>], found: &Series) {
    let mut object = text.object();
    labels(&mut object, &found.labels);
    object.key("samples").list(samples(stamps, found), |text, (stamp, value)| {
        let mut sample = text.object_with(stamp);
        measured(&mut sample, value);
        sample.end();
    });
    if !found.exemplars.is_empty() {
        object.key("exemplars").list(&found.exemplars, example);
    }
    object.end();
}

fn at_instant(text: &mut Text, of: &[Label], value: f64) {
    let mut object = text.object();
    labels(&mut object, of);
    measured(&mut object, value);
    object.end();
}

/// An example without a value keeps `NaN`, as Tempo writes floats that are no samples.
fn example(text: &mut Text, found: &Exemplar) {
    let mut object = text.object();
    labels(&mut object, &found.labels);
    measured(&mut object, found.value);
    timestamp(&mut object, found.time);
    object.end();
}

fn labels(object: &mut Object<'_>, labels: &[Label]) {
    if !labels.is_empty() {
        object.key("labels").list(labels, |text, label| attribute(text, &label.name, &label.value));
    }
}

fn timestamp(object: &mut Object<'_>, time: u64) {
    let milliseconds = time / MILLISECOND;
    if milliseconds > 0 {
        object.key("timestampMs").quoted(milliseconds);
    }
}

fn measured(object: &mut Object<'_>, value: f64) {
    if value != 0.0 {
        object.key("value").float(value);
    }
}
