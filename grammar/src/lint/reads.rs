//! The fields that the stages of a query read, and facts about the spans that leave these stages.

use crate::{
    query::{
        BinaryOp, Chain, CompareOp, Expr, ExprKind, Field, FieldKey, Link, Pipeline, ScalarExpr, SpansetExpr,
        SpansetOp, Stage, StageKind, UnaryOp,
    },
    span::Span,
    value::Value,
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

use super::walk::{constant, field};

/// A field at a place where it is read.
pub(super) struct Read<'q> {
    /// The field.
    pub(super) field: &'q Field,
    /// Its text.
    pub(super) span: Span,
    /// The question to its value.
    pub(super) usage: Usage,
    /// The kind of stage that reads it.
    pub(super) reader: Reader,
    /// Whether an `||` of its filter lies around it.
    pub(super) under_or: bool,
}

/// A question to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// A comparison with a constant holds.
    Test,
    /// It is there: `!= nil`.
    Presence,
    /// It is not there: `= nil`.
    Absence,
    /// Any value: it is computed with or shown.
    Every,
}

/// A kind of stage that reads fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A filter.
    Filter,
    /// `by(…)`.
    Group,
    /// An aggregate.
    Aggregate,
    /// `select(…)`.
    Select,
}

/// All fields that the stages of a query read, in the order of the text, pipelines inside of it included.
#[derive(Default)]
pub(super) struct Reads<'q> {
    /// Every field that is read.
    pub(super) fields: Vec<Read<'q>>,
    /// Number of `fields` before the first `select`; all of them if there is none.
    pub(super) before_select: usize,
    /// The operators that relate spans by their places in the trace, and whether each stands before the first `select`.
    pub(super) relations: Vec<(Span, bool)>,
    /// The places of `coalesce()`.
    pub(super) coalesces: Vec<Span>,
    /// Whether operators join spansets.
    pub(super) joins: bool,
    /// Whether there is a stage that groups or aggregates.
    pub(super) groups: bool,
    /// Number of stages that are a `select`.
    pub(super) selects: usize,
}

impl<'q> Reads<'q> {
    /// Finds what the pipeline reads.
    pub(super) fn of(pipeline: &'q Pipeline) -> Reads<'q> {
        let mut reads = Reads::default();
        reads.pipeline(pipeline);
        if reads.selects == 0 {
            reads.before_select = reads.fields.len();
        }
        reads
    }

    /// Lists what is read before the first `select`.
    pub(super) fn first(&self) -> &[Read<'q>] {
        &self.fields[..self.before_select]
    }

    fn pipeline(&mut self, pipeline: &'q Pipeline) {
        for stage in &pipeline.stages {
            match &stage.kind {
                StageKind::Spansets(expr) => self.spansets(expr),
                StageKind::Scalar(filter) => {
                    self.groups = true;
                    self.scalar(&filter.left);
                    self.scalar(&filter.right);
                }
                StageKind::Group(expr) => {
                    self.groups = true;
                    self.expr(expr, Reader::Group, false, true);
                }
                StageKind::Coalesce => self.coalesces.push(stage.span),
                StageKind::Select(fields) => {
                    if self.selects == 0 {
                        self.before_select = self.fields.len();
                    }
                    self.selects += 1;
                    for found in fields {
                        self.add(&found.field, found.span, Usage::Every, Reader::Select, false);
                    }
                }
            }
        }
    }

    fn spansets(&mut self, expr: &'q SpansetExpr) {
        match expr {
            SpansetExpr::Filter(filter) => {
                self.expr(&filter.condition, Reader::Filter, false, true);
            }
            SpansetExpr::Pipeline(inner) => self.pipeline(inner),
            SpansetExpr::Chain(chain) => {
                self.joins = true;
                self.spansets(&chain.first);
                for link in &chain.rest {
                    if !matches!(link.op, SpansetOp::And | SpansetOp::Or) {
                        self.relations.push((link.op_span, self.selects == 0));
                    }
                    self.spansets(&link.operand);
                }
            }
        }
    }

    fn scalar(&mut self, expr: &'q ScalarExpr) {
        match expr {
            ScalarExpr::Literal(_) | ScalarExpr::Invalid => {}
            ScalarExpr::Aggregate(found) => self.argument(found.argument.as_ref()),
            ScalarExpr::Pipeline(inner, found) => {
                self.pipeline(inner);
                self.argument(found.argument.as_ref());
            }
            ScalarExpr::Chain(chain) => {
                self.scalar(&chain.first);
                chain.rest.iter().for_each(|link| self.scalar(&link.operand));
            }
        }
    }

    fn argument(&mut self, argument: Option<&'q Expr>) {
        if let Some(expr) = argument {
            self.expr(expr, Reader::Aggregate, false, false);
        }
    }

    /// Adds what an expression reads; `tests` says whether its comparisons decide, which they do not below a `!`.
    fn expr(&mut self, expr: &'q Expr, reader: Reader, under_or: bool, tests: bool) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Invalid => {}
            ExprKind::Field(field) => self.add(field, expr.span, Usage::Every, reader, under_or),
            ExprKind::Unary { op, operand, .. } => self.expr(operand, reader, under_or, tests && *op != UnaryOp::Not),
            ExprKind::Chain(chain) => {
                let in_filter = reader == Reader::Filter;
                if let Some((field, span, usage)) = test(chain).filter(|_| tests && in_filter) {
                    return self.add(field, span, usage, reader, under_or);
                }
                // In `a || b && c` the `||` lies around `a` and `b`.
                let last = chain.rest.iter().rposition(|link| link.op == BinaryOp::Or);
                self.expr(&chain.first, reader, under_or || last.is_some(), tests);
                for (i, link) in chain.rest.iter().enumerate() {
                    self.expr(&link.operand, reader, under_or || last.is_some_and(|last| i <= last), tests);
                }
            }
        }
    }

