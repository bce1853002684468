//! What an answer tells of each span.
//!
//! Tempo shows the values that it fetched for a query. It fetches the attributes of one scope together: each attribute that
//! the query reads, and of these the values that pass any of the tests which the query has for attributes of that scope,
//! whether or not the test decided about the span. A read without a constant beside it (arithmetic, `by`) fetches every
//! value of the scope's attributes. Intrinsics, and attributes in columns of their own, are fetched each by itself. What
//! stands in and behind the first `select` is fetched in a second pass, which has its own tests.

use std::sync::Arc;

use hashbrown::HashMap;
use traceql_grammar::{
    ops::{SpansetOp, UnaryOp},
    query::{Expr, ExprKind, Field, FieldKey, Pipeline, ScalarExpr, SpansetExpr, StageKind},
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

use crate::model::{intrinsic_facts::facts, quirks::is_fetched_alone};

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
    /// The tests, pool by pool, of which a value must pass one; `None` shows every value.
    pub(crate) tests: Option<Vec<Arc<[LeafTest]>>>,
    /// Whether the absence of a value is shown, as `nil`.
    pub(crate) absence: bool,
    /// Whether it is read before the first `select`.
    pub(crate) in_first_pass: bool,
}

/// Finds what is shown, in the order of the query's text.
pub(super) fn shown(pipeline: &Pipeline, lowering: &mut Lowering) -> Result<Vec<Shown>, LowerError> {
    let mut finder = Finder { reads: Vec::new(), pass: Pass::First, is_structural: false };
    finder.pipeline(pipeline)?;
    if finder.is_structural {
        // Tempo fetches it for the operators, whatever the query asks of it.
        let of_tree = |read: &&mut Read| read.field.key == FieldKey::Intrinsic(Intrinsic::NestedSetParent);
        finder.reads.iter_mut().filter(of_tree).for_each(|read| read.usage = Usage::Every);
    }
    let mut pools: HashMap<(Pool, Pass), Pooled> = HashMap::new();
    let mut known: HashMap<&Field, Known> = HashMap::new();
    let mut order = Vec::new();
    for read in finder.reads.iter().filter(|read| is_shown(&read.field)) {
        let known = known.entry(&read.field).or_insert_with(|| {
            order.push(&read.field);
            Known::default()
        });
        known.passes[read.pass as usize] = true;
        let pooled = pools.entry((Pool::of(&read.field), read.pass)).or_insert_with(|| Some(Vec::new()));
        match &read.usage {
            Usage::Every => *pooled = None,
            Usage::Test(test) => pooled.iter_mut().for_each(|tests| tests.push(test)),
            Usage::Absence => known.absence = true,
        }
    }
    // Fields share the tests of their pool: there may be thousands of both.
    let share = |tests: Vec<&LeafTest>| tests.into_iter().cloned().collect::<Arc<[LeafTest]>>();
    let pools: HashMap<_, _> = pools.into_iter().map(|(pool, pooled)| (pool, pooled.map(share))).collect();
    let shown = order.into_iter().map(|field| {
        let known = &known[field];
        // What passes in one of the passes in which the field is read is shown.
        let passes = [Pass::First, Pass::Second].into_iter().filter(|pass| known.passes[*pass as usize]);
        let tests = passes.map(|pass| pools[&(Pool::of(field), pass)].clone()).collect();
        Ok(Shown {
            field: lowering.field(field)?,
            tests,
            absence: known.absence,
            in_first_pass: known.passes[Pass::First as usize],
        })
    });
    shown.collect()
}

/// The tests of the attributes that are fetched together; `None` once a read wants every value.
type Pooled<'r> = Option<Vec<&'r LeafTest>>;

/// What is known of a field.
#[derive(Default)]
struct Known {
    /// The passes in which it is read.
    passes: [bool; 2],
    /// Whether a read asks for its absence.
    absence: bool,
}

/// What is fetched together.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Pool {
    /// The attributes of a scope.
    Scope(Scope),
    /// A field by itself.
    Alone(Field),
}

