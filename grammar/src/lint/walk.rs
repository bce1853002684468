//! A query cut into the parts that rules look at.

use std::collections::HashSet;

use crate::{
    query::{
        Aggregate, ArithmeticOp, BinaryOp, Body, Chain, CompareOp, Expr, ExprKind, Field, FieldKey, FieldRef, Link,
        MetricsExpr, MetricsPipeline, MetricsStage, Pipeline, Query, ScalarExpr, ScalarFilter, SpansetExpr, SpansetOp,
        Stage, StageKind, UnaryOp,
    },
    span::Span,
    value::{Type, Value},
    vocab::{own_columns::SERVICE_NAME, scopes::Scope},
};

/// A part of a query.
pub enum Part<'q> {
    /// The whole query, before its parts.
    Query(&'q Query),
    /// An attribute or intrinsic, wherever it is read.
    Field {
        /// Which one.
        field: &'q Field,
        /// Its text.
        span: Span,
        /// The use that is made of it.
        role: Role,
    },
    /// Two operands and the operator between them.
    Binary(Binary<'q>),
    /// A prefix operator and its operand.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: &'q Expr,
        /// The text of both.
        span: Span,
        /// The surroundings of the operation.
        place: Place<'q>,
    },
    /// An operator between two spansets.
    Spansets {
        /// The operator.
        op: SpansetOp,
        /// The place of the operator.
        op_span: Span,
        /// Its operands, if the chain has no others.
        sides: Option<(&'q SpansetExpr, &'q SpansetExpr)>,
    },
    /// The condition of a filter.
    Condition(&'q Expr),
    /// The condition of the selection that `compare` takes, of which nothing reaches Tempo's storage.
    Compared(&'q Expr),
    /// The stages of a pipeline, each pipeline by itself.
    Stages(&'q [Stage]),
    /// All stages that choose spans: those of a search, or those before a metrics function.
    Selection(Selection<'q>),
    /// A comparison of aggregates.
    Scalar(&'q ScalarFilter),
    /// An aggregate.
    Aggregate(&'q Aggregate),
    /// A metrics pipeline.
    Metrics(&'q MetricsPipeline),
}

/// The use that is made of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A condition by itself: alone in a filter, or an operand of `&&` or `||`.
    Condition,
    /// A side of a comparison with a constant, which [`Part::Binary`] shows too.
    Compared,
    /// An operand of anything else.
    Operand,
    /// The whole argument of an aggregate or metrics function.
    Measured,
    /// An item of `select`.
    Selected,
    /// The argument of `by`.
    Grouped,
}

/// The stages that choose spans, with every pipeline inside of them.
#[derive(Clone, Copy)]
pub struct Selection<'q> {
    /// The stages.
    pub pipeline: &'q Pipeline,
    /// The metrics function behind them; `None` in a search.
    pub measured: Option<&'q MetricsStage>,
}

/// Two operands of an expression and the operator between them.
pub struct Binary<'q> {
    /// Everything before the operator in its chain.
    pub left: Left<'q>,
    /// The operator.
    pub op: BinaryOp,
    /// The place of the operator.
    pub op_span: Span,
    /// The operand behind it.
    pub right: &'q Expr,
    /// The text of the operation, if its chain has no other.
    pub whole: Option<Span>,
    /// The surroundings of the operation.
    pub place: Place<'q>,
}

/// A left operand: everything before an operator in its chain.
#[derive(Clone, Copy)]
pub struct Left<'q> {
    first: &'q Expr,
    rest: &'q [Link<Expr, BinaryOp>],
    /// See [`may_be_int`]; only known for a chain of arithmetic. Kept because each operator of a long chain asks.
    whole: bool,
}

/// The surroundings of an expression.
#[derive(Clone, Copy)]
pub struct Place<'q> {
    /// The whole condition, if the expression belongs to a filter: its comparisons are handed to Tempo's storage.
    pub filter: Option<&'q Filter<'q>>,
    /// Whether only `&&` and `||` lie around it, which a comparison can replace it under.
    pub loose: bool,
    /// Whether the expression chooses the selection of `compare`, where Tempo ignores errors.
    pub compared: bool,
}

/// A filter's condition, and what it says of every span that it matches.
pub struct Filter<'q> {
    /// The fields that the condition compares with `!= nil` in any case.
    pub asked_for: HashSet<&'q Field>,
}

/// Shows every part of the query to `visit`.
pub fn query(query: &Query, visit: &mut dyn FnMut(&Part<'_>)) {
    visit(&Part::Query(query));
    match &query.body {
        Body::Search(stages) => {
            visit(&Part::Selection(Selection { pipeline: stages, measured: None }));
            pipeline(stages, visit);
        }
        Body::Metrics(expr) => metrics(expr, visit),
    }
}

fn metrics(expr: &MetricsExpr, visit: &mut dyn FnMut(&Part<'_>)) {
    match expr {
        MetricsExpr::Pipeline(found) => {
            visit(&Part::Selection(Selection { pipeline: &found.spansets, measured: Some(&found.stage) }));
            pipeline(&found.spansets, visit);
            visit(&Part::Metrics(found));
            fields(found.stage.field.as_slice(), Role::Measured, visit);
            fields(&found.stage.by, Role::Grouped, visit);
            if let Some(compare) = &found.stage.compare {
                // Every span is measured, so nothing of the selection reaches the storage.
                visit(&Part::Compared(&compare.selection.condition));
                let place = Place { filter: None, loose: true, compared: true };
                expression(&compare.selection.condition, place, Role::Condition, visit);
            }
        }
        MetricsExpr::Chain(chain) => {
            metrics(&chain.first, visit);
            chain.rest.iter().for_each(|link| metrics(&link.operand, visit));
        }
        MetricsExpr::Staged(inner, _) => metrics(inner, visit),
        MetricsExpr::Literal(_) | MetricsExpr::Invalid => {}
    }
}

fn pipeline(pipeline: &Pipeline, visit: &mut dyn FnMut(&Part<'_>)) {
    visit(&Part::Stages(&pipeline.stages));
    for stage in &pipeline.stages {
        match &stage.kind {
            StageKind::Spansets(expr) => spansets(expr, visit),
            StageKind::Scalar(filter) => {
                visit(&Part::Scalar(filter));
                scalar(&filter.left, visit);
                scalar(&filter.right, visit);
            }
            StageKind::Group(expr) => expression(expr, Place::INNER, Role::Grouped, visit),
            StageKind::Select(found) => fields(found, Role::Selected, visit),
            StageKind::Coalesce => {}
        }
    }
}

fn fields(found: &[FieldRef], role: Role, visit: &mut dyn FnMut(&Part<'_>)) {
    found.iter().for_each(|found| visit(&Part::Field { field: &found.field, span: found.span, role }));
}

fn spansets(expr: &SpansetExpr, visit: &mut dyn FnMut(&Part<'_>)) {
    match expr {
        SpansetExpr::Filter(found) => {
            visit(&Part::Condition(&found.condition));
            let filter = Filter::new(&found.condition);
            let place = Place { filter: Some(&filter), loose: true, compared: false };
            expression(&found.condition, place, Role::Condition, visit);
        }
        SpansetExpr::Pipeline(inner) => pipeline(inner, visit),
        SpansetExpr::Chain(chain) => {
            spansets(&chain.first, visit);
            for link in &chain.rest {
                let sides = (chain.rest.len() == 1).then_some((&*chain.first, &link.operand));
                visit(&Part::Spansets { op: link.op, op_span: link.op_span, sides });
                spansets(&link.operand, visit);
            }
        }
    }
}

fn scalar(expr: &ScalarExpr, visit: &mut dyn FnMut(&Part<'_>)) {
    match expr {
        ScalarExpr::Aggregate(found) => aggregate(found, visit),
        ScalarExpr::Pipeline(stages, found) => {
            pipeline(stages, visit);
            aggregate(found, visit);
        }
        ScalarExpr::Chain(chain) => {
            scalar(&chain.first, visit);
            chain.rest.iter().for_each(|link| scalar(&link.operand, visit));
        }
        ScalarExpr::Literal(_) | ScalarExpr::Invalid => {}
    }
}

fn aggregate(found: &Aggregate, visit: &mut dyn FnMut(&Part<'_>)) {
    visit(&Part::Aggregate(found));
    if let Some(argument) = &found.argument {
        expression(argument, Place::INNER, Role::Measured, visit);
    }
}

fn expression<'q>(expr: &'q Expr, place: Place<'q>, role: Role, visit: &mut dyn FnMut(&Part<'_>)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Invalid => {}
        ExprKind::Field(field) => visit(&Part::Field { field, span: expr.span, role }),
        ExprKind::Unary { op, operand, .. } => {
            visit(&Part::Unary { op: *op, operand, span: expr.span, place });
            expression(operand, Place { loose: false, ..place }, Role::Operand, visit);
        }
        ExprKind::Chain(chain) => {
            let joins = chain.rest.iter().all(|link| matches!(link.op, BinaryOp::And | BinaryOp::Or));
            let inside = Place { loose: place.loose && joins, ..place };
            let role = role_in(chain, role);
            let whole_span = (chain.rest.len() == 1).then_some(expr.span);
            expression(&chain.first, inside, role, visit);
            let arithmetic = matches!(chain.rest.first(), Some(Link { op: BinaryOp::Arithmetic(_), .. }));
            let mut whole = arithmetic && may_be_int(&chain.first);
            for (i, Link { op, op_span, operand: right }) in chain.rest.iter().enumerate() {
                let left = Left { first: &chain.first, rest: &chain.rest[..i], whole };
                // With further operators behind it, the operation is the operand of the next.
                let place = Place { loose: place.loose && chain.rest.len() == 1, ..place };
                visit(&Part::Binary(Binary { left, op: *op, op_span: *op_span, right, whole: whole_span, place }));
                expression(right, inside, role, visit);
                whole = whole && may_be_int(right);
            }
        }
    }
}

/// Returns the use that an operation makes of its operands, if they are fields; `role` is the use made of the operation.
fn role_in(chain: &Chain<Expr, BinaryOp>, role: Role) -> Role {
    match chain.rest.as_slice() {
        links if links.iter().all(|link| matches!(link.op, BinaryOp::And | BinaryOp::Or)) => match role {
            Role::Condition => Role::Condition,
            _ => Role::Operand,
        },
        [Link { op: BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch, operand, .. }]
            if constant(&chain.first).is_some() || constant(operand).is_some() =>
        {
            Role::Compared
        }
        _ => Role::Operand,
    }
}

impl Place<'_> {
    /// An expression that is no condition.
    const INNER: Place<'static> = Place { filter: None, loose: false, compared: false };
}

impl<'q> Filter<'q> {
    fn new(condition: &'q Expr) -> Filter<'q> {
        let mut asked_for = HashSet::new();
        each_demand(condition, &mut |part| asked_for.extend(not_nil(part)));
        Filter { asked_for }
    }
}

impl<'q> Left<'q> {
    /// Returns the operand if it is more than the beginning of a chain.
    pub fn expr(self) -> Option<&'q Expr> {
        self.rest.is_empty().then_some(self.first)
    }

    /// Returns the text of the operand, as far as spans tell.
    pub fn span(self) -> Span {
        self.rest.last().map_or(self.first.span, |last| self.first.span.to(last.operand.span))
    }

    /// See [`may_be_int`]; false before any operator but one of arithmetic.
    pub fn may_be_int(self) -> bool {
        self.whole
    }
}

impl<'q> Binary<'q> {
    /// Returns the left operand if it is a field.
    pub fn left_field(&self) -> Option<&'q Field> {
        self.left.expr().and_then(field)
    }

    /// Returns a field, the operator and a literal, whichever side they stand on; `true` if the literal is on the left.
    pub fn field_and_literal(&self) -> Option<(&'q Field, Value, bool)> {
        let left = self.left.expr()?;
        if let (Some(found), Some(value)) = (field(left), constant(self.right)) {
            return Some((found, value, false));
        }
        Some((field(self.right)?, constant(left)?, true))
    }

    /// Returns the text of the operation, as far as spans tell.
    pub fn span(&self) -> Span {
        self.left.span().to(self.right.span)
    }
}

/// Returns the field, if the expression is nothing else.
pub fn field(expr: &Expr) -> Option<&Field> {
    match &expr.kind {
        ExprKind::Field(found) => Some(found),
        _ => None,
    }
}

/// Tells whether the field is an attribute, whose type only the data tells.
pub fn is_attribute(field: &Field) -> bool {
    matches!(field.key, FieldKey::Attribute(..))
}

/// Tells whether the field is the name of the service, which is text by convention and in Tempo's storage.
pub fn is_service_name(field: &Field) -> bool {
    !field.of_parent && matches!(&field.key, FieldKey::Attribute(Scope::Resource, name) if name == SERVICE_NAME)
}

/// Computes an expression without fields; `None` if it has one, or is not a number, text or word by itself.
///
/// Only the type and the sign of the result matter to the rules, so overflow wraps.
pub fn constant(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(value) => Some(value.clone()),
        ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => match constant(operand)? {
            Value::Int(n) => Some(Value::Int(n.wrapping_neg())),
            Value::Float(x) => Some(Value::Float(-x)),
            Value::Duration(ns) => Some(Value::Duration(ns.wrapping_neg())),
            _ => None,
        },
        ExprKind::Chain(chain) => {
            let first = constant(&chain.first)?;
            chain.rest.iter().try_fold(first, |left, link| match link.op {
                BinaryOp::Arithmetic(op) => arithmetic(op, &left, &constant(&link.operand)?),
                _ => None,
            })
        }
        _ => None,
    }
}

fn arithmetic(op: ArithmeticOp, left: &Value, right: &Value) -> Option<Value> {
    if let (Value::Int(l), Value::Int(r)) = (left, right) {
        return match op {
            ArithmeticOp::Add => Some(l.wrapping_add(*r)),
            ArithmeticOp::Sub => Some(l.wrapping_sub(*r)),
            ArithmeticOp::Mul => Some(l.wrapping_mul(*r)),
            ArithmeticOp::Div => l.checked_div(*r),
            ArithmeticOp::Mod => l.checked_rem(*r),
            ArithmeticOp::Pow => l.checked_pow(u32::try_from(*r).ok()?),
        }
        .map(Value::Int);
    }
    let number = |value: &Value| match value {
        Value::Int(n) | Value::Duration(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    };
    let (l, r) = (number(left)?, number(right)?);
    Some(Value::Float(match op {
        ArithmeticOp::Add => l + r,
        ArithmeticOp::Sub => l - r,
        ArithmeticOp::Mul => l * r,
        ArithmeticOp::Div => l / r,
        ArithmeticOp::Mod => l % r,
        ArithmeticOp::Pow => l.powf(r),
    }))
}

/// Tells whether the expression can give a whole number, and not only one that stands for a duration.
pub fn may_be_int(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(value) => value.ty() == Type::Int,
        ExprKind::Field(field) => matches!(field.ty(), Type::Int | Type::Any),
        ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => may_be_int(operand),
        ExprKind::Unary { op: UnaryOp::Not, .. } | ExprKind::Invalid => false,
        // Arithmetic gives a whole number only between whole numbers.
        ExprKind::Chain(chain) => {
            let whole =
                |link: &Link<Expr, BinaryOp>| matches!(link.op, BinaryOp::Arithmetic(_)) && may_be_int(&link.operand);
            chain.rest.iter().all(whole) && may_be_int(&chain.first)
        }
    }
}

/// Shows each part of the condition that holds of every match, because only `&&` joins it.
fn each_demand<'q>(condition: &'q Expr, visit: &mut dyn FnMut(&'q Expr)) {
    visit(condition);
    let ExprKind::Chain(Chain { first, rest }) = &condition.kind else { return };
    // `a || b && c` is `(a || b) && c`: what stands behind the last `||` counts.
    let ands = rest.iter().rev().take_while(|link| link.op == BinaryOp::And);
    let count = ands.clone().count();
    ands.map(|link| &link.operand)
        .chain((count == rest.len()).then_some(&**first))
        .for_each(|operand| each_demand(operand, visit));
}

/// Returns the field of `field != nil`.
fn not_nil(expr: &Expr) -> Option<&Field> {
    let ExprKind::Chain(Chain { first, rest }) = &expr.kind else { return None };
    match rest.as_slice() {
        [Link { op: BinaryOp::Compare(CompareOp::Ne), operand, .. }]
            if matches!(operand.kind, ExprKind::Literal(Value::Nil)) =>
        {
            field(first)
        }
        _ => None,
    }
}
