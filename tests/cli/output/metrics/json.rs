//! Metrics as Tempo's own JSON, from its recorded responses and from results made by hand.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};
use traceql::{
    model::{
        result::{Datum, Inspected},
        series::{Completeness, Exemplar, Label, MetricsResult, Series, Times},
    },
    output::metrics::json,
};

use super::{HALF_MINUTES, INSTANT, SECOND, START, answer, series};
use crate::output::written;

/// Tempo's response, its numbers as they are written: serde_json would read some of them a digit off.
#[derive(Deserialize)]
struct Recorded<'b> {
    #[serde(borrow)]
    series: Vec<RecordedSeries<'b>>,
}

#[derive(Deserialize)]
struct RecordedSeries<'b> {
    labels: Vec<RecordedLabel>,
    #[serde(borrow)]
    value: Option<&'b RawValue>,
    /// Absent of an instant.
    #[serde(borrow)]
    samples: Option<Vec<RecordedSample<'b>>>,
    #[serde(borrow, default)]
    exemplars: Vec<RecordedSample<'b>>,
}

#[derive(Deserialize)]
struct RecordedLabel {
    key: String,
    value: HashMap<String, String>,
}

/// A sample, or an exemplar, which has labels.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordedSample<'b> {
    #[serde(default)]
    labels: Vec<RecordedLabel>,
    #[serde(borrow)]
    value: Option<&'b RawValue>,
    timestamp_ms: String,
}

impl Recorded<'_> {
    /// Returns the result that the response was made of.
    fn result(&self) -> MetricsResult {
        let Some(samples) = &self.series[0].samples else {
            let read = |found: &RecordedSeries| series_of(found, vec![float(found.value)]);
            return answer(INSTANT, self.series.iter().map(read).collect());
        };
        let stamps: Vec<u64> = samples.iter().map(RecordedSample::time).collect();
        let times = Times::Range { first: stamps[0], step: stamps[1] - stamps[0], len: stamps.len() };
        assert_eq!(times.iter().collect::<Vec<_>>(), stamps, "the first series has a sample at each time");
        let read = |found: &RecordedSeries| {
            let mut samples = vec![f64::NAN; stamps.len()];
            for sample in found.samples.iter().flatten() {
                samples[stamps.binary_search(&sample.time()).expect("all series have the same times")] =
                    float(sample.value);
            }
            series_of(found, samples)
        };
        answer(times, self.series.iter().map(read).collect())
    }
}

impl RecordedSample<'_> {
    fn time(&self) -> u64 {
        self.timestamp_ms.parse::<u64>().expect("milliseconds") * 1_000_000
    }
}

fn series_of(found: &RecordedSeries, samples: Vec<f64>) -> Series {
    let exemplars = found.exemplars.iter().map(|exemplar| Exemplar {
        labels: labels_of(&exemplar.labels),
        value: float(exemplar.value),
        time: exemplar.time(),
    });
    Series { labels: labels_of(&found.labels), samples, exemplars: exemplars.collect() }
}

fn labels_of(labels: &[RecordedLabel]) -> Vec<Label> {
    labels.iter().map(|label| Label::text(&label.key, &label.value["stringValue"])).collect()
}

fn float(value: Option<&RawValue>) -> f64 {
    value.map_or(0.0, |value| value.get().parse().expect("a number"))
}

