//! The meaning of a query, spelt out with loops.

use std::collections::BTreeMap;

use traceql_grammar::{
    ops::{BinaryOp, Relation, SpansetOp},
    query::{Aggregate, Body, Expr, ExprKind, Link, Pipeline, Query, ScalarExpr, ScalarFilter, SpansetExpr, StageKind},
    value::Kind,
    vocab::functions::AggregateFn,
};

pub(crate) mod catalog;
pub(crate) mod metrics;
mod span;
mod value;

use super::traces::Span;
use value::{V, arithmetic, compare, float, literal};

/// The spansets that were found: trace, and id and start of each span, sorted.
pub(crate) type Found = Vec<(u128, Vec<(u64, u64)>)>;

/// Runs a search.
pub(crate) fn search(query: &Query, spans: &[Span]) -> Found {
    found(query, spans, false)
}

/// Runs a search as Tempo's storage does: a number is found by literals of its own type only.
pub(crate) fn typed_search(query: &Query, spans: &[Span]) -> Found {
    found(query, spans, true)
}

fn found(query: &Query, spans: &[Span], typed: bool) -> Found {
    let Body::Search(pipeline) = &query.body else { panic!("only searches are made here") };
    let mut by_trace: BTreeMap<u128, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        by_trace.entry(span.trace).or_default().push(span);
    }
    let mut found = Found::new();
    for (id, spans) in by_trace {
        let trace = Trace { typed, ..Trace::new(spans) };
        for set in trace.pipeline(pipeline, vec![(0..trace.spans.len()).collect()]) {
            let mut keys: Vec<(u64, u64)> = set.iter().map(|i| (trace.spans[*i].id, trace.spans[*i].start)).collect();
            keys.sort_unstable();
            found.push((id, keys));
        }
    }
    found.sort();
    found
}

/// Positions of spans of the trace, rising.
type Set = Vec<usize>;

struct Trace<'s> {
    spans: Vec<&'s Span>,
    /// The span that each one names as its parent, if it arrived.
    named: Vec<Option<usize>>,
    in_cycle: Vec<bool>,
    nested_parent: Vec<i64>,
    /// Whether literals find only numbers of their own type.
    typed: bool,
}

/// A span with the event and link that are looked at.
#[derive(Clone, Copy)]
struct Place {
    span: usize,
    event: Option<usize>,
    link: Option<usize>,
}

impl<'s> Trace<'s> {
    fn new(spans: Vec<&'s Span>) -> Trace<'s> {
        let named: Vec<Option<usize>> = spans
            .iter()
            .map(|span| {
                let mut twins: Vec<usize> =
                    (0..spans.len()).filter(|i| span.parent != 0 && spans[*i].id == span.parent).collect();
                twins.sort_by_key(|i| (spans[*i].kind != Kind::Server, spans[*i].start));
                twins.first().copied()
            })
            .collect();
        let in_cycle = (0..spans.len())
            .map(|i| {
                let mut at = named[i];
                let mut steps = 0;
                while let Some(above) = at.filter(|above| *above != i && steps <= spans.len()) {
                    at = named[above];
                    steps += 1;
                }
                at == Some(i)
            })
            .collect();
        let mut trace = Trace { spans, named, in_cycle, nested_parent: Vec::new(), typed: false };
        trace.nested_parent = trace.number();
        trace
    }

    fn parent(&self, i: usize) -> Option<usize> {
        self.named[i].filter(|parent| !self.in_cycle[i] && !self.in_cycle[*parent])
    }

    /// Numbers the trees below roots and returns the parent's left number of each span.
    fn number(&self) -> Vec<i64> {
        let too_many = self.spans.iter().any(|a| self.spans.iter().filter(|b| a.id == b.id).count() > 2);
        let mut left = vec![0; self.spans.len()];
        let mut parents = vec![0; self.spans.len()];
        let mut next = 1;
        let mut roots: Set = (0..self.spans.len()).filter(|i| self.spans[*i].parent == 0).collect();
        roots.sort_by_key(|i| self.spans[*i].start);
        if !too_many {
            roots.into_iter().for_each(|root| self.number_below(root, -1, &mut next, &mut left, &mut parents));
        }
        parents
    }

    fn number_below(&self, i: usize, above: i64, next: &mut i64, left: &mut [i64], parents: &mut [i64]) {
        left[i] = *next;
        parents[i] = above;
        *next += 1;
        let mut children: Set = (0..self.spans.len()).filter(|child| self.parent(*child) == Some(i)).collect();
        children.sort_by_key(|child| self.spans[*child].start);
        children.into_iter().for_each(|child| self.number_below(child, left[i], next, left, parents));
        *next += 1;
    }

    fn root(&self) -> Option<&'s Span> {
        self.spans.iter().copied().filter(|span| span.parent == 0).max_by_key(|span| (span.start, span.id))
    }

