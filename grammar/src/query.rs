//! The checked query: what was asked, with every name resolved and every expression typed.
//!
//! Chains of operators of one level stay flat (`a && b || c` is one [`Chain`]), because people write chains of thousands
//! of terms, and a tree that deep could be neither walked nor dropped on a normal stack. What nests (parentheses, prefix
//! operators, `^`) nests at most [`crate::MAX_NESTING`] deep.

mod text;

use crate::{
    span::Span,
    value::{Type, Value},
    vocab::{
        functions::{AggregateFn, MetricsFn},
        intrinsics::Intrinsic,
        scopes::Scope,
    },
};

pub use crate::ops::{ArithmeticOp, BinaryOp, CompareOp, Relation, SpansetOp, UnaryOp};

/// A query as it will be run.
///
/// Where the text had errors the query still holds what could be understood, with [`ExprKind::Invalid`] in the gaps; run
/// it only if [`crate::Checked::verdict`] says that it can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What is computed.
    pub body: Body,
    /// The hints of the last `with (…)`.
    pub hints: Vec<Hint>,
}

/// The two kinds of query.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a query has one")]
pub enum Body {
    /// Finds spansets.
    Search(Pipeline),
    /// Computes time series.
    Metrics(MetricsExpr),
}

/// One `name=value` of `with (…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// The name as written; unknown names are legal and do nothing.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// A literal.
    pub value: Value,
    /// From the name to the end of the value.
    pub span: Span,
}

/// Items joined by operators of one level, grouped from the left: `((first op1 a) op2 b) …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain<T, Op> {
    /// The leftmost operand.
    pub first: Box<T>,
    /// Each further operator with its right operand, never empty.
    pub rest: Vec<Link<T, Op>>,
}

/// An operator of a chain and its right operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Link<T, Op> {
    /// The operator.
    pub op: Op,
    /// Where the operator stands.
    pub op_span: Span,
    /// The right operand.
    pub operand: T,
}

/// Stages that each take the spansets of one trace and give new ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// At least one stage; none only where the verdict is not [`crate::Verdict::Ok`].
    pub stages: Vec<Stage>,
    /// The text of all stages.
    pub span: Span,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The kind of step.
    pub kind: StageKind,
    /// Its text, without the `|` around it.
    pub span: Span,
}

/// The kinds of stages.
#[derive(Clone, Debug, PartialEq)]
pub enum StageKind {
    /// Keeps the spans that a spanset expression selects.
    Spansets(SpansetExpr),
    /// Keeps the spansets for which a comparison of aggregates holds.
    Scalar(ScalarFilter),
    /// `by(expr)`: splits each spanset by a value.
    Group(Expr),
    /// `coalesce()`: joins the spansets of a trace into one.
    Coalesce,
    /// `select(fields)`: adds fields to the output.
    Select(Vec<FieldRef>),
}

/// Selects spans of one trace.
#[derive(Clone, Debug, PartialEq)]
pub enum SpansetExpr {
    /// `{ … }`
    Filter(Filter),
    /// A parenthesised pipeline as an operand.
    Pipeline(Pipeline),
    /// Operands joined by spanset operators.
    Chain(Chain<SpansetExpr, SpansetOp>),
}

/// `{ … }`: the spans for which a condition is true.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The condition; `true` for `{ }`, whose span is then that of the filter.
    pub condition: Expr,
    /// The text with its braces.
    pub span: Span,
}

/// A comparison between aggregates and literals.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalarFilter {
    /// Left side.
    pub left: ScalarExpr,
    /// How the sides are compared.
    pub op: CompareOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// Right side.
    pub right: ScalarExpr,
    /// The text of the whole comparison.
    pub span: Span,
}

