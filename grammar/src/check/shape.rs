//! What an expression can be, told by its leftmost part.

use crate::{
    ast::{Expr, ExprKind, Literal, Pipeline},
    vocab::functions::Function,
};

/// The kinds of things that stand between two `|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{ … }`, joined or not, in parentheses or not.
    Spansets,
    /// `( … | … )`: a pipeline as an operand.
    WrappedPipeline,
    /// `( … | count())`: a pipeline that ends in a bare aggregate.
    WrappedScalar,
    /// `( … | rate())`.
    WrappedMetrics,
    /// `count()`, alone or in a comparison.
    Scalar,
    /// A number; only together with something else it makes sense.
    Number,
    /// `by(…)`, `coalesce()`, `select(…)`.
    Stage(Function),
    /// `rate()`, …
    Metrics,
    /// `topk(…)`, `bottomk(…)`.
    Ranking,
    /// A condition or another word.
    Condition,
    /// A call of something that is no function.
    UnknownCall,
    /// Nothing; it has been reported.
    Missing,
}

impl Shape {
    /// Tells what an expression can be.
    pub(super) fn of(expr: &Expr<'_>) -> Shape {
        match &expr.kind {
            ExprKind::Filter(_) => Shape::Spansets,
            ExprKind::Group(pipeline) => Shape::of_group(pipeline),
            ExprKind::Call(call) => match Function::from_name(call.name) {
                Some(Function::Aggregate(_)) => Shape::Scalar,
                Some(Function::Metrics(_)) => Shape::Metrics,
                Some(Function::TopK | Function::BottomK) => Shape::Ranking,
                Some(function) => Shape::Stage(function),
                None => Shape::UnknownCall,
            },
            ExprKind::Literal(Literal::Int(_) | Literal::Float(_) | Literal::Duration(_)) => Shape::Number,
            ExprKind::Prefix(_, operand) => Shape::of(operand),
            ExprKind::Chain(first, rest) => {
                let operands = std::iter::once(&**first).chain(rest.iter().map(|link| &link.operand));
                let mut shapes = operands.map(Shape::of).filter(|shape| *shape != Shape::Missing);
                let first = shapes.next().unwrap_or(Shape::Missing);
                // `2 < count()` is a comparison of aggregates, `100 * (… | rate())` is metrics.
                if first == Shape::Number {
                    shapes.find(|shape| *shape != Shape::Number).unwrap_or(first)
                } else {
                    first
                }
            }
            ExprKind::Missing => Shape::Missing,
            _ => Shape::Condition,
        }
    }

    fn of_group(pipeline: &Pipeline<'_>) -> Shape {
        let Some(last) = pipeline.stages.last() else { return Shape::Missing };
        let inner = Shape::of(&last.expr);
        if pipeline.stages.len() == 1 {
            return match inner {
                // `(count() > 2)` and `(select(name))` are pipelines of one stage, `(count())` is a number.
                Shape::Scalar if has_comparison(&last.expr) => Shape::WrappedPipeline,
                Shape::Stage(_) => Shape::WrappedPipeline,
                inner => inner,
            };
        }
        match inner {
            Shape::Metrics | Shape::Ranking => Shape::WrappedMetrics,
            Shape::Scalar if !has_comparison(&last.expr) => Shape::WrappedScalar,
            _ if Shape::of(&pipeline.stages[0].expr) == Shape::WrappedMetrics => Shape::WrappedMetrics,
            _ => Shape::WrappedPipeline,
        }
    }
}

/// Tells whether the outermost operator is a comparison.
pub(super) fn has_comparison(expr: &Expr<'_>) -> bool {
    match &expr.kind {
        ExprKind::Chain(_, rest) => rest.iter().any(|link| link.op.as_compare().is_some()),
        ExprKind::Group(pipeline) if pipeline.stages.len() == 1 => has_comparison(&pipeline.stages[0].expr),
        _ => false,
    }
}
