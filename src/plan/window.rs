//! Which times the samples of a metrics query stand for.

use std::fmt;

use traceql_grammar::value::format_duration;

use crate::model::{
    series::Times,
    units::{DAY, HOUR, MINUTE, SECOND},
};

use super::TimeRange;

/// How many steps Tempo lets a range have.
const MAX_STEPS: u64 = 10_000;

/// The longest range that Tempo takes.
pub const MAX_RANGE: u64 = DAY;

/// How many steps a range has about, if nothing else is asked for.
const USUAL_STEPS: u64 = 240;

/// Of these the default step is a multiple, of the first that it reaches.
const ROUND_STEPS: [u64; 6] = [HOUR, 5 * MINUTE, MINUTE, 15 * SECOND, 5 * SECOND, SECOND];

/// What default steps are multiples of where ranges are shorter than a minute.
const SHORT_STEP: u64 = SECOND / 20;

/// The times that were asked for, in Unix nanoseconds; what is open follows from the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Spans that start later count.
    pub start: Option<u64>,
    /// Spans that start up to then count.
    pub end: Option<u64>,
    /// From one sample to the next.
    pub step: Option<u64>,
    /// One sample about the whole range.
    pub instant: bool,
    /// What the clock says: how far a range goes that begins behind the data.
    pub now: u64,
    /// Whether a range that is asked for may be longer than a Tempo takes at once.
    pub may_be_long: bool,
}

/// Why there are no samples for the times that were asked for. The texts are Tempo's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimesError {
    /// The range has no length.
    NoLength,
    /// The range is longer than Tempo takes.
    TooLong,
    /// The range would have too many samples.
    StepTooSmall {
        /// Nanoseconds.
        step: u64,
        /// The smallest step for the range, in nanoseconds.
        minimum: u64,
    },
}

impl fmt::Display for TimesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let go = |nanoseconds: u64| format_duration(i64::try_from(nanoseconds).unwrap_or(i64::MAX));
        match self {
            TimesError::NoLength => f.write_str("end must be greater than start"),
            TimesError::TooLong => {
                write!(f, "metrics query time range exceeds the maximum allowed duration of {}", go(MAX_RANGE))
            }
            TimesError::StepTooSmall { step, minimum } => {
                write!(f, "step of {} is too small, minimum step for given range is {}", go(*step), go(*minimum))
            }
        }
    }
}

impl std::error::Error for TimesError {}

impl Window {
    /// Tells what is wrong with the times, as far as it does not depend on the data.
    pub fn check(&self) -> Result<(), TimesError> {
        if self.is_fixed() { self.times(None).map(|_| ()) } else { Ok(()) }
    }

    /// Tells whether the times do not depend on the data.
    pub(crate) fn is_fixed(&self) -> bool {
        self.start.is_some() && self.end.is_some()
    }

    /// Returns the time in which spans start that samples can be about; `None` if it depends on the data.
    pub(crate) fn spans(&self) -> Option<TimeRange> {
        match self.is_fixed().then(|| self.times(None).ok())?? {
            Times::Instant { start, end } => Some(TimeRange { start, end }),
            Times::Range { first, step, len } => Some(TimeRange {
                start: first.saturating_sub(step),
                end: first.saturating_add(step.saturating_mul(len as u64)),
            }),
        }
    }

    /// Finds the times of the samples; `data` is the first and the last start of all spans.
    ///
    /// A range is aligned to its step, and begins with a sample at the aligned start, which is about the step before it.
    pub(crate) fn times(&self, data: Option<(u64, u64)>) -> Result<Times, TimesError> {
        let (start, end) = self.bounds(data);
        if end <= start {
            return Err(TimesError::NoLength);
        }
        let range = end - start;
        // The data may be as long as it likes.
        if self.is_fixed() && range > MAX_RANGE && !self.may_be_long {
            return Err(TimesError::TooLong);
        }
        if self.instant {
            return Ok(Times::Instant { start, end });
        }
        let step = self.step.filter(|step| *step > 0).unwrap_or_else(|| default_step(range));
        if range / step > MAX_STEPS {
            return Err(TimesError::StepTooSmall { step, minimum: range / MAX_STEPS });
        }
        let first = start / step * step;
        let steps = end.div_ceil(step) - start / step;
        Ok(Times::Range { first, step, len: usize::try_from(steps).unwrap_or(usize::MAX).saturating_add(1) })
    }

