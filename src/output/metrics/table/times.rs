//! The axis of times: round times in UTC along it, with the date below where a day begins.

use unicode_width::UnicodeWidthStr;

use super::unit;
use crate::{
    model::{
        series::Times,
        units::{DAY, HOUR, MILLISECOND, MINUTE, SECOND},
    },
    output::text,
};

/// Steps along the axis, shortest first.
const STEPS: [u64; 37] = [
    MILLISECOND,
    2 * MILLISECOND,
    5 * MILLISECOND,
    10 * MILLISECOND,
    20 * MILLISECOND,
    50 * MILLISECOND,
    100 * MILLISECOND,
    200 * MILLISECOND,
    500 * MILLISECOND,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    20 * DAY,
    50 * DAY,
    100 * DAY,
    200 * DAY,
    500 * DAY,
    1_000 * DAY,
    2_000 * DAY,
];

/// Blanks between the texts of two ticks, at least.
const GAP: usize = 4;

/// Periods shorter than this are told in milliseconds.
const SHORT: u64 = 10 * SECOND;

/// Returns which time samples are about, in UTC and outwards to whole seconds:
/// `2026-01-01 00:00:00 – 00:58:42 UTC (58m42s)`.
pub(super) fn period(times: Times) -> String {
    // The period begins behind its bound, and ends with it.
    let (first, end) = (times.open().map_or(0, |open| open.saturating_add(1)), times.last());
    let (grain, digits) = if end.saturating_sub(first) < SHORT { (MILLISECOND, 23) } else { (SECOND, 19) };
    let first = first / grain * grain;
    let last = end.checked_next_multiple_of(grain).unwrap_or(end);
    let length = unit::duration(last.saturating_sub(first) as f64 * 1e-9);
    let (first, last) = (text::date_and_time(first), text::date_and_time(last));
    let from = if first.get(..10) == last.get(..10) { 11 } else { 0 };
    let part = |time: &str, from: usize| time.get(from..digits).unwrap_or(time).to_owned();
    format!("{} – {} UTC ({length})", part(&first, 0), part(&last, from))
}

/// An axis below the columns of a chart.
#[derive(Default)]
pub(super) struct TimeAxis {
    /// The columns with a time and what it is.
    ticks: Vec<(usize, u64)>,
    /// How exact the times have to be.
    precision: Precision,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Days,
    #[default]
    Minutes,
    Seconds,
    Milliseconds,
}

impl Precision {
    /// Returns what is enough for multiples of a length of time.
    fn of(step: u64) -> Precision {
        match step {
            step if step.is_multiple_of(DAY) => Precision::Days,
            step if step.is_multiple_of(MINUTE) => Precision::Minutes,
            step if step.is_multiple_of(SECOND) => Precision::Seconds,
            _ => Precision::Milliseconds,
        }
    }

    fn text(self, time: u64) -> String {
        let both = text::date_and_time(time);
        let part = match self {
            Precision::Days => 5..10,
            Precision::Minutes => 11..16,
            Precision::Seconds => 11..19,
            Precision::Milliseconds => 11..23,
        };
        both.get(part).unwrap_or(&both).to_owned()
    }

    fn width(self) -> usize {
        self.text(0).len()
    }
}

