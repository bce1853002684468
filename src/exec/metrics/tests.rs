//! Laws of the order of series, of second stages and of arithmetic.

use proptest::{collection::vec, prelude::*, sample::select};
use traceql_grammar::{
    Verdict, check,
    query::{ArithmeticOp, CompareOp, SecondStage},
    value::Value,
    vocab::release::Release,
};

use super::{
    math::{Term, combine, evaluate},
    order::{by_labels, sort},
    second::second_stage,
};
use crate::{
    model::{
        result::Datum,
        series::{Exemplar, Label, Series, Times, label},
    },
    plan::{MetricsOptions, lower_metrics},
};

const STEP: u64 = 60;

fn times(len: usize) -> Times {
    Times::Range { first: STEP, step: STEP, len }
}

fn labels(text: &[(&str, Datum)]) -> Vec<Label> {
    text.iter().map(|(name, value)| Label::new(*name, value.clone())).collect()
}

fn text(text: &str) -> Datum {
    Datum::String(text.to_owned())
}

fn series(text: &[(&str, Datum)], samples: &[f64]) -> Series {
    Series { labels: labels(text), samples: samples.to_vec(), exemplars: Vec::new() }
}

fn exemplar(slot: u64, value: f64) -> Exemplar {
    Exemplar { labels: vec![Label::text("trace:id", &slot.to_string())], value, time: STEP + slot * STEP }
}

fn named(name: &str, samples: &[f64]) -> Series {
    series(&[(label::NAME, text(name))], samples)
}

/// Prints series so that NaN is equal to NaN.
fn print(series: &[Series]) -> Vec<String> {
    series
        .iter()
        .map(|series| {
            let labels: Vec<String> =
                series.labels.iter().map(|label| format!("{}={:?}", label.name, label.value)).collect();
            let exemplars: Vec<String> =
                series.exemplars.iter().map(|one| format!("{}@{}", one.value, one.time)).collect();
            format!("{} {:?} {}", labels.join(","), series.samples, exemplars.join(","))
        })
        .collect()
}

fn join(op: ArithmeticOp, left: &[Series], right: &[Series]) -> Vec<Series> {
    let len = left.iter().chain(right).map(|series| series.samples.len()).max().unwrap_or(1);
    match combine(op, Term::Series(left.to_vec()), Term::Series(right.to_vec()), &times(len)) {
        Term::Series(series) => series,
        Term::Number(_) => Vec::new(),
    }
}

#[test]
fn series_stand_by_number_of_labels_then_label_by_label() {
    // Types by their names in Tempo's JSON (double, int, string), then values as text: 10 before 9.
    let sorted = [
        labels(&[("b", text("z"))]),
        labels(&[("c", Datum::Float(9.5))]),
        labels(&[("c", Datum::Int(10))]),
        labels(&[("c", Datum::Int(9))]),
        labels(&[("c", text("10"))]),
        labels(&[("a", text("1")), ("c", text("1"))]),
        labels(&[("a", text("1")), ("c", text("2"))]),
        labels(&[("a", text("2")), ("b", text("1"))]),
    ];
    let series: Vec<Series> =
        sorted.iter().rev().map(|labels| Series { labels: labels.clone(), ..named("", &[]) }).collect();
    let found: Vec<Vec<Label>> = sort(series).into_iter().map(|series| series.labels).collect();
    assert_eq!(found, sorted);
}

#[test]
fn arithmetic_with_a_number_keeps_labels_and_changes_exemplars() {
    let mut one = series(&[("a", text("x")), (label::NAME, text("rate"))], &[1.0, f64::NAN, 0.0]);
    one.exemplars = vec![exemplar(0, 4.0), exemplar(1, f64::NAN)];
    let Term::Series(found) =
        combine(ArithmeticOp::Sub, Term::Number(10.0), Term::Series(vec![one.clone()]), &times(3))
    else {
        panic!("series stay series");
    };
    assert_eq!(print(&found), ["a=String(\"x\"),__name__=String(\"rate\") [9.0, NaN, 10.0] 6@60,NaN@120"]);
    let nothing = combine(ArithmeticOp::Div, Term::Series(vec![one]), Term::Number(0.0), &times(3));
    assert_eq!(nothing, Term::Series(Vec::new()));
}

