//! What an answer tells of each span.
//!
//! Tempo shows the fields that a query reads, and of each the values that passed one of the query's tests of it, whether
//! or not that test decided about the span. A use without a constant beside it (arithmetic, `select`, `by`) shows every
//! value.

use traceql_grammar::{
    ops::UnaryOp,
    query::{Expr, ExprKind, Field, FieldKey, Pipeline, ScalarExpr, SpansetExpr, Stage},
    vocab::intrinsics::Intrinsic,
};

use super::{
    FieldId, LowerError,
    fold::fold,
    lower::{Lowering, field_and_constant},
    test::LeafTest,
};

/// A field that answers show.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) field: FieldId,
    /// The tests of which a value must pass one; `None` shows every value, but not its absence.
    pub(crate) tests: Option<Vec<LeafTest>>,
}

/// Finds what is shown, in the order of the query's text.
pub(super) fn shown(pipeline: &Pipeline, lowering: &mut Lowering) -> Result<Vec<Shown>, LowerError> {
    let mut finder = Finder { shown: Vec::new(), lowering };
    finder.pipeline(pipeline)?;
    Ok(finder.shown)
}

struct Finder<'l> {
    shown: Vec<Shown>,
    lowering: &'l mut Lowering,
}

impl Finder<'_> {
    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<(), LowerError> {
        for stage in &pipeline.stages {
            match stage {
                Stage::Spansets(expr) => self.spansets(expr)?,
                Stage::Scalar(filter) => {
                    self.scalar(&filter.left)?;
                    self.scalar(&filter.right)?;
                }
                Stage::Group(expr) => self.expr(&fold(expr)?, true)?,
                Stage::Coalesce => {}
                Stage::Select(fields) => fields.iter().try_for_each(|field| self.add(field, None))?,
            }
        }
        Ok(())
    }

    fn spansets(&mut self, expr: &SpansetExpr) -> Result<(), LowerError> {
        match expr {
            SpansetExpr::Filter(expr) => self.expr(&fold(expr)?, true),
            SpansetExpr::Pipeline(pipeline) => self.pipeline(pipeline),
            SpansetExpr::Chain(chain) => {
                self.spansets(&chain.first)?;
                chain.rest.iter().try_for_each(|(_, operand)| self.spansets(operand))
            }
        }
    }

    fn scalar(&mut self, expr: &ScalarExpr) -> Result<(), LowerError> {
        match expr {
            ScalarExpr::Literal(_) | ScalarExpr::Invalid => Ok(()),
            ScalarExpr::Aggregate(aggregate) => self.argument(aggregate.argument.as_ref()),
            ScalarExpr::Pipeline(pipeline, aggregate) => {
                self.pipeline(pipeline)?;
                self.argument(aggregate.argument.as_ref())
            }
            ScalarExpr::Chain(chain) => {
                self.scalar(&chain.first)?;
                chain.rest.iter().try_for_each(|(_, operand)| self.scalar(operand))
            }
        }
    }

    fn argument(&mut self, argument: Option<&Expr>) -> Result<(), LowerError> {
        argument.map_or(Ok(()), |expr| self.expr(&fold(expr)?, true))
    }

    /// Adds what an expression reads. Below a `!` every value is shown: what passed the inner test is what does not count.
    fn expr(&mut self, expr: &Expr, tests_count: bool) -> Result<(), LowerError> {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Invalid => Ok(()),
            ExprKind::Field(field) => self.add(field, None),
            ExprKind::Unary(UnaryOp::Neg, operand) => self.expr(operand, tests_count),
            ExprKind::Unary(UnaryOp::Not, operand) => self.expr(operand, false),
            ExprKind::Chain(chain) => {
                if tests_count && let Some((field, test)) = field_and_constant(chain)? {
                    // Being there is no condition on the value.
                    return self.add(field, Some(test).filter(|test| !matches!(test, LeafTest::Present(true))));
                }
                self.expr(&chain.first, tests_count)?;
                chain.rest.iter().try_for_each(|(_, operand)| self.expr(operand, tests_count))
            }
        }
    }

    fn add(&mut self, field: &Field, test: Option<LeafTest>) -> Result<(), LowerError> {
        if !is_shown(field) {
            return Ok(());
        }
        let id = self.lowering.field(field)?;
        match (self.shown.iter_mut().find(|shown| shown.field == id), test) {
            (None, test) => self.shown.push(Shown { field: id, tests: test.map(|test| vec![test]) }),
            (Some(Shown { tests: Some(tests), .. }), Some(test)) => tests.push(test),
            (Some(shown), None) => shown.tests = None,
            (Some(Shown { tests: None, .. }), Some(_)) => {}
        }
        Ok(())
    }
}

/// Tells whether an answer lists the field beside what every span and trace has anyway.
fn is_shown(field: &Field) -> bool {
    field.of_parent
        || !matches!(
            field.key,
            FieldKey::Parent
                | FieldKey::Intrinsic(
                    Intrinsic::Duration
                        | Intrinsic::TraceDuration
                        | Intrinsic::RootName
                        | Intrinsic::RootService
                        | Intrinsic::TraceId
                        | Intrinsic::SpanId
                )
        )
}
