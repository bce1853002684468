//! Functions: aggregates, metrics functions and the other words that are called.

use super::release::Release;

/// Computes a number from a spanset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFn {
    /// How many spans there are.
    Count,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The mean of the values.
    Avg,
    /// The sum of the values.
    Sum,
}

/// Computes time series from spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MetricsFn {
    /// Spans per second.
    Rate,
    /// Spans per step.
    CountOverTime,
    /// The smallest value per step.
    MinOverTime,
    /// The largest value per step.
    MaxOverTime,
    /// The mean per step.
    AvgOverTime,
    /// The sum per step.
    SumOverTime,
    /// Quantiles per step.
    QuantileOverTime,
    /// Counts per power of two and step.
    HistogramOverTime,
    /// What sets a selection apart.
    Compare,
}

/// What a function is, and with that where it may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// Inside a scalar filter: `| count() > 2`.
    Aggregate(AggregateFn),
    /// First metrics stage: `| rate()`.
    Metrics(MetricsFn),
    /// `by(expr)`.
    By,
    /// `coalesce()`.
    Coalesce,
    /// `select(fields)`.
    Select,
    /// `topk(n)`, after a metrics stage.
    TopK,
    /// `bottomk(n)`, after a metrics stage.
    BottomK,
}

/// What the arguments of a function are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameters {
    /// `()`
    None,
    /// One expression over a span.
    Expression,
    /// One attribute or intrinsic.
    Field,
    /// Attributes or intrinsics, at least one.
    Fields,
    /// An attribute or intrinsic, then quantiles from 0 to 1.
    Quantiles,
    /// A filter, then how many values, then start and end in Unix nanoseconds.
    Comparison,
    /// A whole number above 0.
    Limit,
}

/// What is known of a function.
#[derive(Debug)]
pub struct FunctionRow {
    /// Which function.
    pub id: Function,
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub parameters: Parameters,
    /// The call as signatures show it.
    pub signature: &'static str,
    /// One line for hover texts and the documentation.
    pub doc: &'static str,
    /// A query that uses it.
    pub example: &'static str,
    /// The first Tempo release that runs it.
    pub since: Release,
}

macro_rules! functions {
    ($($id:expr, $name:literal, $parameters:ident, $signature:literal, $since:ident, $doc:literal, $example:literal;)*) => {
        /// Every function.
        pub static FUNCTIONS: &[FunctionRow] = &[
            $(FunctionRow {
                id: $id, name: $name, parameters: Parameters::$parameters, signature: $signature,
                doc: $doc, example: $example, since: Release::$since,
            },)*
        ];
    };
}

functions! {
    Function::Aggregate(AggregateFn::Count), "count", None, "count()", V2_0, "how many spans the spanset has", "{ status = error } | count() > 2";
    Function::Aggregate(AggregateFn::Min), "min", Expression, "min(expr)", V2_1, "the smallest value in the spanset", "{ } | min(duration) < 1ms";
    Function::Aggregate(AggregateFn::Max), "max", Expression, "max(expr)", V2_1, "the largest value in the spanset", "{ } | max(duration) > 1s";
    Function::Aggregate(AggregateFn::Avg), "avg", Expression, "avg(expr)", V2_0, "the mean of the values in the spanset", "{ } | avg(duration) > 100ms";
    Function::Aggregate(AggregateFn::Sum), "sum", Expression, "sum(expr)", V2_1, "the sum of the values in the spanset", "{ } | sum(span.bytes) > 1000000";
    Function::By, "by", Expression, "by(expr)", V2_2, "splits each spanset by a value", "{ } | by(resource.service.name) | count() > 2";
    Function::Coalesce, "coalesce", None, "coalesce()", V2_2, "joins the spansets of a trace into one", "{ } | by(name) | count() > 2 | coalesce()";
    Function::Select, "select", Fields, "select(field, …)", V2_2, "adds fields to the output", "{ status = error } | select(span.http.route, name)";
    Function::Metrics(MetricsFn::Rate), "rate", None, "rate() [by (field, …)]", V2_4, "spans per second", "{ status = error } | rate() by (resource.service.name)";
    Function::Metrics(MetricsFn::CountOverTime), "count_over_time", None, "count_over_time() [by (field, …)]", V2_4, "spans per step", "{ } | count_over_time() by (name)";
    Function::Metrics(MetricsFn::MinOverTime), "min_over_time", Field, "min_over_time(field) [by (field, …)]", V2_7, "the smallest value per step", "{ } | min_over_time(duration)";
    Function::Metrics(MetricsFn::MaxOverTime), "max_over_time", Field, "max_over_time(field) [by (field, …)]", V2_7, "the largest value per step", "{ } | max_over_time(duration)";
    Function::Metrics(MetricsFn::AvgOverTime), "avg_over_time", Field, "avg_over_time(field) [by (field, …)]", V2_7, "the mean per step", "{ } | avg_over_time(duration)";
    Function::Metrics(MetricsFn::SumOverTime), "sum_over_time", Field, "sum_over_time(field) [by (field, …)]", V2_8, "the sum per step", "{ } | sum_over_time(span.bytes)";
    Function::Metrics(MetricsFn::QuantileOverTime), "quantile_over_time", Quantiles, "quantile_over_time(field, q, …) [by (field, …)]", V2_5, "quantiles per step", "{ } | quantile_over_time(duration, .5, .99)";
    Function::Metrics(MetricsFn::HistogramOverTime), "histogram_over_time", Field, "histogram_over_time(field) [by (field, …)]", V2_5, "counts per power of two and step", "{ } | histogram_over_time(duration)";
    Function::Metrics(MetricsFn::Compare), "compare", Comparison, "compare({ … }[, top[, start, end]])", V2_6, "what sets the selected spans apart from the others", "{ } | compare({ status = error })";
    Function::TopK, "topk", Limit, "topk(n)", V2_8, "keeps the n largest series at each time", "{ } | rate() by (name) | topk(5)";
    Function::BottomK, "bottomk", Limit, "bottomk(n)", V2_8, "keeps the n smallest series at each time", "{ } | rate() by (name) | bottomk(5)";
}

impl Function {
    /// Returns the function's row.
    pub fn row(self) -> &'static FunctionRow {
        FUNCTIONS.iter().find(|row| row.id == self).expect("every function has a row; a test counts them")
    }

    /// Finds the function of this name.
    pub fn from_name(name: &str) -> Option<Function> {
        FUNCTIONS.iter().find(|row| row.name == name).map(|row| row.id)
    }
}

impl AggregateFn {
    /// Returns the function's row.
    pub fn row(self) -> &'static FunctionRow {
        Function::Aggregate(self).row()
    }
}

impl MetricsFn {
    /// Returns the function's row.
    pub fn row(self) -> &'static FunctionRow {
        Function::Metrics(self).row()
    }
}