#[test]
fn names_say_what_was_computed() {
    let (a, b) = (named("rate", &[1.0, 0.0, 6.0]), named("count_over_time", &[0.0, 0.0, 3.0]));
    let found = join(ArithmeticOp::Div, std::slice::from_ref(&a), &[b]);
    assert_eq!(print(&found), ["__name__=String(\"(rate / count_over_time)\") [NaN, NaN, 2.0] "]);
    let labelled = series(&[("x", Datum::Int(1))], &[1.0, 2.0, 3.0]);
    assert_eq!(print(&join(ArithmeticOp::Add, &[a], &[labelled])), ["x=Int(1) [2.0, 2.0, 9.0] "]);
}

#[test]
fn series_are_joined_on_typed_labels_in_any_order() {
    let left = [
        series(&[("a", Datum::Int(1)), ("b", text("x"))], &[10.0]),
        series(&[("a", text("1")), ("b", text("x"))], &[20.0]),
        series(&[("a", Datum::Int(2))], &[30.0]),
    ];
    let right = [series(&[("b", text("x")), ("a", text("1"))], &[4.0]), series(&[("a", Datum::Float(2.0))], &[5.0])];
    assert_eq!(print(&join(ArithmeticOp::Div, &left, &right)), ["a=String(\"1\"),b=String(\"x\") [5.0] "]);
}

#[test]
fn exemplars_of_both_sides_stand_at_the_result() {
    let with = |exemplars: &[Exemplar], series: Series| Series { exemplars: exemplars.to_vec(), ..series };
    let left = with(&[exemplar(1, 0.5), exemplar(2, 0.5)], named("a", &[1.0, 2.0, 3.0]));
    let right = with(&[exemplar(0, f64::NAN), exemplar(1, f64::NAN)], named("b", &[2.0, 2.0, 0.0]));
    let found = join(ArithmeticOp::Div, std::slice::from_ref(&left), &[right]);
    assert_eq!(print(&found), ["__name__=String(\"(a / b)\") [0.5, 1.0, NaN] 0.5@60,1@120"]);
    let labelled = with(&[exemplar(2, 7.0)], series(&[("x", text("y"))], &[1.0, 1.0, 1.0]));
    assert_eq!(print(&join(ArithmeticOp::Mul, &[left], &[labelled])), ["x=String(\"y\") [1.0, 2.0, 3.0] 3@180"]);
}

#[test]
fn chains_are_computed_from_the_left_and_stages_belong_to_their_operand() {
    let compute = |query: &str| {
        let checked = check(query, Release::Main);
        assert_eq!(checked.verdict, Verdict::Ok, "{query}");
        let plan = lower_metrics(&checked.query, MetricsOptions::default()).expect("a checked query has a plan");
        let mut measured = [8.0, 2.0].map(|sample| vec![named("rate", &[sample])]);
        match evaluate(&plan.expr, &times(1), &mut measured) {
            Term::Series(series) => print(&series),
            Term::Number(number) => vec![number.to_string()],
        }
    };
    assert_eq!(compute("10 - ({} | rate()) - 1"), ["__name__=String(\"rate\") [1.0] "]);
    assert_eq!(compute("2 * 3 * ({} | rate())"), ["__name__=String(\"rate\") [48.0] "]);
    assert_eq!(compute("100 * ({} | rate()) / ({} | rate())"), ["__name__=String(\"(rate / rate)\") [400.0] "]);
    assert_eq!(compute("({} | rate() > 5) + ({} | rate())"), ["__name__=String(\"(rate + rate)\") [10.0] "]);
    assert_eq!(compute("({} | rate() < 5) + ({} | rate())"), [""; 0]);
    assert_eq!(compute("({} | rate()) + ({} | rate()) > 10"), [""; 0]);
}

