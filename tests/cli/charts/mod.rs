//! What people see of answers to metrics queries.
//!
//! Charts of recorded answers and of answers made by hand are compared with the texts in `charts/expected`, which
//! `UPDATE=1` rewrites; random answers must never be wider than the terminal, nor do anything else to it.

mod made;
mod properties;
mod recorded;

use std::{env, fs, path::Path};

use traceql::{
    model::{
        result::Datum,
        series::{Form, Label, MetricsResult, Series, Times, Unit, label as names},
    },
    output::metrics::table::{self, Style},
};

use made::{instant, label, lines, samples};
use recorded::recorded;

/// Returns what is written for a terminal of some width, without colours.
fn drawn(result: &MetricsResult, width: usize) -> String {
    written(result, Style { color: false, width: Some(width), height: None })
}

fn written(result: &MetricsResult, style: Style) -> String {
    let mut out = Vec::new();
    table::write(&mut out, result, style).expect("memory takes everything");
    String::from_utf8(out).expect("output is UTF-8")
}

/// Compares with the text in a file.
fn expect(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/charts/expected").join(format!("{name}.txt"));
    if env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, text).expect("the folder can be written to");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name}: expected:\n{expected}\nfound (UPDATE=1 accepts it):\n{text}");
}

#[test]
fn line_charts() {
    let rate = recorded("shop", "range", "{} | rate() by (resource.service.name)");
    expect("lines", &drawn(&rate, 80));
    expect("lines-narrow", &drawn(&rate, 40));
    // One mark for each line, here and in the legend.
    let chart = drawn(&rate, 200);
    for mark in "●■▲◆○□△◇+×".chars() {
        assert!(chart.matches(mark).count() > 2, "{mark} in\n{chart}");
    }
    let quantiles = recorded("shop", "range", "{} | quantile_over_time(duration, .5, .9, .99)");
    expect("lines-quantiles", &drawn(&quantiles, 80));
    expect("lines-pipe", &written(&quantiles, Style { color: false, width: None, height: None }));
    expect("lines-color", &written(&quantiles, Style { color: true, width: Some(60), height: Some(16) }));
}

#[test]
fn lines_end_where_samples_are_missing() {
    expect("lines-gaps", &drawn(&recorded("shop", "range", "{ } | rate() by (resource.service.name) | topk(3)"), 80));
    expect("lines-oddities", &drawn(&made::oddities(), 60));
    // Two samples with nothing between them are two points, and nothing connects them.
    let nan = f64::NAN;
    let apart = lines(vec![samples(&[2.0, nan, nan, nan, nan, nan, nan, nan, 2.0])]);
    let chart = drawn(&apart, 40);
    let row = chart.lines().find(|line| line.contains('●')).unwrap_or_default();
    assert_eq!(row.matches('●').count(), 2, "{chart}");
    assert!(!chart.contains(|c: char| ('\u{2801}'..='\u{28ff}').contains(&c)), "{chart}");
}

#[test]
fn lines_of_many_samples_say_so() {
    expect("lines-dense", &drawn(&made::dense(), 80));
    let peaks = drawn(&made::dense(), 40);
    assert!(peaks.contains("130"), "the highest of 1000 samples a column is on the axis or in the legend:\n{peaks}");
}

#[test]
fn axes_have_round_times() {
    expect("times-midnight", &drawn(&made::starting("2026-01-01T22:37:12", 600, 24), 72));
    expect("times-days", &drawn(&made::starting("2026-01-30T20:00:00", 3_600, 100), 72));
    expect("times-milliseconds", &drawn(&made::starting_at(1_767_225_600_123_000_000, 50_000_000, 30), 72));
    expect("times-two", &drawn(&made::starting("2026-01-01T20:00:00", 3_600, 2), 40));
}

#[test]
fn charts_begin_with_the_range() {
    let nan = f64::NAN;
    let chart = |forms: Form, all: &[&[f64]], skipped: u64| {
        let series = all
            .iter()
            .zip(1i64..)
            .map(|(all, bound)| Series { labels: vec![Label::new(names::BUCKET, Datum::Int(bound))], ..samples(all) });
        let result = lines(series.collect());
        let Times::Range { first, step, len } = result.times else { panic!("a range") };
        drawn(
            &MetricsResult { form: forms, times: Times::Range { first: first + skipped * step, step, len }, ..result },
            60,
        )
    };
    for form in [Form::Lines, Form::Quantiles, Form::Histogram { bounds: Unit::Number }] {
        let chart = |all: &[&[f64]], skipped: u64| chart(form, all, skipped);
        // Tempo's first sample is about the time before; where nothing was then, it says nothing.
        assert_eq!(chart(&[&[0.0, 3.0, 4.0], &[nan, 5.0, 2.0]], 0), chart(&[&[3.0, 4.0], &[5.0, 2.0]], 1));
        assert_eq!(chart(&[&[0.0, 3.0], &[nan, 5.0]], 0), chart(&[&[3.0], &[5.0]], 1), "one time is left");
        let with_first = chart(&[&[0.0, 3.0, 4.0], &[1.0, 5.0, 2.0]], 0);
        assert_ne!(with_first, chart(&[&[3.0, 4.0], &[5.0, 2.0]], 1));
        assert!(with_first.contains("00:00"), "{with_first}");
    }
    // A series that has nothing but the first sample is no line, but an answer of such series is something.
    assert_eq!(chart(Form::Lines, &[&[0.0, 3.0, 4.0], &[0.0, nan, nan]], 0), chart(Form::Lines, &[&[3.0, 4.0]], 1));
    assert!(chart(Form::Lines, &[&[0.0, nan, nan]], 0).contains('●'));
}