/// A number computed from a spanset.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalarExpr {
    /// A literal, folded from a literal expression such as `2 * 3`.
    Literal(Value),
    /// An aggregate over the spans of the current spanset.
    Aggregate(Aggregate),
    /// `(pipeline | aggregate)`: an aggregate over what a pipeline of its own yields for the trace.
    Pipeline(Pipeline, Aggregate),
    /// Arithmetic.
    Chain(Chain<ScalarExpr, ArithmeticOp>),
    /// Something that could not be understood; a diagnostic says what.
    Invalid,
}

/// `count()`, `avg(duration)`, …
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Which aggregate.
    pub function: AggregateFn,
    /// Where its name stands.
    pub name_span: Span,
    /// What is aggregated; `None` for `count()` only.
    pub argument: Option<Expr>,
    /// The text of the call.
    pub span: Span,
}

/// An expression over one span.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// The type as far as it is known without data.
    pub ty: Type,
    /// Its text, without the parentheses around it.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal. [`Value::Nil`] stands only beside `=` and `!=`.
    Literal(Value),
    /// An attribute or intrinsic.
    Field(Field),
    /// `-x` or `!x`.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// The operand.
        operand: Box<Expr>,
    },
    /// Operators of one level. `nil = x` is kept as `x = nil`.
    Chain(Chain<Expr, BinaryOp>),
    /// Something that could not be understood; a diagnostic says what.
    Invalid,
}

/// A value that a span carries: an attribute or an intrinsic, of the span itself or of its parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// True for `parent.…`: the value is looked up on the parent span.
    pub of_parent: bool,
    /// What is looked up.
    pub key: FieldKey,
}

/// A field at the place where it stands in a list or as an argument; [`Expr::span`] is the place of one in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRef {
    /// Which field.
    pub field: Field,
    /// Its text.
    pub span: Span,
}

/// The name of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldKey {
    /// A value that every span or trace has, such as `duration`.
    Intrinsic(Intrinsic),
    /// The whole parent span, bare `parent`: only its presence can be asked.
    Parent,
    /// An attribute in one scope, or in [`Scope::Any`].
    Attribute(Scope, String),
}

impl Field {
    /// Makes the field for an attribute of the span itself.
    pub fn attribute(scope: Scope, name: impl Into<String>) -> Field {
        Field { of_parent: false, key: FieldKey::Attribute(scope, name.into()) }
    }

    /// Makes the field for an intrinsic of the span itself.
    pub fn intrinsic(intrinsic: Intrinsic) -> Field {
        Field { of_parent: false, key: FieldKey::Intrinsic(intrinsic) }
    }

    /// Returns the name under which Tempo puts the value into a result: attributes without scope, intrinsics in their
    /// canonical spelling (`duration`, `event:name`).
    pub fn bare_name(&self) -> &str {
        match &self.key {
            FieldKey::Intrinsic(intrinsic) => intrinsic.canonical(),
            FieldKey::Parent => "parent",
            FieldKey::Attribute(_, name) => name,
        }
    }

    /// Returns the type as far as it is known without data.
    pub fn ty(&self) -> Type {
        match &self.key {
            FieldKey::Intrinsic(intrinsic) => intrinsic.row().ty,
            FieldKey::Parent => Type::Nil,
            FieldKey::Attribute(..) => Type::Any,
        }
    }
}

/// A metrics query, or an operand of metrics arithmetic.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a query has one or a few")]
pub enum MetricsExpr {
    /// `spansets | function`.
    Pipeline(MetricsPipeline),
    /// A number.
    Literal(Value),
    /// Arithmetic between series, joined on their labels.
    Chain(Chain<MetricsExpr, ArithmeticOp>),
    /// Second stages after an operand or the whole.
    Staged(Box<MetricsExpr>, Vec<SecondStep>),
    /// Something that could not be understood; a diagnostic says what.
    Invalid,
}

/// `spansets | function(…) by (…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsPipeline {
    /// Which spans are measured.
    pub spansets: Pipeline,
    /// What is computed of them.
    pub stage: MetricsStage,
    /// The text of both.
    pub span: Span,
}

