//! What follows a metrics function: rankings and comparisons.

use crate::check::{Checker, Feature, Shape};
use crate::{
    ast::{self, ExprKind, Literal},
    diagnostic::{Code, Diagnostic},
    query::{ScalarExpr, SecondStage, SecondStep},
    span::Span,
    vocab::functions::Function,
};

/// A second stage with the place of its number.
pub(super) type Placed = (SecondStep, Span);

/// Takes the places of the numbers off.
pub(super) fn steps(seconds: Vec<Placed>) -> Vec<SecondStep> {
    seconds.into_iter().map(|(step, _)| step).collect()
}

impl<'t> Checker<'t> {
    /// Checks what follows a metrics function: filters on the same stage, then rankings with filters.
    pub(super) fn second_stages(&mut self, filters: &[ast::Link<'t>], further: &[ast::Stage<'t>]) -> Vec<Placed> {
        let mut seconds = Vec::new();
        let mut places = Vec::new();
        self.series_filters(filters, &mut seconds, &mut places);
        for stage in further {
            let (call, filters) = match &stage.expr.kind {
                ExprKind::Chain(first, links) => (&**first, links.as_slice()),
                _ => (&stage.expr, [].as_slice()),
            };
            if let Some(ranking) = self.ranking(call) {
                seconds.push(ranking);
                places.push(call.span);
            }
            self.series_filters(filters, &mut seconds, &mut places);
        }
        if let [_, second, ..] = places.as_slice() {
            self.needs(Feature::RankingChain, *second);
        }
        seconds
    }

    fn series_filters(&mut self, links: &[ast::Link<'t>], seconds: &mut Vec<Placed>, places: &mut Vec<Span>) {
        for link in links {
            let Some(op) = link.op.as_compare() else {
                let text = link.op.text();
                let found = Diagnostic::new(
                    Code::UnexpectedToken,
                    format!("`{text}` cannot follow a metrics function"),
                    link.op_span,
                );
                let found = if link.op.as_arithmetic().is_some() {
                    found.help("arithmetic needs parentheses around each metrics query: `({ … } | rate()) + 1`")
                } else {
                    found.help("values are compared by `=`, `!=`, `<`, `<=`, `>` and `>=`")
                };
                self.report(found);
                continue;
            };
            let place = link.op_span.to(link.operand.span);
            self.needs(Feature::MetricsFilter, place);
            match Shape::of(&link.operand) {
                Shape::Number => {
                    if let ScalarExpr::Literal(value) = self.number(&link.operand) {
                        let stage = SecondStage::Filter(op, value);
                        seconds.push((SecondStep { stage, op_span: link.op_span, span: place }, link.operand.span));
                        places.push(place);
                    }
                }
                Shape::Missing => {}
                _ => {
                    let text = self.slice(link.operand.span);
                    let found =
                        Diagnostic::new(Code::UnexpectedToken, format!("`{text}` is no number"), link.operand.span)
                            .help("the values of a series are compared with a number or a duration");
                    self.report(found);
                }
            }
        }
    }

    /// `topk(n)`, `bottomk(n)`
    fn ranking(&mut self, expr: &ast::Expr<'t>) -> Option<Placed> {
        let ExprKind::Call(call) = &expr.kind else {
            self.no_second_stage(expr);
            return None;
        };
        let function = match Function::from_name(call.name) {
            Some(function @ (Function::TopK | Function::BottomK)) => function,
            None => {
                self.unknown_function(call);
                return None;
            }
            Some(_) => {
                self.no_second_stage(expr);
                return None;
            }
        };
        self.since(&format!("`{}`", call.name), function.row().since, call.name_span);
        if let Some(by) = &call.by {
            self.report(Diagnostic::new(Code::WrongArguments, format!("`{}` takes no `by`", call.name), by.span));
        }
        let [ast::Expr { kind: ExprKind::Literal(Literal::Int(limit)), span, .. }] = call.arguments.items.as_slice()
        else {
            if !call.arguments.items.iter().any(|item| matches!(item.kind, ExprKind::Missing)) {
                let found = Diagnostic::new(
                    Code::WrongArguments,
                    format!("`{}` takes one whole number", call.name),
                    call.arguments.span,
                )
                .help(format!("for example `{}(5)`", call.name));
                self.report(found);
            }
            return None;
        };
        let stage = if function == Function::TopK { SecondStage::TopK(*limit) } else { SecondStage::BottomK(*limit) };
        Some((SecondStep { stage, op_span: call.name_span, span: expr.span }, *span))
    }

    fn no_second_stage(&mut self, expr: &ast::Expr<'t>) {
        if matches!(expr.kind, ExprKind::Missing) {
            return;
        }
        let text = self.slice(expr.span);
        let found = Diagnostic::new(Code::WrongStage, format!("`{text}` cannot follow a metrics function"), expr.span)
            .help("behind it stand only `topk(…)`, `bottomk(…)` and comparisons; search stages come before it");
        self.report(found);
    }

    /// Checks values that Tempo checks after types.
    pub(super) fn judge_seconds(&mut self, seconds: &[Placed]) {
        for (second, span) in seconds {
            let name = match second.stage {
                SecondStage::TopK(..=0) => "topk",
                SecondStage::BottomK(..=0) => "bottomk",
                _ => continue,
            };
            let found = Diagnostic::new(Code::BadLimit, format!("the limit of `{name}` must be above 0"), *span)
                .help(format!("`{name}(1)` keeps one series"));
            self.report(found);
        }
    }
}