#[test]
fn quantiles_of_no_spans_are_gaps() {
    let chart = |form: Form, all: &[f64]| drawn(&MetricsResult { form, ..lines(vec![samples(all)]) }, 60);
    let nan = f64::NAN;
    assert_eq!(chart(Form::Quantiles, &[2.0, 0.0, 0.0, 3.0, 4.0]), chart(Form::Lines, &[2.0, nan, nan, 3.0, 4.0]));
    assert_ne!(chart(Form::Lines, &[2.0, 0.0, 0.0, 3.0, 4.0]), chart(Form::Lines, &[2.0, nan, nan, 3.0, 4.0]));
    // There is no series without spans, so that these had 0.
    assert_eq!(chart(Form::Quantiles, &[0.0; 5]), chart(Form::Lines, &[0.0; 5]));
}

#[test]
fn no_more_than_ten_lines() {
    let chart = drawn(&made::many(), 80);
    expect("lines-many", &chart);
    assert!(chart.contains("… and 2 more series"), "{chart}");
}

#[test]
fn all_zero_and_constant_series_have_an_axis() {
    expect("lines-zero", &drawn(&lines(vec![samples(&[0.0; 30]), samples(&[0.0; 30])]), 60));
    expect("lines-constant", &drawn(&lines(vec![samples(&[-7.0; 30])]), 60));
}

#[test]
fn heatmaps() {
    expect("heatmap", &drawn(&recorded("zoo", "range", "{} | histogram_over_time(duration) by (kind)"), 80));
    expect("heatmap-numbers", &drawn(&recorded("zoo", "range", "{} | histogram_over_time(span.size)"), 60));
    expect("heatmap-dense", &drawn(&made::waves(), 80));
    expect("heatmap-narrow", &drawn(&made::waves(), 40));
}

#[test]
fn bars() {
    expect(
        "bars",
        &drawn(&recorded("zoo", "instant", "{} | count_over_time() by (resource.service.name, status)"), 60),
    );
    expect("bars-one", &drawn(&recorded("zoo", "instant", "{} | rate()"), 60));
    expect("bars-both-ways", &drawn(&instant(&[("a", 12.0), ("b", -6.5), ("c", f64::INFINITY), ("d", 0.0)]), 40));
    expect("bars-histogram", &drawn(&recorded("zoo", "instant", "{} | histogram_over_time(duration) by (kind)"), 60));
    // A range of one time is no line.
    expect("bars-range", &drawn(&lines(vec![samples(&[3.0]), samples(&[4.0])]), 40));
}

#[test]
fn an_infinite_bucket_counts() {
    let bucket = |bound: f64, all: &[f64]| Series {
        labels: vec![Label::new(names::BUCKET, Datum::Float(bound))],
        ..samples(all)
    };
    for (times, name) in [(1, "bars-infinite"), (3, "heatmap-infinite")] {
        let series = vec![bucket(1.0, &[4.0; 3][..times]), bucket(f64::INFINITY, &[2.0; 3][..times])];
        let result = MetricsResult { form: Form::Histogram { bounds: Unit::Seconds }, ..lines(series) };
        expect(name, &drawn(&result, 60));
    }
}

#[test]
fn more_bars_than_fit_are_counted() {
    let names: Vec<String> = (0..70).map(|n| format!("s{n}")).collect();
    let series: Vec<(&str, f64)> = names.iter().zip(0..).map(|(name, n)| (name.as_str(), f64::from(n))).collect();
    let result = instant(&series);
    for (height, shown) in [(None, 49), (Some(24), 18), (Some(3), 9)] {
        let text = written(&result, Style { color: false, width: Some(60), height });
        assert_eq!(text.lines().count(), 2 + shown + 1, "{text}");
        assert!(text.lines().nth(2).is_some_and(|line| line.starts_with("s69")), "{text}");
        assert!(text.contains(&format!("… and {} more series", 70 - shown)), "{text}");
    }
}