    fn is_below(&self, i: usize, above: usize) -> bool {
        let mut at = self.parent(i);
        while let Some(next) = at {
            if next == above {
                return true;
            }
            at = self.parent(next);
        }
        false
    }

    /// Tells whether `right` is in the relation to `left`.
    fn related(&self, relation: Relation, left: usize, right: usize) -> bool {
        match relation {
            Relation::Child => self.parent(right) == Some(left),
            Relation::Parent => self.parent(left) == Some(right),
            Relation::Descendant => self.is_below(right, left),
            Relation::Ancestor => self.is_below(left, right),
            Relation::Sibling => {
                left != right
                    && !self.in_cycle[left]
                    && !self.in_cycle[right]
                    && self.spans[left].parent == self.spans[right].parent
            }
        }
    }

    fn pipeline(&self, pipeline: &Pipeline, sets: Vec<Set>) -> Vec<Set> {
        pipeline.stages.iter().fold(sets, |sets, stage| {
            let sets: Vec<Set> = match &stage.kind {
                StageKind::Spansets(SpansetExpr::Pipeline(inner)) => self.pipeline(inner, sets),
                StageKind::Spansets(expr) => sets.iter().map(|set| self.spansets(expr, set)).collect(),
                StageKind::Scalar(filter) => sets.into_iter().filter(|set| self.scalar(filter, set)).collect(),
                StageKind::Group(expr) => sets.iter().flat_map(|set| self.group(expr, set)).collect(),
                StageKind::Coalesce => {
                    let mut all: Set = sets.into_iter().flatten().collect();
                    all.sort_unstable();
                    vec![all]
                }
                StageKind::Select(_) => sets,
            };
            sets.into_iter().filter(|set| !set.is_empty()).collect()
        })
    }

    fn spansets(&self, expr: &SpansetExpr, input: &Set) -> Set {
        match expr {
            SpansetExpr::Filter(filter) => {
                input.iter().copied().filter(|i| self.matches(&filter.condition, *i)).collect()
            }
            SpansetExpr::Pipeline(pipeline) => {
                let sets = self.pipeline(pipeline, vec![input.clone()]);
                assert!(sets.len() <= 1, "no operand here has several spansets");
                sets.into_iter().next().unwrap_or_default()
            }
            SpansetExpr::Chain(chain) => {
                chain.rest.iter().fold(self.spansets(&chain.first, input), |left, Link { op, operand: right, .. }| {
                    self.combine(*op, &left, &self.spansets(right, input))
                })
            }
        }
    }

    fn combine(&self, op: SpansetOp, left: &Set, right: &Set) -> Set {
        let has_left = |relation, r: usize| left.iter().any(|l| self.related(relation, *l, r));
        let has_right = |relation, l: usize| right.iter().any(|r| self.related(relation, l, *r));
        let keep = |i: &usize| match op {
            SpansetOp::And => !left.is_empty() && !right.is_empty() && (left.contains(i) || right.contains(i)),
            SpansetOp::Or => left.contains(i) || right.contains(i),
            SpansetOp::Related(relation) => right.contains(i) && has_left(relation, *i),
            SpansetOp::Unrelated(relation) => right.contains(i) && !has_left(relation, *i),
            SpansetOp::Union(relation) => {
                right.contains(i) && has_left(relation, *i) || left.contains(i) && has_right(relation, *i)
            }
        };
        (0..self.spans.len()).filter(keep).collect()
    }

