//! `histogram_over_time` and `quantile_over_time`: values are counted in buckets that end at powers of two.

use crate::{
    model::{
        operand::Operand,
        result::Datum,
        series::{Label, label},
    },
    plan::Measure,
};

use super::accumulator::{Accumulator, Finished};

/// The exponent of the lowest bucket for floats.
const LOWEST: i32 = -30;

/// The exponent of the highest.
const HIGHEST: i16 = 1023;

/// How many values lie in each bucket.
///
/// There may be many thousands of these, most of them empty or with a few buckets side by side.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    /// The exponent of the upper bound of the first of `counts`.
    first: i16,
    /// From the lowest bucket that has values to the highest.
    counts: Vec<u32>,
}

/// The same, told as quantiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Quantiles(Histogram);

impl Histogram {
    #[inline]
    fn add(&mut self, exponent: i16, count: u32) {
        // Below the first it wraps around and is as much outside as above the last.
        match self.counts.get_mut(exponent.wrapping_sub(self.first) as u16 as usize) {
            Some(known) => *known += count,
            None => self.add_outside(exponent, count),
        }
    }

    #[cold]
    fn add_outside(&mut self, exponent: i16, count: u32) {
        if self.counts.is_empty() {
            self.first = exponent;
        }
        if exponent < self.first {
            let missing = usize::from(self.first.abs_diff(exponent));
            self.counts.splice(..0, std::iter::repeat_n(0, missing));
            self.first = exponent;
        }
        let at = usize::from(exponent.abs_diff(self.first));
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += count;
    }

    /// Returns the buckets that have values: exponents, rising, and counts.
    fn buckets(&self) -> impl Iterator<Item = (i16, u32)> {
        (self.first..).zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }

    fn count(&self, exponent: i16) -> u32 {
        self.counts.get(exponent.wrapping_sub(self.first) as u16 as usize).copied().unwrap_or(0)
    }

    fn merge(&mut self, other: &Histogram) {
        other.buckets().for_each(|(exponent, count)| self.add(exponent, count));
    }

    /// Estimates the value below which the fraction `p` of all values lies; 0 if there are none.
    ///
    /// Inside of a bucket values are taken to grow exponentially from the bound of the bucket before that has any.
    fn quantile(&self, p: f64, scale: f64) -> f64 {
        let count: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let rank = ((p * count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let mut before = None;
        for (exponent, count) in self.buckets() {
            let bound = upper_bound(exponent, scale);
            if seen + u64::from(count) > rank {
                let from: f64 = before.unwrap_or(bound / 2.0);
                let part = (rank - seen) as f64 / f64::from(count);
                return (from.log2() + (bound.log2() - from.log2()) * part).exp2();
            }
            seen += u64::from(count);
            if seen == rank {
                return bound;
            }
            before = Some(bound);
        }
        before.unwrap_or(0.0)
    }
}

fn upper_bound(exponent: i16, scale: f64) -> f64 {
    f64::from(exponent).exp2() / scale
}

/// Finds the exponent of the smallest power of two that is not below the value.
///
/// Whole numbers and durations count from 2, floats from 2^-30.
fn exponent(of: Operand<'_>) -> Option<i16> {
    match of {
        Operand::Int(n) | Operand::Duration(n) if n >= 2 => Some((64 - (n - 1).leading_zeros()) as i16),
        Operand::Float(x) if x.is_finite() && x >= f64::from(LOWEST).exp2() => {
            let bits = x.to_bits();
            // The lowest bucket keeps subnormal numbers out, so the exponent stands in the bits.
            let floor = (bits >> 52) as i16 - 1023;
            // Above the highest power of two that floats have there is no bound.
            Some(floor + i16::from(bits << 12 != 0)).filter(|exponent| *exponent <= HIGHEST)
        }
        _ => None,
    }
}

impl Accumulator for Histogram {
    type Value = i16;

    fn value(of: Operand<'_>) -> Option<i16> {
        exponent(of)
    }

    fn observe(&mut self, exponent: i16) {
        self.add(exponent, 1);
    }

    fn merge(&mut self, other: &Histogram) {
        Histogram::merge(self, other);
    }

    fn finish(slots: &[Histogram], measure: &Measure, _: f64) -> Vec<Finished> {
        let mut all = Histogram::default();
        slots.iter().for_each(|slot| all.merge(slot));
        let series = all.buckets().map(|(exponent, _)| Finished {
            label: Some(Label::new(label::BUCKET, Datum::Float(upper_bound(exponent, measure.scale)))),
            samples: slots.iter().map(|slot| f64::from(slot.count(exponent))).collect(),
        });
        series.collect()
    }
}

impl Accumulator for Quantiles {
    type Value = i16;

    fn value(of: Operand<'_>) -> Option<i16> {
        exponent(of)
    }

    fn observe(&mut self, exponent: i16) {
        self.0.add(exponent, 1);
    }

    fn merge(&mut self, other: &Quantiles) {
        self.0.merge(&other.0);
    }

    fn finish(slots: &[Quantiles], measure: &Measure, _: f64) -> Vec<Finished> {
        if slots.iter().all(|slot| slot.0.counts.is_empty()) {
            return Vec::new();
        }
        let series = measure.quantiles.iter().map(|p| Finished {
            label: Some(Label::new(label::QUANTILE, Datum::Float(*p))),
            samples: slots.iter().map(|slot| slot.0.quantile(*p, measure.scale)).collect(),
        });
        series.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_end_at_powers_of_two() {
        let whole = [i64::MIN, -5, 0, 1, 2, 3, 4, 5, 1 << 40, i64::MAX];
        let exponents = [None, None, None, None, Some(1), Some(2), Some(2), Some(3), Some(40), Some(63)];
        assert_eq!(whole.map(|n| exponent(Operand::Int(n))), exponents);
        let floats = [0.0, -1.0, 2f64.powi(-31), 2f64.powi(-30), 0.5, 0.500001, 1.0, 1.5, 2.0, f64::INFINITY];
        let exponents = [None, None, None, Some(-30), Some(-1), Some(0), Some(0), Some(1), Some(1), None];
        assert_eq!(floats.map(|x| exponent(Operand::Float(x))), exponents);
        assert_eq!(exponent(Operand::Float(f64::NAN)), None);
        assert_eq!([1e308, 8e307].map(|x| exponent(Operand::Float(x))), [None, Some(1023)]);
    }

    #[test]
    fn quantiles_are_interpolated() {
        let mut histogram = Histogram::default();
        [3, 3, 3, 3, 100].into_iter().filter_map(|n| exponent(Operand::Int(n))).for_each(|at| histogram.add(at, 1));
        // On the last of a bucket, in the middle of the first, in the middle of one behind a gap.
        assert_eq!(histogram.quantile(0.8, 1.0), 4.0);
        assert_eq!(histogram.quantile(0.4, 1.0), 2f64.powf(1.5));
        assert_eq!(histogram.quantile(1.0, 1.0), 128.0);
        assert_eq!(histogram.quantile(0.0, 1.0), 2f64.powf(1.25));
        histogram.add(7, 1);
        assert_eq!(histogram.quantile(0.75, 1.0), 2f64.powf(2.0 + 5.0 / 2.0));
        assert_eq!(Histogram::default().quantile(0.5, 1.0), 0.0);
    }
}
