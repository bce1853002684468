//! The meaning of a metrics query, spelt out with loops.

use std::collections::BTreeMap;

use traceql_grammar::{
    ops::{ArithmeticOp, CompareOp},
    query::{Body, Field, FieldRef, Link, MetricsExpr, MetricsPipeline, MetricsStage, Query, SecondStage, SecondStep},
    value::{Type, Value, format_duration},
    vocab::{functions::MetricsFn, intrinsics::Intrinsic},
};

use super::{Place, Trace, value::V};
use crate::evaluation::traces::Span;

mod compare;

/// Samples are about the times between these, without the first of two and with the second; each stands at the second.
pub(crate) type Edges = Vec<u64>;

/// Names and values, sorted. Values are written so that those of different types differ, as far as Tempo's answer tells
/// types apart.
pub(crate) type Labels = Vec<(String, String)>;

/// A sample for each time; NaN where there is none.
pub(crate) type Answer = BTreeMap<Labels, Vec<f64>>;

/// Runs a metrics query.
pub(crate) fn measure(query: &Query, spans: &[Span], edges: &Edges) -> Answer {
    let Body::Metrics(expr) = &query.body else { panic!("only metrics queries are made here") };
    let Operand::Series(series) = evaluate(expr, spans, edges) else { panic!("no query is a mere number") };
    series
}

/// Finds the edges of a range: those of the steps that it touches, and one step before.
pub(crate) fn edges(start: u64, end: u64, step: u64) -> Edges {
    (start / step - 1..=end.div_ceil(step)).map(|n| n * step).collect()
}

enum Operand {
    Number(f64),
    Series(Answer),
}

fn evaluate(expr: &MetricsExpr, spans: &[Span], edges: &Edges) -> Operand {
    match expr {
        MetricsExpr::Pipeline(pipeline) => Operand::Series(first_stage(pipeline, spans, edges)),
        MetricsExpr::Literal(value) => Operand::Number(number(value)),
        MetricsExpr::Chain(chain) => {
            chain.rest.iter().fold(evaluate(&chain.first, spans, edges), |left, Link { op, operand: right, .. }| {
                combine(*op, left, evaluate(right, spans, edges))
            })
        }
        MetricsExpr::Staged(inner, stages) => {
            let Operand::Series(series) = evaluate(inner, spans, edges) else { panic!("numbers have no stages") };
            Operand::Series(stages.iter().fold(series, second_stage))
        }
        MetricsExpr::Invalid => panic!("only checked queries come here"),
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Int(n) => *n as f64,
        Value::Float(x) => *x,
        Value::Duration(ns) => *ns as f64 / 1e9,
        _ => panic!("no number: {value}"),
    }
}

/// A measured span.
struct Measured<'t, 's> {
    trace: &'t Trace<'s>,
    span: usize,
    slot: usize,
}

impl Measured<'_, '_> {
    fn value(&self, field: &Field) -> Option<V> {
        self.trace.field(field, Place { span: self.span, event: None, link: None })
    }
}

fn first_stage(pipeline: &MetricsPipeline, spans: &[Span], edges: &Edges) -> Answer {
    let mut by_trace: BTreeMap<u128, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        by_trace.entry(span.trace).or_default().push(span);
    }
    let traces: Vec<Trace<'_>> = by_trace.into_values().map(Trace::new).collect();
    let mut measured = Vec::new();
    for trace in &traces {
        for set in trace.pipeline(&pipeline.spansets, vec![(0..trace.spans.len()).collect()]) {
            for span in set {
                let start = trace.spans[span].start;
                let slot = edges.windows(2).position(|slot| slot[0] < start && start <= slot[1]);
                measured.extend(slot.map(|slot| Measured { trace, span, slot }));
            }
        }
    }
    let stage = &pipeline.stage;
    if let Some(arguments) = &stage.compare {
        return compare::compare(arguments, &measured, edges.len() - 1);
    }
    let mut groups: BTreeMap<Labels, Vec<&Measured<'_, '_>>> = BTreeMap::new();
    if stage.by.is_empty() {
        groups.insert(Labels::new(), Vec::new());
    }
    for span in &measured {
        groups.entry(group(stage, span)).or_default().push(span);
    }
    let mut answer = Answer::new();
    for (group, members) in groups {
        let slots = edges.windows(2).enumerate().map(|(slot, edges)| {
            let inside = members.iter().filter(|span| span.slot == slot);
            Slot {
                seconds: (edges[1] - edges[0]) as f64 / 1e9,
                count: inside.clone().count(),
                values: inside.filter_map(|span| span.value(&stage.field.as_ref()?.field)).collect(),
            }
        });
        answer.extend(series(stage, &group, &slots.collect::<Vec<_>>()));
    }
    answer
}