    /// Takes whole seconds around the data where a bound is open.
    fn bounds(&self, data: Option<(u64, u64)>) -> (u64, u64) {
        let (first, last) = data.unwrap_or_default();
        // No span may stand on the open bound: a range has a sample for it, an instant has not.
        let first = if self.instant { first.saturating_sub(1) } else { first };
        let floor = first / SECOND * SECOND;
        let ceiling = last.div_ceil(SECOND).saturating_mul(SECOND);
        match (self.start, self.end) {
            (Some(start), Some(end)) => (start, end),
            (Some(start), None) if ceiling > start => (start, ceiling),
            (Some(start), None) => (start, self.now.max(start.saturating_add(SECOND))),
            (None, Some(end)) => (floor.min(end.saturating_sub(SECOND)), end),
            (None, None) => (floor, ceiling.max(floor.saturating_add(SECOND))),
        }
    }
}

/// Finds the step for a range in nanoseconds: a 240th of it, rounded down.
pub(crate) fn default_step(range: u64) -> u64 {
    let exact = range / USUAL_STEPS;
    if range < MINUTE {
        return (exact / SHORT_STEP * SHORT_STEP).max(SHORT_STEP);
    }
    match ROUND_STEPS.into_iter().find(|round| exact >= *round) {
        Some(round) => exact / round * round,
        None => SECOND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_steps_are_round() {
        let ranges = [SECOND, 30 * SECOND, 59 * SECOND, MINUTE, 5 * MINUTE, HOUR, 3 * HOUR, 24 * HOUR, 800 * HOUR];
        let steps = ["50ms", "100ms", "200ms", "1s", "1s", "15s", "45s", "5m0s", "3h0m0s"];
        assert_eq!(ranges.map(|range| format_duration(default_step(range) as i64)), steps);
    }

    #[test]
    fn ranges_are_aligned() {
        let window =
            Window { start: Some(65 * SECOND), end: Some(130 * SECOND), step: Some(MINUTE), ..Window::default() };
        assert_eq!(window.times(None), Ok(Times::Range { first: MINUTE, step: MINUTE, len: 3 }));
        let whole = Window { start: Some(MINUTE), end: Some(6 * MINUTE), ..window };
        assert_eq!(whole.times(None), Ok(Times::Range { first: MINUTE, step: MINUTE, len: 6 }));
        let instant = Window { instant: true, ..window };
        assert_eq!(instant.times(None), Ok(Times::Instant { start: 65 * SECOND, end: 130 * SECOND }));
    }

    #[test]
    fn open_bounds_hold_the_data() {
        let data = Some((7 * SECOND, 9 * SECOND + 1));
        let open = Window::default();
        assert_eq!(
            open.times(data).map(|times| (times.open(), times.last())),
            Ok((Some(7 * SECOND - SHORT_STEP), 10 * SECOND))
        );
        let instant = Window { instant: true, ..open };
        assert_eq!(instant.times(data), Ok(Times::Instant { start: 6 * SECOND, end: 10 * SECOND }));
        let late = Window { start: Some(HOUR), ..open };
        assert_eq!(late.times(data).map(|times| times.last()), Ok(HOUR + SECOND));
        // One span, and none at all.
        assert!(open.times(Some((0, 0))).is_ok_and(|times| times.len() > 1));
        assert!(open.times(None).is_ok());
    }

    #[test]
    fn limits_are_tempos() {
        let window = |range, step| Window { start: Some(0), end: Some(range), step, ..Window::default() };
        let text = |window: Window| window.times(None).map_err(|error| error.to_string());
        assert_eq!(
            text(window(50_300 * SECOND, Some(SECOND))),
            Err("step of 1s is too small, minimum step for given range is 5.03s".to_owned())
        );
        assert!(text(window(10_000 * SECOND, Some(SECOND))).is_ok());
        assert_eq!(
            text(window(24 * HOUR + 1, None)),
            Err("metrics query time range exceeds the maximum allowed duration of 24h0m0s".to_owned())
        );
        assert!(text(window(24 * HOUR, None)).is_ok());
        assert_eq!(text(window(0, None)), Err("end must be greater than start".to_owned()));
        // What the data covers may be longer.
        assert!(Window::default().times(Some((0, 1_000 * HOUR))).is_ok());
    }
}
