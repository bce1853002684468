//! From a checked query to a plan.

use hashbrown::HashMap;
use traceql_grammar::{
    ops::{BinaryOp, CompareOp, UnaryOp},
    query::{
        self, Chain, Expr, ExprKind, Field, FieldKey, Link, Pipeline, ScalarExpr, ScalarFilter, SpansetExpr, StageKind,
    },
    span::Span,
    value::Value,
    vocab::scopes::Scope,
};

use crate::model::{intrinsic_facts::facts, projection::Core};

use super::{
    FieldId, FilterId, Limits, LowerError, Plan, TimeRange,
    alternation::changes_often,
    columns::{child_table, namesakes, projection},
    fold::{fold, matcher},
    pick::{self, Pruning},
    scan,
    shown::{Shown, shown},
    stage::{Aggregate, Number, Scalar, Spansets, Stage},
    test::{Exists, Leaf, LeafTest, Node, Step, Test},
};

/// Makes the plan of a search.
pub(super) fn lower_search(pipeline: &Pipeline, limits: Limits, range: Option<TimeRange>) -> Result<Plan, LowerError> {
    let mut lowering = Lowering::default();
    let stages = lowering.pipeline(pipeline)?;
    let shown = shown(pipeline, &mut lowering)?;
    let mut plan = finish(lowering, stages, shown, pipeline, limits, range);
    // What every answer tells of a trace and its spans.
    let told = Core {
        trace_id: true,
        id: true,
        start: true,
        duration: true,
        name: true,
        roots: true,
        services: true,
        ..Core::default()
    };
    plan.projection.core = plan.projection.core.or(told);
    Ok(plan)
}

/// Makes a plan of what was lowered.
pub(super) fn finish(
    lowering: Lowering,
    stages: Vec<Stage>,
    shown: Vec<Shown>,
    pipeline: &Pipeline,
    limits: Limits,
    range: Option<TimeRange>,
) -> Plan {
    let Lowering { fields, filters, filter_spans, .. } = lowering;
    let scan = scan::scan(&stages, &fields);
    let mut projection = projection(&fields);
    if stages.iter().any(scan::is_structural) {
        projection.core.tree = true;
        // Siblings are told by it.
        projection.core.parent_id = true;
    }
    let (pick, condition) = match pick::pick(&stages, &filters, &fields) {
        Some((pick, columns)) => {
            let condition = pick::condition(&pick, &filters, &fields);
            (Some((pick, columns)), condition)
        }
        None => (None, None),
    };
    let pruning = Pruning { condition, range };
    let mut deciding = pipeline
        .stages
        .iter()
        .map(|stage| &stage.kind)
        .filter(|kind| !matches!(kind, StageKind::Select(_) | StageKind::Coalesce));
    let is_one_filter =
        matches!((deciding.next(), deciding.next()), (Some(StageKind::Spansets(SpansetExpr::Filter(_))), None));
    let namesakes = namesakes(&fields);
    Plan {
        fields,
        filters,
        filter_spans,
        stages,
        shown,
        scan,
        pick,
        pruning,
        is_one_filter,
        limits,
        range,
        namesakes,
        projection,
    }
}

/// What has been numbered so far.
#[derive(Default)]
pub(super) struct Lowering {
    fields: Vec<Field>,
    numbers: HashMap<Field, FieldId>,
    filters: Vec<Test>,
    filter_spans: Vec<Span>,
}

impl Lowering {
    /// Returns the number of a field.
    pub(super) fn field(&mut self, field: &Field) -> Result<FieldId, LowerError> {
        if let Some(id) = self.numbers.get(field) {
            return Ok(*id);
        }
        let id = FieldId(u16::try_from(self.fields.len()).map_err(|_| LowerError::TooManyFields)?);
        self.fields.push(field.clone());
        self.numbers.insert(field.clone(), id);
        Ok(id)
    }

    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Vec<Stage>, LowerError> {
        let mut stages = Vec::with_capacity(pipeline.stages.len());
        for stage in &pipeline.stages {
            stages.push(match &stage.kind {
                StageKind::Spansets(expr) => Stage::Spansets(self.spansets(expr)?),
                StageKind::Scalar(filter) => Stage::Scalar(self.scalar(filter)?),
                StageKind::Group(expr) => {
                    let expr = fold(expr)?;
                    let arithmetic = match &expr.kind {
                        ExprKind::Chain(chain) => {
                            matches!(chain.rest.last(), Some(Link { op: BinaryOp::Arithmetic(_), .. }))
                        }
                        _ => false,
                    };
                    Stage::Group { key: format!("by({expr})"), arithmetic, expr: self.node(&expr)? }
                }
                StageKind::Coalesce => Stage::Coalesce,
                // It only tells what is shown.
                StageKind::Select(_) => continue,
            });
        }
        Ok(stages)
    }

