//! `sum_over_time` and `avg_over_time`.

use crate::{model::operand::Operand, plan::Measure};

use super::{
    accumulator::{Accumulator, Finished},
    exact::ExactSum,
};

/// The sum of the values, which is exact until it is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    /// Whole numbers and nanoseconds.
    whole: i128,
    /// Floats, once there is one.
    floats: Option<Box<ExactSum>>,
    count: u32,
}

/// The mean of the values.
#[derive(Clone, Debug, Default)]
pub(super) struct Mean(Sum);

/// A number that is not NaN.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Whole(i64),
    Float(f64),
}

impl Sum {
    fn total(&self) -> f64 {
        match &self.floats {
            None => self.whole as f64,
            Some(floats) => {
                // In three pieces that floats hold exactly: the lower 52 bits, the next, and the rest.
                let mut all = (**floats).clone();
                let low = 1_i128 << 52;
                all.add((self.whole % low) as f64);
                all.add((self.whole / low % low) as f64 * low as f64);
                all.add((self.whole / low / low) as f64 * low as f64 * low as f64);
                all.value()
            }
        }
    }
}

impl Accumulator for Sum {
    type Value = Number;

    fn value(of: Operand<'_>) -> Option<Number> {
        match of {
            Operand::Int(n) | Operand::Duration(n) => Some(Number::Whole(n)),
            Operand::Float(x) if !x.is_nan() => Some(Number::Float(x)),
            _ => None,
        }
    }

    fn observe(&mut self, value: Number) {
        self.count += 1;
        match value {
            Number::Whole(n) => self.whole += i128::from(n),
            Number::Float(x) => self.floats.get_or_insert_default().add(x),
        }
    }

    fn merge(&mut self, other: &Sum) {
        self.count += other.count;
        self.whole += other.whole;
        if let Some(floats) = &other.floats {
            self.floats.get_or_insert_default().merge(floats);
        }
    }

    fn finish(slots: &[Sum], measure: &Measure, _: f64) -> Vec<Finished> {
        let sample = |sum: &Sum| if sum.count == 0 { f64::NAN } else { sum.total() / measure.scale };
        Finished::only(slots.iter().map(sample))
    }
}

impl Accumulator for Mean {
    type Value = Number;

    fn value(of: Operand<'_>) -> Option<Number> {
        Sum::value(of)
    }

    fn observe(&mut self, value: Number) {
        self.0.observe(value);
    }

    fn merge(&mut self, other: &Mean) {
        self.0.merge(&other.0);
    }

    fn finish(slots: &[Mean], measure: &Measure, _: f64) -> Vec<Finished> {
        // 0 / 0, where there was nothing, is NaN.
        Finished::only(slots.iter().map(|Mean(sum)| sum.total() / f64::from(sum.count) / measure.scale))
    }
}