#[test]
fn a_ranking_prefers_by_label_where_samples_are_equal() {
    let kept = |stage: SecondStage, values: &[Datum]| {
        let series: Vec<Series> = values.iter().map(|value| series(&[("a", value.clone())], &[1.0])).collect();
        let kept = second_stage(series, &stage, &times(1));
        kept.iter().map(|series| series.labels[0].value.clone()).collect::<Vec<_>>()
    };
    let texts = [text("b"), text("a"), text("c")];
    assert_eq!(kept(SecondStage::TopK(1), &texts), [text("a")]);
    assert_eq!(kept(SecondStage::BottomK(1), &texts), [text("c")]);
    // Bits: a negative number has the highest one set.
    let ints = [Datum::Int(2), Datum::Int(-1), Datum::Int(10)];
    assert_eq!(kept(SecondStage::TopK(1), &ints), [Datum::Int(-1)]);
    assert_eq!(kept(SecondStage::TopK(2), &ints), [Datum::Int(-1), Datum::Int(10)]);
    assert_eq!(kept(SecondStage::BottomK(1), &ints), [Datum::Int(2)]);
    assert_eq!(kept(SecondStage::TopK(1), &[Datum::Bool(false), Datum::Bool(true)]), [Datum::Bool(true)]);
    let kinds = [Datum::Duration(2_000_000_000), Datum::Duration(10_000_000_000)];
    assert_eq!(kept(SecondStage::TopK(1), &kinds), [Datum::Duration(10_000_000_000)]);
}

#[test]
fn a_ranking_with_room_for_all_changes_nothing() {
    let mut empty = named("a", &[f64::NAN]);
    empty.exemplars.push(exemplar(0, 1.0));
    let untouched = second_stage(vec![empty.clone()], &SecondStage::TopK(1), &times(1));
    assert_eq!(print(&untouched), print(&[empty]));
}

#[test]
fn exemplars_go_with_their_samples_in_rankings_and_by_their_own_value_in_filters() {
    let mut a = series(&[("a", text("a"))], &[5.0, 1.0]);
    a.exemplars = vec![exemplar(0, 0.2), exemplar(1, 0.2), exemplar(1, f64::NAN)];
    let b = series(&[("a", text("b"))], &[2.0, 2.0]);
    let top = second_stage(vec![a.clone(), b], &SecondStage::TopK(1), &times(2));
    assert_eq!(print(&top), ["a=String(\"a\") [5.0, NaN] 0.2@60", "a=String(\"b\") [NaN, 2.0] "]);
    let filter = SecondStage::Filter(CompareOp::Lt, Value::Duration(2_000_000_000));
    assert_eq!(print(&second_stage(vec![a], &filter, &times(2))), ["a=String(\"a\") [NaN, 1.0] 0.2@60,0.2@120"]);
}

/// Values of which many are alike, also across types.
fn datum() -> impl Strategy<Value = Datum> {
    prop_oneof![
        select(vec!["", "1", "2", "10", "nil", "true"]).prop_map(text),
        (-1i64..3).prop_map(Datum::Int),
        (-1i64..3).prop_map(|n| Datum::Float(n as f64)),
        any::<bool>().prop_map(Datum::Bool),
        Just(Datum::Nil),
    ]
}

const SLOTS: usize = 3;

/// Series of different labels, with equal samples among them.
fn many() -> impl Strategy<Value = Vec<Series>> {
    let sample = prop_oneof![
        2 => (-1i64..3).prop_map(|n| n as f64),
        1 => select(vec![f64::NAN, -0.0, f64::NEG_INFINITY, f64::INFINITY, -1e-300]),
    ];
    let some = (vec((select(vec!["a", "b", "c"]), datum()), 0..3), vec(sample, SLOTS));
    vec(some, 0..12).prop_map(|all| {
        let mut found: Vec<Series> = Vec::new();
        for (mut pairs, samples) in all {
            pairs.sort_by_key(|(name, _)| *name);
            pairs.dedup_by_key(|(name, _)| *name);
            let one = series(&pairs, &samples);
            // NaN aside, which no label here is, equal labels would be one series.
            if !found.iter().any(|other| other.labels == one.labels) {
                found.push(one);
            }
        }
        found
    })
}

fn shuffled(series: Vec<Series>) -> impl Strategy<Value = (Vec<Series>, Vec<Series>)> {
    let shuffled = Just(series.clone()).prop_shuffle();
    (Just(series), shuffled)
}