/// The first stage of a metrics query.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsStage {
    /// Which function.
    pub function: MetricsFn,
    /// Where its name stands.
    pub name_span: Span,
    /// The measured value, for functions that take one.
    pub field: Option<FieldRef>,
    /// The quantiles of `quantile_over_time`, as written.
    pub quantiles: Vec<f64>,
    /// The arguments of `compare`.
    pub compare: Option<Compare>,
    /// The fields after `by`.
    pub by: Vec<FieldRef>,
    /// From the function's name to the end of the `by` list.
    pub span: Span,
}

/// The arguments of `compare({ … }, top, start, end)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// Which spans are the selection.
    pub selection: Filter,
    /// How many values of each attribute are kept; 10 if not given.
    pub top: i64,
    /// Bounds of the selection in Unix nanoseconds; both 0 if not given.
    pub start: i64,
    /// See `start`.
    pub end: i64,
}

/// A second stage and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondStep {
    /// What is done.
    pub stage: SecondStage,
    /// Where the name of the function or the operator of the comparison stands.
    pub op_span: Span,
    /// The text of the stage, without the `|` before it.
    pub span: Span,
}

/// What is done with finished series.
#[derive(Clone, Debug, PartialEq)]
pub enum SecondStage {
    /// Keeps the `n` largest values at each time.
    TopK(i64),
    /// Keeps the `n` smallest values at each time.
    BottomK(i64),
    /// Keeps the samples for which the comparison holds.
    Filter(CompareOp, Value),
}

impl Pipeline {
    /// Calls `visit` for every field that the pipeline reads, in the order of the text.
    pub fn fields<'q>(&'q self, visit: &mut dyn FnMut(&'q Field)) {
        for stage in &self.stages {
            match &stage.kind {
                StageKind::Spansets(expr) => expr.fields(visit),
                StageKind::Scalar(filter) => {
                    filter.left.fields(visit);
                    filter.right.fields(visit);
                }
                StageKind::Group(expr) => expr.fields(visit),
                StageKind::Coalesce => {}
                StageKind::Select(fields) => fields.iter().for_each(|found| visit(&found.field)),
            }
        }
    }
}

impl SpansetExpr {
    /// Calls `visit` for every field that the expression reads.
    pub fn fields<'q>(&'q self, visit: &mut dyn FnMut(&'q Field)) {
        match self {
            SpansetExpr::Filter(filter) => filter.condition.fields(visit),
            SpansetExpr::Pipeline(pipeline) => pipeline.fields(visit),
            SpansetExpr::Chain(chain) => {
                chain.first.fields(visit);
                chain.rest.iter().for_each(|link| link.operand.fields(visit));
            }
        }
    }
}

impl ScalarExpr {
    /// Calls `visit` for every field that the expression reads.
    pub fn fields<'q>(&'q self, visit: &mut dyn FnMut(&'q Field)) {
        match self {
            ScalarExpr::Literal(_) | ScalarExpr::Invalid => {}
            ScalarExpr::Aggregate(aggregate) => aggregate.fields(visit),
            ScalarExpr::Pipeline(pipeline, aggregate) => {
                pipeline.fields(visit);
                aggregate.fields(visit);
            }
            ScalarExpr::Chain(chain) => {
                chain.first.fields(visit);
                chain.rest.iter().for_each(|link| link.operand.fields(visit));
            }
        }
    }
}

impl Aggregate {
    fn fields<'q>(&'q self, visit: &mut dyn FnMut(&'q Field)) {
        self.argument.iter().for_each(|expr| expr.fields(visit));
    }
}

impl Expr {
    /// Calls `visit` for every field that the expression reads.
    pub fn fields<'q>(&'q self, visit: &mut dyn FnMut(&'q Field)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Invalid => {}
            ExprKind::Field(field) => visit(field),
            ExprKind::Unary { operand, .. } => operand.fields(visit),
            ExprKind::Chain(chain) => {
                chain.first.fields(visit);
                chain.rest.iter().for_each(|link| link.operand.fields(visit));
            }
        }
    }
}
