//! The axis of values: which range it spans, and round numbers along it.

use super::unit::{MANY_HOURS, SECONDS_PER_DAY, Scale};
use crate::model::{series::Unit, units::SECOND};

/// Steps along an axis, times a power of ten.
const DECIMAL: [f64; 4] = [1.0, 2.0, 2.5, 5.0];

/// Steps of whole seconds, from where durations are told in minutes.
const SEXAGESIMAL: [f64; 14] =
    [10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21_600.0, 43_200.0];

/// Values further from 0 than this stand outside of any axis, as infinite ones do.
pub(super) const FURTHEST: f64 = 1e300;

/// Ranges smaller than this part of their values are one value.
const SAME: f64 = 1e-9;

/// From this part of the largest value on, the axis begins at 0: a small change is to look small, unless it is all
/// there is.
const FROM_ZERO: f64 = 0.25;

/// How many rows lie well between two numbers.
const GOOD_DISTANCE: f64 = 4.0;

/// An axis from bottom to top, with a number every few rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueAxis {
    /// The value of the bottom row's middle, in steps.
    lowest: f64,
    /// From one number to the next.
    step: f64,
    /// How many steps there are.
    steps: usize,
    /// Rows from one number to the next.
    distance: usize,
    scale: Scale,
}

impl ValueAxis {
    /// Makes an axis of about `rows` rows that has room for the values; `whole` if there are none between whole numbers.
    pub(super) fn new(values: impl IntoIterator<Item = f64>, unit: Unit, whole: bool, rows: usize) -> ValueAxis {
        let (low, high) = range(values);
        let base = if unit == Unit::Nanoseconds { SECOND as f64 } else { 1.0 };
        let time = matches!(unit, Unit::Seconds | Unit::Nanoseconds);
        let largest = low.abs().max(high.abs());
        let mut best: Option<(f64, ValueAxis)> = None;
        for step in round_steps((high - low) / base, largest / base, time) {
            let step = step * base;
            if whole && step.fract() != 0.0 {
                continue;
            }
            let (lowest, highest) = ((low / step + SAME).floor(), (high / step - SAME).ceil());
            let steps = (highest - lowest).max(1.0);
            for distance in 1..=rows.max(1) {
                let height = steps * distance as f64 + 1.0;
                if height > rows.max(2) as f64 + 1.0 {
                    break;
                }
                let unused = 1.0 - (high - low) / (steps * step);
                let shorter = (rows as f64 - height).abs() / rows as f64;
                let crowded = (distance as f64 / GOOD_DISTANCE).ln().abs();
                let badness = 2.0 * unused + 2.0 * shorter + crowded;
                if best.is_none_or(|(least, _)| badness < least) {
                    let scale = Scale::new(lowest.abs().max(highest.abs()) * step, step, unit);
                    best = Some((badness, ValueAxis { lowest, step, steps: steps as usize, distance, scale }));
                }
            }
        }
        best.map_or_else(
            || {
                // Far too few rows: one step from end to end.
                let step = (high - low).max(f64::MIN_POSITIVE);
                let scale = Scale::new(largest, step, unit);
                ValueAxis { lowest: low / step, step, steps: 1, distance: rows.max(2) - 1, scale }
            },
            |(_, axis)| axis,
        )
    }

    /// Returns how many rows there are.
    pub(super) fn rows(self) -> usize {
        self.steps * self.distance + 1
    }

    /// Returns the number beside a row, counted from the top, if it has one.
    pub(super) fn label(self, row: usize) -> Option<String> {
        let from_bottom = (self.rows() - 1).checked_sub(row)?;
        let number = || self.scale.text((self.lowest + (from_bottom / self.distance) as f64) * self.step);
        from_bottom.is_multiple_of(self.distance).then(number)
    }

    /// Returns where a value stands: 0 in the middle of the bottom row, 1 in the middle of the top row.
    pub(super) fn place(self, value: f64) -> f64 {
        ((value / self.step - self.lowest) / self.steps as f64).clamp(0.0, 1.0)
    }
}