#[test]
fn json_is_tempos_response_byte_for_byte() {
    let mut seen = 0;
    for line in include_str!("../tempo-metrics.jsonl").lines() {
        let recording: Json = serde_json::from_str(line).expect("a recording is JSON");
        let body = recording["body"].as_str().expect("a recording has a body");
        let mut result = serde_json::from_str::<Recorded>(body).expect("a response is JSON").result();
        // What never shows must not: a series without samples.
        let nothing = vec![f64::NAN; result.times.len()];
        result.series.push(Series { labels: Vec::new(), samples: nothing, exemplars: Vec::new() });
        let ours = written(|out| json::write(out, &result));
        // What was inspected is told of files in other numbers.
        let (expected, _) = body.split_once("\"metrics\":").expect("a response has metrics");
        let (got, metrics) = ours.split_once("\"metrics\":").expect("a response has metrics");
        assert_eq!(got, expected, "{}", recording["name"]);
        assert_eq!(metrics, "{}}\n");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn json_leaves_out_what_is_zero_and_what_has_no_value() {
    let example = |value| Exemplar {
        labels: vec![Label::text("trace:id", "a001"), Label::new("duration", Datum::Duration(1_500_000))],
        value,
        time: START + 30 * SECOND,
    };
    let mut first = series(&[("span.x", Datum::Nil), ("p", Datum::Float(0.0))], &[0.0, f64::NAN, f64::INFINITY]);
    first.exemplars = vec![example(0.0), example(f64::NAN)];
    let second = series(&[("span.<x>", Datum::Int(200))], &[f64::NAN, -1.5e-7, f64::NEG_INFINITY]);
    let mut result = answer(HALF_MINUTES, vec![first, second, series(&[], &[f64::NAN, f64::NAN, 1e21])]);
    result.inspected = Inspected { traces: 2, spans: 5, bytes: 1234, ..Inspected::default() };
    assert_eq!(
        written(|out| json::write(out, &result)),
        concat!(
            r#"{"series":[{"labels":[{"key":"span.x","value":{"stringValue":"nil"}},{"key":"p","value":{"doubleValue":0}}],"#,
            r#""samples":[{"timestampMs":"1767225600000"},{"timestampMs":"1767225660000","value":"Infinity"}],"#,
            r#""exemplars":[{"labels":[{"key":"trace:id","value":{"stringValue":"a001"}},"#,
            r#"{"key":"duration","value":{"stringValue":"1.5ms"}}],"timestampMs":"1767225630000"},"#,
            r#"{"labels":[{"key":"trace:id","value":{"stringValue":"a001"}},"#,
            r#"{"key":"duration","value":{"stringValue":"1.5ms"}}],"value":"NaN","timestampMs":"1767225630000"}]},"#,
            r#"{"labels":[{"key":"span.\u003cx\u003e","value":{"intValue":"200"}}],"#,
            r#""samples":[{"timestampMs":"1767225630000","value":-1.5e-7},{"timestampMs":"1767225660000","value":"-Infinity"}]},"#,
            r#"{"samples":[{"timestampMs":"1767225660000","value":1e+21}]}],"#,
            r#""metrics":{"inspectedTraces":2,"inspectedBytes":"1234","inspectedSpans":"5"}}"#,
            "\n"
        )
    );
}

#[test]
fn json_of_an_instant_has_one_value_a_series() {
    let x = |value: i64, sample: f64| series(&[("span.x", Datum::Int(value))], &[sample]);
    let result = answer(INSTANT, vec![x(1, 0.0), x(2, f64::NAN), x(3, 0.25), x(4, f64::INFINITY)]);
    assert_eq!(
        written(|out| json::write(out, &result)),
        concat!(
            r#"{"series":[{"labels":[{"key":"span.x","value":{"intValue":"1"}}]},"#,
            r#"{"labels":[{"key":"span.x","value":{"intValue":"3"}}],"value":0.25},"#,
            r#"{"labels":[{"key":"span.x","value":{"intValue":"4"}}],"value":"Infinity"}],"metrics":{}}"#,
            "\n"
        )
    );
}

#[test]
fn json_says_that_series_are_missing() {
    let partial = |completeness, times: Times| {
        let one = series(&[("span.x", Datum::Int(1))], &vec![2.0; times.len()]);
        let text = written(|out| json::write(out, &MetricsResult { completeness, ..answer(times, vec![one]) }));
        text.split_once("\"metrics\":{}").map(|(_, rest)| rest.to_owned()).expect("what was inspected")
    };
    let message = |limit: usize| {
        format!(
            ",\"status\":\"PARTIAL\",\"message\":\"Response exceeds maximum series limit of {limit}, a partial response \
             is returned. Warning: the accuracy of each individual value is not guaranteed.\"}}\n"
        )
    };
    for times in [HALF_MINUTES, INSTANT] {
        assert_eq!(partial(Completeness::Whole, times), "}\n");
        assert_eq!(partial(Completeness::Cut { limit: 1 }, times), message(1));
        assert_eq!(partial(Completeness::Doubtful { seen: 10_000 }, times), message(10_000));
    }
}
