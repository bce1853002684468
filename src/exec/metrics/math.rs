//! Arithmetic between metrics: of numbers, of series with a number, and of series joined on their labels.

use hashbrown::HashMap;
use traceql_grammar::{
    ops::ArithmeticOp,
    value::{Kind, Status},
};

use super::second::second_stage;
use crate::{
    model::{
        operand,
        result::Datum,
        series::{Exemplar, Label, Series, Times, label},
    },
    plan::SeriesExpr,
};

/// One side of an operator, or what it gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// The same number at all times.
    Number(f64),
    /// Series with a sample for each of the times.
    Series(Vec<Series>),
}

/// Computes an expression of measured series, each of which it takes once.
pub(super) fn evaluate(expr: &SeriesExpr, times: &Times, measured: &mut [Vec<Series>]) -> Term {
    match expr {
        SeriesExpr::Measure(at) => Term::Series(std::mem::take(&mut measured[*at])),
        SeriesExpr::Number(number) => Term::Number(*number),
        SeriesExpr::Chain(first, rest) => {
            let first = evaluate(first, times, measured);
            rest.iter().fold(first, |left, (op, right)| {
                let right = evaluate(right, times, measured);
                combine(*op, left, right, times)
            })
        }
        SeriesExpr::Staged(inner, stages) => match evaluate(inner, times, measured) {
            Term::Series(series) => {
                Term::Series(stages.iter().fold(series, |series, stage| second_stage(series, stage, times)))
            }
            number @ Term::Number(_) => number,
        },
    }
}

/// Computes with two operands.
///
/// A sample that one side lacks, or that has no value (division by zero), is absent, and so is a series without samples. A
/// number leaves the labels as they are and changes the exemplars' values too. Series are joined on all labels except
/// `__name__`, whatever their order; a side that is a single series without labels is joined with each of the other side.
pub(super) fn combine(op: ArithmeticOp, left: Term, right: Term, times: &Times) -> Term {
    match (left, right) {
        (Term::Number(a), Term::Number(b)) => Term::Number(compute(op, a, b)),
        (Term::Number(a), Term::Series(series)) => Term::Series(map(series, |b| compute(op, a, b))),
        (Term::Series(series), Term::Number(b)) => Term::Series(map(series, |a| compute(op, a, b))),
        (Term::Series(left), Term::Series(right)) => Term::Series(join(op, &left, &right, times)),
    }
}

/// Computes with two samples; NaN if one is or if there is no result.
fn compute(op: ArithmeticOp, a: f64, b: f64) -> f64 {
    if op == ArithmeticOp::Div && b == 0.0 {
        return f64::NAN;
    }
    operand::arithmetic(op, operand::Operand::Float(a), operand::Operand::Float(b)).number().unwrap_or(f64::NAN)
}

fn map(mut series: Vec<Series>, compute: impl Fn(f64) -> f64) -> Vec<Series> {
    for series in &mut series {
        series.samples.iter_mut().for_each(|sample| *sample = compute(*sample));
        for exemplar in &mut series.exemplars {
            exemplar.value = compute(exemplar.value);
        }
    }
    series.retain(|series| !series.is_empty());
    series
}

/// Joins series on their labels.
fn join(op: ArithmeticOp, left: &[Series], right: &[Series], times: &Times) -> Vec<Series> {
    let lone = |side: &[Series]| matches!(side, [one] if identity(one).is_empty());
    let mut joined: Vec<Series> = match (left, right) {
        ([one], many) if lone(left) && !lone(right) => {
            many.iter().map(|other| pair(op, (one, other), other, &[other], times)).collect()
        }
        (many, [one]) if lone(right) && !lone(left) => {
            many.iter().map(|other| pair(op, (other, one), other, &[other], times)).collect()
        }
        _ => {
            let by_identity: HashMap<_, &Series> = right.iter().map(|series| (identity(series), series)).collect();
            let partner = |series: &Series| by_identity.get(&identity(series)).copied();
            let both = left.iter().filter_map(|series| Some((series, partner(series)?)));
            both.map(|(a, b)| pair(op, (a, b), a, &[a, b], times)).collect()
        }
    };
    joined.retain(|series| !series.is_empty());
    joined
}

/// Computes one series of two, with the labels of `labelled` and the exemplars of `shown`.
///
/// The name says what was computed, if both sides have one. An exemplar's own value is no result of the computation, so it
/// gets that of its sample; a lone series that is joined with many others gives none, because its spans need not have
/// their labels.
fn pair(
    op: ArithmeticOp,
    (left, right): (&Series, &Series),
    labelled: &Series,
    shown: &[&Series],
    times: &Times,
) -> Series {
    let name = left.label(label::NAME).zip(right.label(label::NAME));
    let name = name.map(|(left, right)| Label::text(label::NAME, &format!("({left} {} {right})", op.text())));
    let labels = name.into_iter().chain(labelled.labels.iter().filter(|label| label.name != label::NAME).cloned());
    let samples: Vec<f64> = left.samples.iter().zip(&right.samples).map(|(a, b)| compute(op, *a, *b)).collect();
    let mut exemplars: Vec<Exemplar> = Vec::new();
    for exemplar in shown.iter().flat_map(|series| &series.exemplars) {
        let value = times.sample(&samples, exemplar.time);
        let known = |other: &Exemplar| other.time == exemplar.time && other.labels == exemplar.labels;
        if !value.is_nan() && !exemplars.iter().any(known) {
            exemplars.push(Exemplar { value, ..exemplar.clone() });
        }
    }
    exemplars.sort_by_key(|exemplar| exemplar.time);
    Series { labels: labels.collect(), samples, exemplars }
}

/// Returns what a series is joined on: its labels without its name, in one order.
fn identity(series: &Series) -> Vec<(&str, Key<'_>)> {
    let labels = series.labels.iter().filter(|label| label.name != label::NAME);
    let mut identity: Vec<_> = labels.map(|label| (label.name.as_str(), Key::of(&label.value))).collect();
    identity.sort_unstable();
    identity
}

/// A label's value as something that can be looked up; values of different types differ.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key<'s> {
    Nil,
    Text(&'s str),
    Int(i64),
    Float(u64),
    Bool(bool),
    Duration(i64),
    Status(Status),
    Kind(Kind),
    Array(Vec<Key<'s>>),
}

impl Key<'_> {
    fn of(value: &Datum) -> Key<'_> {
        match value {
            Datum::Nil => Key::Nil,
            Datum::String(text) => Key::Text(text),
            Datum::Int(n) => Key::Int(*n),
            Datum::Float(x) => Key::Float(x.to_bits()),
            Datum::Bool(b) => Key::Bool(*b),
            Datum::Duration(ns) => Key::Duration(*ns),
            Datum::Status(status) => Key::Status(*status),
            Datum::Kind(kind) => Key::Kind(*kind),
            Datum::Array(values) => Key::Array(values.iter().map(Key::of).collect()),
        }
    }
}
