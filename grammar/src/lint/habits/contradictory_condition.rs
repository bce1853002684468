//! `contradictory-condition`: two tests of one value, joined by `&&`, that no value passes.

use std::collections::HashMap;

use super::super::{
    Findings,
    reads::of_many,
    together::{Test, asks_for_absence, runs, test},
    walk::{Part, is_service_name},
};
use crate::{
    query::{BinaryOp, CompareOp, Field, FieldKey},
    span::Span,
    value::Value,
    vocab::{conventions::find, intrinsics::Intrinsic, scopes::Scope},
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let (Part::Condition(condition) | Part::Compared(condition)) = part else { return };
    if findings.has_gaps {
        return;
    }
    for run in runs(condition).into_iter().filter(|run| run.op == BinaryOp::And && run.operands.len() > 1) {
        let mut facts: HashMap<&Field, Facts> = HashMap::new();
        for operand in &run.operands {
            let Some(test) = test(operand.expr).filter(|test| is_of_span(test.field)) else { continue };
            let span = operand.expr.span;
            let Some(other) = facts.entry(test.field).or_default().add(&test, span) else { continue };
            let found = findings
                .diagnostic(span, format!("no span passes both tests of `{}`", test.field))
                .label("cannot hold together with the other test")
                .also(other, "the other test")
                .help("join them with `||` if either is enough; for two different spans write two filters");
            findings.add(found);
        }
    }
}

/// Tells whether a span has the field once: a test of one event says nothing about the next.
fn is_of_span(field: &Field) -> bool {
    of_many(field).is_none() && field.key != FieldKey::Parent
}

/// Tells whether the field has one value. Other attributes may be arrays, of which each test looks for any element.
fn is_single(field: &Field) -> bool {
    match &field.key {
        FieldKey::Intrinsic(_) => true,
        FieldKey::Parent => false,
        FieldKey::Attribute(Scope::Span | Scope::Resource | Scope::Any, name) => {
            is_service_name(field) || find(name).is_some_and(|found| found.ty.is_single())
        }
        FieldKey::Attribute(..) => false,
    }
}

/// The earlier tests of one field, each with its place.
#[derive(Default)]
struct Facts {
    absent: Option<Span>,
    present: Option<Span>,
    equal: Option<(Value, Span)>,
    different: HashMap<String, Span>,
    /// The largest lower bound, and whether the bound itself is allowed.
    above: Option<(f64, bool, Span)>,
    /// The smallest upper bound, likewise.
    below: Option<(f64, bool, Span)>,
}

impl Facts {
    /// Adds a test; returns the place of one that cannot hold together with it.
    fn add(&mut self, test: &Test<'_>, span: Span) -> Option<Span> {
        if asks_for_absence(test) {
            self.absent.get_or_insert(span);
            return self.present;
        }
        self.present.get_or_insert(span);
        if self.absent.is_some() {
            return self.absent;
        }
        let BinaryOp::Compare(op) = test.op else { return None };
        if test.value == Value::Nil || !is_single(test.field) {
            return None;
        }
        let key = canonical(test.field, &test.value);
        match op {
            CompareOp::Eq => self.equals(test, &key, span),
            CompareOp::Ne => {
                let equal = self.equal.as_ref().filter(|(value, _)| canonical(test.field, value) == key);
                let other = equal.map(|(_, at)| *at);
                self.different.insert(key, span);
                other
            }
            _ => self.bound(op, number(&test.value)?, span),
        }
    }

    fn equals(&mut self, test: &Test<'_>, key: &str, span: Span) -> Option<Span> {
        if let Some((value, at)) = &self.equal {
            return (canonical(test.field, value) != key).then_some(*at);
        }
        self.equal = Some((test.value.clone(), span));
        if let Some(at) = self.different.get(key) {
            return Some(*at);
        }
        let number = number(&test.value)?;
        let too_small = self.above.filter(|(bound, allowed, _)| number < *bound || number == *bound && !allowed);
        let too_large = self.below.filter(|(bound, allowed, _)| number > *bound || number == *bound && !allowed);
        too_small.or(too_large).map(|(_, _, at)| at)
    }

    fn bound(&mut self, op: CompareOp, bound: f64, span: Span) -> Option<Span> {
        let allowed = matches!(op, CompareOp::Le | CompareOp::Ge);
        let is_lower = matches!(op, CompareOp::Gt | CompareOp::Ge);
        if let Some((value, at)) = &self.equal {
            let value = number(value)?;
            let passes = value == bound && allowed || if is_lower { value > bound } else { value < bound };
            return (!passes).then_some(*at);
        }
        let side = if is_lower { &mut self.above } else { &mut self.below };
        let is_tighter = side.is_none_or(|(old, _, _)| if is_lower { bound > old } else { bound < old });
        if is_tighter || side.is_some_and(|(old, _, _)| bound == old && !allowed) {
            *side = Some((bound, allowed, span));
        }
        let ((low, low_allowed, low_at), (high, high_allowed, high_at)) = (self.above?, self.below?);
        let is_empty = low > high || low == high && !(low_allowed && high_allowed);
        is_empty.then_some(if is_lower { high_at } else { low_at })
    }
}

/// Returns a text that is the same for values that are equal.
fn canonical(field: &Field, value: &Value) -> String {
    use Intrinsic::{ParentId, SpanId, TraceId};
    match value {
        Value::String(id) if matches!(field.key, FieldKey::Intrinsic(TraceId | SpanId | ParentId)) => {
            id.trim_start_matches('0').to_ascii_lowercase()
        }
        Value::Int(n) | Value::Duration(n) => n.to_string(),
        // Whole numbers print alike.
        Value::Float(x) => x.to_string(),
        value => value.to_string(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) | Value::Duration(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    }
}
