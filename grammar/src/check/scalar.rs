//! Comparisons of aggregates: `count() > 2`, `max(duration) - min(duration) > 1s`.

use super::{Checker, Feature, Shape, expr::references_span, shape::has_comparison};
use crate::{
    ast::{self, ExprKind, Literal},
    diagnostic::{Code, Diagnostic, Edit},
    ops::{ArithmeticOp, CompareOp, UnaryOp},
    query::{Aggregate, Chain, Link, ScalarExpr, ScalarFilter, StageKind},
    span::Span,
    value::Value,
    vocab::{
        functions::{AggregateFn, Function, Parameters},
        literals::{self, LiteralRow},
    },
};

impl<'t> Checker<'t> {
    /// Checks a stage that compares aggregates.
    pub(super) fn scalar_filter(&mut self, expr: &ast::Expr<'t>) -> Option<StageKind> {
        let (left, links) = match &expr.kind {
            ExprKind::Chain(left, links) => (left, links.as_slice()),
            _ => {
                self.uncompared(expr);
                return None;
            }
        };
        let [link] = links else {
            self.joined_filters(links);
            return None;
        };
        let Some(op) = link.op.as_compare() else {
            if link.op.as_arithmetic().is_some() {
                self.uncompared(expr);
            } else {
                self.joined_filters(links);
            }
            return None;
        };
        let (shape_left, shape_right) = (Shape::of(left), Shape::of(&link.operand));
        let wrapped = shape_left == Shape::WrappedScalar;
        if !wrapped && shape_right == Shape::WrappedScalar {
            let found = Diagnostic::new(
                Code::UnexpectedToken,
                "a pipeline in parentheses stands on the left",
                link.operand.span,
            )
            .help(format!("exchange the sides and write `{}`", op.flipped().text()));
            self.report(found);
            return None;
        }
        let left = self.scalar(left);
        let right = self.scalar(&link.operand);
        if !(wrapped || is_aggregated(&left) || is_aggregated(&right)) {
            let found = Diagnostic::new(Code::WrongStage, "a comparison of literals is no stage", expr.span)
                .help("compare an aggregate: `count() > 2`");
            self.report(found);
            return None;
        }
        self.unsupported_scalar(&left, op, &right, expr.span);
        Some(StageKind::Scalar(ScalarFilter { left, op, op_span: link.op_span, right, span: expr.span }))
    }

    /// Reports an aggregate that is compared with nothing.
    fn uncompared(&mut self, expr: &ast::Expr<'t>) {
        let text = self.slice(expr.span);
        let found = match &expr.kind {
            // What is missing first is the argument.
            ExprKind::Call(call) if call.name != AggregateFn::Count.row().name && call.arguments.items.is_empty() => {
                self.aggregate(call, expr.span);
                return;
            }
            ExprKind::Call(call) => {
                let over_time = format!("{}_over_time", call.name);
                let message = match &call.by {
                    Some(_) => format!("`{}` looks at the spans of one trace and takes no `by`", call.name),
                    None => format!("`{text}` must be compared with something"),
                };
                let found = Diagnostic::new(Code::WrongStage, message, expr.span);
                // Repair may have closed the call: then nothing can be put behind it yet.
                match &call.by {
                    Some(_) => found
                        .help(format!("for values over time write `{over_time}(…) by (…)`"))
                        .fix("compute it over time", vec![Edit::replace(call.name_span, over_time)]),
                    None if text.ends_with(')') => found
                        .help(format!("write for example `{text} > 1`; for values over time use `{over_time}`"))
                        .unsafe_fix("compare it with 0", vec![Edit::insert(expr.span.end, " > 0")]),
                    None => found.help(format!("for values over time use `{over_time}`")),
                }
            }
            _ if Shape::of(expr) == Shape::Scalar => {
                Diagnostic::new(Code::WrongStage, format!("`{text}` must be compared with something"), expr.span)
                    .help(format!("write for example `{text} > 1`"))
                    .unsafe_fix("compare it with 0", vec![Edit::insert(expr.span.end, " > 0")])
            }
            _ => Diagnostic::new(Code::WrongStage, format!("`{text}` is no stage"), expr.span)
                .help("compare an aggregate: `count() > 2`"),
        };
        self.report(found);
    }

