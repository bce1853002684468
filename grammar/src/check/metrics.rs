//! Metrics: first stages, what follows them, arithmetic between them.

use super::{Checker, Feature, Shape};
use crate::{
    ast::{self, ExprKind, Literal},
    diagnostic::{Code, Diagnostic, Edit},
    query::{Chain, Compare, Field, MetricsExpr, MetricsPipeline, MetricsStage, ScalarExpr, SecondStage},
    span::Span,
    value::Value,
    vocab::functions::{Function, MetricsFn, Parameters},
};

/// How many values of an attribute `compare()` keeps if nothing is said.
const DEFAULT_TOP: i64 = 10;

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
        self.judge(&stage);
        if stage.function == MetricsFn::Compare && !seconds.is_empty() {
            self.compare_alone(stage.span);
        }
        self.judge_seconds(&seconds, function.expr.span.to(pipeline.span));
        let pipeline = MetricsExpr::Pipeline(MetricsPipeline { spansets, stage });
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

    /// Checks arithmetic between metrics in parentheses, with the stages behind it.
    pub(super) fn metrics_math(&mut self, pipeline: &ast::Pipeline<'t>) -> MetricsExpr {
        let Some((first, further)) = pipeline.stages.split_first() else { return MetricsExpr::Invalid };
        self.needs(Feature::MetricsMath, first.expr.span);
        // Comparisons bind looser than arithmetic, so filters behind the whole are the outermost chain.
        let (operand, filters) = match &first.expr.kind {
            ExprKind::Chain(first, links) if links.iter().all(|link| link.op.as_arithmetic().is_none()) => {
                (&**first, links.as_slice())
            }
            _ => (&first.expr, [].as_slice()),
        };
        let expr = self.math_operand(operand);
        let seconds = self.second_stages(filters, further);
        if !seconds.is_empty() && has_compare(&expr) {
            self.compare_alone(operand.span);
        }
        self.judge_seconds(&seconds, pipeline.span);
        if seconds.is_empty() { expr } else { MetricsExpr::Staged(Box::new(expr), seconds) }
    }

    fn math_operand(&mut self, expr: &ast::Expr<'t>) -> MetricsExpr {
        match &expr.kind {
            ExprKind::Group(group) => self.math_group(group, expr),
            ExprKind::Chain(first, links) => {
                if Shape::of(expr) == Shape::Number {
                    return self.math_number(expr);
                }
                let first = self.math_operand(first);
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
                    rest.push((op, self.math_operand(&link.operand)));
                }
                let chain = Chain { first: Box::new(first), rest };
                if has_compare(&chain.first) || chain.rest.iter().any(|(_, operand)| has_compare(operand)) {
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
                Shape::WrappedMetrics => self.math_operand(&stage.expr),
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

    /// Checks what follows a metrics function: filters on the same stage, then rankings with filters.
    fn second_stages(&mut self, filters: &[ast::Link<'t>], further: &[ast::Stage<'t>]) -> Vec<SecondStage> {
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

    fn series_filters(&mut self, links: &[ast::Link<'t>], seconds: &mut Vec<SecondStage>, places: &mut Vec<Span>) {
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
                        seconds.push(SecondStage::Filter(op, value));
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
    fn ranking(&mut self, expr: &ast::Expr<'t>) -> Option<SecondStage> {
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
        let [ast::Expr { kind: ExprKind::Literal(Literal::Int(limit)), .. }] = call.arguments.items.as_slice() else {
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
        Some(if function == Function::TopK { SecondStage::TopK(*limit) } else { SecondStage::BottomK(*limit) })
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

    fn judge_seconds(&mut self, seconds: &[SecondStage], span: Span) {
        for second in seconds {
            if matches!(second, SecondStage::TopK(..=0) | SecondStage::BottomK(..=0)) {
                let found = Diagnostic::new(Code::BadLimit, "the limit must be above 0", span)
                    .help("`topk(1)` keeps one series");
                self.report(found);
            }
        }
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

    fn metrics_by(&mut self, function: MetricsFn, by: &ast::List<'t>) -> Vec<Field> {
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
    fn metrics_field(&mut self, item: &ast::Expr<'t>, place: &str) -> Option<Field> {
        if matches!(item.kind, ExprKind::Missing) {
            return None;
        }
        let before = self.diagnostics.len();
        let field = self.field(item);
        if field.is_none() && self.diagnostics.len() == before {
            self.no_field(item, place);
        }
        field
    }

    fn metrics_arguments(&mut self, stage: &mut MetricsStage, call: &ast::Call<'t>) -> Option<()> {
        let items = call.arguments.items.as_slice();
        if items.iter().any(|item| matches!(item.kind, ExprKind::Missing)) {
            return None;
        }
        match (stage.function.row().parameters, items) {
            (Parameters::None, []) => {}
            (Parameters::None, [first, ..]) => {
                let inside = first.span.to(items[items.len() - 1].span);
                let found = Diagnostic::new(Code::WrongArguments, format!("`{}` takes no argument", call.name), inside);
                let found = match &first.kind {
                    ExprKind::Literal(Literal::Duration(_)) => {
                        found.help("the window is the step of the request, not part of the query")
                    }
                    ExprKind::Attribute(_) | ExprKind::Scoped(..) | ExprKind::Word(_) => {
                        found.help(format!("to split by it write `{}() by ({})`", call.name, self.slice(inside)))
                    }
                    _ => found.help(format!("write `{}()`", call.name)),
                };
                self.report(found.fix("remove the argument", vec![Edit::remove(inside)]));
                return None;
            }
            (Parameters::Field, [field]) => stage.field = Some(self.metrics_field(field, call.name)?),
            (Parameters::Quantiles, [field, quantiles @ ..]) if !quantiles.is_empty() => {
                let swapped = matches!(field.kind, ExprKind::Literal(_));
                if swapped && let [other] = quantiles {
                    let (first, second) = (self.slice(field.span), self.slice(other.span));
                    let found =
                        Diagnostic::new(Code::WrongArguments, "the field comes first, then the quantiles", field.span)
                            .help(format!("write `{}({second}, {first})`", call.name))
                            .fix(
                                "exchange the arguments",
                                vec![Edit::replace(field.span, second), Edit::replace(other.span, first)],
                            );
                    self.report(found);
                    return None;
                }
                stage.field = self.metrics_field(field, call.name);
                for quantile in quantiles {
                    stage.quantiles.extend(self.quantile(quantile));
                }
                stage.field.as_ref()?;
            }
            (Parameters::Comparison, [filter, numbers @ ..]) if matches!(numbers.len(), 0 | 1 | 3) => {
                let ExprKind::Filter(condition) = &filter.kind else {
                    return self.wrong_arguments(stage.function, call);
                };
                let mut whole = |number: Option<&ast::Expr<'t>>, default| match number.map(|number| &number.kind) {
                    None => Some(default),
                    Some(ExprKind::Literal(Literal::Int(n))) => Some(*n),
                    Some(_) => {
                        self.wrong_arguments(MetricsFn::Compare, call);
                        None
                    }
                };
                let top = whole(numbers.first(), DEFAULT_TOP)?;
                let (start, end) = (whole(numbers.get(1), 0)?, whole(numbers.get(2), 0)?);
                let selection = self.condition(condition.as_deref(), filter.span);
                stage.compare = Some(Compare { selection, top, start, end });
                self.judge_compare(top, numbers.len() == 3, (start, end), call.arguments.span);
            }
            _ => return self.wrong_arguments(stage.function, call),
        }
        Some(())
    }

    fn wrong_arguments(&mut self, function: MetricsFn, call: &ast::Call<'t>) -> Option<()> {
        let row = function.row();
        let found = Diagnostic::new(
            Code::WrongArguments,
            format!("these are not the arguments of `{}`", row.name),
            call.arguments.span,
        )
        .help(format!("it is `{}`, for example `{}`", row.signature, row.example));
        self.report(found);
        None
    }

    fn quantile(&mut self, expr: &ast::Expr<'t>) -> Option<f64> {
        match expr.kind {
            ExprKind::Literal(Literal::Int(n)) => Some(n as f64),
            ExprKind::Literal(Literal::Float(x)) => Some(x),
            _ => {
                let text = self.slice(expr.span);
                let found = Diagnostic::new(Code::WrongArguments, format!("`{text}` is no quantile"), expr.span)
                    .help("a quantile is a number from 0 to 1: `.99`");
                self.report(found);
                None
            }
        }
    }

    /// Checks values that Tempo checks after types: quantiles and the number of groups.
    fn judge(&mut self, stage: &MetricsStage) {
        for quantile in stage.quantiles.iter().filter(|quantile| !(0.0..=1.0).contains(*quantile)) {
            let found = Diagnostic::new(
                Code::QuantileRange,
                format!("a quantile lies between 0 and 1, not at {quantile}"),
                stage.span,
            );
            let found = if (1.0..=100.0).contains(quantile) {
                found.help(format!("for the {quantile}th percentile write `{}`", quantile / 100.0))
            } else {
                found
            };
            self.report(found);
        }
        // Functions that add a label of their own leave room for one group fewer.
        let most = match stage.function {
            MetricsFn::QuantileOverTime | MetricsFn::HistogramOverTime | MetricsFn::AvgOverTime => 4,
            _ => 5,
        };
        if stage.by.len() > most {
            let message = format!("`{}` takes at most {most} fields after `by`", stage.function.row().name);
            self.report(Diagnostic::new(Code::TooManyGroups, message, stage.span).help("leave some out"));
        }
    }

    fn judge_compare(&mut self, top: i64, ranged: bool, (start, end): (i64, i64), span: Span) {
        let too_many = top > 1000 && !Feature::UnboundedCompare.row().legal_in(self.target);
        let message = if top < 1 || too_many {
            "`compare()` keeps between 1 and 1000 values of an attribute"
        } else if ranged && (start <= 0 || end <= 0) {
            "the times of `compare()` are Unix nanoseconds above 0"
        } else if ranged && end <= start {
            "the end must lie after the start"
        } else {
            return;
        };
        self.report(Diagnostic::new(Code::BadCompare, message, span));
    }
}

fn has_compare(expr: &MetricsExpr) -> bool {
    match expr {
        MetricsExpr::Pipeline(pipeline) => pipeline.stage.function == MetricsFn::Compare,
        MetricsExpr::Staged(inner, _) => has_compare(inner),
        _ => false,
    }
}
