//! What the samples of a metrics query measure, as far as its text tells.

use traceql_grammar::{ops::ArithmeticOp, query::MetricsStage, value::Type, vocab::functions::MetricsFn};

use crate::model::series::Unit;

use super::metrics::is_in_seconds;

/// A unit while arithmetic is followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dimension {
    base: Base,
    /// What numbers of the query's text it was multiplied by.
    factor: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    /// A number in the query's text, or whatever is not known.
    Number,
    /// How often something was there.
    Count,
    /// One thing in relation to another of the same unit.
    Ratio,
    Unit(Unit),
}

impl Dimension {
    fn new(base: Base) -> Dimension {
        Dimension { base, factor: 1.0 }
    }

    /// Finds what a first stage measures.
    pub(super) fn of(stage: &MetricsStage) -> Dimension {
        let field = || match stage.field.as_ref().map(|found| &found.field) {
            Some(field) if is_in_seconds(field) => Base::Unit(Unit::Seconds),
            Some(field) if field.ty() == Type::Duration => match stage.function {
                MetricsFn::QuantileOverTime => Base::Unit(Unit::Seconds),
                _ => Base::Unit(Unit::Nanoseconds),
            },
            _ => Base::Number,
        };
        Dimension::new(match stage.function {
            MetricsFn::Rate => Base::Unit(Unit::PerSecond),
            MetricsFn::CountOverTime | MetricsFn::HistogramOverTime | MetricsFn::Compare => Base::Count,
            MetricsFn::MinOverTime
            | MetricsFn::MaxOverTime
            | MetricsFn::AvgOverTime
            | MetricsFn::SumOverTime
            | MetricsFn::QuantileOverTime => field(),
        })
    }

    /// Takes a number of the query's text.
    pub(super) fn of_number(number: f64) -> Dimension {
        Dimension { base: Base::Number, factor: number }
    }

    /// Finds what an operation gives.
    pub(super) fn combine(self, op: ArithmeticOp, other: Dimension) -> Dimension {
        let base = match (op, self.base, other.base) {
            (ArithmeticOp::Add | ArithmeticOp::Sub, a, b) if a == b => a,
            (ArithmeticOp::Add | ArithmeticOp::Sub | ArithmeticOp::Mul, a, Base::Number) => a,
            (ArithmeticOp::Add | ArithmeticOp::Sub | ArithmeticOp::Mul, Base::Number, b) => b,
            (ArithmeticOp::Mul, a, Base::Count | Base::Ratio) => a,
            (ArithmeticOp::Mul, Base::Count | Base::Ratio, b) => b,
            (ArithmeticOp::Div, Base::Number, Base::Number) => Base::Number,
            (ArithmeticOp::Div, a, b) if a == b => Base::Ratio,
            (ArithmeticOp::Div, a, Base::Number | Base::Count | Base::Ratio) => a,
            _ => Base::Number,
        };
        let factor = match op {
            ArithmeticOp::Mul => self.factor * other.factor,
            ArithmeticOp::Div => self.factor / other.factor,
            // A number that is added scales nothing.
            ArithmeticOp::Add | ArithmeticOp::Sub if other.base == Base::Number => self.factor,
            ArithmeticOp::Add | ArithmeticOp::Sub if self.base == Base::Number => other.factor,
            ArithmeticOp::Add | ArithmeticOp::Sub if self.factor == other.factor => self.factor,
            _ => f64::NAN,
        };
        Dimension { base, factor }
    }

    /// Returns what a whole query measures.
    pub(super) fn unit(self) -> Unit {
        match self.base {
            Base::Ratio if self.factor == 100.0 => Unit::Percent,
            // Sixty times as much is something else: in a minute, say.
            Base::Unit(unit) if self.factor == 1.0 => unit,
            _ => Unit::Number,
        }
    }
}

#[cfg(test)]
mod tests {
    use traceql_grammar::{check, query::Body, vocab::release::Release};

    use super::*;
    use crate::plan::{MetricsOptions, lower_metrics};

    fn unit(text: &str) -> Unit {
        let query = check(text, Release::Main).query;
        assert!(matches!(query.body, Body::Metrics(_)), "{text}");
        lower_metrics(&query, MetricsOptions::default()).expect("the query has a plan").unit
    }

    #[test]
    fn units_follow_the_arithmetic() {
        let units = [
            ("{} | rate()", Unit::PerSecond),
            ("{} | count_over_time() by (name)", Unit::Number),
            ("{} | avg_over_time(duration) | topk(3)", Unit::Seconds),
            ("{} | max_over_time(trace:duration)", Unit::Nanoseconds),
            ("{} | quantile_over_time(trace:duration, .5)", Unit::Seconds),
            ("{} | sum_over_time(span.size)", Unit::Number),
            ("100 * ({ status = error } | rate()) / ({} | rate())", Unit::Percent),
            ("({ status = error } | rate()) / ({} | rate()) * 100", Unit::Percent),
            ("({ status = error } | rate()) / ({} | rate())", Unit::Number),
            ("({} | sum_over_time(duration)) / ({} | count_over_time())", Unit::Seconds),
            ("({} | rate()) + ({} | rate()) * 2 / 2", Unit::PerSecond),
            ("({} | rate()) * 60", Unit::Number),
            ("({} | avg_over_time(duration)) + 1", Unit::Seconds),
            ("({} | rate()) * 100", Unit::Number),
            ("({} | rate()) + ({} | avg_over_time(duration))", Unit::Number),
        ];
        for (text, expected) in units {
            assert_eq!(unit(text), expected, "{text}");
        }
    }
}
