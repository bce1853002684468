//! What a server takes at once: known from the documentation, corrected by what it says when it refuses.

use traceql_grammar::value::parse_duration;

use super::error::{Kind, RemoteError};
use crate::model::units::HOUR;

/// How long a range of a metrics query may be before 3.0.
pub(super) const OLD_METRICS_RANGE: u64 = 3 * HOUR;

/// What a server takes at once. Times in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// The longest range of a search.
    pub(super) search_range: u64,
    /// The longest range of a metrics query.
    pub(super) metrics_range: u64,
    /// The most steps in it.
    pub(super) steps: u64,
    /// The most traces of a search.
    pub(super) traces: usize,
    /// The most spans of a spanset; `None` where it was not said yet.
    pub(super) spans: Option<usize>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            search_range: 168 * HOUR,
            metrics_range: 24 * HOUR,
            steps: 10_000,
            // The default of releases that have a limit; without one nobody wants more either.
            traces: 262_144,
            spans: None,
        }
    }
}

impl Limits {
    /// Learns from a refusal. Returns whether there is something new in it, so that asking again makes sense; `range` is
    /// the length of the range that was asked about.
    pub(super) fn learn(&mut self, error: &RemoteError, range: u64) -> bool {
        let (Kind::Refused, Some(said)) = (error.kind, &error.said) else { return false };
        let before = *self;
        if let Some(rest) = behind(said, "exceeds max limit ") {
            self.traces = lower(self.traces, count(rest));
        } else if let Some(rest) = behind(said, "spans per span set exceeds ") {
            self.spans = count(rest).filter(|spans| self.spans.is_none_or(|known| *spans < known)).or(self.spans);
        } else if let Some(rest) = behind(said, "range specified by start and end exceeds ") {
            self.search_range = lower(self.search_range, duration(rest));
        } else if let Some(rest) = behind(said, "exceeds the maximum allowed duration of ") {
            self.metrics_range = lower(self.metrics_range, duration(rest));
        } else if let Some(rest) = behind(said, "minimum step for given range is ") {
            self.steps = lower(self.steps, duration(rest).and_then(|step| range.checked_div(step)));
        }
        *self != before
    }
}

fn behind<'s>(said: &'s str, words: &str) -> Option<&'s str> {
    said.split_once(words).map(|(_, rest)| rest)
}

/// Returns the lower one, so that what is learned can only end.
fn lower<N: Ord + Copy + From<u8>>(known: N, said: Option<N>) -> N {
    said.filter(|said| *said >= N::from(1)).map_or(known, |said| said.min(known))
}

/// Reads the number at the beginning.
fn count(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok().filter(|count| *count > 0)
}

/// Reads the duration at the beginning, as Go writes it.
fn duration(text: &str) -> Option<u64> {
    let word = text.split_whitespace().next()?.trim_end_matches(['.', ',']);
    u64::try_from(parse_duration(word)?).ok().filter(|ns| *ns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::SECOND;

    fn learned(said: &str) -> Option<Limits> {
        let error = RemoteError { said: Some(said.to_owned()), ..RemoteError::new(Kind::Refused, "", "", "") };
        let mut limits = Limits::default();
        let is_new = limits.learn(&error, 50_300 * SECOND);
        assert_eq!(is_new, limits != Limits::default());
        assert!(!limits.learn(&error, 50_300 * SECOND), "it is learned once: {said}");
        is_new.then_some(limits)
    }

    #[test]
    fn refusals_teach() {
        let usual = Limits::default();
        let range = "range specified by start and end exceeds 24h0m0s. received start=1700000000 end=1767235000";
        assert_eq!(learned(range), Some(Limits { search_range: 24 * HOUR, ..usual }));
        assert_eq!(learned(&range.replace("24h", "168h")), None, "that is known");
        let limit = "limit 262144 exceeds max limit 5000";
        assert_eq!(learned(limit), Some(Limits { traces: 5000, ..usual }));
        let spans = "spans per span set exceeds 100. received 1000";
        assert_eq!(learned(spans), Some(Limits { spans: Some(100), ..usual }));
        let range = "metrics query time range exceeds the maximum allowed duration of 3h0m0s";
        assert_eq!(learned(range), Some(Limits { metrics_range: OLD_METRICS_RANGE, ..usual }));
        let step = "step of 1s is too small, minimum step for given range is 10.06s";
        assert_eq!(learned(step), Some(Limits { steps: 5000, ..usual }));
        for nothing in [
            "no org id",
            "limit 5 exceeds max limit ",
            "limit 5 exceeds max limit 0",
            "exceeds the maximum allowed duration of -3h",
        ] {
            assert_eq!(learned(nothing), None, "{nothing}");
        }
    }
}