    /// Reports `count() > 1 && avg(duration) > 1s` and `1 < count() < 3`.
    fn joined_filters(&mut self, links: &[ast::Link<'t>]) {
        let Some(second) = links.iter().find(|link| link.op.as_compare().is_none()).or(links.last()) else { return };
        let found = Diagnostic::new(
            Code::UnexpectedToken,
            format!("`{}` cannot join comparisons of aggregates", second.op.text()),
            second.op_span,
        );
        let comparisons = second.op == crate::ops::Op::And && links.iter().all(|link| link.op == second.op);
        let found = if comparisons && Shape::of(&second.operand) == Shape::Scalar {
            let edits = links.iter().map(|link| Edit::replace(link.op_span, "|")).collect();
            found.help("make each a stage of its own, joined by `|`").fix("join with `|`", edits)
        } else {
            found.help("a stage holds one comparison; `|` adds another")
        };
        self.report(found);
    }

    /// Reports comparisons that Tempo reads but does not run: it wants one bare aggregate on the left and a literal on the
    /// right.
    fn unsupported_scalar(&mut self, left: &ScalarExpr, op: CompareOp, right: &ScalarExpr, span: Span) {
        if matches!(left, ScalarExpr::Invalid) || matches!(right, ScalarExpr::Invalid) {
            return;
        }
        let bare = matches!(left, ScalarExpr::Aggregate(_));
        if bare && matches!(right, ScalarExpr::Literal(_)) {
            return;
        }
        let found = Diagnostic::new(
            Code::ScalarUnsupported,
            "Tempo compares only one aggregate with one literal; over files this works",
            span,
        );
        let found = match (left, right) {
            (ScalarExpr::Literal(value), ScalarExpr::Aggregate(aggregate)) => {
                found.help(format!("for Tempo, exchange the sides: `{aggregate} {} {value}`", op.flipped().text())).fix(
                    "exchange the sides",
                    vec![Edit::replace(span, format!("{aggregate} {} {value}", op.flipped().text()))],
                )
            }
            _ => found,
        };
        self.report(found);
    }

    /// Checks a number computed from a spanset.
    fn scalar(&mut self, expr: &ast::Expr<'t>) -> ScalarExpr {
        match &expr.kind {
            ExprKind::Call(call) => self.aggregate(call, expr.span).map_or(ScalarExpr::Invalid, ScalarExpr::Aggregate),
            ExprKind::Group(group) => match group.stages.as_slice() {
                [stage] if stage.hints.is_empty() => {
                    if has_comparison(&stage.expr) {
                        let found =
                            Diagnostic::new(Code::UnexpectedToken, "a comparison is no number", stage.expr.span);
                        self.report(found);
                        return ScalarExpr::Invalid;
                    }
                    self.scalar(&stage.expr)
                }
                _ => self.wrapped_scalar(group),
            },
            ExprKind::Literal(_) | ExprKind::Prefix(..) => self.number(expr),
            ExprKind::Chain(first, links) => {
                let literal = Shape::of(expr) == Shape::Number;
                if literal {
                    return self.number(expr);
                }
                let first = self.scalar(first);
                let mut rest = Vec::with_capacity(links.len());
                for link in links {
                    let Some(op) = link.op.as_arithmetic() else {
                        let found = Diagnostic::new(
                            Code::UnexpectedToken,
                            format!("`{}` does not combine numbers", link.op.text()),
                            link.op_span,
                        );
                        self.report(found);
                        return ScalarExpr::Invalid;
                    };
                    rest.push(Link { op, op_span: link.op_span, operand: self.scalar(&link.operand) });
                }
                ScalarExpr::Chain(Chain { first: Box::new(first), rest })
            }
            ExprKind::Missing => ScalarExpr::Invalid,
            _ => {
                self.no_scalar(expr);
                ScalarExpr::Invalid
            }
        }
    }

    fn no_scalar(&mut self, expr: &ast::Expr<'t>) {
        let text = self.slice(expr.span);
        let found =
            Diagnostic::new(Code::UnexpectedToken, format!("`{text}` is neither an aggregate nor a number"), expr.span);
        let found = match &expr.kind {
            ExprKind::Literal(Literal::String(inner)) if inner.parse::<f64>().is_ok_and(f64::is_finite) => found
                .help("numbers stand without quotes")
                .fix("remove the quotes", vec![Edit::replace(expr.span, inner.to_string())]),
            ExprKind::Attribute(_) => found.help("an attribute can be aggregated: `max(…)`, `avg(…)`, `sum(…)`"),
            ExprKind::Word(word) => match literals::find(word) {
                Some(LiteralRow { value: value @ Value::Int(_), .. }) => {
                    found.help(format!("write the number: `{value}`"))
                }
                _ => found.help("compare with a number or a duration"),
            },
            _ => found.help("compare with a number or a duration"),
        };
        self.report(found);
    }

    /// `(pipeline | aggregate)`
    fn wrapped_scalar(&mut self, group: &ast::Pipeline<'t>) -> ScalarExpr {
        let Some((last, stages)) = group.stages.split_last() else { return ScalarExpr::Invalid };
        let ExprKind::Call(call) = &last.expr.kind else {
            self.no_scalar(&last.expr);
            return ScalarExpr::Invalid;
        };
        for list in group.stages.iter().flat_map(|stage| &stage.hints) {
            self.misplaced_hints(list);
        }
        let pipeline = self.stages(stages, group.span);
        match self.aggregate(call, last.expr.span) {
            Some(aggregate) => ScalarExpr::Pipeline(pipeline, aggregate),
            None => ScalarExpr::Invalid,
        }
    }

    fn aggregate(&mut self, call: &ast::Call<'t>, span: Span) -> Option<Aggregate> {
        let function = match Function::from_name(call.name) {
            Some(Function::Aggregate(function)) => function,
            Some(_) => {
                let found =
                    Diagnostic::new(Code::WrongStage, format!("`{}` is no aggregate", call.name), call.name_span)
                        .help("aggregates are `count()`, `min(…)`, `max(…)`, `avg(…)` and `sum(…)`");
                self.report(found);
                return None;
            }
            None => {
                self.unknown_function(call);
                return None;
            }
        };
        self.since(&format!("`{}()`", call.name), function.row().since, call.name_span);
        if let Some(by) = &call.by {
            let found = Diagnostic::new(Code::WrongArguments, format!("`{}` takes no `by`", call.name), by.span)
                .help("group in a stage of its own before it: `| by(…) | …`");
            self.report(found);
        }
        let argument = self.aggregated(function, call)?;
        Some(Aggregate { function, name_span: call.name_span, argument, span })
    }

    /// Checks the argument of an aggregate; the outer `None` is an error.
    #[expect(clippy::option_option, reason = "no argument and a wrong argument are different things")]
    fn aggregated(&mut self, function: AggregateFn, call: &ast::Call<'t>) -> Option<Option<crate::query::Expr>> {
        let items = call.arguments.items.as_slice();
        match (function.row().parameters, items) {
            (Parameters::None, []) => Some(None),
            (Parameters::None, [first, ..]) => {
                let inside = first.span.to(items[items.len() - 1].span);
                let found =
                    Diagnostic::new(Code::WrongArguments, "`count()` takes no argument: it counts spans", inside);
                let found = match Shape::of(first) {
                    Shape::Spansets | Shape::WrappedPipeline if items.len() == 1 => {
                        found.help(format!("write the spans first: `{} | count() > 0`", self.slice(first.span)))
                    }
                    Shape::Missing => return None,
                    _ => found
                        .help(format!(
                            "to count spans that have it: `{{ {} != nil }} | count() > 0`",
                            self.slice(first.span)
                        ))
                        .unsafe_fix("remove the argument", vec![Edit::remove(inside)]),
                };
                self.report(found);
                None
            }
            (_, [argument]) => {
                if matches!(argument.kind, ExprKind::Missing) {
                    return None;
                }
                let expr = self.expr(argument);
                let text = || self.slice(call.name_span.to(call.arguments.span)).to_owned();
                if !expr.ty.may_be_number() {
                    let found = Diagnostic::new(
                        Code::NotNumeric,
                        format!("`{}` needs numbers, not {}", call.name, expr.ty.with_article()),
                        argument.span,
                    )
                    .help("durations, whole numbers and floats can be aggregated");
                    self.report(found);
                } else if !references_span(&expr) {
                    let found = Diagnostic::new(
                        Code::ConstantArgument,
                        format!("`{}` is the same for every span", text()),
                        argument.span,
                    )
                    .help("aggregate an attribute or an intrinsic such as `duration`");
                    self.report(found);
                }
                Some(Some(expr))
            }
            (_, []) => {
                let found = Diagnostic::new(
                    Code::WrongArguments,
                    format!("`{}` needs an argument", call.name),
                    call.arguments.span,
                )
                .help(format!("for example `{}(duration)`", call.name))
                .unsafe_fix("take the duration", vec![Edit::insert(call.arguments.span.start + 1, "duration")]);
                self.report(found);
                None
            }
            (_, [_, second, ..]) => {
                let found =
                    Diagnostic::new(Code::WrongArguments, format!("`{}` takes one argument", call.name), second.span);
                self.report(found);
                None
            }
        }
    }

    /// Computes arithmetic between literals.
    pub(super) fn number(&mut self, expr: &ast::Expr<'t>) -> ScalarExpr {
        if matches!(expr.kind, ExprKind::Chain(..)) {
            self.needs(Feature::FoldedScalar, expr.span);
        }
        match fold(expr) {
            Ok(value) => ScalarExpr::Literal(value),
            Err(None) => ScalarExpr::Invalid,
            Err(Some((code, message, span))) => {
                self.report(Diagnostic::new(code, message, span));
                ScalarExpr::Invalid
            }
        }
    }
}

/// Tells whether a number depends on spans.
fn is_aggregated(expr: &ScalarExpr) -> bool {
    !matches!(expr, ScalarExpr::Literal(_))
}

/// Why literals cannot be computed; `None` if that has been reported.
type Refusal = Option<(Code, String, Span)>;

/// Computes arithmetic between literals the way Tempo's parser does: whole numbers stay whole.
fn fold(expr: &ast::Expr<'_>) -> Result<Value, Refusal> {
    let refuse = |code, message: &str, span| Err(Some((code, message.to_owned(), span)));
    match &expr.kind {
        ExprKind::Literal(Literal::Int(n)) => Ok(Value::Int(*n)),
        ExprKind::Literal(Literal::Float(x)) => Ok(Value::Float(*x)),
        ExprKind::Literal(Literal::Duration(ns)) => Ok(Value::Duration(*ns)),
        ExprKind::Group(group) if group.stages.len() == 1 && group.stages[0].hints.is_empty() => {
            fold(&group.stages[0].expr)
        }
        ExprKind::Prefix((UnaryOp::Neg, _), operand) => Ok(match fold(operand)? {
            Value::Int(n) => Value::Int(n.wrapping_neg()),
            Value::Float(x) => Value::Float(-x),
            Value::Duration(ns) => Value::Duration(ns.wrapping_neg()),
            other => other,
        }),
        ExprKind::Chain(first, links) => {
            let mut value = fold(first)?;
            for link in links {
                let Some(op) =
                    link.op.as_arithmetic().filter(|op| !matches!(op, ArithmeticOp::Mod | ArithmeticOp::Pow))
                else {
                    let message = format!("`{}` cannot join literals here", link.op.text());
                    return Err(Some((Code::UnexpectedToken, message, link.op_span)));
                };
                let right = fold(&link.operand)?;
                if matches!(value, Value::Duration(_)) || matches!(right, Value::Duration(_)) {
                    return refuse(Code::BadScalar, "durations take no part in arithmetic between literals", expr.span);
                }
                value = match arithmetic(op, &value, &right) {
                    Some(value) => value,
                    None => return refuse(Code::BadScalar, "this divides by zero", link.operand.span),
                };
            }
            Ok(value)
        }
        ExprKind::Missing => Err(None),
        _ => refuse(Code::UnexpectedToken, "a number is expected here", expr.span),
    }
}

/// `None` for a whole number divided by zero.
fn arithmetic(op: ArithmeticOp, left: &Value, right: &Value) -> Option<Value> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        return Some(Value::Int(match op {
            ArithmeticOp::Add => left.wrapping_add(*right),
            ArithmeticOp::Sub => left.wrapping_sub(*right),
            ArithmeticOp::Mul => left.wrapping_mul(*right),
            _ if *right == 0 => return None,
            _ => left.wrapping_div(*right),
        }));
    }
    let float = |value: &Value| match value {
        Value::Int(n) => *n as f64,
        Value::Float(x) => *x,
        _ => f64::NAN,
    };
    let (left, right) = (float(left), float(right));
    Some(Value::Float(match op {
        ArithmeticOp::Add => left + right,
        ArithmeticOp::Sub => left - right,
        ArithmeticOp::Mul => left * right,
        _ if right == 0.0 => return None,
        _ => left / right,
    }))
}