/// Returns the labels that set a span's group apart: what it has; if it has nothing, that the first is missing.
fn group(stage: &MetricsStage, span: &Measured<'_, '_>) -> Labels {
    let with_value = |found: &FieldRef| Some((found.to_string(), text(&span.value(&found.field)?)));
    let mut labels: Labels = stage.by.iter().filter_map(with_value).collect();
    // Quantiles and buckets have a label of their own, so that none is missing.
    let has_own = matches!(stage.function, MetricsFn::QuantileOverTime | MetricsFn::HistogramOverTime);
    if let (true, Some(first)) = (labels.is_empty() && !has_own, stage.by.first()) {
        labels.push((first.to_string(), NIL.to_owned()));
    }
    labels.sort();
    // A field that stands twice makes one label.
    labels.dedup();
    labels
}

const NIL: &str = "\"nil\"";

/// Writes a value. Tempo's answers have types for texts, ints, floats and bools; all else is text.
fn text(value: &V) -> String {
    match value {
        V::Int(n) => n.to_string(),
        V::Float(x) => float(*x),
        V::Bool(b) => b.to_string(),
        other => format!("{:?}", plain(other)),
    }
}

fn plain(value: &V) -> String {
    match value {
        V::Int(n) => n.to_string(),
        V::Float(x) => x.to_string(),
        V::Bool(b) => b.to_string(),
        V::Str(text) => text.clone(),
        V::TraceId(id) => format!("{id:x}"),
        V::SpanId(id) => format!("{id:016x}"),
        V::Duration(ns) => format_duration(*ns),
        V::Status(status) => status.word().to_owned(),
        V::Kind(kind) => kind.word().to_owned(),
        V::Array(values) => format!("[{}]", values.iter().map(plain).collect::<Vec<_>>().join(", ")),
    }
}

/// Writes a float so that it differs from an int.
pub(crate) fn float(x: f64) -> String {
    format!("float {x}")
}

/// The spans of a group in one slot.
struct Slot {
    seconds: f64,
    count: usize,
    /// What is measured of the spans that have it.
    values: Vec<V>,
}

/// Returns the series of a group.
fn series(stage: &MetricsStage, group: &Labels, slots: &[Slot]) -> Answer {
    let field = stage.field.as_ref().map(|found| &found.field);
    let own_duration = field.is_some_and(|field| *field == Field::intrinsic(Intrinsic::Duration));
    let duration = field.is_some_and(|field| field.ty() == Type::Duration);
    let named = || match stage.by.is_empty() {
        true => vec![("__name__".to_owned(), format!("{:?}", stage.function.row().name))],
        false => group.clone(),
    };
    let with = |name: &str, value: f64| {
        let mut labels = group.clone();
        labels.push((name.to_owned(), float(value)));
        labels.sort();
        labels
    };
    let each = |compute: &dyn Fn(&Slot) -> f64| -> Vec<f64> { slots.iter().map(compute).collect() };
    let numbers = |slot: &Slot| -> Vec<f64> { slot.values.iter().filter_map(super::value::float).collect() };
    // Last of all, so that sums of whole nanoseconds are exact.
    let unit = if own_duration { 1e9 } else { 1.0 };
    let seconds = |bound: f64| if duration { bound / 1e9 } else { bound };
    let buckets = |slot: &Slot| -> Vec<f64> { slot.values.iter().filter_map(bucket).map(seconds).collect() };
    // `min` and `max` pass over NaN.
    let fold = |slot: &Slot, pick: fn(f64, f64) -> f64| numbers(slot).into_iter().fold(f64::NAN, pick);
    let mut all: Answer = match stage.function {
        MetricsFn::Rate => [(named(), each(&|slot| slot.count as f64 / slot.seconds))].into(),
        MetricsFn::CountOverTime => [(named(), each(&|slot| slot.count as f64))].into(),
        MetricsFn::MinOverTime => [(named(), each(&|slot| fold(slot, f64::min) / unit))].into(),
        MetricsFn::MaxOverTime => [(named(), each(&|slot| fold(slot, f64::max) / unit))].into(),
        MetricsFn::SumOverTime => {
            [(named(), each(&|slot| numbers(slot).into_iter().reduce(|a, b| a + b).unwrap_or(f64::NAN) / unit))].into()
        }
        MetricsFn::AvgOverTime => {
            [(named(), each(&|slot| numbers(slot).iter().sum::<f64>() / numbers(slot).len() as f64 / unit))].into()
        }
        MetricsFn::HistogramOverTime => {
            let mut bounds: Vec<f64> = slots.iter().flat_map(buckets).collect();
            bounds.sort_by(f64::total_cmp);
            bounds.dedup();
            let count = |bound: f64| move |slot: &Slot| buckets(slot).into_iter().filter(|own| *own == bound).count();
            bounds.into_iter().map(|bound| (with("__bucket", bound), each(&|slot| count(bound)(slot) as f64))).collect()
        }
        MetricsFn::QuantileOverTime if slots.iter().all(|slot| buckets(slot).is_empty()) => Answer::new(),
        MetricsFn::QuantileOverTime => {
            stage.quantiles.iter().map(|p| (with("p", *p), each(&|slot| quantile(buckets(slot), *p)))).collect()
        }
        MetricsFn::Compare => panic!("handled before"),
    };
    all.retain(|_, samples| samples.iter().any(|sample| !sample.is_nan()));
    all
}

