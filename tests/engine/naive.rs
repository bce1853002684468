//! The meaning of a search, spelt out with loops.

use std::collections::BTreeMap;

use traceql_grammar::{
    ops::{ArithmeticOp, BinaryOp, CompareOp, Relation, SpansetOp, UnaryOp},
    query::{
        Aggregate, Body, Chain, Expr, ExprKind, Field, FieldKey, Pipeline, Query, ScalarExpr, ScalarFilter,
        SpansetExpr, Stage,
    },
    value::{Kind, Status, Value},
    vocab::{functions::AggregateFn, intrinsics::Intrinsic, scopes::Scope},
};

use super::traces::{Attributes, Span, Val};

/// The spansets that were found: trace, and id and start of each span, sorted.
pub(crate) type Found = Vec<(u128, Vec<(u64, u64)>)>;

/// Runs a search.
pub(crate) fn search(query: &Query, spans: &[Span]) -> Found {
    let Body::Search(pipeline) = &query.body else { panic!("only searches are made here") };
    let mut by_trace: BTreeMap<u128, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        by_trace.entry(span.trace).or_default().push(span);
    }
    let mut found = Found::new();
    for (id, spans) in by_trace {
        let trace = Trace::new(spans);
        for set in trace.pipeline(pipeline, vec![(0..trace.spans.len()).collect()]) {
            let mut keys: Vec<(u64, u64)> = set.iter().map(|i| (trace.spans[*i].id, trace.spans[*i].start)).collect();
            keys.sort_unstable();
            found.push((id, keys));
        }
    }
    found.sort();
    found
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
enum V {
    Str(String),
    TraceId(u128),
    SpanId(u64),
    Int(i64),
    Float(f64),
    Bool(bool),
    Duration(i64),
    Status(Status),
    Kind(Kind),
    Array(Vec<V>),
}

/// Positions of spans of the trace, rising.
type Set = Vec<usize>;

