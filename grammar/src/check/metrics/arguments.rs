//! The arguments of metrics functions.

use crate::check::{Checker, Feature};
use crate::{
    ast::{self, ExprKind, Literal},
    diagnostic::{Code, Diagnostic, Edit},
    query::{Compare, MetricsStage},
    vocab::functions::{MetricsFn, Parameters},
};

/// How many values of an attribute `compare()` keeps if nothing is said.
const DEFAULT_TOP: i64 = 10;

impl<'t> Checker<'t> {
    pub(super) fn metrics_arguments(&mut self, stage: &mut MetricsStage, call: &ast::Call<'t>) -> Option<()> {
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
                let field = matches!(first.kind, ExprKind::Attribute(_) | ExprKind::Scoped(..) | ExprKind::Word(_));
                let text = self.slice(inside);
                let found = if field && call.by.is_none() && self.slice(call.arguments.span).ends_with(')') {
                    let close = Edit::insert(call.arguments.span.end, format!(" by ({text})"));
                    found.fix("split by it", vec![Edit::remove(inside), close])
                } else {
                    found.fix("remove the argument", vec![Edit::remove(inside)])
                };
                self.report(found);
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
                let selection = self.filter(condition.as_deref(), filter.span);
                stage.compare = Some(Compare { selection, top, start, end });
                self.judge_compare(top, (start, end), numbers);
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

    /// Checks values that Tempo checks after types: quantiles and the number of groups. `call` is what the stage was made
    /// of.
    pub(super) fn judge(&mut self, stage: &MetricsStage, call: &ast::Expr<'t>) {
        let items = match &call.kind {
            ExprKind::Call(call) => call.arguments.items.as_slice(),
            _ => &[],
        };
        for (quantile, item) in stage.quantiles.iter().zip(items.iter().skip(1)) {
            if (0.0..=1.0).contains(quantile) {
                continue;
            }
            let message = format!("a quantile lies between 0 and 1, not at {quantile}");
            let found = Diagnostic::new(Code::QuantileRange, message, item.span);
            let found = if (1.0..=100.0).contains(quantile) {
                let fraction = quantile / 100.0;
                found
                    .help(format!("for the {quantile}th percentile write `{fraction}`"))
                    .fix(format!("write `{fraction}`"), vec![Edit::replace(item.span, fraction.to_string())])
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

    fn judge_compare(&mut self, top: i64, (start, end): (i64, i64), numbers: &[ast::Expr<'t>]) {
        let too_many = top > 1000 && !Feature::UnboundedCompare.row().legal_in(self.target);
        let (message, place) = match numbers {
            [number, ..] if top < 1 || too_many => {
                ("`compare()` keeps between 1 and 1000 values of an attribute", number.span)
            }
            [_, first, _] if start <= 0 => ("a time of `compare()` is in Unix nanoseconds above 0", first.span),
            [_, _, last] if end <= 0 => ("a time of `compare()` is in Unix nanoseconds above 0", last.span),
            [_, _, last] if end <= start => ("the end must lie after the start", last.span),
            _ => return,
        };
        self.report(Diagnostic::new(Code::BadCompare, message, place));
    }
}