/// Rounds up to a power of two; what is too small, or no number, has none.
fn bucket(value: &V) -> Option<f64> {
    let (number, least) = match value {
        V::Int(n) | V::Duration(n) => (*n as f64, 1),
        V::Float(x) => (*x, -30),
        _ => return None,
    };
    if number < 2f64.powi(least) {
        return None;
    }
    (least..1024).map(|exponent| 2f64.powi(exponent)).find(|bound| number <= *bound)
}

fn quantile(mut buckets: Vec<f64>, p: f64) -> f64 {
    buckets.sort_by(f64::total_cmp);
    let rank = ((p * buckets.len() as f64).ceil() as usize).max(1);
    let Some(bound) = buckets.get(rank - 1) else { return 0.0 };
    let (below, inside): (Vec<f64>, Vec<f64>) =
        buckets.iter().filter(|other| *other <= bound).partition(|other| *other < bound);
    if below.len() + inside.len() == rank {
        return *bound;
    }
    let from = below.last().copied().unwrap_or(bound / 2.0);
    from * (bound / from).powf((rank - below.len()) as f64 / inside.len() as f64)
}

fn second_stage(series: Answer, step: &SecondStep) -> Answer {
    let mut found = series.clone();
    match &step.stage {
        SecondStage::Filter(op, value) => {
            let bound = number(value);
            let holds = |sample: f64| match op {
                CompareOp::Eq => sample == bound,
                CompareOp::Ne => !sample.is_nan() && sample != bound,
                CompareOp::Lt => sample < bound,
                CompareOp::Le => sample <= bound,
                CompareOp::Gt => sample > bound,
                CompareOp::Ge => sample >= bound,
            };
            found.values_mut().flatten().filter(|sample| !holds(**sample)).for_each(|sample| *sample = f64::NAN);
        }
        SecondStage::TopK(limit) | SecondStage::BottomK(limit) => {
            let limit = *limit as usize;
            if series.len() <= limit {
                return series;
            }
            let sign = if matches!(step.stage, SecondStage::TopK(_)) { 1.0 } else { -1.0 };
            for (labels, samples) in &mut found {
                for (slot, sample) in samples.iter_mut().enumerate() {
                    // Of samples that are equal to the last of the best, all are kept.
                    let better = series.iter().filter(|(other, _)| *other != labels);
                    let better = better.filter(|(_, others)| others[slot] * sign > *sample * sign).count();
                    if better >= limit {
                        *sample = f64::NAN;
                    }
                }
            }
        }
    }
    found.retain(|_, samples| samples.iter().any(|sample| !sample.is_nan()));
    found
}

fn combine(op: ArithmeticOp, left: Operand, right: Operand) -> Operand {
    let compute = |a: f64, b: f64| match op {
        ArithmeticOp::Add => a + b,
        ArithmeticOp::Sub => a - b,
        ArithmeticOp::Mul => a * b,
        ArithmeticOp::Div if b == 0.0 => f64::NAN,
        ArithmeticOp::Div => a / b,
        _ => panic!("{op:?} does not combine metrics"),
    };
    let without_name =
        |labels: &Labels| -> Labels { labels.iter().filter(|(name, _)| name != "__name__").cloned().collect() };
    let name = |labels: &Labels| labels.iter().find(|(name, _)| name == "__name__").map(|(_, name)| name.clone());
    let mut found = match (left, right) {
        (Operand::Number(a), Operand::Number(b)) => return Operand::Number(compute(a, b)),
        (Operand::Number(a), Operand::Series(mut all)) => {
            all.values_mut().flatten().for_each(|b| *b = compute(a, *b));
            all
        }
        (Operand::Series(mut all), Operand::Number(b)) => {
            all.values_mut().flatten().for_each(|a| *a = compute(*a, b));
            all
        }
        (Operand::Series(left), Operand::Series(right)) => {
            let lone = |side: &Answer| side.len() == 1 && side.keys().all(|labels| without_name(labels).is_empty());
            let mut found = Answer::new();
            for (a_labels, a) in &left {
                for (b_labels, b) in &right {
                    let (a_key, b_key) = (without_name(a_labels), without_name(b_labels));
                    if a_key != b_key && !lone(&left) && !lone(&right) {
                        continue;
                    }
                    let mut labels = if a_key.is_empty() { b_key } else { a_key };
                    if let (Some(a), Some(b)) = (name(a_labels), name(b_labels)) {
                        let name = format!("({} {} {})", a.trim_matches('"'), op.text(), b.trim_matches('"'));
                        labels.push(("__name__".to_owned(), format!("{name:?}")));
                    }
                    labels.sort();
                    found.insert(labels, a.iter().zip(b).map(|(a, b)| compute(*a, *b)).collect());
                }
            }
            found
        }
    };
    found.retain(|_, samples| samples.iter().any(|sample| !sample.is_nan()));
    Operand::Series(found)
}
