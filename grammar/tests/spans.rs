//! The places that a checked query keeps: each is the text of what it belongs to.

use traceql_grammar::{
    Verdict, check,
    query::{
        Aggregate, Body, Chain, Expr, ExprKind, Field, FieldRef, Filter, MetricsExpr, Pipeline, ScalarExpr,
        SpansetExpr, StageKind,
    },
    span::Span,
    vocab::release::Release,
};

const CORPUS: &str = include_str!("../../tests/conformance/check.jsonl");

/// Looks at every place of a query.
struct Places<'t> {
    text: &'t str,
    /// How many places were looked at.
    seen: usize,
}

impl Places<'_> {
    fn is(&mut self, span: Span, expected: &str) {
        assert_eq!(self.text.get(span.range()), Some(expected), "{}", self.text);
        self.seen += 1;
    }

    fn field(&mut self, span: Span, expected: &Field) {
        let text = &self.text[span.range()];
        assert_eq!(traceql_grammar::field(text).as_ref(), Ok(expected), "{}", self.text);
        self.seen += 1;
    }

    fn fields(&mut self, fields: &[FieldRef]) {
        fields.iter().for_each(|found| self.field(found.span, &found.field));
    }

    fn chain<T, Op: Copy>(&mut self, chain: &Chain<T, Op>, text: fn(Op) -> &'static str, each: fn(&mut Self, &T)) {
        each(self, &chain.first);
        for link in &chain.rest {
            self.is(link.op_span, text(link.op));
            each(self, &link.operand);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        for stage in &pipeline.stages {
            assert!(pipeline.span.to(stage.span) == pipeline.span || pipeline.stages.len() == 1, "{}", self.text);
            let text = &self.text[stage.span.range()];
            match &stage.kind {
                StageKind::Spansets(expr) => self.spansets(expr),
                StageKind::Scalar(filter) => {
                    assert_eq!(filter.span, stage.span);
                    self.scalar(&filter.left);
                    self.is(filter.op_span, filter.op.text());
                    self.scalar(&filter.right);
                }
                StageKind::Group(expr) => {
                    assert!(text.starts_with("by") && text.ends_with(')'), "{text}");
                    self.expr(expr);
                }
                StageKind::Coalesce => assert!(text.starts_with("coalesce") && text.ends_with(')'), "{text}"),
                StageKind::Select(fields) => {
                    assert!(text.starts_with("select") && text.ends_with(')'), "{text}");
                    self.fields(fields);
                }
            }
        }
    }

    fn spansets(&mut self, expr: &SpansetExpr) {
        match expr {
            SpansetExpr::Filter(filter) => self.filter(filter),
            SpansetExpr::Pipeline(inner) => self.pipeline(inner),
            SpansetExpr::Chain(chain) => self.chain(chain, traceql_grammar::ops::SpansetOp::text, Self::spansets),
        }
    }

    fn filter(&mut self, filter: &Filter) {
        let text = &self.text[filter.span.range()];
        assert!(text.starts_with('{') && text.ends_with('}'), "{text}");
        self.seen += 1;
        self.expr(&filter.condition);
    }

    fn scalar(&mut self, expr: &ScalarExpr) {
        match expr {
            ScalarExpr::Aggregate(aggregate) => self.aggregate(aggregate),
            ScalarExpr::Pipeline(inner, aggregate) => {
                self.pipeline(inner);
                self.aggregate(aggregate);
            }
            ScalarExpr::Chain(chain) => self.chain(chain, traceql_grammar::ops::ArithmeticOp::text, Self::scalar),
            ScalarExpr::Literal(_) | ScalarExpr::Invalid => {}
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) {
        self.is(aggregate.name_span, aggregate.function.row().name);
        aggregate.argument.iter().for_each(|argument| self.expr(argument));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Field(field) => self.field(expr.span, field),
            ExprKind::Unary { op, op_span, operand } => {
                self.is(*op_span, op.text());
                self.expr(operand);
            }
            ExprKind::Chain(chain) => self.chain(chain, traceql_grammar::ops::BinaryOp::text, Self::expr),
            ExprKind::Literal(_) | ExprKind::Invalid => {}
        }
    }

    fn metrics(&mut self, expr: &MetricsExpr) {
        match expr {
            MetricsExpr::Pipeline(found) => {
                self.pipeline(&found.spansets);
                self.is(found.stage.name_span, found.stage.function.row().name);
                assert_eq!(found.span.end, found.stage.span.end);
                self.fields(found.stage.field.as_slice());
                self.fields(&found.stage.by);
                found.stage.compare.iter().for_each(|compare| self.filter(&compare.selection));
            }
            MetricsExpr::Chain(chain) => self.chain(chain, traceql_grammar::ops::ArithmeticOp::text, Self::metrics),
            MetricsExpr::Staged(inner, steps) => {
                self.metrics(inner);
                for step in steps {
                    assert!(step.span.to(step.op_span) == step.span);
                    let text = &self.text[step.op_span.range()];
                    assert!(["topk", "bottomk", "=", "!=", "<", "<=", ">", ">="].contains(&text), "{text}");
                }
            }
            MetricsExpr::Literal(_) | MetricsExpr::Invalid => {}
        }
    }
}

#[test]
fn places_are_the_text_of_what_they_belong_to() {
    let mut seen = 0;
    for line in CORPUS.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("the corpus is JSON lines");
        let text = line["query"].as_str().expect("a query");
        let checked = check(text, Release::Main);
        if checked.verdict != Verdict::Ok {
            continue;
        }
        let mut places = Places { text, seen: 0 };
        match &checked.query.body {
            Body::Search(pipeline) => places.pipeline(pipeline),
            Body::Metrics(expr) => places.metrics(expr),
        }
        for hint in &checked.query.hints {
            places.is(hint.name_span, &hint.name);
        }
        seen += places.seen;
    }
    assert!(seen > 2500, "only {seen} places");
}

/// What repair puts in place of a word has the word's place.
#[test]
fn words_for_operators_keep_their_places() {
    let text = "{ not (.a == 1) }";
    let query = check(text, Release::Main).query;
    let Body::Search(pipeline) = &query.body else { panic!("a search") };
    let StageKind::Spansets(SpansetExpr::Filter(filter)) = &pipeline.stages[0].kind else { panic!("a filter") };
    let ExprKind::Unary { op_span, operand, .. } = &filter.condition.kind else { panic!("a negation") };
    let ExprKind::Chain(chain) = &operand.kind else { panic!("a comparison") };
    assert_eq!(&text[op_span.range()], "not");
    assert_eq!(&text[chain.rest[0].op_span.range()], "==");
}
