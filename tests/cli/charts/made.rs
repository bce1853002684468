//! Results made by hand.

use traceql::model::{
    result::{Datum, Inspected},
    series::{Completeness, Form, Label, MetricsResult, Series, Times, Unit, label as names},
};

const SECOND: u64 = 1_000_000_000;

/// 2026-01-01T00:00:00Z.
const NEW_YEAR: u64 = 1_767_225_600 * SECOND;

pub(crate) fn label(name: &str, value: &str) -> Label {
    Label::text(name, value)
}

/// Returns a series without a name.
pub(crate) fn samples(samples: &[f64]) -> Series {
    Series { labels: Vec::new(), samples: samples.to_vec(), exemplars: Vec::new() }
}

fn named(name: &str, samples: impl IntoIterator<Item = f64>) -> Series {
    Series { labels: vec![label("service", name)], samples: samples.into_iter().collect(), exemplars: Vec::new() }
}

/// Returns series of a sample each minute.
pub(crate) fn lines(series: Vec<Series>) -> MetricsResult {
    let len = series.first().map_or(1, |series| series.samples.len());
    MetricsResult {
        series,
        names: Vec::new(),
        times: Times::Range { first: NEW_YEAR, step: 60 * SECOND, len },
        unit: Unit::Number,
        form: Form::Lines,
        inspected: Inspected::default(),
        data: None,
        without_start: 0,
        matched: 1,
        measured: 1,
        completeness: Completeness::Whole,
    }
}

/// Returns series of one sample.
pub(crate) fn instant(series: &[(&str, f64)]) -> MetricsResult {
    let series = series.iter().map(|(name, value)| named(name, [*value])).collect();
    MetricsResult { times: Times::Instant { start: 0, end: NEW_YEAR }, ..lines(series) }
}

/// Gaps, single points, infinite and negative values, wide names; durations from seconds to minutes.
pub(crate) fn oddities() -> MetricsResult {
    let rising = (0..40).map(|t| match t {
        27 => f64::INFINITY,
        t if t % 10 < 4 => f64::NAN,
        t => f64::from(t) * 3.0,
    });
    let points = (0..40).map(|t| if t % 3 == 0 { 50.0 } else { f64::NAN });
    let negative = (0..40).map(|t| if t == 5 { f64::NEG_INFINITY } else { f64::from(t) - 40.0 });
    let series = vec![named("rising", rising), named("日本語 🎉", points), named("negative", negative)];
    let times = Times::Range { first: NEW_YEAR + 83 * SECOND, step: 60 * SECOND, len: 40 };
    MetricsResult { unit: Unit::Seconds, times, ..lines(series) }
}

/// Far more samples than columns, one of which stands out.
pub(crate) fn dense() -> MetricsResult {
    let noise = (0..10_000).map(|t| f64::from(t * 7_919 % 1_000) / 50.0 + if t == 6_000 { 130.0 } else { 40.0 });
    let wave = (0..10_000).map(|t| 20.0 + 10.0 * (f64::from(t) / 800.0).sin());
    let series = vec![named("noise", noise), named("wave", wave)];
    let times = Times::Range { first: NEW_YEAR, step: 8 * SECOND, len: 10_000 };
    MetricsResult { unit: Unit::PerSecond, times, ..lines(series) }
}

/// More series than can be told apart.
pub(crate) fn many() -> MetricsResult {
    lines((0..12).map(|n| named(&format!("s{n}"), (0..60).map(|t| f64::from(n + t)))).collect())
}

/// A rising line from a time on, in UTC, with seconds between its samples.
pub(crate) fn starting(time: &str, step: u64, len: usize) -> MetricsResult {
    let time: jiff::Timestamp = format!("{time}Z").parse().expect("a time");
    starting_at(time.as_second() as u64 * SECOND, step * SECOND, len)
}

/// The same in nanoseconds.
pub(crate) fn starting_at(first: u64, step: u64, len: usize) -> MetricsResult {
    let rising = named("rising", (1..=len).map(|t| 1e6 * t as f64));
    MetricsResult { unit: Unit::Nanoseconds, times: Times::Range { first, step, len }, ..lines(vec![rising]) }
}

/// A histogram whose durations come and go.
pub(crate) fn waves() -> MetricsResult {
    let count = |bucket: i32, t: usize| {
        let distance = f64::from(bucket) - 20.0 - 3.0 * (t as f64 / 40.0).sin();
        (600.0 * (-distance * distance / 2.0).exp()).floor()
    };
    let series = (14..28).map(|bucket| Series {
        labels: vec![Label::new(names::BUCKET, Datum::Float(2f64.powi(bucket) / 1e9))],
        samples: (0..241).map(|t| count(bucket, t)).collect(),
        exemplars: Vec::new(),
    });
    let times = Times::Range { first: NEW_YEAR, step: 15 * SECOND, len: 241 };
    MetricsResult { form: Form::Histogram { bounds: Unit::Seconds }, times, ..lines(series.collect()) }
}

/// A comparison of which only the most frequent values were kept: `/b` is not among those of the selection, `/c` not
/// among those of the baseline.
pub(crate) fn cut_comparison() -> MetricsResult {
    let counted = |side: &str, name: &str, value: Datum, count: f64| Series {
        labels: vec![label(names::META_TYPE, side), Label::new(name, value)],
        samples: vec![count],
        exemplars: Vec::new(),
    };
    let text = |value: &str| Datum::String(value.to_owned());
    let series = vec![
        counted(names::SELECTION, "name", text("op"), 100.0),
        counted(names::SELECTION_TOTAL, "name", Datum::Nil, 100.0),
        counted(names::BASELINE, "name", text("op"), 1000.0),
        counted(names::BASELINE_TOTAL, "name", Datum::Nil, 1000.0),
        counted(names::SELECTION, "span.path", text("/a"), 30.0),
        counted(names::SELECTION, "span.path", text("/c"), 10.0),
        counted(names::SELECTION_TOTAL, "span.path", Datum::Nil, 45.0),
        counted(names::BASELINE, "span.path", text("/a"), 50.0),
        counted(names::BASELINE, "span.path", text("/b"), 400.0),
        counted(names::BASELINE_TOTAL, "span.path", Datum::Nil, 500.0),
    ];
    MetricsResult { form: Form::Comparison, ..MetricsResult { series, ..instant(&[]) } }
}

/// Labels that would clear the screen, turn the text around, or fill it.
pub(crate) fn hostile() -> MetricsResult {
    let series = |n: i64| Series {
        labels: vec![
            label("span.\u{1b}[2J", &format!("\u{1b}]0;title\u{7}{n}\r\n\u{202e}drawkcab")),
            label("span.url", &format!("https://example.com/{}/{n}", "日本語".repeat(40))),
            Label::new("span.http.status_code", Datum::Int(200 + n)),
        ],
        samples: (0..20).map(|t| (n + t) as f64).collect(),
        exemplars: Vec::new(),
    };
    lines((0..3).map(series).collect())
}
