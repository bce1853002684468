//! Metrics: `stages | function() by (fields)`, what may follow, and arithmetic between such queries.

mod arguments;
mod math;
mod second;

use super::{Checker, Shape};
use crate::{
    ast::{self, ExprKind},
    diagnostic::{Code, Diagnostic, Edit},
    query::{FieldRef, MetricsExpr, MetricsPipeline, MetricsStage},
    span::Span,
    vocab::functions::{Function, MetricsFn},
};
use second::steps;

impl<'t> Checker<'t> {
    /// Checks `stages | function() | further stages`; the function is stage `at`.
    pub(super) fn metrics_pipeline(&mut self, pipeline: &ast::Pipeline<'t>, at: usize) -> MetricsExpr {
        let (spansets, metrics) = pipeline.stages.split_at(at);
        let Some((function, further)) = metrics.split_first() else { return MetricsExpr::Invalid };
        if spansets.is_empty() {
            let found =
                Diagnostic::new(Code::WrongStage, "a metrics function needs spans to measure", function.expr.span)
                    .help("`{ } | …` measures all of them")
                    .fix("measure every span", vec![Edit::insert(function.expr.span.start, "{ } | ")]);
            self.report(found);
        }
        let span =
            Span { start: pipeline.span.start, end: spansets.last().map_or(pipeline.span.start, |s| s.expr.span.end) };
        let spansets = self.stages(spansets, span);
        let (call, filters) = match &function.expr.kind {
            ExprKind::Chain(first, links) => (&**first, links.as_slice()),
            _ => (&function.expr, [].as_slice()),
        };
        let stage = self.metrics_function(call);
        if !filters.is_empty() && self.count_was_meant(call, further) {
            return MetricsExpr::Invalid;
        }
        let seconds = self.second_stages(filters, further);
        let Some(stage) = stage else { return MetricsExpr::Invalid };
        self.judge(&stage, call);
        if stage.function == MetricsFn::Compare && !seconds.is_empty() {
            self.compare_alone(stage.span);
        }
        self.judge_seconds(&seconds);
        let seconds = steps(seconds);
        let whole = spansets.span.to(stage.span);
        let pipeline = MetricsExpr::Pipeline(MetricsPipeline { spansets, stage, span: whole });
        if seconds.is_empty() { pipeline } else { MetricsExpr::Staged(Box::new(pipeline), seconds) }
    }

    /// `rate() > 3 | { … }`: what goes on with spansets compares how many spans there are, not a rate.
    fn count_was_meant(&mut self, call: &ast::Expr<'t>, further: &[ast::Stage<'t>]) -> bool {
        let search = |stage: &ast::Stage<'t>| {
            matches!(Shape::of(&stage.expr), Shape::Spansets | Shape::Scalar | Shape::Stage(_))
        };
        let (ExprKind::Call(call), Some(next)) = (&call.kind, further.iter().find(|stage| search(stage))) else {
            return false;
        };
        let counts = matches!(
            Function::from_name(call.name),
            Some(Function::Metrics(MetricsFn::Rate | MetricsFn::CountOverTime))
        );
        if !counts || call.by.is_some() || !call.arguments.items.is_empty() {
            return false;
        }
        let found = Diagnostic::new(
            Code::WrongStage,
            format!("`{}` gives series, and no search stage can follow", call.name),
            call.name_span,
        )
        .also(next.expr.span, "this stage needs spans")
        .help("to compare how many spans a trace has, write `count()`")
        .fix("write `count()`", vec![Edit::replace(call.name_span, "count")]);
        self.report(found);
        true
    }

    fn compare_alone(&mut self, span: Span) {
        let found = Diagnostic::new(Code::CompareStages, "`compare()` takes no further stages and no arithmetic", span)
            .help("remove what stands around it");
        self.report(found);
    }

    /// Checks the shape of `function(arguments) by (fields)`.
    fn metrics_function(&mut self, expr: &ast::Expr<'t>) -> Option<MetricsStage> {
        let ExprKind::Call(call) = &expr.kind else {
            self.no_metrics_stage(expr);
            return None;
        };
        let Some(Function::Metrics(function)) = Function::from_name(call.name) else {
            self.no_metrics_stage(expr);
            return None;
        };
        self.since(&format!("`{}`", call.name), function.row().since, call.name_span);
        let mut stage = MetricsStage {
            function,
            name_span: call.name_span,
            field: None,
            quantiles: Vec::new(),
            compare: None,
            by: Vec::new(),
            span: expr.span,
        };
        if let Some(by) = &call.by {
            stage.by = self.metrics_by(function, by);
        }
        self.metrics_arguments(&mut stage, call)?;
        Some(stage)
    }

    fn no_metrics_stage(&mut self, expr: &ast::Expr<'t>) {
        let text = self.slice(expr.span);
        let found = Diagnostic::new(Code::WrongStage, format!("`{text}` cannot stand here"), expr.span)
            .help("arithmetic needs parentheses around each metrics query: `({ … } | rate()) / ({ … } | rate())`");
        self.report(found);
    }

    fn metrics_by(&mut self, function: MetricsFn, by: &ast::List<'t>) -> Vec<FieldRef> {
        if function == MetricsFn::Compare {
            let found =
                Diagnostic::new(Code::WrongArguments, "`compare` takes no `by`: it looks at every attribute", by.span)
                    .fix("remove it", vec![Edit::remove(by.span)]);
            self.report(found);
        }
        if by.items.is_empty() {
            let found = Diagnostic::new(Code::WrongArguments, "`by` needs at least one field", by.span)
                .help("for example `by (resource.service.name)`")
                .fix("remove it", vec![Edit::remove(by.span)]);
            self.report(found);
        }
        by.items.iter().filter_map(|item| self.metrics_field(item, "by")).collect()
    }

    /// Checks a single attribute or intrinsic; Tempo lets `parent.x` through here.
    fn metrics_field(&mut self, item: &ast::Expr<'t>, place: &str) -> Option<FieldRef> {
        if matches!(item.kind, ExprKind::Missing) {
            return None;
        }
        let before = self.diagnostics.len();
        let field = self.field(item);
        if field.is_none() && self.diagnostics.len() == before {
            self.no_field(item, place);
        }
        field.map(|field| FieldRef { field, span: item.span })
    }
}