    fn group(&self, expr: &Expr, set: &Set) -> Vec<Set> {
        let arithmetic = matches!(&expr.kind, ExprKind::Chain(chain)
            if matches!(chain.rest.last(), Some(Link { op: BinaryOp::Arithmetic(_), .. })));
        let mut groups: Vec<(Option<V>, Set)> = Vec::new();
        for i in set {
            let key = self.value(expr, Place { span: *i, event: None, link: None });
            let key = if arithmetic { Some(key.unwrap_or(V::Bool(false))) } else { key };
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, members)) => members.push(*i),
                None => groups.push((key, vec![*i])),
            }
        }
        groups.into_iter().map(|(_, members)| members).collect()
    }

    fn scalar(&self, filter: &ScalarFilter, set: &Set) -> bool {
        match (self.number_of(&filter.left, set), self.number_of(&filter.right, set)) {
            (Some(left), Some(right)) => compare(filter.op, &left, &right),
            _ => false,
        }
    }

    fn number_of(&self, expr: &ScalarExpr, set: &Set) -> Option<V> {
        match expr {
            ScalarExpr::Literal(value) => literal(value),
            ScalarExpr::Aggregate(aggregate) => self.aggregate(aggregate, set),
            ScalarExpr::Chain(chain) => {
                chain.rest.iter().fold(self.number_of(&chain.first, set), |left, Link { op, operand: right, .. }| {
                    arithmetic(*op, &left?, &self.number_of(right, set)?)
                })
            }
            ScalarExpr::Pipeline(..) | ScalarExpr::Invalid => panic!("not made here"),
        }
    }

    fn aggregate(&self, aggregate: &Aggregate, set: &Set) -> Option<V> {
        let Some(argument) = &aggregate.argument else { return Some(V::Int(set.len() as i64)) };
        let values: Vec<V> = set
            .iter()
            .filter_map(|i| self.value(argument, Place { span: *i, event: None, link: None }))
            .filter(|value| float(value).is_some())
            .collect();
        let first = values.first()?;
        let whole = |value: &V| if let V::Int(n) | V::Duration(n) = value { Some(*n) } else { None };
        let same = values.iter().all(|value| std::mem::discriminant(value) == std::mem::discriminant(first));
        let wholes: Option<Vec<i64>> = values.iter().map(whole).collect();
        if let Some(wholes) = wholes.filter(|_| same) {
            let sum: i64 = wholes.iter().sum();
            let n = match aggregate.function {
                AggregateFn::Count => wholes.len() as i64,
                AggregateFn::Min => *wholes.iter().min()?,
                AggregateFn::Max => *wholes.iter().max()?,
                AggregateFn::Sum => sum,
                AggregateFn::Avg if matches!(first, V::Int(_)) => {
                    return Some(V::Float(sum as f64 / wholes.len() as f64));
                }
                AggregateFn::Avg => sum / wholes.len() as i64,
            };
            return Some(if matches!(first, V::Int(_)) { V::Int(n) } else { V::Duration(n) });
        }
        let floats: Vec<f64> = values.iter().filter_map(float).collect();
        Some(V::Float(match aggregate.function {
            AggregateFn::Count => floats.len() as f64,
            AggregateFn::Min => floats.iter().copied().fold(f64::INFINITY, f64::min),
            AggregateFn::Max => floats.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            AggregateFn::Sum => floats.iter().sum(),
            AggregateFn::Avg => floats.iter().sum::<f64>() / floats.len() as f64,
        }))
    }
}
