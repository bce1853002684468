//! Pipelines that find spansets: stages, spanset expressions, pipelines as operands.

use super::{Checker, Feature, Shape, expr::references_span};
use crate::{
    ast::{self, ExprKind},
    diagnostic::{Class, Code, Diagnostic, Edit},
    query::{Chain, Expr, FieldRef, Filter, Link, Pipeline, SpansetExpr, Stage, StageKind},
    span::Span,
    value::{Type, Value},
    vocab::functions::Function,
};

impl<'t> Checker<'t> {
    /// Checks a pipeline without metrics.
    pub(super) fn pipeline(&mut self, pipeline: &ast::Pipeline<'t>) -> Pipeline {
        self.stages(&pipeline.stages, pipeline.span)
    }

    /// Checks stages that find spansets.
    pub(super) fn stages(&mut self, stages: &[ast::Stage<'t>], span: Span) -> Pipeline {
        let mut checked = Vec::with_capacity(stages.len());
        for (at, stage) in stages.iter().enumerate() {
            let expr = &stage.expr;
            let shape = Shape::of(expr);
            let alone = matches!(shape, Shape::WrappedPipeline | Shape::WrappedScalar);
            if alone && stages.len() > 1 {
                self.wrapped_with_stages(expr, shape);
            }
            if shape == Shape::Ranking
                && let Some(before) = at.checked_sub(1)
                && self.series_were_meant(&stages[before].expr, expr)
            {
                continue;
            }
            checked.extend(self.stage(expr, shape, at).map(|kind| Stage { kind, span: expr.span }));
        }
        Pipeline { stages: checked, span }
    }

    /// `count() > 3 | topk(5)`: only series are ranked.
    fn series_were_meant(&mut self, before: &ast::Expr<'t>, ranking: &ast::Expr<'t>) -> bool {
        let ExprKind::Call(call) = &leftmost(before).kind else { return false };
        if call.name != "count" {
            return false;
        }
        let text = self.slice(ranking.span);
        let found =
            Diagnostic::new(Code::WrongStage, format!("`{text}` ranks series, and `count()` gives none"), ranking.span)
                .also(call.name_span, "counts the spans of each trace")
                .help("to count over time write `count_over_time()`")
                .fix("count over time", vec![Edit::replace(call.name_span, "count_over_time")]);
        self.report(found);
        true
    }

    fn wrapped_with_stages(&mut self, expr: &ast::Expr<'t>, shape: Shape) {
        let span = expr.span;
        let found =
            Diagnostic::new(Code::WrongStage, "what stands in parentheses with `|` inside must stand alone", span);
        let found = match (&expr.kind, shape) {
            (ExprKind::Group(_), Shape::WrappedPipeline) if self.slice(span).ends_with(')') => {
                let (open, close) =
                    (Span { start: span.start, end: span.start + 1 }, Span { start: span.end - 1, end: span.end });
                found
                    .help("remove the parentheses: the stages mean the same without")
                    .fix("remove the parentheses", vec![Edit::remove(open), Edit::remove(close)])
            }
            _ => found.help("put the further stages into each of the parentheses"),
        };
        self.report(found);
    }

    fn stage(&mut self, expr: &ast::Expr<'t>, shape: Shape, at: usize) -> Option<StageKind> {
        match shape {
            Shape::Spansets => Some(StageKind::Spansets(self.spansets(expr))),
            Shape::WrappedPipeline => Some(StageKind::Spansets(self.wrapped(expr))),
            Shape::Scalar | Shape::Number | Shape::WrappedScalar => self.scalar_filter(expr),
            Shape::Stage(function) => self.call_stage(expr, function, at),
            Shape::Condition => {
                self.condition_as_stage(expr);
                None
            }
            Shape::UnknownCall => {
                self.unknown_stage(expr);
                None
            }
            Shape::Metrics | Shape::Ranking | Shape::WrappedMetrics => {
                let text = self.slice(expr.span);
                let found = Diagnostic::new(
                    Code::WrongStage,
                    format!("`{text}` is a metrics stage and cannot stand here"),
                    expr.span,
                )
                .help("metrics come last: `{ … } | rate()`, and rankings behind them: `{ … } | rate() | topk(5)`");
                self.report(found);
                None
            }
            Shape::Missing => None,
        }
    }

    /// Reports the first call in an expression that is no function.
    fn unknown_stage(&mut self, expr: &ast::Expr<'t>) {
        match &expr.kind {
            ExprKind::Call(call) => self.unknown_function(call),
            ExprKind::Chain(first, _) => self.unknown_stage(first),
            ExprKind::Prefix(_, operand) => self.unknown_stage(operand),
            ExprKind::Group(group) => group.stages.iter().for_each(|stage| self.unknown_stage(&stage.expr)),
            _ => {}
        }
    }

    /// Reports a condition, or a lone word, where a stage must stand.
    fn condition_as_stage(&mut self, expr: &ast::Expr<'t>) {
        let leftmost = leftmost(expr);
        if let ExprKind::Word(word) = leftmost.kind
            && super::words::lookup(word).is_none()
        {
            return self.unknown_word_as_stage(word, leftmost.span);
        }
        let before = self.diagnostics.len();
        let condition = self.expr(expr);
        // Text that is no TraceQL says more than that the braces are missing. Anything else is looked at by Tempo only within
        // braces.
        let inside = self.diagnostics.get(before..).unwrap_or_default();
        if inside.iter().any(|found| found.code.row().class == Class::Parse) {
            return;
        }
        self.diagnostics.truncate(before);
        if matches!(condition.ty, Type::Any | Type::Bool) {
            return self.missing_braces(expr);
        }
        let text = self.slice(expr.span);
        let found = Diagnostic::new(Code::WrongStage, format!("`{text}` is no stage"), expr.span).help(
            "a stage is `{ … }`, a comparison of aggregates, `by(…)`, `select(…)`, `coalesce()` or a metrics function",
        );
        self.report(found);
    }

    fn unknown_word_as_stage(&mut self, word: &str, span: Span) {
        use crate::vocab::{functions::FUNCTIONS, nearest::nearest};
        let found = Diagnostic::new(Code::UnknownWord, format!("there is no stage `{word}`"), span);
        let found = match nearest(word, FUNCTIONS.iter().map(|row| row.name)) {
            Some(near) if near != word => found
                .help(format!("a similar name is `{near}`"))
                .fix(format!("write `{near}`"), vec![Edit::replace(span, near)]),
            Some(known) => {
                let signature = Function::from_name(known).map_or("", |function| function.row().signature);
                let found = Diagnostic::new(Code::MissingParentheses, format!("`{word}` needs its arguments"), span);
                found.help(format!("write `{signature}`"))
            }
            _ => found.help("a stage is `{ … }`, a comparison of aggregates, `by(…)`, `select(…)`, `coalesce()` or a metrics function"),
        };
        self.report(found);
    }

    /// Checks spansets joined by operators.
    pub(super) fn spansets(&mut self, expr: &ast::Expr<'t>) -> SpansetExpr {
        match &expr.kind {
            ExprKind::Filter(condition) => SpansetExpr::Filter(self.filter(condition.as_deref(), expr.span)),
            ExprKind::Group(group) => match group.stages.as_slice() {
                [stage] => {
                    self.no_hints(stage);
                    self.spansets(&stage.expr)
                }
                _ => self.unparenthesised_operand(expr),
            },
            ExprKind::Chain(first, links) => {
                let wrapped = links.iter().find(|link| Shape::of(&link.operand) == Shape::WrappedPipeline);
                if let Some(wrapped) = wrapped {
                    self.unwrapped_beside(first, wrapped.operand.span);
                    return self.wrapped_chain(first, links);
                }
                self.joined(first, links, Self::spansets)
            }
            ExprKind::Missing => nothing(expr.span),
            ExprKind::Prefix((op, _), operand) => {
                let found = Diagnostic::new(
                    Code::UnexpectedToken,
                    format!("`{}` cannot stand before a spanset", op.text()),
                    expr.span,
                )
                .help("`!` stands inside the braces: `{ !( … ) }`");
                self.report(found);
                self.spansets(operand)
            }
            _ => {
                self.no_spanset(expr);
                nothing(expr.span)
            }
        }
    }

    /// Joins operands that `operand` checks, by spanset operators.
    fn joined(
        &mut self,
        first: &ast::Expr<'t>,
        links: &[ast::Link<'t>],
        operand: fn(&mut Self, &ast::Expr<'t>) -> SpansetExpr,
    ) -> SpansetExpr {
        let first = operand(self, first);
        let mut rest = Vec::with_capacity(links.len());
        for link in links {
            let Some(op) = link.op.as_spanset() else {
                self.no_spanset_operator(link);
                operand(self, &link.operand);
                continue;
            };
            let structural = !matches!(op, crate::ops::SpansetOp::And | crate::ops::SpansetOp::Or);
            if structural {
                self.since(&format!("`{}`", op.text()), link.op.row().since, link.op_span);
            }
            rest.push(Link { op, op_span: link.op_span, operand: operand(self, &link.operand) });
        }
        if rest.is_empty() { first } else { SpansetExpr::Chain(Chain { first: Box::new(first), rest }) }
    }

    fn no_spanset_operator(&mut self, link: &ast::Link<'t>) {
        let text = link.op.text();
        let found = Diagnostic::new(Code::UnexpectedToken, format!("`{text}` does not join spansets"), link.op_span)
            .help("spansets are joined by `&&`, `||`, and by `>`, `>>`, `<`, `<<`, `~` and their relatives");
        self.report(found);
    }

    fn no_spanset(&mut self, expr: &ast::Expr<'t>) {
        match Shape::of(expr) {
            Shape::Condition if matches!(expr.kind, ExprKind::Word(_)) => {
                let ExprKind::Word(word) = expr.kind else { return };
                let found = Diagnostic::new(Code::UnexpectedToken, format!("`{word}` is no spanset"), expr.span)
                    .help("a spanset is written in braces: `{ … }`");
                self.report(found);
            }
            Shape::Condition => self.missing_braces(expr),
            _ => {
                let text = self.slice(expr.span);
                let found = Diagnostic::new(Code::UnexpectedToken, format!("`{text}` is no spanset"), expr.span)
                    .help("a spanset is written in braces: `{ … }`; stages are joined by `|`");
                self.report(found);
            }
        }
    }

    fn unparenthesised_operand(&mut self, expr: &ast::Expr<'t>) -> SpansetExpr {
        let found = Diagnostic::new(Code::UnexpectedToken, "a pipeline cannot stand here", expr.span)
            .help("where one side has `|` inside parentheses, each side needs parentheses");
        self.report(found);
        nothing(expr.span)
    }

    /// `( … | … ) OP ( … )`: every operand in parentheses.
    fn wrapped(&mut self, expr: &ast::Expr<'t>) -> SpansetExpr {
        match &expr.kind {
            ExprKind::Group(group) => {
                for stage in &group.stages {
                    self.no_hints(stage);
                }
                if let [stage] = group.stages.as_slice()
                    && Shape::of(&stage.expr) == Shape::WrappedPipeline
                {
                    return self.wrapped(&stage.expr);
                }
                SpansetExpr::Pipeline(self.stages(&group.stages, group.span))
            }
            ExprKind::Chain(first, links) => self.wrapped_chain(first, links),
            _ => {
                if !matches!(expr.kind, ExprKind::Missing) {
                    self.needs_parentheses(expr);
                }
                let kind = StageKind::Spansets(self.spansets(expr));
                SpansetExpr::Pipeline(Pipeline { stages: vec![Stage { kind, span: expr.span }], span: expr.span })
            }
        }
    }

    fn wrapped_chain(&mut self, first: &ast::Expr<'t>, links: &[ast::Link<'t>]) -> SpansetExpr {
        self.joined(first, links, Self::wrapped)
    }

    fn needs_parentheses(&mut self, expr: &ast::Expr<'t>) {
        let span = expr.span;
        let found = Diagnostic::new(
            Code::UnexpectedToken,
            "where one side has `|` inside parentheses, each side needs parentheses",
            span,
        );
        let found = if matches!(expr.kind, ExprKind::Filter(_)) {
            found
                .help("write `( … )` around it")
                .fix("add the parentheses", vec![Edit::insert(span.start, "("), Edit::insert(span.end, ")")])
        } else {
            found.help("write `( … )` around it")
        };
        self.report(found);
    }

    /// Reports a first operand without `|` beside one that has it: Tempo's parser has decided by then what it reads.
    fn unwrapped_beside(&mut self, first: &ast::Expr<'t>, wrapped: Span) {
        if !matches!(first.kind, ExprKind::Group(_)) {
            return; // Reported where it is checked: it has no parentheses at all.
        }
        // Repair may have closed the parenthesis; then the text has none to stand before.
        let closed = u32::from(self.slice(first.span).ends_with(')'));
        let found = Diagnostic::new(
            Code::UnexpectedToken,
            "Tempo takes `|` in a right operand only if the first has one too",
            wrapped,
        )
        .also(first.span, "this operand has no `|`")
        .help("exchange the sides, or add a stage that does nothing: `| { }`")
        .fix("add a stage that does nothing", vec![Edit::insert(first.span.end - closed, " | { }")]);
        self.report(found);
    }

    fn no_hints(&mut self, stage: &ast::Stage<'t>) {
        for list in &stage.hints {
            self.misplaced_hints(list);
        }
    }

    /// `by(…)`, `coalesce()`, `select(…)`
    fn call_stage(&mut self, expr: &ast::Expr<'t>, function: Function, at: usize) -> Option<StageKind> {
        let ExprKind::Call(call) = &expr.kind else {
            let text = self.slice(expr.span);
            let found = Diagnostic::new(Code::UnexpectedToken, format!("`{text}` is no stage"), expr.span)
                .help("`by(…)`, `select(…)` and `coalesce()` stand alone between two `|`");
            self.report(found);
            return None;
        };
        if let Some(by) = &call.by {
            let found = Diagnostic::new(Code::WrongArguments, format!("`{}` takes no `by`", call.name), by.span)
                .help("group in a stage of its own: `| by(…)`");
            self.report(found);
        }
        self.since(&format!("`{}`", call.name), function.row().since, call.name_span);
        let items = call.arguments.items.as_slice();
        match function {
            Function::By => self.group(call).map(StageKind::Group),
            Function::Coalesce => {
                if let [first, ..] = items {
                    let inside = first.span.to(items[items.len() - 1].span);
                    let found = Diagnostic::new(Code::WrongArguments, "`coalesce()` takes no argument", inside)
                        .fix("remove the argument", vec![Edit::remove(inside)]);
                    self.report(found);
                } else if at == 0 {
                    let found = Diagnostic::new(Code::WrongStage, "`coalesce()` cannot come first", expr.span)
                        .help("it joins what stages before it have split: `{ … } | by(…) | coalesce()`")
                        .fix("begin with every span", vec![Edit::insert(expr.span.start, "{ } | ")]);
                    self.report(found);
                }
                Some(StageKind::Coalesce)
            }
            _ => {
                if items.is_empty() {
                    let found =
                        Diagnostic::new(Code::WrongArguments, "`select` needs at least one field", call.arguments.span)
                            .help("for example `select(name, resource.service.name)`");
                    self.report(found);
                }
                Some(StageKind::Select(items.iter().filter_map(|item| self.selected(item)).collect()))
            }
        }
    }

    fn group(&mut self, call: &ast::Call<'t>) -> Option<Expr> {
        match call.arguments.items.as_slice() {
            [item] => {
                if matches!(item.kind, ExprKind::Missing) {
                    return None;
                }
                let expr = self.expr(item);
                if !references_span(&expr) {
                    let text = self.slice(item.span);
                    let found = Diagnostic::new(
                        Code::ConstantArgument,
                        format!("`{text}` is the same for every span"),
                        item.span,
                    )
                    .help("group by an attribute or an intrinsic");
                    self.report(found);
                }
                Some(expr)
            }
            [] => {
                let found =
                    Diagnostic::new(Code::WrongArguments, "`by` needs something to group by", call.arguments.span)
                        .help("for example `by(resource.service.name)`");
                self.report(found);
                None
            }
            [first, second, ..] => {
                let last = &call.arguments.items[call.arguments.items.len() - 1];
                let found = Diagnostic::new(Code::WrongArguments, "`by` takes one expression in a search", second.span)
                    .help("use a `by(…)` stage for each; behind a metrics function `by (…)` takes several");
                let parts: Vec<&str> = call.arguments.items.iter().map(|item| self.slice(item.span)).collect();
                let stages = parts.join(") | by(");
                let found = found.fix("use a stage for each", vec![Edit::replace(first.span.to(last.span), stages)]);
                self.report(found);
                None
            }
        }
    }

    /// Checks a field of `select` or of a metrics function's `by`.
    fn selected(&mut self, item: &ast::Expr<'t>) -> Option<FieldRef> {
        if matches!(item.kind, ExprKind::Missing) {
            return None;
        }
        let before = self.diagnostics.len();
        if let Some(field) = self.field(item) {
            if field.of_parent || field.key == crate::query::FieldKey::Parent {
                self.parent(&field, item.span);
            }
            return Some(FieldRef { field, span: item.span });
        }
        if self.diagnostics.len() == before && !Feature::SelectExpression.row().legal_in(self.target) {
            self.no_field(item, "select");
        }
        None
    }

    /// Reports an expression where only a field can stand.
    pub(super) fn no_field(&mut self, item: &ast::Expr<'t>, place: &str) {
        let text = self.slice(item.span);
        let found = Diagnostic::new(Code::WrongArguments, format!("`{text}` is no attribute or intrinsic"), item.span)
            .help(format!("`{place}` takes fields only, no literals and no arithmetic"));
        self.report(found);
    }
}

/// The leftmost operand of an expression.
fn leftmost<'e, 't>(expr: &'e ast::Expr<'t>) -> &'e ast::Expr<'t> {
    match &expr.kind {
        ExprKind::Chain(first, _) => leftmost(first),
        _ => expr,
    }
}

/// Stands where a spanset is missing.
fn nothing(span: Span) -> SpansetExpr {
    let kind = crate::query::ExprKind::Literal(Value::Bool(false));
    SpansetExpr::Filter(Filter { condition: Expr { kind, ty: Type::Bool, span }, span })
}