impl TimeAxis {
    /// Makes an axis for `columns` columns; `column` says where a sample stands, and never goes back.
    pub(super) fn new(times: Times, columns: usize, column: impl Fn(usize) -> usize) -> TimeAxis {
        let Times::Range { first, step, len } = times else {
            return TimeAxis::default();
        };
        let last = times.last();
        let (low, high) = (column(0), column(len - 1));
        let room = high.saturating_sub(low).max(1);
        // Where a time stands between the first and the last sample.
        let place = |time: u64| match (last - first, time - first) {
            (0, _) => low,
            (whole, part) => low + (room as f64 * (part as f64 / whole as f64)).round() as usize,
        };
        for distance in STEPS {
            let precision = Precision::of(distance);
            let per_tick = room as f64 * (distance as f64 / (last - first).max(1) as f64);
            if distance < step || per_tick < (precision.width() + GAP) as f64 {
                continue;
            }
            let multiples = (first.div_ceil(distance)..=last / distance).map(|n| n * distance);
            let ticks: Vec<(usize, u64)> = multiples.map(|time| (place(time), time)).collect();
            if ticks.len() < 2 {
                break;
            }
            return TimeAxis { ticks, precision };
        }
        // No two round times: the first and the last sample's, as exact as they need to be.
        let precision = Precision::of(first).max(Precision::of(last)).max(Precision::Minutes);
        let mut ticks = vec![(low, first)];
        if last > first && room >= precision.width() + GAP && high < columns {
            ticks.push((high, last));
        }
        TimeAxis { ticks, precision }
    }

    /// Returns the axis with its ticks; the corner stands behind so many columns.
    pub(super) fn axis(&self, indent: usize, columns: usize) -> String {
        let mut line = vec!['─'; columns];
        for (column, _) in &self.ticks {
            if let Some(place) = line.get_mut(*column) {
                *place = '┬';
            }
        }
        format!("{:indent$}└{}", "", line.iter().collect::<String>())
    }

    /// Returns the lines below the axis: the times, and the dates on which they are; `indent` is what stands before
    /// the first column, and nothing is wider than `width`.
    pub(super) fn lines(&self, indent: usize, width: usize) -> [String; 2] {
        let (mut times, mut dates) = (String::new(), String::new());
        let mut day = None;
        for &(column, time) in &self.ticks {
            let text = self.precision.text(time);
            let start = (indent + column).saturating_sub(text.width() / 2).min(width.saturating_sub(text.width()));
            let begins = times.is_empty() || start >= times.width() + 2;
            if begins {
                put(&mut times, start, &text);
            }
            let date = self.date(time);
            if day.as_ref() != Some(&date) {
                let text = if day.is_none() { format!("{date} UTC") } else { date.clone() };
                let start = start.min(width.saturating_sub(text.width()));
                if begins && (dates.is_empty() || start >= dates.width() + 2) {
                    put(&mut dates, start, &text);
                }
                day = Some(date);
            }
        }
        [times, dates]
    }

    /// Returns what the times leave out.
    fn date(&self, time: u64) -> String {
        let date = text::date_and_time(time);
        let end = if self.precision == Precision::Days { 4 } else { 10 };
        date.get(..end).unwrap_or(&date).to_owned()
    }
}

/// Appends text that begins in a column.
fn put(line: &mut String, start: usize, text: &str) {
    *line = text::pad(line, start);
    line.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_have_both_ends_and_a_length() {
        // 2026-01-01.
        let day = 20_454 * DAY;
        let period = |start: u64, end: u64| period(Times::Instant { start, end });
        assert_eq!(period(day - 1, day + 3_521_300 * MILLISECOND), "2026-01-01 00:00:00 – 00:58:42 UTC (58m42s)");
        assert_eq!(period(day, day + HOUR), "2026-01-01 00:00:00 – 01:00:00 UTC (1h0m)");
        assert_eq!(period(day, day + DAY), "2026-01-01 00:00:00 – 2026-01-02 00:00:00 UTC (24h0m)");
        assert_eq!(period(day + SECOND, day + 2_500_400_000), "2026-01-01 00:00:01.000 – 00:00:02.501 UTC (1.5s)");
        assert_eq!(period(0, day), "1970-01-01 00:00:00 – 2026-01-01 00:00:00 UTC (20.5kd)");
        // Of a range, the time before its sample.
        let range = Times::Range { first: day + HOUR, step: MINUTE, len: 1 };
        assert_eq!(super::period(range), "2026-01-01 00:59:00 – 01:00:00 UTC (1m0s)");
        assert!(period(u64::MAX - 1, u64::MAX).starts_with("2554-07-21 "));
    }
}
