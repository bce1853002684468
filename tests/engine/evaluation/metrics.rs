//! Metrics of the engine against those of the naive evaluator.

use std::collections::BTreeMap;

use traceql::{
    exec::{Collector, Metrics, measure_batches},
    model::{
        assemble::assemble,
        result::Datum,
        series::{Form, MetricsResult, Series, label},
    },
    plan::{MetricsOptions, Window, lower_metrics},
};
use traceql_grammar::{
    Verdict, check,
    query::{Body, MetricsExpr, Query, SecondStage},
    vocab::release::Release,
};

use super::{
    describe, naive,
    naive::metrics::{Answer, Edges, Labels, float},
    queries,
    traces::{self, Numbers, Span},
};

fn run(query: &Query, options: MetricsOptions, spans: &[Span], pieces: u64, numbers: &mut Numbers) -> MetricsResult {
    let metrics = Metrics::new(lower_metrics(query, options).expect("a checked query has a plan"));
    for fragment in traces::fragments(spans, pieces, numbers) {
        metrics.observe(fragment);
    }
    metrics.finish(0).expect("the window is fine, and no operand has several spansets")
}

/// Chooses times and what of them the naive evaluator knows.
fn window(numbers: &mut Numbers) -> (Window, Edges) {
    // Where random traces start.
    let start = 100_000_000 + numbers.below(6_000);
    let end = start + 1 + numbers.below(14_000);
    if numbers.below(4) == 0 {
        return (Window { start: Some(start), end: Some(end), instant: true, ..Window::default() }, vec![start, end]);
    }
    let step = 200 + numbers.below(4_000);
    let window = Window { start: Some(start), end: Some(end), step: Some(step), ..Window::default() };
    (window, naive::metrics::edges(start, end, step))
}

fn answer(result: &MetricsResult) -> Answer {
    let series = result.series.iter().map(|series| (labels(series), series.samples.clone()));
    let answer: Answer = series.collect();
    assert_eq!(answer.len(), result.series.len(), "every series has labels of its own");
    answer
}

fn labels(series: &Series) -> Labels {
    let text = |value: &Datum| match value {
        Datum::Int(n) => n.to_string(),
        Datum::Float(x) => float(*x),
        Datum::Bool(b) => b.to_string(),
        text => format!("{:?}", text.to_string()),
    };
    let mut labels: Labels = series.labels.iter().map(|label| (label.name.clone(), text(&label.value))).collect();
    labels.sort();
    labels
}

/// Says where two answers differ first.
fn difference(found: &Answer, expected: &Answer) -> Option<String> {
    let close = |a: f64, b: f64| a.is_nan() && b.is_nan() || a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
    let other = |labels: &Labels, samples: &[f64]| match found.get(labels) {
        None => Some(format!("{labels:?} is missing: {samples:?}")),
        Some(own) if own.len() != samples.len() || own.iter().zip(samples).any(|(a, b)| !close(*a, *b)) => {
            Some(format!("{labels:?}\n   found {own:?}\nexpected {samples:?}"))
        }
        Some(_) => None,
    };
    let extra = || found.iter().find(|(labels, _)| !expected.contains_key(*labels));
    let expected = expected.iter().find_map(|(labels, samples)| other(labels, samples));
    expected.or_else(|| extra().map(|(labels, samples)| format!("{labels:?} is extra: {samples:?}")))
}

/// Returns what of an answer a choice keeps that is not known: of a ranking with equal samples, of a comparison with values
/// that are as frequent. What is kept must be as good as anything else.
fn kept(expr: &MetricsExpr, found: &Answer, mut expected: Answer) -> Answer {
    match expr {
        MetricsExpr::Staged(_, stages) => {
            let (limit, sign) = match stages.last().map(|step| &step.stage) {
                Some(SecondStage::TopK(limit)) => (*limit as usize, 1.0),
                Some(SecondStage::BottomK(limit)) => (*limit as usize, -1.0),
                _ => return expected,
            };
            let slots = expected.values().next().map_or(0, Vec::len);
            for slot in 0..slots {
                let best = |answer: &Answer| {
                    let mut all: Vec<f64> = answer.values().map(|samples| samples[slot] * sign).collect();
                    all.retain(|sample| !sample.is_nan());
                    all.sort_by(|a, b| b.total_cmp(a));
                    all.truncate(limit);
                    all
                };
                // Sums differ in their last digits.
                let (ours, theirs) = (best(found), best(&expected));
                assert_eq!(ours.len(), theirs.len(), "samples at {slot}");
                for (a, b) in ours.iter().zip(&theirs) {
                    assert!(a == b || (a - b).abs() <= 1e-9 * a.abs(), "{ours:?} are not the best of {theirs:?}");
                }
                for (labels, samples) in &mut expected {
                    if found.get(labels).is_none_or(|own| own[slot].is_nan()) {
                        samples[slot] = f64::NAN;
                    }
                }
            }
            expected.retain(|_, samples| samples.iter().any(|sample| !sample.is_nan()));
        }
        MetricsExpr::Pipeline(pipeline) => {
            let Some(compare) = &pipeline.stage.compare else { return expected };
            // By side and attribute: how often its values are there.
            let mut counts: BTreeMap<(String, String), Vec<(f64, Labels)>> = BTreeMap::new();
            for (labels, samples) in &expected {
                let side = labels.iter().find(|(name, _)| name == label::META_TYPE).map(|(_, side)| side.clone());
                let name = labels.iter().find(|(name, _)| name != label::META_TYPE).map(|(name, _)| name.clone());
                let of_value = side.zip(name).filter(|(side, _)| !side.ends_with("_total\""));
                if let Some(key) = of_value {
                    counts.entry(key).or_default().push((samples.iter().sum(), labels.clone()));
                }
            }
            for ((_, name), mut values) in counts {
                if values.len() <= compare.top as usize {
                    continue;
                }
                values.sort_by(|a, b| b.0.total_cmp(&a.0));
                let least = values[compare.top as usize - 1].0;
                let ours: Vec<&(f64, Labels)> =
                    values.iter().filter(|(_, labels)| found.contains_key(labels)).collect();
                assert_eq!(ours.len(), compare.top as usize, "values of {name}");
                assert!(ours.iter().all(|(count, _)| *count >= least), "{ours:?} are not the most frequent");
                for (_, labels) in values.iter().filter(|(_, labels)| !found.contains_key(labels)) {
                    expected.remove(labels);
                }
            }
        }
        _ => {}
    }
    expected
}

