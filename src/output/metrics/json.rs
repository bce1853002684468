//! Tempo's own response of `/api/metrics/query_range` and of `/api/metrics/query`, field for field.
//!
//! Samples without a value are left out, and so are series without samples; a sample of zero has no `value`. What else
//! its parts look like, `output::tempo_json` says. Where the limit of series has cut the answer, it says so as Tempo does.

use std::io;

use serde::Serialize;

use super::samples::{samples, series};
use crate::{
    model::{
        series::{Completeness, Exemplar, Label, MetricsResult, Series, Times},
        units::MILLISECOND,
    },
    output::{
        go_json,
        json_text::JsonText,
        tempo_json::{Metrics, attribute},
    },
};

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
                times.iter().map(|time| JsonText::text(|json| timestamp(json, time)).into_bytes()).collect();
            go_json::write_list(out, &found, |json, found| over_range(json, &stamps, found))?;
        }
        Times::Instant { .. } => {
            let values: Vec<(&Series, f64)> = series(result)
                .flat_map(|found| samples(times.iter(), found).map(move |(_, value)| (found, value)))
                .collect();
            go_json::write_list(out, &values, |json, (found, value)| at_instant(json, &found.labels, *value))?;
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

fn over_range(json: &mut JsonText<'_>, stamps: &[Vec<u8>], found: &Series) {
    json.object(|object| {
        labels(object, &found.labels);
        object.name("samples").list(|list| {
            for (stamp, value) in samples(stamps, found) {
                list.object(|sample| {
                    // The beginning of 1970 has no stamp.
                    if !stamp.is_empty() {
                        sample.raw(stamp);
                    }
                    measured(sample, value);
                });
            }
        });
        if !found.exemplars.is_empty() {
            object.name("exemplars").list(|list| found.exemplars.iter().for_each(|found| example(list, found)));
        }
    });
}

fn at_instant(json: &mut JsonText<'_>, of: &[Label], value: f64) {
    json.object(|object| {
        labels(object, of);
        measured(object, value);
    });
}

/// An example without a value keeps `NaN`, as Tempo writes floats that are no samples.
fn example(json: &mut JsonText<'_>, found: &Exemplar) {
    json.object(|object| {
        labels(object, &found.labels);
        measured(object, found.value);
        timestamp(object, found.time);
    });
}

fn labels(object: &mut JsonText<'_>, labels: &[Label]) {
    if !labels.is_empty() {
        let labels = labels.iter();
        object.name("labels").list(|list| labels.for_each(|label| attribute(list, &label.name, &label.value)));
    }
}

fn timestamp(object: &mut JsonText<'_>, time: u64) {
    let milliseconds = time / MILLISECOND;
    if milliseconds > 0 {
        object.name("timestampMs").quoted_number(milliseconds);
    }
}

fn measured(object: &mut JsonText<'_>, value: f64) {
    if value != 0.0 {
        object.name("value").float(value);
    }
}