    fn spansets(&mut self, expr: &SpansetExpr) -> Result<Spansets, LowerError> {
        Ok(match expr {
            SpansetExpr::Filter(filter) => Spansets::Filter(self.filter(&filter.condition)?),
            SpansetExpr::Pipeline(pipeline) => Spansets::Pipeline(self.pipeline(pipeline)?),
            SpansetExpr::Chain(chain) => Spansets::Chain(
                Box::new(self.spansets(&chain.first)?),
                chain.rest.iter().map(|link| Ok((link.op, self.spansets(&link.operand)?))).collect::<Result<_, _>>()?,
            ),
        })
    }

    fn scalar(&mut self, filter: &ScalarFilter) -> Result<Scalar, LowerError> {
        Ok(Scalar { left: self.number(&filter.left)?, op: filter.op, right: self.number(&filter.right)? })
    }

    fn number(&mut self, expr: &ScalarExpr) -> Result<Number, LowerError> {
        Ok(match expr {
            ScalarExpr::Literal(value) => Number::Literal(value.clone()),
            ScalarExpr::Aggregate(aggregate) => Number::Aggregate(self.aggregate(aggregate)?),
            ScalarExpr::Pipeline(pipeline, aggregate) => {
                Number::Pipeline(self.pipeline(pipeline)?, self.aggregate(aggregate)?)
            }
            ScalarExpr::Chain(chain) => Number::Chain(
                Box::new(self.number(&chain.first)?),
                chain.rest.iter().map(|link| Ok((link.op, self.number(&link.operand)?))).collect::<Result<_, _>>()?,
            ),
            ScalarExpr::Invalid => return Err(LowerError::Invalid),
        })
    }

    fn aggregate(&mut self, aggregate: &query::Aggregate) -> Result<Aggregate, LowerError> {
        let argument = aggregate.argument.as_ref().map(fold).transpose()?;
        let name = aggregate.function.row().name;
        Ok(Aggregate {
            function: aggregate.function,
            key: argument.as_ref().map_or_else(|| format!("{name}()"), |expr| format!("{name}({expr})")),
            argument: argument.map(|expr| self.node(&expr)).transpose()?,
        })
    }

    pub(super) fn filter(&mut self, expr: &Expr) -> Result<FilterId, LowerError> {
        let span = expr.span;
        let expr = fold(expr)?;
        let test = self.test(&expr, true, !has_or(&expr))?;
        self.filters.push(test);
        self.filter_spans.push(span);
        Ok(FilterId(self.filters.len() as u32 - 1))
    }

    /// Makes the test that says yes where `expr` gives the truth value `want`.
    ///
    /// Comparisons, `&&` and `||` give `true` or `false` for every span; a field may give neither. If `together` is set,
    /// tests of events joined by `&&` must hold on one event, and tests of links on one link; else each stands alone.
    fn test(&mut self, expr: &Expr, want: bool, together: bool) -> Result<Test, LowerError> {
        let test = match &expr.kind {
            ExprKind::Invalid => return Err(LowerError::Invalid),
            ExprKind::Literal(value) => return Ok(Test::Constant(*value == Value::Bool(want))),
            ExprKind::Field(field) => return self.leaf(field, LeafTest::Is(want)),
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => return self.test(operand, !want, together),
            ExprKind::Unary { op: UnaryOp::Neg, .. } => return Ok(Test::Constant(false)),
            ExprKind::Chain(chain) => match chain.rest.last().map(|link| link.op) {
                Some(BinaryOp::And | BinaryOp::Or) => self.logical(chain, together)?,
                Some(BinaryOp::Arithmetic(_)) => return Ok(Test::Constant(false)),
                _ => match field_and_constant(chain)? {
                    Some((field, test)) => self.leaf(field, test)?,
                    None => return self.node_test(expr, want),
                },
            },
        };
        Ok(if want { test } else { not(test) })
    }

