//! Random answers at random widths.

use proptest::{collection::vec, prelude::*, sample::select};
use traceql::{
    model::{
        result::Datum,
        series::{Form, Label, MetricsResult, Series, Times, Unit, label},
    },
    output::metrics::table::Style,
};
use unicode_width::UnicodeWidthStr;

use super::{made::lines, written};

/// Numbers as they come, and those that nothing is prepared for.
fn number() -> impl Strategy<Value = f64> {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        1e-9,
        1e12,
        1e300,
        59.999_999,
        86_400.0,
    ];
    prop_oneof![
        3 => -10.0..1000.0,
        3 => (0..200u16).prop_map(f64::from),
        1 => any::<f64>(),
        1 => select(odd.to_vec()),
        1 => (-330..308i32).prop_map(|exponent| 10f64.powi(exponent)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec!["a", "frontend", "nil", "", " ", "日本語", "👨‍👩‍👧 ☺️", "\u{1b}[2J\r\n\t", "e\u{301}\u{200d}"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,90}",
        1 => any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Datum> {
    prop_oneof![
        5 => text().prop_map(Datum::String),
        1 => Just(Datum::Nil),
        1 => any::<i64>().prop_map(Datum::Int),
        1 => any::<bool>().prop_map(Datum::Bool),
        1 => any::<i64>().prop_map(Datum::Duration),
        2 => number().prop_map(Datum::Float),
        2 => (-30..64i32).prop_map(|power| Datum::Float(2f64.powi(power))),
        2 => (1..63i32).prop_map(|power| Datum::Float(2f64.powi(power) / 1e9)),
    ]
}

fn one_label() -> impl Strategy<Value = Label> {
    let sides = [label::SELECTION, label::BASELINE, label::SELECTION_TOTAL, label::BASELINE_TOTAL, "other"];
    prop_oneof![
        (select(vec!["name", "span.a", label::NAME, label::QUANTILE, label::META_ERROR]), value())
            .prop_map(|(name, value)| Label::new(name, value)),
        (Just(label::BUCKET), value()).prop_map(|(name, value)| Label::new(name, value)),
        select(sides.to_vec()).prop_map(|side| Label::text(label::META_TYPE, side)),
        (text(), value()).prop_map(|(name, value)| Label::new(name, value)),
    ]
}

fn times() -> impl Strategy<Value = Times> {
    let step = prop_oneof![1..u64::MAX, Just(1), Just(50_000_000), Just(15_000_000_000), Just(3_600_000_000_000)];
    prop_oneof![
        (any::<u64>(), any::<u64>()).prop_map(|(start, end)| Times::Instant { start, end }),
        (any::<u64>(), step.clone(), 1..4usize).prop_map(|(first, step, len)| Times::Range { first, step, len }),
        (0..2_000_000_000_000_000_000u64, step, 1..700usize).prop_map(|(first, step, len)| Times::Range {
            first,
            step,
            len
        }),
    ]
}

fn result() -> impl Strategy<Value = MetricsResult> {
    let unit = select(vec![Unit::Number, Unit::PerSecond, Unit::Seconds, Unit::Nanoseconds, Unit::Percent]);
    let form = select(vec![
        Form::Lines,
        Form::Histogram { bounds: Unit::Seconds },
        Form::Histogram { bounds: Unit::Number },
        Form::Comparison,
    ]);
    let names = vec(text(), 0..4);
    (times(), unit, form, 0..14usize, names).prop_flat_map(|(times, unit, form, count, names)| {
        let series = (vec(one_label(), 0..5), vec(number(), 1..40), 0..40usize);
        vec(series, count).prop_map(move |series| MetricsResult {
            series: series
                .into_iter()
                .map(|(labels, some, first)| Series {
                    labels,
                    samples: some.iter().copied().cycle().skip(first).take(times.len()).collect(),
                    exemplars: Vec::new(),
                })
                .collect(),
            names: names.clone(),
            times,
            unit,
            form,
            ..lines(Vec::new())
        })
    })
}

/// Takes out the escape sequences that set colours.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (color, rest) = part.split_once('m').expect("a colour ends");
        assert!(color.chars().all(|c| c.is_ascii_digit() || c == ';'), "{color:?} is no colour");
        plain.push_str(rest);
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn nothing_is_wider_than_the_terminal(
        result in result(),
        width in 20..250usize,
        height in proptest::option::of(0..100usize),
    ) {
        let plain = written(&result, Style { color: false, width: Some(width), height });
        for line in plain.lines() {
            prop_assert!(line.width() <= width, "wider than {width}: {line:?}");
            prop_assert!(!line.ends_with(' '), "blanks at the end: {line:?}");
            prop_assert!(!line.contains(char::is_control), "speaks to the terminal: {line:?}");
        }
        let colored = written(&result, Style { color: true, width: Some(width), height });
        let lines: Vec<String> = without_colors(&colored).lines().map(|line| line.trim_end().to_owned()).collect();
        prop_assert_eq!(lines, plain.lines().map(str::to_owned).collect::<Vec<_>>());
    }
}