/// Ranks by sorting all series at each time.
fn ranked(series: &[Series], limit: usize, top: bool) -> Vec<Series> {
    if series.len() <= limit {
        return series.to_vec();
    }
    let bits = |value: &Datum| match value {
        Datum::Int(n) => Some(*n as u64),
        Datum::Float(x) => Some(x.to_bits()),
        Datum::Bool(b) => Some(*b as u64),
        _ => None,
    };
    let mut found: Vec<Series> = series.to_vec();
    for slot in 0..SLOTS {
        let mut places: Vec<usize> = (0..series.len()).filter(|at| !series[*at].samples[slot].is_nan()).collect();
        places.sort_by(|a, b| {
            let (a, b) = if top { (&series[*a], &series[*b]) } else { (&series[*b], &series[*a]) };
            let mut order = b.samples[slot].partial_cmp(&a.samples[slot]).expect("no NaN is left");
            for (a, b) in a.labels.iter().zip(&b.labels) {
                // A number has an empty text.
                let text = |value: &Datum| if bits(value).is_some() { String::new() } else { value.to_string() };
                order = order.then_with(|| text(&a.value).cmp(&text(&b.value)));
                order = order.then_with(|| bits(&b.value).unwrap_or(0).cmp(&bits(&a.value).unwrap_or(0)));
            }
            order.then(a.labels.len().cmp(&b.labels.len())).then_with(|| by_labels(&a.labels, &b.labels))
        });
        for at in places.iter().skip(limit) {
            found[*at].samples[slot] = f64::NAN;
        }
    }
    found.retain(|series| !series.is_empty());
    found
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn sorting_is_by_a_total_order((series, other) in many().prop_flat_map(shuffled)) {
        let sorted = sort(series);
        for pair in sorted.windows(2) {
            prop_assert!(by_labels(&pair[0].labels, &pair[1].labels).is_lt(), "{:?}", pair);
        }
        prop_assert_eq!(print(&sorted), print(&sort(other)));
    }

    #[test]
    fn ranking_is_sorting_at_each_time((series, other) in many().prop_flat_map(shuffled), limit in 1i64..5, top: bool) {
        let stage = if top { SecondStage::TopK(limit) } else { SecondStage::BottomK(limit) };
        let found = second_stage(series.clone(), &stage, &times(SLOTS));
        prop_assert_eq!(print(&found), print(&ranked(&series, limit as usize, top)));
        let found_of_other = second_stage(other, &stage, &times(SLOTS));
        prop_assert_eq!(print(&sort(found)), print(&sort(found_of_other)));
    }

    #[test]
    fn a_filter_does_nothing_twice(series in many(), bound in -1i64..3) {
        for op in [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge] {
            let stage = SecondStage::Filter(op, Value::Int(bound));
            let once = second_stage(series.clone(), &stage, &times(SLOTS));
            let kept = once.iter().flat_map(|series| &series.samples).filter(|sample| !sample.is_nan());
            let naive = series.iter().flat_map(|series| &series.samples).filter(|sample| match op {
                CompareOp::Eq => **sample == bound as f64,
                CompareOp::Ne => !sample.is_nan() && **sample != bound as f64,
                CompareOp::Lt => **sample < bound as f64,
                CompareOp::Le => **sample <= bound as f64,
                CompareOp::Gt => **sample > bound as f64,
                CompareOp::Ge => **sample >= bound as f64,
            });
            prop_assert_eq!(kept.collect::<Vec<_>>(), naive.collect::<Vec<_>>());
            prop_assert_eq!(print(&second_stage(once.clone(), &stage, &times(SLOTS))), print(&once));
        }
    }

    #[test]
    fn joins_do_not_depend_on_the_order(
        (left, left_shuffled) in many().prop_flat_map(shuffled),
        (right, mut right_shuffled) in many().prop_flat_map(shuffled),
    ) {
        right_shuffled.iter_mut().for_each(|series| series.labels.reverse());
        for op in [ArithmeticOp::Add, ArithmeticOp::Sub, ArithmeticOp::Mul, ArithmeticOp::Div] {
            let found = sort(join(op, &left, &right));
            let mut found_shuffled = join(op, &left_shuffled, &right_shuffled);
            found_shuffled.iter_mut().for_each(|series| series.labels.sort_by(|a, b| a.name.cmp(&b.name)));
            prop_assert_eq!(print(&found), print(&sort(found_shuffled)));
        }
    }

    #[test]
    fn joins_with_itself_give_ones(series in many()) {
        let ones = join(ArithmeticOp::Div, &series, &series);
        let kept = series.iter().filter(|series| series.samples.iter().any(|sample| sample.is_finite() && *sample != 0.0));
        prop_assert_eq!(ones.len(), kept.count());
        prop_assert!(ones.iter().flat_map(|series| &series.samples).all(|sample| sample.is_nan() || *sample == 1.0));
    }
}
