//! The axis of a trace's time: where a moment lies, and round times along it.

use crate::{
    model::{
        series::Unit,
        units::{DAY, HOUR, MINUTE, SECOND},
    },
    output::{
        metrics::table::unit::Scale,
        text::{pad_left, short_duration},
    },
};

/// Columns from the beginning of one time to that of the next, at least.
const DISTANCE: u64 = 10;

/// The time of a trace on so many columns.
pub(super) struct Axis {
    start: u64,
    /// Nanoseconds, at least 1.
    length: u64,
    columns: usize,
}

impl Axis {
    pub(super) fn new(start: u64, end: u64, columns: usize) -> Axis {
        Axis { start, length: end.saturating_sub(start).max(1), columns }
    }

    /// Returns how many halves of columns there are.
    pub(super) fn halves(&self) -> usize {
        2 * self.columns
    }

    /// Returns the half of a column at whose beginning a moment lies, rounded to the nearest; up to [`Axis::halves`].
    pub(super) fn nearest_half(&self, time: u64) -> usize {
        let offset = u128::from(time.saturating_sub(self.start).min(self.length));
        let length = u128::from(self.length);
        ((offset * self.halves() as u128 + length / 2) / length) as usize
    }

    /// Returns the half of a column in which a moment lies, below [`Axis::halves`].
    pub(super) fn half(&self, time: u64) -> usize {
        let offset = u128::from(time.saturating_sub(self.start).min(self.length));
        let half = (offset * self.halves() as u128 / u128::from(self.length)) as usize;
        half.min(self.halves().saturating_sub(1))
    }

    /// Returns round times since the start of the trace, each beginning in its column; if there is no room for any, how
    /// long the trace is.
    pub(super) fn ticks(&self) -> String {
        let step = step(self.length, (self.columns as u64 / DISTANCE).max(1));
        let scale = Scale::new(self.length as f64, step as f64, Unit::Nanoseconds);
        let mut line = String::new();
        let mut width = 0;
        for tick in (0..=self.length / step).map(|n| n * step) {
            let text = scale.text(tick as f64);
            let at = (u128::from(tick) * self.columns as u128 / u128::from(self.length)) as usize;
            let length = text.chars().count();
            if at < width + usize::from(width > 0) || at + length > self.columns {
                continue;
            }
            line.extend(std::iter::repeat_n(' ', at - width));
            line.push_str(&text);
            width = at + length;
        }
        let whole = short_duration(self.length);
        if width == 1 && width + 2 + whole.chars().count() <= self.columns && self.length > 1 {
            return pad_left(&whole, self.columns).replacen(' ', "0", 1);
        }
        line
    }
}

/// Returns the smallest round time that comes at most so often in a length.
fn step(length: u64, times: u64) -> u64 {
    let decimal = |unit: u64, below: u64| {
        let powers = std::iter::successors(Some(unit), |power| power.checked_mul(10));
        powers.flat_map(|power| [1, 2, 5].map(|n| power.saturating_mul(n))).take_while(move |step| *step < below)
    };
    let minutes = [1, 2, 5, 10, 15, 30].map(|n| n * MINUTE);
    let hours = [1, 2, 3, 6, 12].map(|n| n * HOUR);
    let tens = [10, 15, 20, 30].map(|n| n * SECOND);
    let all = decimal(1, 10 * SECOND).chain(tens).chain(minutes).chain(hours).chain(decimal(DAY, u64::MAX));
    all.into_iter().find(|step| length / step <= times).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_round() {
        let ticks = |length: u64, columns: usize| Axis::new(7, length.saturating_add(7), columns).ticks();
        assert_eq!(ticks(199_000_000, 40), "0         50ms      100ms     150ms");
        assert_eq!(ticks(1_234, 40), "0               0.5µs           1.0µs");
        assert_eq!(ticks(95 * SECOND, 50), "0         20s        40s       1m         1m20s");
        assert_eq!(ticks(30 * HOUR, 30), "0           0.5d        1.0d");
        assert_eq!(ticks(0, 20), "0");
        assert_eq!(ticks(250_000_000, 14), "0        250ms");
        assert_eq!(ticks(u64::MAX, 40), "0        50000d   100000d   150000d");
    }

    #[test]
    fn moments_have_their_places() {
        let axis = Axis::new(100, 200, 10);
        assert_eq!([100, 104, 105, 150, 199, 200, 999, 0].map(|time| axis.half(time)), [0, 0, 1, 10, 19, 19, 19, 0]);
        assert_eq!([100, 102, 103, 150, 198, 200].map(|time| axis.nearest_half(time)), [0, 0, 1, 10, 20, 20]);
    }
}
