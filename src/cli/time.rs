//! Times and lengths of time in arguments.

use std::str::FromStr;

use jiff::{Timestamp, civil, tz::TimeZone};
use traceql_grammar::value::parse_duration;

use crate::{model::units::SECOND, session::Time};

/// The last second that RFC 3339 can write, at the end of the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Reads RFC 3339, Unix seconds, `now`, `now-1h` or `-1h`.
impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Time, String> {
        let text = text.trim();
        if text == "now" {
            return Ok(Time::Ago(0));
        }
        if let Some(span) = text.strip_prefix("now-").or_else(|| text.strip_prefix('-')) {
            return Ok(Time::Ago(span.parse::<Span>()?.0));
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            if text.chars().all(|c| c.is_ascii_digit() || c == '.') {
                return unix_seconds(text);
            }
            if let Ok(time) = text.parse::<Timestamp>() {
                return at(time.as_nanosecond());
            }
            // A date, and a time without its zone, are in UTC, as everything that is printed.
            let civil = text
                .parse::<civil::DateTime>()
                .or_else(|_| Ok(text.parse::<civil::Date>()?.to_datetime(Default::default())));
            if let Ok(time) = civil.and_then(|time: civil::DateTime| time.to_zoned(TimeZone::UTC)) {
                return at(time.timestamp().as_nanosecond());
            }
            if parse_duration(text).is_some() {
                return Err(format!("a length of time; {text} ago is `-{text}`"));
            }
        }
        Err("not a time; times are RFC 3339 (`2026-01-31T12:00:00Z`), Unix seconds (`1769860800`), `now-1h` or `-1h`"
            .to_owned())
    }
}

fn unix_seconds(text: &str) -> Result<Time, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if seconds > LAST_SECOND {
        let unit = if seconds < LAST_SECOND * 1e3 { "milliseconds" } else { "nanoseconds" };
        return Err(format!("lies behind the year 9999; numbers are Unix seconds, and this one looks like {unit}"));
    }
    // Split by hand: as a float, today's nanoseconds would be rounded.
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| "not a number".to_owned())? };
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let fraction: i128 = digits.parse().map_err(|_| "not a number".to_owned())?;
    at(whole * i128::from(SECOND) + fraction)
}

fn at(nanoseconds: i128) -> Result<Time, String> {
    match u64::try_from(nanoseconds) {
        Ok(time) => Ok(Time::At(time)),
        Err(_) if nanoseconds < 0 => Err("lies before 1970; traces are younger".to_owned()),
        Err(_) => Err("lies too far in the future; times go to the year 2554".to_owned()),
    }
}

/// A length of time in nanoseconds: `1h`, `90s`, `1d12h`, `1.5h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) u64);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        if let Some(span) = text.trim().strip_prefix('-').filter(|span| parse_duration(span).is_some()) {
            return Err(format!("a length of time has no minus; write `{span}`"));
        }
        let span = parse_duration(text.trim()).and_then(|nanoseconds| u64::try_from(nanoseconds).ok());
        span.map(Span).ok_or_else(|| "not a length of time; such are `30s`, `15m`, `1h30m`, `7d`".to_owned())
    }
}

/// How far samples are apart, in nanoseconds: a length of time, or seconds as `60` or `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step(pub(super) u64);

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Step, String> {
        let text = text.trim();
        let is_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.parse::<f64>().is_ok();
        let step = if is_number { format!("{text}s").parse::<Span>() } else { text.parse::<Span>() }?;
        if step.0 == 0 {
            Err("samples cannot stand at the same time; such are `15s`, `1m`".to_owned())
        } else {
            Ok(Step(step.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::{HOUR, MILLISECOND};

    #[test]
    fn times_in_every_form() {
        let at_2026 = Time::At(1_767_225_600_000_000_000);
        for text in ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "1767225600", "1767225600.0", " 1767225600 "]
        {
            assert_eq!(text.parse(), Ok(at_2026), "{text}");
        }
        for text in ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00"] {
            assert_eq!(text.parse(), Ok(at_2026), "{text} is in UTC");
        }
        assert_eq!("1767225600.000000001".parse(), Ok(Time::At(1_767_225_600_000_000_001)));
        assert_eq!("now".parse(), Ok(Time::Ago(0)));
        let steps = [60, 60, 60_000, 500, 500].map(|ms: u64| Ok(Step(ms * MILLISECOND)));
        assert_eq!(["0.06", "60ms", "1m", "0.5", "500ms"].map(str::parse), steps);
        assert!("0".parse::<Step>().is_err() && "-5s".parse::<Step>().is_err() && "x".parse::<Step>().is_err());
        assert_eq!("now-1h".parse(), Ok(Time::Ago(HOUR)));
        assert_eq!("-1h30m".parse(), Ok(Time::Ago(HOUR * 3 / 2)));
    }

    #[test]
    fn wrong_times_say_what_is_wrong() {
        let error = |text: &str| text.parse::<Time>().expect_err(text);
        assert!(error("yesterday").contains("RFC 3339"));
        assert!(error("").contains("RFC 3339"));
        assert!(error("1h").contains("`-1h`"));
        assert!(error("1767225600000").contains("milliseconds"));
        assert!(error("1767225600000000000").contains("nanoseconds"));
        assert!(error("now-1x").contains("length of time"));
        assert!(error("1969-12-31T23:59:59Z").contains("1970"));
        assert!(error("9999-01-01T00:00:00Z").contains("2554"));
        assert!(error("1.2.3").contains("number"));
        assert!(error("2026-13-01T00:00:00Z").contains("RFC 3339"));
    }
}