impl Pool {
    fn of(field: &Field) -> Pool {
        match &field.key {
            FieldKey::Attribute(scope, name) if !field.of_parent && !is_fetched_alone(*scope, name) => {
                Pool::Scope(*scope)
            }
            _ => Pool::Alone(field.clone()),
        }
    }
}

/// Which of Tempo's two fetches a read belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Pass {
    First,
    Second,
}

/// A field in the query's text.
struct Read {
    field: Field,
    pass: Pass,
    usage: Usage,
}

/// What a read asks of the values.
enum Usage {
    /// One must pass the test.
    Test(LeafTest),
    /// Any value will do.
    Every,
    /// There must be none.
    Absence,
}

struct Finder {
    reads: Vec<Read>,
    pass: Pass,
    /// Whether an operator relates spans by their places in the trace.
    is_structural: bool,
}

impl Finder {
    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<(), LowerError> {
        for stage in &pipeline.stages {
            match &stage.kind {
                StageKind::Spansets(expr) => self.spansets(expr)?,
                StageKind::Scalar(filter) => {
                    self.scalar(&filter.left)?;
                    self.scalar(&filter.right)?;
                }
                StageKind::Group(expr) => self.expr(&fold(expr)?, true)?,
                StageKind::Coalesce => {}
                StageKind::Select(fields) => {
                    self.pass = Pass::Second;
                    fields.iter().for_each(|found| self.add(&found.field, || Usage::Every));
                }
            }
        }
        Ok(())
    }

    fn spansets(&mut self, expr: &SpansetExpr) -> Result<(), LowerError> {
        match expr {
            SpansetExpr::Filter(filter) => self.expr(&fold(&filter.condition)?, true),
            SpansetExpr::Pipeline(pipeline) => self.pipeline(pipeline),
            SpansetExpr::Chain(chain) => {
                self.is_structural |= chain.rest.iter().any(|link| !matches!(link.op, SpansetOp::And | SpansetOp::Or));
                self.spansets(&chain.first)?;
                chain.rest.iter().try_for_each(|link| self.spansets(&link.operand))
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
                chain.rest.iter().try_for_each(|link| self.scalar(&link.operand))
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
            ExprKind::Field(field) => {
                self.add(field, || Usage::Every);
                Ok(())
            }
            ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => self.expr(operand, tests_count),
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => self.expr(operand, false),
            ExprKind::Chain(chain) => {
                if tests_count && let Some((field, test)) = field_and_constant(chain)? {
                    self.add(field, || match &test {
                        // Being there is no condition on the value.
                        LeafTest::Present(true) => Usage::Every,
                        LeafTest::Present(false) => Usage::Absence,
                        test => Usage::Test(test.clone()),
                    });
                    return Ok(());
                }
                self.expr(&chain.first, tests_count)?;
                chain.rest.iter().try_for_each(|link| self.expr(&link.operand, tests_count))
            }
        }
    }

    /// Adds a read; an attribute without scope is read from span and resource.
    fn add(&mut self, field: &Field, usage: impl Fn() -> Usage) {
        let usages = || usage();
        match &field.key {
            // That both lack it is one fact.
            FieldKey::Attribute(Scope::Any, name) if !field.of_parent && !matches!(usages(), Usage::Absence) => {
                for scope in [Scope::Span, Scope::Resource] {
                    self.reads.push(Read { field: Field::attribute(scope, name), pass: self.pass, usage: usages() });
                }
            }
            _ => self.reads.push(Read { field: field.clone(), pass: self.pass, usage: usages() }),
        }
    }
}

/// Tells whether an answer lists the field beside what every span and trace has anyway.
fn is_shown(field: &Field) -> bool {
    field.of_parent
        || match &field.key {
            FieldKey::Intrinsic(intrinsic) => !facts(*intrinsic).is_in_answers(),
            FieldKey::Attribute(..) => true,
            FieldKey::Parent => false,
        }
}