    fn add(&mut self, field: &'q Field, span: Span, usage: Usage, reader: Reader, under_or: bool) {
        self.fields.push(Read { field, span, usage, reader, under_or });
    }
}

/// Returns the field of a comparison with a constant, its place, and what is asked of it.
fn test(chain: &Chain<Expr, BinaryOp>) -> Option<(&Field, Span, Usage)> {
    let [Link { op, operand: right, .. }] = chain.rest.as_slice() else { return None };
    let (found, span, value) = match (field(&chain.first), field(right)) {
        (Some(found), None) => (found, chain.first.span, constant(right)?),
        (None, Some(found)) => (found, right.span, constant(&chain.first)?),
        _ => return None,
    };
    let usage = match (op, value) {
        (BinaryOp::Compare(CompareOp::Eq), Value::Nil) => Usage::Absence,
        (BinaryOp::Compare(CompareOp::Ne), Value::Nil) => Usage::Presence,
        (BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch, _) => Usage::Test,
        _ => return None,
    };
    Some((found, span, usage))
}

/// Shows every field of an expression with its place to `visit`.
pub(super) fn each_field<'q>(expr: &'q Expr, visit: &mut dyn FnMut(&'q Field, Span)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Invalid => {}
        ExprKind::Field(field) => visit(field, expr.span),
        ExprKind::Unary { operand, .. } => each_field(operand, visit),
        ExprKind::Chain(chain) => {
            each_field(&chain.first, visit);
            chain.rest.iter().for_each(|link| each_field(&link.operand, visit));
        }
    }
}

/// Tells whether every span that leaves the stages has passed a part of a condition for which `asks` is true.
pub(super) fn every_span_passed(stages: &[Stage], asks: &dyn Fn(&Expr) -> bool) -> bool {
    stages.iter().any(|stage| stage_asks(stage, asks))
}

/// Tells whether every span that leaves the stage has passed a part of a condition for which `asks` is true.
pub(super) fn stage_asks(stage: &Stage, asks: &dyn Fn(&Expr) -> bool) -> bool {
    match &stage.kind {
        StageKind::Spansets(expr) => spansets_ask(expr, asks),
        _ => false,
    }
}

fn spansets_ask(expr: &SpansetExpr, asks: &dyn Fn(&Expr) -> bool) -> bool {
    match expr {
        SpansetExpr::Filter(filter) => every_match_passed(&filter.condition, asks),
        SpansetExpr::Pipeline(inner) => every_span_passed(&inner.stages, asks),
        SpansetExpr::Chain(chain) => chain.rest.iter().fold(spansets_ask(&chain.first, asks), |left, link| {
            // A relation gives spans of its right side, the other operators give spans of both.
            let of_right = matches!(link.op, SpansetOp::Related(_) | SpansetOp::Unrelated(_));
            (of_right || left) && spansets_ask(&link.operand, asks)
        }),
    }
}

/// Tells whether the condition holds only where a part of it holds for which `asks` is true.
fn every_match_passed(condition: &Expr, asks: &dyn Fn(&Expr) -> bool) -> bool {
    if asks(condition) {
        return true;
    }
    let ExprKind::Chain(Chain { first, rest }) = &condition.kind else { return false };
    if !rest.iter().all(|link| matches!(link.op, BinaryOp::And | BinaryOp::Or)) {
        return false;
    }
    rest.iter().fold(every_match_passed(first, asks), |left, link| {
        let right = every_match_passed(&link.operand, asks);
        if link.op == BinaryOp::And { left || right } else { left && right }
    })
}

/// Tells whether the expression is a comparison that holds only where a field is there for which `is_it` is true.
pub(super) fn needs(expr: &Expr, is_it: &dyn Fn(&Field) -> bool) -> bool {
    let ExprKind::Chain(Chain { first, rest }) = &expr.kind else { return false };
    let [Link { op, operand: right, .. }] = rest.as_slice() else { return false };
    let asks_for_nothing =
        *op == BinaryOp::Compare(CompareOp::Eq) && matches!(right.kind, ExprKind::Literal(Value::Nil));
    let one = |side: &Expr| field(side).is_some_and(is_it);
    matches!(op, BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch)
        && !asks_for_nothing
        && (one(first) || one(right))
}

/// Returns [`Scope::Event`] or [`Scope::Link`] if the field belongs to an event or a link.
pub(super) fn of_many(field: &Field) -> Option<Scope> {
    match field.key {
        FieldKey::Attribute(scope @ (Scope::Event | Scope::Link), _) => Some(scope),
        FieldKey::Intrinsic(Intrinsic::EventName | Intrinsic::EventTimeSinceStart) => Some(Scope::Event),
        FieldKey::Intrinsic(Intrinsic::LinkTraceId | Intrinsic::LinkSpanId) => Some(Scope::Link),
        _ => None,
    }
}

/// Tells whether the field is of the whole trace: its root's name and service, its duration, its id.
pub(super) fn of_trace(field: &Field) -> bool {
    let of_traces = [Intrinsic::RootName, Intrinsic::RootService, Intrinsic::TraceDuration, Intrinsic::TraceId];
    !field.of_parent && matches!(field.key, FieldKey::Intrinsic(found) if of_traces.contains(&found))
}
