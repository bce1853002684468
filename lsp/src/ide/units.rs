//! Units that a query does not write: of the results of functions, and of numbers beside values that have one.

use traceql_grammar::{
    query::{
        Aggregate, ArithmeticOp, BinaryOp, Body, Expr, ExprKind, Field, FieldKey, MetricsExpr, MetricsStage, Pipeline,
        Query, ScalarExpr, ScalarFilter, SecondStage, SpansetExpr, StageKind,
    },
    span::Span,
    token::{Token, lex},
    value::{Type, Value},
    vocab::{
        functions::{AggregateFn, MetricsFn},
        intrinsics::Intrinsic,
    },
};

/// The unit of a duration that is written as a number.
const NANOSECONDS: &str = "ns";

/// The unit of a number of spans.
const SPANS: &str = "spans";

/// The units of a query that are not written, in order of the text.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// The results of functions, by the place of their calls.
    pub results: Vec<(Span, &'static str)>,
    /// The numbers that have a unit, by their place.
    pub numbers: Vec<(Span, &'static str)>,
}

impl Units {
    /// Finds the units of a query.
    pub(super) fn of(query: &Query, text: &str) -> Units {
        let mut finder = Finder { text, units: Units::default() };
        match &query.body {
            Body::Search(pipeline) => finder.pipeline(pipeline),
            Body::Metrics(expr) => {
                finder.metrics(expr);
            }
        }
        finder.units
    }
}

struct Finder<'t> {
    text: &'t str,
    units: Units,
}

impl Finder<'_> {
    /// Looks at series; returns their unit if it is known.
    fn metrics(&mut self, expr: &MetricsExpr) -> Option<&'static str> {
        match expr {
            MetricsExpr::Pipeline(pipeline) => {
                self.pipeline(&pipeline.spansets);
                let unit = of_series(&pipeline.stage);
                self.units.results.extend(unit.map(|unit| (pipeline.stage.span, unit)));
                unit
            }
            MetricsExpr::Chain(chain) => {
                self.metrics(&chain.first);
                for link in &chain.rest {
                    self.metrics(&link.operand);
                }
                None
            }
            MetricsExpr::Staged(inner, steps) => {
                let unit = self.metrics(inner);
                for step in steps {
                    if let (SecondStage::Filter(..), Some(unit)) = (&step.stage, unit.filter(|unit| *unit != SPANS)) {
                        self.number(Span { start: step.op_span.end, end: step.span.end }, unit);
                    }
                }
                unit
            }
            MetricsExpr::Literal(_) | MetricsExpr::Invalid => None,
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        for stage in &pipeline.stages {
            match &stage.kind {
                StageKind::Spansets(expr) => self.spansets(expr),
                StageKind::Scalar(filter) => self.scalar_filter(filter),
                StageKind::Group(expr) => self.expr(expr),
                StageKind::Coalesce | StageKind::Select(_) => {}
            }
        }
    }

    fn spansets(&mut self, expr: &SpansetExpr) {
        match expr {
            SpansetExpr::Filter(filter) => self.expr(&filter.condition),
            SpansetExpr::Pipeline(pipeline) => self.pipeline(pipeline),
            SpansetExpr::Chain(chain) => {
                self.spansets(&chain.first);
                chain.rest.iter().for_each(|link| self.spansets(&link.operand));
            }
        }
    }

    fn scalar_filter(&mut self, filter: &ScalarFilter) {
        let left = self.scalar(&filter.left);
        if left == Some(Type::Duration) {
            self.number(Span { start: filter.op_span.end, end: filter.span.end }, NANOSECONDS);
        }
        let right = self.scalar(&filter.right);
        if right == Some(Type::Duration) {
            self.number(Span { start: filter.span.start, end: filter.op_span.start }, NANOSECONDS);
        }
    }

    /// Looks at a number computed from a spanset; returns its type if it is known.
    fn scalar(&mut self, expr: &ScalarExpr) -> Option<Type> {
        match expr {
            ScalarExpr::Literal(value) => Some(value.ty()),
            ScalarExpr::Aggregate(aggregate) => self.aggregate(aggregate),
            ScalarExpr::Pipeline(pipeline, aggregate) => {
                self.pipeline(pipeline);
                self.aggregate(aggregate)
            }
            ScalarExpr::Chain(chain) => {
                self.scalar(&chain.first);
                for link in &chain.rest {
                    self.scalar(&link.operand);
                }
                None
            }
            ScalarExpr::Invalid => None,
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Option<Type> {
        let Some(argument) = &aggregate.argument else {
            if aggregate.function == AggregateFn::Count {
                self.units.results.push((aggregate.span, SPANS));
            }
            return Some(Type::Int);
        };
        self.expr(argument);
        if argument.ty == Type::Duration {
            self.units.results.push((aggregate.span, "duration"));
        }
        Some(argument.ty)
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Chain(chain) => {
                self.expr(&chain.first);
                let mut left = &*chain.first;
                for link in &chain.rest {
                    let right = &link.operand;
                    let keeps_unit = matches!(
                        link.op,
                        BinaryOp::Compare(_) | BinaryOp::Arithmetic(ArithmeticOp::Add | ArithmeticOp::Sub)
                    );
                    if keeps_unit && left.ty == Type::Duration {
                        self.literal(right);
                    }
                    if keeps_unit && right.ty == Type::Duration {
                        self.literal(left);
                    }
                    self.expr(right);
                    left = right;
                }
            }
            ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Invalid => {}
        }
    }

    fn literal(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(Value::Int(_) | Value::Float(_)) => self.number(expr.span, NANOSECONDS),
            ExprKind::Unary { operand, .. } => self.literal(operand),
            _ => {}
        }
    }

    /// Keeps the unit of the number at a place, if a number and nothing else stands there.
    fn number(&mut self, place: Span, unit: &'static str) {
        let lexemes = lex(self.text.get(place.range()).unwrap_or_default()).lexemes;
        let unsigned = match lexemes.as_slice() {
            [sign, number] if sign.token == Token::Minus => number,
            [number] => number,
            _ => return,
        };
        if matches!(unsigned.token, Token::Int(_) | Token::Float(_)) {
            let inside = unsigned.span.range();
            let begin = place.range().start;
            self.units.numbers.push((Span::new(begin + inside.start, begin + inside.end), unit));
        }
    }
}

/// Returns the unit of the samples of a first stage.
fn of_series(stage: &MetricsStage) -> Option<&'static str> {
    match stage.function {
        MetricsFn::Rate => Some("spans/s"),
        MetricsFn::CountOverTime | MetricsFn::HistogramOverTime | MetricsFn::Compare => Some(SPANS),
        MetricsFn::MinOverTime
        | MetricsFn::MaxOverTime
        | MetricsFn::AvgOverTime
        | MetricsFn::SumOverTime
        | MetricsFn::QuantileOverTime => {
            let field = &stage.field.as_ref()?.field;
            // Tempo tells quantiles of every duration in seconds, and of other functions only those of a span.
            let is_in_seconds = stage.function == MetricsFn::QuantileOverTime || is_duration_of_span(field);
            (field.ty() == Type::Duration).then_some(if is_in_seconds { "s" } else { NANOSECONDS })
        }
    }
}

fn is_duration_of_span(field: &Field) -> bool {
    !field.of_parent && field.key == FieldKey::Intrinsic(Intrinsic::Duration)
}
