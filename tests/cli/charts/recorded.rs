//! Tempo's recorded answers as results.

use serde_json::Value as Json;
use traceql::model::{
    result::Datum,
    series::{Form, Label, MetricsResult, Series, Times, Unit},
};

use super::made::lines;

const SECOND: u64 = 1_000_000_000;

/// Returns the recorded answer to a query.
pub(crate) fn recorded(dataset: &str, kind: &str, query: &str) -> MetricsResult {
    let recordings = include_bytes!("../../conformance/execute.jsonl.zst");
    let recordings = zstd::decode_all(recordings.as_slice()).expect("the recordings are zstd");
    let recording = recordings
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice::<Json>(line).expect("a recording is JSON"))
        .find(|recording| recording["dataset"] == dataset && recording["kind"] == kind && recording["query"] == query)
        .unwrap_or_else(|| panic!("no recording of {query}"));
    let parameters = &recording["params"];
    let (start, end) = (number(&parameters["start"]) as u64 * SECOND, number(&parameters["end"]) as u64 * SECOND);
    let times = match parameters["step"].as_str() {
        Some(step) => {
            let step = step.trim_end_matches('s').parse::<u64>().expect("seconds") * SECOND;
            Times::Range { first: start, step, len: ((end - start) / step + 1) as usize }
        }
        None => Times::Instant { start, end },
    };
    let series = recording["series"].as_array().expect("series").iter().map(|series| series_of(series, times));
    MetricsResult {
        series: series.collect(),
        times,
        unit: match query {
            _ if query.contains("rate()") => Unit::PerSecond,
            _ if query.contains("quantile_over_time(duration") => Unit::Seconds,
            _ => Unit::Number,
        },
        form: match query {
            _ if query.contains("compare(") => Form::Comparison,
            _ if query.contains("quantile_over_time(") => Form::Quantiles,
            _ if query.contains("histogram_over_time(span.size") => Form::Histogram { bounds: Unit::Number },
            _ if query.contains("histogram_over_time(") => Form::Histogram { bounds: Unit::Seconds },
            _ => Form::Lines,
        },
        ..lines(Vec::new())
    }
}

fn series_of(series: &Json, times: Times) -> Series {
    let labels = series["labels"].as_array().expect("labels").iter();
    let labels = labels.map(|label| Label::new(label["key"].as_str().expect("a key"), datum(&label["value"])));
    let mut samples = vec![f64::NAN; times.len()];
    match series["samples"].as_array() {
        None => samples[0] = number(&series["value"]),
        Some(recorded) => {
            for sample in recorded {
                let time = number(&sample["timestampMs"]) as u64 * 1_000_000;
                let place = times.iter().position(|known| known == time).expect("a time of the range");
                samples[place] = number(&sample["value"]);
            }
        }
    }
    Series { labels: labels.collect(), samples, exemplars: Vec::new() }
}

/// Returns a number, which is in quotes if it has 64 bits and left out if it is 0.
fn number(value: &Json) -> f64 {
    match value {
        Json::Null => 0.0,
        Json::String(text) => text.parse().expect("a number in quotes"),
        value => value.as_f64().expect("a number"),
    }
}

fn datum(value: &Json) -> Datum {
    match value.as_object().and_then(|value| value.iter().next()) {
        Some((kind, text)) if kind == "stringValue" && text == "nil" => Datum::Nil,
        Some((kind, text)) if kind == "stringValue" => Datum::String(text.as_str().expect("text").to_owned()),
        Some((kind, n)) if kind == "intValue" => Datum::Int(number(n) as i64),
        Some((kind, truth)) if kind == "boolValue" => Datum::Bool(truth.as_bool().expect("a truth value")),
        Some((_, x)) => Datum::Float(number(x)),
        None => Datum::Nil,
    }
}
