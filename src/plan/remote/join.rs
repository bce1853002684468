//! What answers about parts of a range are put together by: a server says neither what its series are about nor how the
//! parts of a long range make one answer.

use traceql_grammar::{
    query::{Body, MetricsExpr, Query},
    vocab::functions::MetricsFn,
};

use crate::{
    model::series::{Form, Unit},
    plan::{MetricsPlan, SeriesExpr},
};

/// What the series of a query are about.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Names of labels that the query asks for, in its order.
    pub names: Vec<String>,
    /// What the samples measure.
    pub unit: Unit,
    /// What the series are about.
    pub form: Form,
    /// What a sample is without a span, of a series that has spans elsewhere: 0 where spans are counted, else NaN. A part
    /// of a range in which a series has no span does not have that series.
    pub empty: f64,
}

impl Shape {
    /// Returns what the plan of the query says.
    pub fn of(plan: &MetricsPlan) -> Shape {
        let function = match &plan.expr {
            SeriesExpr::Measure(at) => plan.measures.get(*at).map(|measure| measure.function),
            SeriesExpr::Number(_) | SeriesExpr::Chain(..) | SeriesExpr::Staged(..) => None,
        };
        let empty = match function {
            Some(
                MetricsFn::Rate | MetricsFn::CountOverTime | MetricsFn::HistogramOverTime | MetricsFn::QuantileOverTime,
            ) => 0.0,
            Some(
                MetricsFn::MinOverTime
                | MetricsFn::MaxOverTime
                | MetricsFn::AvgOverTime
                | MetricsFn::SumOverTime
                | MetricsFn::Compare,
            )
            | None => f64::NAN,
        };
        Shape { names: plan.names.clone(), unit: plan.unit, form: plan.form, empty }
    }
}

/// How answers about parts of a range make one about all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// They add up: counts, sums, histograms.
    Sum,
    /// They add up by the length of the parts: rates.
    Mean,
    /// The smallest one counts.
    Least,
    /// The largest one counts.
    Greatest,
}

impl Combine {
    /// Returns how the answers of a query combine; `None` where they do not: means and quantiles need what they were made
    /// of, rankings, filters and arithmetic would have to come after.
    pub fn of(query: &Query) -> Option<Combine> {
        let Body::Metrics(MetricsExpr::Pipeline(pipeline)) = &query.body else { return None };
        match pipeline.stage.function {
            MetricsFn::Rate => Some(Combine::Mean),
            MetricsFn::CountOverTime | MetricsFn::SumOverTime | MetricsFn::HistogramOverTime => Some(Combine::Sum),
            MetricsFn::MinOverTime => Some(Combine::Least),
            MetricsFn::MaxOverTime => Some(Combine::Greatest),
            MetricsFn::AvgOverTime | MetricsFn::QuantileOverTime | MetricsFn::Compare => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use traceql_grammar::vocab::release::Release;

    use super::*;
    use crate::plan::{MetricsOptions, Window, lower_metrics};

    #[test]
    fn only_what_is_counted_is_zero_where_nothing_is() {
        let empty = |text: &str| {
            let query = traceql_grammar::check(text, Release::Main).query;
            let options = MetricsOptions { window: Window::default(), exemplars: 0, max_series: 1000 };
            Shape::of(&lower_metrics(&query, options).expect("it is a metrics query")).empty
        };
        for text in ["{ } | rate()", "{ } | count_over_time() by (name)", "{ } | histogram_over_time(duration)"] {
            assert_eq!(empty(text), 0.0, "{text}");
        }
        for text in
            ["{ } | max_over_time(duration)", "{ } | rate() | topk(2)", "{ } | rate() > 3", "{ } | compare({ })"]
        {
            assert!(empty(text).is_nan(), "{text}");
        }
    }
}
