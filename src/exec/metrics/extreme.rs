//! `min_over_time` and `max_over_time`.

use crate::{model::operand::Operand, plan::Measure};

use super::accumulator::{Accumulator, Finished};

/// The smallest value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Min(Option<f64>);

/// The largest value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Max(Option<f64>);

impl Accumulator for Min {
    type Value = f64;

    fn value(of: Operand<'_>) -> Option<f64> {
        of.number().filter(|number| !number.is_nan())
    }

    fn observe(&mut self, value: f64) {
        self.0 = Some(self.0.map_or(value, |least| if value.total_cmp(&least).is_lt() { value } else { least }));
    }

    fn merge(&mut self, other: &Min) {
        other.0.iter().for_each(|value| self.observe(*value));
    }

    fn finish(slots: &[Min], measure: &Measure, _: f64) -> Vec<Finished> {
        Finished::only(slots.iter().map(|least| least.0.unwrap_or(f64::NAN) / measure.scale))
    }
}

impl Accumulator for Max {
    type Value = f64;

    fn value(of: Operand<'_>) -> Option<f64> {
        Min::value(of)
    }

    fn observe(&mut self, value: f64) {
        self.0 = Some(self.0.map_or(value, |most| if value.total_cmp(&most).is_gt() { value } else { most }));
    }

    fn merge(&mut self, other: &Max) {
        other.0.iter().for_each(|value| self.observe(*value));
    }

    fn finish(slots: &[Max], measure: &Measure, _: f64) -> Vec<Finished> {
        Finished::only(slots.iter().map(|most| most.0.unwrap_or(f64::NAN) / measure.scale))
    }
}
