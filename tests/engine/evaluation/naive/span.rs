//! The value of an expression for one span.

use traceql_grammar::{
    ops::{BinaryOp, UnaryOp},
    query::{Chain, Expr, ExprKind, Field, FieldKey, Link},
    value::Value,
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

use super::{
    Place, Trace,
    value::{V, binary, from_val, literal},
};
use crate::evaluation::traces::Attributes;

impl Trace<'_> {
    /// Tells whether a filter holds for a span.
    pub(super) fn matches(&self, expr: &Expr, i: usize) -> bool {
        self.holds(expr, i, true, !has_or(expr))
    }

    /// Tells whether an expression has the truth value `wanted` for a span.
    ///
    /// With `together`, what `&&` joins must hold on one event and one link; else each test has its own.
    fn holds(&self, expr: &Expr, i: usize, wanted: bool, together: bool) -> bool {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => self.holds(operand, i, !wanted, together),
            ExprKind::Chain(chain) if matches!(chain.rest[0].op, BinaryOp::And | BinaryOp::Or) => {
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
        chain.rest.iter().fold(self.holds(&chain.first, i, true, false), |left, Link { op, operand: right, .. }| {
            let right = self.holds(right, i, true, false);
            if *op == BinaryOp::And { left && right } else { left || right }
        })
    }

    fn hold_together(&self, expr: &Expr, i: usize) -> bool {
        let mut terms = Vec::new();
        flatten(expr, &mut terms);
        let (negated, plain): (Vec<&Expr>, Vec<&Expr>) =
            terms.into_iter().partition(|term| matches!(term.kind, ExprKind::Unary { op: UnaryOp::Not, .. }));
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

    pub(super) fn value(&self, expr: &Expr, at: Place) -> Option<V> {
        match &expr.kind {
            ExprKind::Literal(value) => literal(value),
            ExprKind::Field(field) => self.field(field, at),
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => match self.value(operand, at)? {
                V::Bool(b) => Some(V::Bool(!b)),
                _ => None,
            },
            ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => match self.value(operand, at)? {
                V::Int(n) => Some(V::Int(-n)),
                V::Float(x) => Some(V::Float(-x)),
                V::Duration(n) => Some(V::Duration(-n)),
                _ => None,
            },
            ExprKind::Chain(chain) => {
                let mut left = self.value(&chain.first, at);
                let mut left_is_nil = matches!(chain.first.kind, ExprKind::Literal(Value::Nil));
                for Link { op, operand: right, .. } in &chain.rest {
                    let right_is_nil = matches!(right.kind, ExprKind::Literal(Value::Nil));
                    left = binary(*op, left, self.value(right, at), left_is_nil, right_is_nil, self.typed);
                    left_is_nil = false;
                }
                left
            }
            ExprKind::Invalid => panic!("only checked queries come here"),
        }
    }

    pub(super) fn field(&self, field: &Field, at: Place) -> Option<V> {
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

pub(super) fn is_of_event(field: &Field) -> bool {
    matches!(
        field.key,
        FieldKey::Attribute(Scope::Event, _)
            | FieldKey::Intrinsic(Intrinsic::EventName | Intrinsic::EventTimeSinceStart)
    )
}

pub(super) fn is_of_link(field: &Field) -> bool {
    matches!(
        field.key,
        FieldKey::Attribute(Scope::Link, _) | FieldKey::Intrinsic(Intrinsic::LinkTraceId | Intrinsic::LinkSpanId)
    )
}

fn has_or(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary { operand, .. } => has_or(operand),
        ExprKind::Chain(chain) => {
            has_or(&chain.first) || chain.rest.iter().any(|link| link.op == BinaryOp::Or || has_or(&link.operand))
        }
        _ => false,
    }
}

fn flatten<'e>(expr: &'e Expr, terms: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Chain(chain) if chain.rest[0].op == BinaryOp::And => {
            flatten(&chain.first, terms);
            chain.rest.iter().for_each(|link| flatten(&link.operand, terms));
        }
        _ => terms.push(expr),
    }
}

fn get(attributes: &Attributes, name: &str) -> Option<V> {
    attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| from_val(value))
}