    fn logical(&mut self, chain: &Chain<Expr, BinaryOp>, together: bool) -> Result<Test, LowerError> {
        let ands = || chain.rest.iter().map(|link| link.op == BinaryOp::And);
        let mut left = self.test(&chain.first, true, together)?;
        if changes_often(ands()) {
            let rest =
                chain.rest.iter().zip(ands()).map(|(link, and)| Ok((and, self.test(&link.operand, true, together)?)));
            return Ok(Test::Chain(Box::new(left), rest.collect::<Result<_, LowerError>>()?));
        }
        for Link { op, operand, .. } in &chain.rest {
            let right = self.test(operand, true, together)?;
            left = match op {
                BinaryOp::And => all(left, right),
                _ => any(left, right),
            };
        }
        if together {
            left = tied(left);
        }
        if let Test::All(tests) | Test::Any(tests) = &mut left {
            tests.sort_by_key(|test| self.cost(test));
        }
        Ok(left)
    }

    fn leaf(&mut self, field: &Field, test: LeafTest) -> Result<Test, LowerError> {
        let leaf = Leaf { field: self.field(field)?, test };
        Ok(match child_table(field) {
            (false, false) => Test::Leaf(leaf),
            (events, links) => Test::Exists(Exists { events, links, leaves: vec![leaf], nodes: Vec::new() }),
        })
    }

    fn node_test(&mut self, expr: &Expr, want: bool) -> Result<Test, LowerError> {
        let (mut events, mut links) = (false, false);
        expr.fields(&mut |field| {
            let (event, link) = child_table(field);
            events |= event;
            links |= link;
        });
        let node = self.node(expr)?;
        Ok(match (events || links, want) {
            (false, want) => Test::Node(node, want),
            (true, true) => Test::Exists(Exists { events, links, leaves: Vec::new(), nodes: vec![node] }),
            (true, false) => not(Test::Exists(Exists { events, links, leaves: Vec::new(), nodes: vec![node] })),
        })
    }

    fn node(&mut self, expr: &Expr) -> Result<Node, LowerError> {
        Ok(match &expr.kind {
            ExprKind::Invalid => return Err(LowerError::Invalid),
            ExprKind::Literal(value) => Node::Literal(value.clone()),
            ExprKind::Field(field) => Node::Field(self.field(field)?),
            ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => Node::Negate(Box::new(self.node(operand)?)),
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => Node::Not(Box::new(self.node(operand)?)),
            ExprKind::Chain(chain) => {
                let first = Box::new(self.node(&chain.first)?);
                let steps =
                    chain.rest.iter().map(|link| self.step(link.op, &link.operand)).collect::<Result<_, _>>()?;
                Node::Chain(first, steps)
            }
        })
    }

    fn step(&mut self, op: BinaryOp, operand: &Expr) -> Result<Step, LowerError> {
        Ok(match (op, &operand.kind) {
            (BinaryOp::Compare(op @ (CompareOp::Eq | CompareOp::Ne)), ExprKind::Literal(Value::Nil)) => {
                Step::Present(op == CompareOp::Ne)
            }
            (BinaryOp::Match | BinaryOp::NotMatch, ExprKind::Literal(Value::String(pattern))) => {
                Step::Match(matcher(pattern)?, op == BinaryOp::Match)
            }
            (BinaryOp::Match | BinaryOp::NotMatch, _) => return Err(LowerError::Invalid),
            (BinaryOp::And, _) => Step::And(self.node(operand)?),
            (BinaryOp::Or, _) => Step::Or(self.node(operand)?),
            (BinaryOp::Compare(op), _) => Step::Compare(op, self.node(operand)?),
            (BinaryOp::Arithmetic(op), _) => Step::Arithmetic(op, self.node(operand)?),
        })
    }

    /// Ranks tests by how long they take for one span.
    fn cost(&self, test: &Test) -> u8 {
        match test {
            Test::Constant(_) => 0,
            Test::Leaf(leaf) => self.leaf_cost(leaf),
            Test::Not(inner) => self.cost(inner),
            Test::All(tests) => tests.iter().map(|test| self.cost(test)).min().unwrap_or_default(),
            Test::Any(tests) => tests.iter().map(|test| self.cost(test)).max().unwrap_or_default(),
            Test::Exists(exists) if exists.nodes.is_empty() => 7,
            Test::Node(..) => 8,
            Test::Exists(_) | Test::Chain(..) => 9,
        }
    }