/// Checks what holds of every answer.
fn judge(result: &MetricsResult, budget: usize) {
    let json_type = |value: &Datum| match value {
        Datum::Array(_) => "array",
        Datum::Bool(_) => "bool",
        Datum::Float(_) => "double",
        Datum::Int(_) => "int",
        _ => "string",
    };
    let key = |series: &Series| {
        let labels = series.labels.iter();
        let labels: Vec<_> =
            labels.map(|label| (label.name.clone(), json_type(&label.value), label.value.to_string())).collect();
        (labels.len(), labels)
    };
    assert!(result.series.is_sorted_by_key(key), "the series stand in order");
    assert!(result.series.iter().all(|series| !series.is_empty()), "every series has a sample");
    assert!(result.series.iter().all(|series| series.samples.len() == result.times.len()), "a sample for each time");
    let exemplars: Vec<_> = result.series.iter().flat_map(|series| &series.exemplars).collect();
    let most = |series: &Series| series.exemplars.len() <= budget;
    assert!(result.series.iter().all(most), "a series has more than {budget} exemplars");
    // Of a comparison each total has those of its spans, and nothing else has any.
    let is_total = |series: &Series| {
        let meta = series.label(label::META_TYPE).map(ToString::to_string);
        meta.is_none_or(|meta| meta.ends_with("_total"))
    };
    assert!(result.series.iter().all(|series| series.exemplars.is_empty() || is_total(series)));
    let is_comparison = result.form == Form::Comparison;
    assert!(is_comparison || exemplars.len() <= budget, "{} exemplars instead of {budget}", exemplars.len());
    assert!(exemplars.iter().all(|one| !one.value.is_nan() && one.labels[0].name == "trace:id"), "{exemplars:?}");
    assert!(exemplars.iter().all(|one| result.times.iter().any(|time| time == one.time)), "{exemplars:?}");
}

#[test]
fn metrics_are_what_going_through_all_spans_gives() {
    let (mut answered, mut queries) = (0, 0);
    for seed in 3000..3400 {
        let mut numbers = Numbers::new(seed);
        let spans = traces::random(&mut numbers);
        for _ in 0..8 {
            let text = queries::metrics(&mut numbers);
            let checked = check(&text, Release::Main);
            if !matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported) {
                continue;
            }
            let Body::Metrics(expr) = &checked.query.body else { panic!("{text} is no metrics query") };
            let (window, edges) = window(&mut numbers);
            let exemplars = if numbers.below(2) == 0 { 0 } else { 4 };
            let options = MetricsOptions { window, exemplars, max_series: usize::MAX };
            let case = || format!("seed {seed}, query {text}, {window:?}\n{}", describe(&spans));

            let whole = run(&checked.query, options, &spans, 1, &mut numbers);
            judge(&whole, if window.instant { 0 } else { exemplars });
            let times: Vec<u64> = whole.times.iter().collect();
            assert_eq!(times, edges[1..], "{}", case());
            let found = answer(&whole);
            let expected = naive::metrics::measure(&checked.query, &spans, &edges);
            let expected = kept(expr, &found, expected);
            if let Some(difference) = difference(&found, &expected) {
                panic!("{difference}\n{}", case());
            }

            // NaN is not equal to itself.
            let print = |result: &MetricsResult| format!("{result:#?}");
            let batches = assemble(&traces::fragments(&spans, 1, &mut numbers));
            let plan = lower_metrics(&checked.query, options).expect("it had a plan before");
            let in_memory = measure_batches(&plan, &batches).expect("it had an answer before");
            assert_eq!(print(&in_memory), print(&whole), "as batches: {}", case());
            let pieces = 2 + numbers.below(5);
            let split = run(&checked.query, options, &spans, pieces, &mut numbers);
            assert_eq!(print(&split), print(&whole), "cut into {pieces} pieces: {}", case());
            // What is kept of too many series does not depend on how the spans came either.
            let few = MetricsOptions { max_series: 3, ..options };
            let [whole, split] =
                [1, pieces].map(|pieces| print(&run(&checked.query, few, &spans, pieces, &mut numbers)));
            assert_eq!(split, whole, "3 series, cut into {pieces} pieces: {}", case());
            queries += 1;
            answered += usize::from(found.values().flatten().any(|sample| *sample > 0.0));
        }
    }
    // Queries that find nothing show nothing.
    assert!(answered > 800, "only {answered} of {queries} queries found something");
}
