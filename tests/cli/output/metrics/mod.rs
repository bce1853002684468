//! Answers to metrics queries in the formats for programs: what the tests of all formats use, and what holds of all.

mod flat;
mod json;
mod prometheus;

use std::io;

use traceql::{
    model::{
        result::{Datum, Inspected},
        series::{Form, Label, MetricsResult, Series, Times, Unit},
    },
    output::{csv::Csv, metrics as formats},
};
use traceql_grammar::value::{Kind, Status};

use crate::output::written;

const SECOND: u64 = 1_000_000_000;

/// 2026-01-01.
const START: u64 = 1_767_225_600 * SECOND;

/// Samples of half a minute each, the first at [`START`].
const HALF_MINUTES: Times = Times::Range { first: START, step: 30 * SECOND, len: 3 };

const INSTANT: Times = Times::Instant { start: START, end: START + 1_500_000_000 };

fn answer(times: Times, series: Vec<Series>) -> MetricsResult {
    MetricsResult {
        series,
        times,
        unit: Unit::Number,
        form: Form::Lines,
        inspected: Inspected::default(),
        names: Vec::new(),
        data: None,
        without_start: 0,
        matched: 1,
        measured: 1,
        completeness: traceql::model::series::Completeness::Whole,
    }
}

fn series(labels: &[(&str, Datum)], samples: &[f64]) -> Series {
    let labels = labels.iter().map(|(name, value)| Label::new(*name, value.clone())).collect();
    Series { labels, samples: samples.to_vec(), exemplars: Vec::new() }
}

fn string(text: &str) -> Datum {
    Datum::String(text.to_owned())
}

/// Labels of all types, with gaps between them, and samples of all kinds.
fn odd() -> MetricsResult {
    let all = vec![
        series(&[("span.x", string("say \"hi\", <you>\n")), ("name", string(""))], &[0.0, f64::NAN, 2.0]),
        series(
            &[("span.\"a b\"", Datum::Float(1.0)), ("status", Datum::Status(Status::Error))],
            &[f64::NAN, 0.1, 1e21],
        ),
        series(&[("span.never", Datum::Int(1))], &[f64::NAN; 3]),
        series(
            &[
                ("span.x", Datum::Bool(false)),
                ("duration", Datum::Duration(1_500)),
                ("kind", Datum::Kind(Kind::Server)),
            ],
            &[f64::INFINITY, f64::NEG_INFINITY, f64::NAN],
        ),
        series(&[("span.x", Datum::Nil)], &[f64::NAN, f64::NAN, 1.0]),
        series(&[("name", string("nil")), ("span.x", Datum::Int(-7))], &[1.0, f64::NAN, f64::NAN]),
    ];
    answer(HALF_MINUTES, all)
}

#[test]
fn nothing_is_empty_lists_and_headers() {
    for (times, kind) in [(HALF_MINUTES, "matrix"), (INSTANT, "vector")] {
        for all in [Vec::new(), vec![series(&[("span.x", Datum::Int(1))], &[f64::NAN])]] {
            let result = answer(times, all);
            assert_eq!(written(|out| formats::json::write(out, &result)), "{\"series\":[],\"metrics\":{}}\n");
            assert_eq!(
                written(|out| formats::prometheus::write(out, &result)),
                format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"{kind}\",\"result\":[]}}}}\n")
            );
            assert_eq!(written(|out| formats::flat::write_jsonl(out, &result)), "");
            assert_eq!(written(|out| formats::flat::write_csv(out, &result, Csv::default())), "time,value\n");
        }
    }
}

/// A pipe whose reader has seen enough.
struct Closed(usize);

impl io::Write for Closed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_told_as_one() {
    let kind = |written: io::Result<()>| written.expect_err("there is more to write").kind();
    let result = odd();
    let kinds = [
        kind(formats::json::write(&mut Closed(100), &result)),
        kind(formats::prometheus::write(&mut Closed(100), &result)),
        kind(formats::flat::write_jsonl(&mut Closed(100), &result)),
        kind(formats::flat::write_csv(&mut Closed(100), &result, Csv::default())),
    ];
    assert_eq!(kinds, [io::ErrorKind::BrokenPipe; 4]);
}
