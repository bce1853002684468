//! Quantiles: estimated from buckets as Tempo does, or measured.

use traceql_grammar::{query::SecondStage, vocab::functions::MetricsFn};

use super::metrics::{Measure, MetricsPlan, SeriesExpr};

/// The use that an answer makes of estimated quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimates {
    /// They are told.
    Told,
    /// A comparison decides by them what is told.
    Compared,
}

/// Tells whether a comparison looks at samples that are made of such measures.
fn compares(expr: &SeriesExpr, of: &dyn Fn(usize) -> bool) -> bool {
    fn holds(expr: &SeriesExpr, of: &dyn Fn(usize) -> bool) -> bool {
        match expr {
            SeriesExpr::Measure(at) => of(*at),
            SeriesExpr::Number(_) => false,
            SeriesExpr::Chain(first, rest) => holds(first, of) || rest.iter().any(|(_, operand)| holds(operand, of)),
            SeriesExpr::Staged(inner, _) => holds(inner, of),
        }
    }
    match expr {
        SeriesExpr::Measure(_) | SeriesExpr::Number(_) => false,
        SeriesExpr::Chain(first, rest) => compares(first, of) || rest.iter().any(|(_, operand)| compares(operand, of)),
        SeriesExpr::Staged(inner, stages) => {
            let is_comparison = |stage: &SecondStage| matches!(stage, SecondStage::Filter(..));
            stages.iter().any(is_comparison) && holds(inner, of) || compares(inner, of)
        }
    }
}

impl MetricsPlan {
    /// Returns the plan so that quantiles are measured: linear between the closest values, and none where there is no value.
    #[must_use]
    pub fn with_measured_quantiles(mut self) -> MetricsPlan {
        self.measures.iter_mut().for_each(|measure| measure.keeps_values = true);
        self
    }

    /// Tells which answers are made of estimated quantiles; `None` if there are no such quantiles.
    pub fn estimates(&self) -> Option<Estimates> {
        let is_estimated = |measure: &Measure| measure.function == MetricsFn::QuantileOverTime && !measure.keeps_values;
        if !self.measures.iter().any(is_estimated) {
            return None;
        }
        let are_compared = compares(&self.expr, &|at| self.measures.get(at).is_some_and(is_estimated));
        Some(if are_compared { Estimates::Compared } else { Estimates::Told })
    }
}
