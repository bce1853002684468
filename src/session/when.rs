//! Times as they are asked for: fixed, or before now.

use crate::{model::units::HOUR, plan::TimeRange};

use super::Error;

/// Length of the time that servers are asked for where none is given, in nanoseconds.
const RECENT: u64 = HOUR;

/// A time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Unix nanoseconds.
    At(u64),
    /// Nanoseconds before now.
    Ago(u64),
}

/// The time that a request is about. Nothing is set for all times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// What ends before is left out.
    pub start: Option<Time>,
    /// What starts after is left out.
    pub end: Option<Time>,
    /// Nanoseconds that count back from the end, or from now; not beside `start`.
    pub since: Option<u64>,
}

/// A time in which servers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recent {
    /// From when to when.
    pub range: TimeRange,
    /// Whether no time was given.
    pub is_usual: bool,
}

impl Time {
    /// Returns Unix nanoseconds, given what the clock says; 1970 if the time lies before.
    pub fn resolve(self, now: u64) -> u64 {
        match self {
            Time::At(time) => time,
            Time::Ago(span) => now.saturating_sub(span),
        }
    }
}

impl When {
    /// Tells whether any time was given.
    pub fn is_given(&self) -> bool {
        *self != When::default()
    }

    /// Tells whether the time ends now, at whatever moment it is looked at.
    pub fn ends_now(&self) -> bool {
        self.end.is_none() && !matches!(self.start, Some(Time::At(_)))
    }

    /// Returns the first and the last time, in Unix nanoseconds.
    ///
    /// # Errors
    ///
    /// The start lies after the end.
    pub fn bounds(&self, now: u64) -> Result<(Option<u64>, Option<u64>), Error> {
        let end = self.end.map(|time| time.resolve(now));
        let since = self.since.map(|span| end.unwrap_or(now).min(now).saturating_sub(span));
        let start = self.start.map(|time| time.resolve(now)).or(since);
        match (start, end) {
            (Some(start), Some(end)) if start > end => Err(Error::StartAfterEnd),
            bounds => Ok(bounds),
        }
    }

    /// Returns the range that traces, or spans, must lie in; `None` for all times.
    ///
    /// # Errors
    ///
    /// As [`When::bounds`].
    pub fn range(&self, now: u64) -> Result<Option<TimeRange>, Error> {
        Ok(match self.bounds(now)? {
            (None, None) => None,
            (start, end) => Some(TimeRange { start: start.unwrap_or(0), end: end.unwrap_or(u64::MAX) }),
        })
    }

    /// Returns the range that servers are asked for: it ends now and begins an hour before, unless another time was given.
    ///
    /// # Errors
    ///
    /// As [`When::bounds`].
    pub fn recent(&self, now: u64) -> Result<Recent, Error> {
        let end = Some(self.end.unwrap_or(Time::Ago(0)));
        let since = self.since.or(self.start.is_none().then_some(RECENT));
        let (start, end) = When { end, since, ..*self }.bounds(now)?;
        let (start, end) = (start.unwrap_or(0), end.unwrap_or(now));
        Ok(Recent { range: TimeRange { start, end }, is_usual: !self.is_given() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 10 * RECENT;

    #[test]
    fn bounds_count_from_now() {
        let when = When { since: Some(RECENT), ..When::default() };
        assert_eq!(when.bounds(NOW).ok(), Some((Some(NOW - RECENT), None)));
        assert!(when.ends_now() && when.is_given());
        let when = When { end: Some(Time::Ago(RECENT)), since: Some(RECENT), ..When::default() };
        assert_eq!(when.bounds(NOW).ok(), Some((Some(NOW - 2 * RECENT), Some(NOW - RECENT))));
        let when = When { start: Some(Time::Ago(1)), end: Some(Time::Ago(2)), since: None };
        assert!(matches!(when.bounds(NOW), Err(Error::StartAfterEnd)));
        assert_eq!(Time::Ago(RECENT).resolve(1), 0, "times before 1970 are 1970");
    }

    #[test]
    fn servers_are_asked_for_the_last_hour() {
        let hour = TimeRange { start: NOW - RECENT, end: NOW };
        assert_eq!(When::default().recent(NOW).ok(), Some(Recent { range: hour, is_usual: true }));
        assert_eq!(When::default().range(NOW).ok(), Some(None));
        let when = When { start: Some(Time::At(5)), ..When::default() };
        let open = TimeRange { start: 5, end: NOW };
        assert_eq!(when.recent(NOW).ok(), Some(Recent { range: open, is_usual: false }));
    }
}