    fn leaf_cost(&self, leaf: &Leaf) -> u8 {
        let field = &self.fields[leaf.field.0 as usize];
        if field.of_parent {
            return 6;
        }
        match &field.key {
            FieldKey::Intrinsic(intrinsic) => facts(*intrinsic).cost,
            FieldKey::Attribute(Scope::Resource | Scope::Instrumentation, _) => 2,
            FieldKey::Attribute(Scope::Any | Scope::Span | Scope::Event | Scope::Link, _) => 4,
            FieldKey::Parent => 5,
        }
    }
}

/// Reads a comparison of a field with something constant, the field on either side.
pub(super) fn field_and_constant(chain: &Chain<Expr, BinaryOp>) -> Result<Option<(&Field, LeafTest)>, LowerError> {
    let [Link { op, operand: right, .. }] = chain.rest.as_slice() else { return Ok(None) };
    Ok(match (&chain.first.kind, op, &right.kind) {
        (
            ExprKind::Field(field),
            BinaryOp::Compare(op @ (CompareOp::Eq | CompareOp::Ne)),
            ExprKind::Literal(Value::Nil),
        ) => Some((field, LeafTest::Present(*op == CompareOp::Ne))),
        (ExprKind::Field(field), BinaryOp::Compare(op), ExprKind::Literal(value)) => {
            Some((field, LeafTest::Compare(*op, value.clone())))
        }
        (ExprKind::Literal(value), BinaryOp::Compare(op), ExprKind::Field(field)) => {
            Some((field, LeafTest::Compare(op.flipped(), value.clone())))
        }
        (ExprKind::Field(field), BinaryOp::Match | BinaryOp::NotMatch, ExprKind::Literal(Value::String(pattern))) => {
            Some((field, LeafTest::Match(matcher(pattern)?, *op == BinaryOp::Match)))
        }
        _ => None,
    })
}

/// Tells whether there is a `||` in an expression: then tests of events each stand alone.
pub(super) fn has_or(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Invalid => false,
        ExprKind::Unary { operand, .. } => has_or(operand),
        ExprKind::Chain(chain) => {
            has_or(&chain.first) || chain.rest.iter().any(|link| link.op == BinaryOp::Or || has_or(&link.operand))
        }
    }
}

fn not(test: Test) -> Test {
    match test {
        Test::Constant(answer) => Test::Constant(!answer),
        Test::Not(inner) => *inner,
        test => Test::Not(Box::new(test)),
    }
}

/// Joins two tests by `&&`.
fn all(left: Test, right: Test) -> Test {
    let mut tests = match left {
        Test::All(tests) => tests,
        test => vec![test],
    };
    match right {
        Test::All(more) => tests.extend(more),
        test => tests.push(test),
    }
    Test::All(tests)
}

/// Makes one test of those of events, and one of those of links, that are joined by `&&`.
fn tied(test: Test) -> Test {
    let Test::All(all) = test else { return test };
    let mut tests = Vec::with_capacity(all.len());
    // At most two: one of events, one of links, or one of both.
    let mut ties: Vec<Exists> = Vec::new();
    for test in all {
        let Test::Exists(mut exists) = test else {
            tests.push(test);
            continue;
        };
        // One test may ask for an event and a link at once and so tie others together.
        for mut other in std::mem::take(&mut ties) {
            if exists.events && other.events || exists.links && other.links {
                exists.events |= other.events;
                exists.links |= other.links;
                // What has come before is moved once where it is the longer list.
                other.leaves.append(&mut exists.leaves);
                other.nodes.append(&mut exists.nodes);
                (exists.leaves, exists.nodes) = (other.leaves, other.nodes);
            } else {
                ties.push(other);
            }
        }
        ties.push(exists);
    }
    tests.extend(ties.into_iter().map(Test::Exists));
    if tests.len() == 1 { tests.remove(0) } else { Test::All(tests) }
}

/// Joins two tests by `||`.
fn any(left: Test, right: Test) -> Test {
    let mut tests = match left {
        Test::Any(tests) => tests,
        test => vec![test],
    };
    match right {
        Test::Any(more) => tests.extend(more),
        test => tests.push(test),
    }
    Test::Any(tests)
}