/// Returns the range that an axis for the values covers; its end is more than its start.
fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let drawn = values.into_iter().filter(|value| value.abs() <= FURTHEST);
    let (low, high) = drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let largest = low.abs().max(high.abs());
    // What subnormal numbers are divided by overflows.
    if low > high || largest < f64::MIN_POSITIVE * 1e6 {
        return (0.0, 1.0);
    }
    let range = high - low;
    if range > SAME * largest && range < FROM_ZERO * largest && low * high > 0.0 {
        return (low, high);
    }
    (low.min(0.0), high.max(0.0))
}

/// Returns round steps of which up to a dozen cover a range, in seconds where they are times.
fn round_steps(range: f64, largest: f64, time: bool) -> Vec<f64> {
    let fits = |step: &f64| (0.5..=12.0).contains(&(range / step));
    if time && (60.0..MANY_HOURS).contains(&largest) {
        let steps: Vec<f64> = SEXAGESIMAL.into_iter().filter(fits).collect();
        if !steps.is_empty() {
            return steps;
        }
    }
    let base = if time && largest >= MANY_HOURS { SECONDS_PER_DAY } else { 1.0 };
    let exponent = (range / base).log10().floor() as i32;
    let powers = (exponent - 2..=exponent + 1).map(|exponent| 10f64.powi(exponent) * base);
    powers.flat_map(|power| DECIMAL.map(|digit| digit * power)).filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the numbers from the bottom, and how many rows there are.
    fn numbers(values: &[f64], unit: Unit) -> (String, usize) {
        let axis = ValueAxis::new(values.iter().copied(), unit, false, 15);
        let labels: Vec<String> = (0..axis.rows()).rev().filter_map(|row| axis.label(row)).collect();
        (labels.join(" "), axis.rows())
    }

    #[test]
    fn numbers_are_round() {
        let axis = |values: &[f64], unit| numbers(values, unit).0;
        assert_eq!(axis(&[0.0, 0.93], Unit::PerSecond), "0 0.2/s 0.4/s 0.6/s 0.8/s 1.0/s");
        assert_eq!(axis(&[0.012, 0.180], Unit::Seconds), "0 50ms 100ms 150ms 200ms");
        assert_eq!(axis(&[12e6, 180e6], Unit::Nanoseconds), "0 50ms 100ms 150ms 200ms");
        assert_eq!(axis(&[4.0, 550.0], Unit::Seconds), "0 2m 4m 6m 8m 10m");
        assert_eq!(axis(&[99.1, 99.95], Unit::Percent), "99.0% 99.2% 99.4% 99.6% 99.8% 100.0%");
        assert_eq!(axis(&[-5.0, 13.0], Unit::Number), "-5 0 5 10 15");
        assert_eq!(axis(&[0.0, 0.0], Unit::PerSecond), "0 0.2/s 0.4/s 0.6/s 0.8/s 1.0/s");
        assert_eq!(axis(&[-7.0, -7.0], Unit::Number), "-7.5 -5.0 -2.5 0");
    }

    #[test]
    fn extremes_have_an_axis() {
        for values in [
            &[][..],
            &[f64::NAN, f64::INFINITY],
            &[5e-324, 0.0],
            &[1e-9, 1e12],
            &[-1e300, 1e300],
            &[f64::MAX, f64::MIN],
            &[1e15, 1e15 + 1.0],
            &[1.0, 1.0 + 1e-12],
        ] {
            for unit in [Unit::Number, Unit::PerSecond, Unit::Seconds, Unit::Nanoseconds, Unit::Percent] {
                let (labels, rows) = numbers(values, unit);
                assert!((5..=16).contains(&rows), "{rows} rows for {values:?}");
                assert!(labels.contains(' '), "{labels} for {values:?}");
            }
        }
    }

    #[test]
    fn whole_numbers_have_no_steps_between_them() {
        let axis = ValueAxis::new([0.0, 1.0], Unit::Number, true, 15);
        let labels: Vec<String> = (0..axis.rows()).filter_map(|row| axis.label(row)).collect();
        assert_eq!(labels, ["1", "0"]);
    }

    #[test]
    fn values_have_their_place() {
        let axis = ValueAxis::new([0.0, 100.0], Unit::Number, true, 15);
        assert_eq!([0.0, 50.0, 100.0].map(|value| axis.place(value)), [0.0, 0.5, 1.0]);
        assert_eq!(axis.place(f64::INFINITY), 1.0);
    }
}