struct Trace<'s> {
    spans: Vec<&'s Span>,
    /// The span that each one names as its parent, if it arrived.
    named: Vec<Option<usize>>,
    in_cycle: Vec<bool>,
    nested_parent: Vec<i64>,
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
        let mut trace = Trace { spans, named, in_cycle, nested_parent: Vec::new() };
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
            let sets: Vec<Set> = match stage {
                Stage::Spansets(SpansetExpr::Pipeline(inner)) => self.pipeline(inner, sets),
                Stage::Spansets(expr) => sets.iter().map(|set| self.spansets(expr, set)).collect(),
                Stage::Scalar(filter) => sets.into_iter().filter(|set| self.scalar(filter, set)).collect(),
                Stage::Group(expr) => sets.iter().flat_map(|set| self.group(expr, set)).collect(),
                Stage::Coalesce => {
                    let mut all: Set = sets.into_iter().flatten().collect();
                    all.sort_unstable();
                    vec![all]
                }
                Stage::Select(_) => sets,
            };
            sets.into_iter().filter(|set| !set.is_empty()).collect()
        })
    }

    fn spansets(&self, expr: &SpansetExpr, input: &Set) -> Set {
        match expr {
            SpansetExpr::Filter(expr) => input.iter().copied().filter(|i| self.matches(expr, *i)).collect(),
            SpansetExpr::Pipeline(pipeline) => {
                let sets = self.pipeline(pipeline, vec![input.clone()]);
                assert!(sets.len() <= 1, "no operand here has several spansets");
                sets.into_iter().next().unwrap_or_default()
            }
            SpansetExpr::Chain(chain) => {
                chain.rest.iter().fold(self.spansets(&chain.first, input), |left, (op, right)| {
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
            if matches!(chain.rest.last(), Some((BinaryOp::Arithmetic(_), _))));
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
                chain.rest.iter().fold(self.number_of(&chain.first, set), |left, (op, right)| {
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

    /// Tells whether a filter holds for a span.
    fn matches(&self, expr: &Expr, i: usize) -> bool {
        self.holds(expr, i, true, !has_or(expr))
    }

    /// Tells whether an expression has the truth value `wanted` for a span.
    ///
    /// With `together`, what `&&` joins must hold on one event and one link; else each test has its own.
    fn holds(&self, expr: &Expr, i: usize, wanted: bool, together: bool) -> bool {
        match &expr.kind {
            ExprKind::Unary(UnaryOp::Not, operand) => self.holds(operand, i, !wanted, together),
            ExprKind::Chain(chain) if matches!(chain.rest[0].0, BinaryOp::And | BinaryOp::Or) => {
                let answer = if together { self.hold_together(expr, i) } else { self.hold_alone(chain, i) };
                answer == wanted
            }
            _ => {
                let places = self.places(&[expr], i);
                let some_is = |b: bool| places.iter().any(|place| self.value(expr, *place) == Some(V::Bool(b)));
                let mut speaks_of_others = false;
                expr.fields(&mut |field| speaks_of_others |= is_of_event(field) || is_of_link(field));
                match &expr.kind {
                    // Of events, `!(event.x = 1)` says that there is none; `!event.x` that there is one where it is false.
                    ExprKind::Chain(_) if speaks_of_others => some_is(true) == wanted,
                    _ => some_is(wanted),
                }
            }
        }
    }

    fn hold_alone(&self, chain: &Chain<Expr, BinaryOp>, i: usize) -> bool {
        chain.rest.iter().fold(self.holds(&chain.first, i, true, false), |left, (op, right)| {
            let right = self.holds(right, i, true, false);
            if *op == BinaryOp::And { left && right } else { left || right }
        })
    }

    fn hold_together(&self, expr: &Expr, i: usize) -> bool {
        let mut terms = Vec::new();
        flatten(expr, &mut terms);
        let (negated, plain): (Vec<&Expr>, Vec<&Expr>) =
            terms.into_iter().partition(|term| matches!(term.kind, ExprKind::Unary(UnaryOp::Not, _)));
        let all_at = |place: Place| plain.iter().all(|term| self.value(term, place) == Some(V::Bool(true)));
        self.places(&plain, i).into_iter().any(all_at)
            && negated.into_iter().all(|term| self.holds(term, i, true, true))
    }

    /// Lists the events and links that the expressions can speak of.
    fn places(&self, exprs: &[&Expr], span: usize) -> Vec<Place> {
        let (mut events, mut links) = (false, false);
        for expr in exprs {
            expr.fields(&mut |field| {
                events |= is_of_event(field);
                links |= is_of_link(field);
            });
        }
        let choices = |wanted: bool, count: usize| -> Vec<Option<usize>> {
            if wanted { (0..count).map(Some).collect() } else { vec![None] }
        };
        let mut places = Vec::new();
        for event in choices(events, self.spans[span].events.len()) {
            for link in choices(links, self.spans[span].links.len()) {
                places.push(Place { span, event, link });
            }
        }
        places
    }

    fn value(&self, expr: &Expr, at: Place) -> Option<V> {
        match &expr.kind {
            ExprKind::Literal(value) => literal(value),
            ExprKind::Field(field) => self.field(field, at),
            ExprKind::Unary(UnaryOp::Not, operand) => match self.value(operand, at)? {
                V::Bool(b) => Some(V::Bool(!b)),
                _ => None,
            },
            ExprKind::Unary(UnaryOp::Neg, operand) => match self.value(operand, at)? {
                V::Int(n) => Some(V::Int(-n)),
                V::Float(x) => Some(V::Float(-x)),
                V::Duration(n) => Some(V::Duration(-n)),
                _ => None,
            },
            ExprKind::Chain(chain) => {
                let mut left = self.value(&chain.first, at);
                let mut left_is_nil = matches!(chain.first.kind, ExprKind::Literal(Value::Nil));
                for (op, right) in &chain.rest {
                    let right_is_nil = matches!(right.kind, ExprKind::Literal(Value::Nil));
                    left = binary(*op, left, self.value(right, at), left_is_nil, right_is_nil);
                    left_is_nil = false;
                }
                left
            }
            ExprKind::Invalid => panic!("only checked queries come here"),
        }
    }

    fn field(&self, field: &Field, at: Place) -> Option<V> {
        let at = match field.of_parent {
            true => Place { span: self.parent(at.span)?, event: None, link: None },
            false => at,
        };
        let span = self.spans[at.span];
        let (events, links) = (&span.events, &span.links);
        // Without a chosen one, the first that has a value.
        let of_event = |value: &dyn Fn(usize) -> Option<V>| match at.event {
            Some(event) => value(event),
            None => (0..events.len()).find_map(value),
        };
        let of_link = |value: &dyn Fn(usize) -> Option<V>| match at.link {
            Some(link) => value(link),
            None => (0..links.len()).find_map(value),
        };
        let service = |name: &str| (name == "service.name").then(|| V::Str(span.service.to_owned()));
        match &field.key {
            FieldKey::Parent => panic!("not made here"),
            FieldKey::Attribute(Scope::Any, name) => {
                get(&span.attributes, name).or_else(|| service(name)).or_else(|| get(&span.resource, name))
            }
            FieldKey::Attribute(Scope::Span, name) => get(&span.attributes, name),
            FieldKey::Attribute(Scope::Resource, name) => service(name).or_else(|| get(&span.resource, name)),
            FieldKey::Attribute(Scope::Event, name) => of_event(&|i| get(&events[i].attributes, name)),
            FieldKey::Attribute(Scope::Link, name) => of_link(&|i| get(&links[i].attributes, name)),
            FieldKey::Attribute(Scope::Instrumentation, _) => None,
            FieldKey::Intrinsic(intrinsic) => match intrinsic {
                Intrinsic::EventName => of_event(&|i| Some(V::Str(events[i].name.to_owned()))),
                Intrinsic::EventTimeSinceStart => {
                    of_event(&|i| Some(V::Duration(events[i].time as i64 - span.start as i64)))
                }
                Intrinsic::LinkTraceId => of_link(&|i| Some(V::TraceId(links[i].trace))),
                Intrinsic::LinkSpanId => of_link(&|i| Some(V::SpanId(links[i].span))),
                other => Some(self.intrinsic(*other, at.span)),
            },
        }
    }

    fn intrinsic(&self, intrinsic: Intrinsic, i: usize) -> V {
        let span = self.spans[i];
        let text = |text: &str| V::Str(text.to_owned());
        match intrinsic {
            Intrinsic::Duration => V::Duration(span.duration as i64),
            Intrinsic::Name => text(span.name),
            Intrinsic::Status => V::Status(span.status),
            Intrinsic::StatusMessage => text(span.message),
            Intrinsic::Kind => V::Kind(span.kind),
            Intrinsic::RootName => text(self.root().map_or("", |root| root.name)),
            Intrinsic::RootService => text(self.root().map_or("", |root| root.service)),
            Intrinsic::TraceDuration => {
                let start = self.spans.iter().map(|span| span.start).min().unwrap_or_default();
                let end = self.spans.iter().map(|span| span.start + span.duration).max().unwrap_or_default();
                V::Duration((end - start) as i64)
            }
            Intrinsic::TraceId => V::TraceId(span.trace),
            Intrinsic::SpanId => V::SpanId(span.id),
            Intrinsic::ParentId => V::SpanId(span.parent),
            Intrinsic::ChildCount => V::Int(self.named.iter().filter(|parent| **parent == Some(i)).count() as i64),
            Intrinsic::InstrumentationName | Intrinsic::InstrumentationVersion => text(span.library),
            Intrinsic::NestedSetParent => V::Int(self.nested_parent[i]),
            other => panic!("{other:?} is not made here"),
        }
    }
}

fn is_of_event(field: &Field) -> bool {
    matches!(
        field.key,
        FieldKey::Attribute(Scope::Event, _)
            | FieldKey::Intrinsic(Intrinsic::EventName | Intrinsic::EventTimeSinceStart)
    )
}

fn is_of_link(field: &Field) -> bool {
    matches!(
        field.key,
        FieldKey::Attribute(Scope::Link, _) | FieldKey::Intrinsic(Intrinsic::LinkTraceId | Intrinsic::LinkSpanId)
    )
}

fn has_or(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary(_, operand) => has_or(operand),
        ExprKind::Chain(chain) => {
            has_or(&chain.first) || chain.rest.iter().any(|(op, right)| *op == BinaryOp::Or || has_or(right))
        }
        _ => false,
    }
}

fn flatten<'e>(expr: &'e Expr, terms: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Chain(chain) if chain.rest[0].0 == BinaryOp::And => {
            flatten(&chain.first, terms);
            chain.rest.iter().for_each(|(_, right)| flatten(right, terms));
        }
        _ => terms.push(expr),
    }
}

fn get(attributes: &Attributes, name: &str) -> Option<V> {
    attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| from_val(value))
}

fn from_val(value: &Val) -> V {
    match value {
        Val::Str(s) => V::Str(s.clone()),
        Val::Int(n) => V::Int(*n),
        Val::Float(x) => V::Float(*x),
        Val::Bool(b) => V::Bool(*b),
        Val::Array(all) => V::Array(all.iter().map(from_val).collect()),
    }
}

fn literal(value: &Value) -> Option<V> {
    Some(match value {
        Value::Nil => return None,
        Value::Int(n) => V::Int(*n),
        Value::Float(x) => V::Float(*x),
        Value::String(s) => V::Str(s.clone()),
        Value::Bool(b) => V::Bool(*b),
        Value::Duration(n) => V::Duration(*n),
        Value::Status(status) => V::Status(*status),
        Value::Kind(kind) => V::Kind(*kind),
    })
}

fn float(value: &V) -> Option<f64> {
    match value {
        V::Int(n) | V::Duration(n) => Some(*n as f64),
        V::Float(x) => Some(*x),
        _ => None,
    }
}

fn binary(op: BinaryOp, left: Option<V>, right: Option<V>, left_is_nil: bool, right_is_nil: bool) -> Option<V> {
    let is_true = |value: &Option<V>| *value == Some(V::Bool(true));
    match op {
        BinaryOp::And => return Some(V::Bool(is_true(&left) && is_true(&right))),
        BinaryOp::Or => return Some(V::Bool(is_true(&left) || is_true(&right))),
        BinaryOp::Compare(op @ (CompareOp::Eq | CompareOp::Ne)) if left_is_nil || right_is_nil => {
            let present = left.is_some() || right.is_some();
            return Some(V::Bool(!(left_is_nil && right_is_nil) && present == (op == CompareOp::Ne)));
        }
        BinaryOp::Arithmetic(op) => return arithmetic(op, &left?, &right?),
        _ => {}
    }
    let (Some(left), Some(right)) = (left, right) else { return Some(V::Bool(false)) };
    Some(V::Bool(match op {
        BinaryOp::Compare(_) if matches!((&left, &right), (V::Array(_), V::Array(_))) => return None,
        BinaryOp::Compare(op) => match (&left, &right) {
            (V::Array(all), one) if op == CompareOp::Ne => all.iter().all(|element| compare(op, element, one)),
            (one, V::Array(all)) if op == CompareOp::Ne => all.iter().all(|element| compare(op, one, element)),
            (V::Array(all), one) => all.iter().any(|element| compare(op, element, one)),
            (one, V::Array(all)) => all.iter().any(|element| compare(op, one, element)),
            _ => compare(op, &left, &right),
        },
        BinaryOp::Match | BinaryOp::NotMatch => {
            let V::Str(pattern) = right else { return Some(V::Bool(false)) };
            let regex = regex::Regex::new(&format!("^(?s:{pattern})$")).expect("the patterns here are simple");
            let wanted = op == BinaryOp::Match;
            let matches = |value: &V| match value {
                V::Str(s) => regex.is_match(s) == wanted,
                V::TraceId(id) => regex.is_match(&format!("{id:x}")) == wanted,
                V::SpanId(id) => regex.is_match(&format!("{id:016x}")) == wanted,
                _ => false,
            };
            match &left {
                V::Array(all) if wanted => all.iter().any(matches),
                V::Array(all) => all.iter().all(matches),
                one => matches(one),
            }
        }
        _ => panic!("handled above"),
    }))
}

/// Compares two single values.
fn compare(op: CompareOp, left: &V, right: &V) -> bool {
    let order = match (left, right) {
        (V::Int(a) | V::Duration(a), V::Int(b) | V::Duration(b)) => a.cmp(b),
        (V::Str(a), V::Str(b)) => a.as_bytes().cmp(b.as_bytes()),
        (V::Bool(_), V::Bool(_)) | (V::Status(_), V::Status(_)) | (V::Kind(_), V::Kind(_)) => {
            return match op {
                CompareOp::Eq => left == right,
                CompareOp::Ne => left != right,
                _ => false,
            };
        }
        (V::TraceId(_) | V::SpanId(_), V::Str(_) | V::TraceId(_) | V::SpanId(_))
        | (V::Str(_), V::TraceId(_) | V::SpanId(_)) => {
            let (a, b) = (printed(left), printed(right));
            let digits = |text: &str| text.trim_start_matches('0').to_lowercase();
            let is_id = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
            let equal = is_id(&a) && is_id(&b) && digits(&a) == digits(&b);
            match op {
                CompareOp::Eq => return equal,
                CompareOp::Ne => return !equal,
                _ => a.cmp(&b),
            }
        }
        _ => match (float(left), float(right)) {
            (Some(a), Some(b)) => match a.partial_cmp(&b) {
                Some(order) => order,
                None => return op == CompareOp::Ne,
            },
            _ => return false,
        },
    };
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

fn printed(value: &V) -> String {
    match value {
        V::Str(s) => s.clone(),
        V::TraceId(id) => format!("{id:x}"),
        V::SpanId(id) => format!("{id:016x}"),
        _ => String::new(),
    }
}

fn arithmetic(op: ArithmeticOp, left: &V, right: &V) -> Option<V> {
    if let (V::Int(a), V::Int(b)) = (left, right) {
        return Some(match op {
            ArithmeticOp::Add => V::Int(a + b),
            ArithmeticOp::Sub => V::Int(a - b),
            ArithmeticOp::Mul => V::Int(a * b),
            ArithmeticOp::Div => V::Int(a.checked_div(*b)?),
            ArithmeticOp::Mod => V::Int(a.checked_rem(*b)?),
            ArithmeticOp::Pow if *b >= 0 => V::Int(a.pow(*b as u32)),
            ArithmeticOp::Pow => V::Float((*a as f64).powf(*b as f64)),
        });
    }
    let (a, b) = (float(left)?, float(right)?);
    Some(V::Float(match op {
        ArithmeticOp::Add => a + b,
        ArithmeticOp::Sub => a - b,
        ArithmeticOp::Mul => a * b,
        ArithmeticOp::Div => a / b,
        ArithmeticOp::Mod => a % b,
        ArithmeticOp::Pow => a.powf(b),
    }))
}
