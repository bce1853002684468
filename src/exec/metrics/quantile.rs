//! `quantile_over_time` as it is measured: all values are kept, and nothing is estimated.

use crate::{
    model::{
        operand::Operand,
        result::Datum,
        series::{Label, label},
    },
    plan::Measure,
};

use super::accumulator::{Accumulator, Finished};

/// All values of the spans.
#[derive(Clone, Debug, Default)]
pub(super) struct Values(Vec<f64>);

impl Accumulator for Values {
    type Value = f64;

    fn value(of: Operand<'_>) -> Option<f64> {
        of.number().filter(|number| !number.is_nan())
    }

    fn observe(&mut self, value: f64) {
        self.0.push(value);
    }

    fn merge(&mut self, other: &Values) {
        self.0.extend_from_slice(&other.0);
    }

    fn finish(slots: &[Values], measure: &Measure, _: f64) -> Vec<Finished> {
        let sorted = slots.iter().map(|slot| {
            let mut values = slot.0.clone();
            values.sort_unstable_by(f64::total_cmp);
            values
        });
        let sorted: Vec<Vec<f64>> = sorted.collect();
        if sorted.iter().all(Vec::is_empty) {
            return Vec::new();
        }
        let series = measure.quantiles.iter().map(|p| Finished {
            label: Some(Label::new(label::QUANTILE, Datum::Float(*p))),
            samples: sorted.iter().map(|values| quantile(values, *p) / measure.scale).collect(),
        });
        series.collect()
    }
}

/// Returns the value below which the fraction `p` of sorted values lies, on the line between the two closest ones; NaN if
/// there is none.
fn quantile(values: &[f64], p: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let rank = p.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (rank.floor() as usize, rank.fract());
    match (values[below], values.get(below + 1)) {
        (value, Some(next)) if part > 0.0 => value + (next - value) * part,
        (value, _) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_closest_values() {
        let values = [1.0, 2.0, 4.0, 8.0];
        let expected = [(0.0, 1.0), (1.0 / 3.0, 2.0), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)];
        for (p, value) in expected {
            assert!((quantile(&values, p) - value).abs() < 1e-12, "{p}");
        }
        assert_eq!(quantile(&[5.0], 0.99), 5.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