#[test]
fn comparisons() {
    let slow = "{ resource.service.name = \"frontend\" } | compare({ duration > 100ms }, 1000)";
    let failed = "{ kind = server } | compare({ status = error }, 1000)";
    expect("comparison", &drawn(&recorded("shop", "instant", slow), 80));
    expect("comparison-wide", &drawn(&recorded("shop", "instant", failed), 120));
    expect("comparison-narrow", &drawn(&recorded("shop", "instant", failed), 40));
    expect(
        "comparison-doubtful",
        &drawn(&recorded("zoo", "instant", "{ kind = server } | compare({ duration > 100ms }, 1000)"), 60),
    );
    // Over several times the samples are added up.
    assert_eq!(drawn(&recorded("shop", "range", failed), 120), drawn(&recorded("shop", "instant", failed), 120));
}

#[test]
fn comparisons_know_what_they_do_not_know() {
    expect("comparison-cut", &drawn(&made::cut_comparison(), 72));
}

#[test]
fn comparisons_without_a_side_say_so() {
    let without = |side: &str| {
        let mut result = made::cut_comparison();
        let is_of_side =
            |series: &Series| series.label(names::META_TYPE).is_some_and(|word| word.to_string().starts_with(side));
        result.series.retain(|series| !is_of_side(series));
        drawn(&result, 72)
    };
    expect("comparison-nothing", &without(names::SELECTION));
    assert!(without(names::BASELINE).contains("\nNo span is in the baseline"), "{}", without(names::BASELINE));
}

#[test]
fn attributes_that_are_counted_several_times_have_the_same_shares() {
    // In this recording each span counts several times for `resource.service.name`, which the query's filter tests.
    let mut result =
        recorded("shop", "instant", "{ resource.service.name = \"frontend\" } | compare({ duration > 100ms }, 1000)");
    let before = drawn(&result, 80);
    assert!(before.starts_with("56 spans in the selection, 873 in the baseline\n"), "{before}");
    // Every span has a kind, but not every span a status code; those that lack it count once.
    let code = "span.http.status_code";
    let lack = |result: &MetricsResult, side: &str| {
        let of_side = |series: &&Series| series.label(names::META_TYPE) == Some(&Datum::String(side.to_owned()));
        let mut lacking = result.series.iter().filter(of_side);
        lacking.find(|series| series.label(code) == Some(&Datum::Nil)).map_or(0.0, |series| series.samples[0])
    };
    let lacking = [lack(&result, names::SELECTION), lack(&result, names::BASELINE)];
    assert!(lacking.iter().all(|count| *count > 0.0), "{lacking:?}");
    for series in &mut result.series {
        let of_code = series.label(code);
        if series.label("kind").is_some() || of_code.is_some_and(|value| *value != Datum::Nil) {
            series.samples[0] *= 2.0;
        } else if of_code.is_some() {
            match series.label(names::META_TYPE).map(ToString::to_string).as_deref() {
                Some(names::SELECTION_TOTAL) => series.samples[0] += series.samples[0] - lacking[0],
                Some(names::BASELINE_TOTAL) => series.samples[0] += series.samples[0] - lacking[1],
                _ => {}
            }
        }
    }
    assert_eq!(drawn(&result, 80), before);
}

#[test]
fn labels_cannot_speak_to_the_terminal() {
    let text = drawn(&made::hostile(), 72);
    expect("labels", &text);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
}

#[test]
fn nothing_is_drawn_of_nothing() {
    for form in [Form::Lines, Form::Histogram { bounds: Unit::Seconds }, Form::Comparison] {
        let empty = MetricsResult { form, ..lines(Vec::new()) };
        let missing = MetricsResult { form, ..lines(vec![samples(&[f64::NAN, f64::NAN])]) };
        let at_once = MetricsResult { form, ..instant(&[("a", f64::NAN)]) };
        for result in [empty, missing, at_once] {
            assert_eq!(drawn(&result, 80), "");
        }
    }
}

#[test]
fn series_of_different_labels_share_their_columns() {
    let series = |labels| Series { labels, ..samples(&[1.0, 2.0]) };
    let result = lines(vec![series(vec![label("a", "x")]), series(vec![label("b", "y")]), series(vec![])]);
    let text = drawn(&result, 60);
    assert!(text.contains("\n  a    b    min  "), "{text}");
    assert!(text.contains("\n● x    nil  "), "{text}");
    assert!(text.contains("\n■ nil  y    "), "{text}");
    // In the order of the query, if it says one.
    let text = drawn(&MetricsResult { names: vec!["b".to_owned(), "c".to_owned(), "a".to_owned()], ..result }, 60);
    assert!(text.contains("\n  b    a    min  "), "{text}");
    assert!(text.contains("\n● nil  x    "), "{text}");
}
