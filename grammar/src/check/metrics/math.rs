//! Arithmetic between metrics queries in parentheses.

use super::second::steps;
use crate::check::{Checker, Feature, Shape};
use crate::{
    ast::{self, ExprKind, Literal},
    diagnostic::{Code, Diagnostic},
    ops::resolve::with_tight_minus,
    query::{Chain, Link, MetricsExpr, ScalarExpr},
    value::Value,
    vocab::functions::MetricsFn,
};

impl<'t> Checker<'t> {
    /// Checks arithmetic between metrics in parentheses, with the stages behind it.
    pub(in crate::check) fn metrics_math(&mut self, pipeline: &ast::Pipeline<'t>) -> MetricsExpr {
        let Some((first, further)) = pipeline.stages.split_first() else { return MetricsExpr::Invalid };
        self.needs(Feature::MetricsMath, first.expr.span);
        let expr = with_tight_minus(first.expr.clone());
        // Comparisons bind looser than arithmetic, so filters behind the whole are the outermost chain.
        let (operand, filters) = match &expr.kind {
            ExprKind::Chain(first, links) if links.iter().all(|link| link.op.as_arithmetic().is_none()) => {
                (&**first, links.as_slice())
            }
            _ => (&expr, [].as_slice()),
        };
        let computed = self.math_operand(operand);
        let seconds = self.second_stages(filters, further);
        if !seconds.is_empty() && has_compare(&computed) {
            self.compare_alone(operand.span);
        }
        self.judge_seconds(&seconds);
        let seconds = steps(seconds);
        if seconds.is_empty() { computed } else { MetricsExpr::Staged(Box::new(computed), seconds) }
    }

    fn math_operand(&mut self, expr: &ast::Expr<'t>) -> MetricsExpr {
        match &expr.kind {
            ExprKind::Group(group) => self.math_group(group, expr),
            ExprKind::Chain(first, links) => {
                if Shape::of(expr) == Shape::Number {
                    return self.math_number(expr);
                }
                // Numbers in front are computed by themselves, as whole numbers if they are: `1 / 2 * …` is `0 * …`.
                let is_number = |link: &&ast::Link<'_>| Shape::of(&link.operand) == Shape::Number;
                let leading = links.iter().take_while(is_number).count();
                let (leading, links) = match Shape::of(first) {
                    Shape::Number => links.split_at(leading),
                    _ => links.split_at(0),
                };
                let first = match leading.last() {
                    Some(last) => {
                        let kind = ExprKind::Chain(first.clone(), leading.to_vec());
                        let span = first.span.to(last.operand.span);
                        self.math_number(&ast::Expr { kind, span, nesting: expr.nesting })
                    }
                    None => self.math_operand(first),
                };
                let mut rest = Vec::with_capacity(links.len());
                for link in links {
                    let Some(op) = link.op.as_arithmetic().filter(|op| matches!(op.text(), "+" | "-" | "*" | "/"))
                    else {
                        let found = Diagnostic::new(
                            Code::UnexpectedToken,
                            format!("`{}` does not combine metrics", link.op.text()),
                            link.op_span,
                        )
                        .help("metrics are combined by `+`, `-`, `*` and `/`");
                        self.report(found);
                        return MetricsExpr::Invalid;
                    };
                    rest.push(Link { op, op_span: link.op_span, operand: self.math_operand(&link.operand) });
                }
                let chain = Chain { first: Box::new(first), rest };
                if has_compare(&chain.first) || chain.rest.iter().any(|link| has_compare(&link.operand)) {
                    self.compare_alone(expr.span);
                }
                MetricsExpr::Chain(chain)
            }
            ExprKind::Literal(Literal::String(_)) => self.no_math(expr),
            ExprKind::Literal(_) | ExprKind::Prefix(..) => self.math_number(expr),
            ExprKind::Missing => MetricsExpr::Invalid,
            _ => self.no_math(expr),
        }
    }

    fn math_group(&mut self, group: &ast::Pipeline<'t>, expr: &ast::Expr<'t>) -> MetricsExpr {
        for list in group.stages.iter().flat_map(|stage| &stage.hints) {
            self.misplaced_hints(list);
        }
        let metrics = group.stages.iter().position(|stage| Shape::of(&stage.expr) == Shape::Metrics);
        match (group.stages.as_slice(), metrics) {
            (_, Some(at)) => self.metrics_pipeline(group, at),
            ([stage], None) => match Shape::of(&stage.expr) {
                Shape::WrappedMetrics => self.math_operand(&with_tight_minus(stage.expr.clone())),
                Shape::Number => self.math_number(&stage.expr),
                _ => self.no_math(expr),
            },
            ([first, ..], None) if Shape::of(&first.expr) == Shape::WrappedMetrics => {
                let found = Diagnostic::new(
                    Code::WrongStage,
                    "stages behind arithmetic stand at the end of the query",
                    expr.span,
                )
                .help("move them behind the outermost parentheses");
                self.report(found);
                MetricsExpr::Invalid
            }
            _ => self.no_math(expr),
        }
    }

    fn math_number(&mut self, expr: &ast::Expr<'t>) -> MetricsExpr {
        match self.number(expr) {
            ScalarExpr::Literal(Value::Duration(_)) => {
                let found = Diagnostic::new(Code::BadScalar, "metrics cannot be combined with a duration", expr.span)
                    .help("write it as a number of seconds");
                self.report(found);
                MetricsExpr::Invalid
            }
            ScalarExpr::Literal(value) => MetricsExpr::Literal(value),
            _ => MetricsExpr::Invalid,
        }
    }

    fn no_math(&mut self, expr: &ast::Expr<'t>) -> MetricsExpr {
        let text = self.slice(expr.span);
        let found = Diagnostic::new(
            Code::UnexpectedToken,
            format!("`{text}` is neither a metrics query nor a number"),
            expr.span,
        )
        .help("each metrics query stands in parentheses: `({ … } | rate()) / ({ … } | rate())`");
        self.report(found);
        MetricsExpr::Invalid
    }
}

fn has_compare(expr: &MetricsExpr) -> bool {
    match expr {
        MetricsExpr::Pipeline(pipeline) => pipeline.stage.function == MetricsFn::Compare,
        MetricsExpr::Staged(inner, _) => has_compare(inner),
        _ => false,
    }
}
