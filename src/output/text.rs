//! Times, lengths of time and lines as text.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::units::{HOUR, MILLISECOND, MINUTE, SECOND};

/// Returns Unix nanoseconds as RFC 3339 in UTC, to the nanosecond: `2026-01-01T00:00:07.000000000Z`.
pub fn rfc3339(unix_nanoseconds: u64) -> String {
    format!("{:.9}Z", civil(unix_nanoseconds))
}

/// Returns Unix nanoseconds as RFC 3339 in UTC, to the second: `2026-01-01T00:00:07Z`.
pub fn rfc3339_seconds(unix_nanoseconds: u64) -> String {
    format!("{:.0}Z", civil(unix_nanoseconds / SECOND * SECOND))
}

/// Counts things whose name takes an `s`: `1 span`, `2 spans`.
pub fn counted(n: u64, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// Returns Unix nanoseconds for people, in UTC, to the millisecond: `2026-01-01 00:00:07.000`.
pub fn date_and_time(unix_nanoseconds: u64) -> String {
    let time = civil(unix_nanoseconds / MILLISECOND * MILLISECOND);
    format!("{} {:.3}", time.date(), time.time())
}

/// Returns a time as date and time of day in UTC.
fn civil(unix_nanoseconds: u64) -> DateTime {
    // Nanoseconds of 64 bits end in 2554, jiff's times in 9999.
    let time = Timestamp::from_nanosecond(unix_nanoseconds.into()).unwrap_or_default();
    TimeZone::UTC.to_datetime(time)
}

/// Returns a length of time for people, to three digits or so: `0s`, `870ns`, `3.25ms`, `1.2s`, `2m3s`, `26h4m`.
pub fn short_duration(nanoseconds: u64) -> String {
    let ns = nanoseconds;
    let three_digits = |unit: u64, name: &str| {
        let value = ns as f64 / unit as f64;
        let decimals = if value >= 100.0 { 0 } else { usize::from(value < 10.0) + 1 };
        let text = format!("{value:.decimals$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        format!("{text}{name}")
    };
    match ns {
        0 => "0s".to_owned(),
        1..1_000 => format!("{ns}ns"),
        // Up to where rounding would give four digits.
        1_000..999_500 => three_digits(1_000, "µs"),
        999_500..999_500_000 => three_digits(MILLISECOND, "ms"),
        999_500_000..MINUTE => three_digits(SECOND, "s"),
        MINUTE..HOUR => format!("{}m{}s", ns / MINUTE, ns / SECOND % 60),
        _ => format!("{}h{}m", ns / HOUR, ns / MINUTE % 60),
    }
}

/// Breaks a line between words where it would be wider than `room`.
pub fn wrapped(line: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in line.split(' ') {
        match lines.last_mut() {
            Some(last) if last.width() + 1 + word.width() <= room => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Cuts what is wider than `width` columns, so that a `…` is the last of them.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut cut, mut used) = (String::new(), 1);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(c);
    }
    // Some characters are wider beside each other than by themselves.
    while cut.width() + 1 > width && cut.pop().is_some() {}
    cut + "…"
}

/// Fills up with blanks behind the text to a width on the terminal.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

/// Fills up with blanks before the text to a width on the terminal.
pub fn pad_left(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{:missing$}{text}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_calendar_dates() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(1_767_225_607_000_000_001), "2026-01-01T00:00:07.000000001Z");
        assert_eq!(rfc3339(1_709_164_800_000_000_000), "2024-02-29T00:00:00.000000000Z");
        assert_eq!(rfc3339(951_868_799_999_999_999), "2000-02-29T23:59:59.999999999Z");
        assert_eq!(rfc3339(u64::MAX), "2554-07-21T23:34:33.709551615Z");
        assert_eq!(date_and_time(1_735_689_599_999_999_999), "2024-12-31 23:59:59.999");
    }

    #[test]
    fn durations_are_short() {
        let lengths = [0, 870, 1_000, 3_254_000, 99_960, 999_499, 999_500, 12_345_678, 123_456_789];
        let texts = ["0s", "870ns", "1µs", "3.25ms", "100µs", "999µs", "1ms", "12.3ms", "123ms"];
        assert_eq!(lengths.map(short_duration), texts);
        let lengths = [999_500_000, 1_200_000_000, 59_960_000_000, 123_000_000_000, 93_840_000_000_000];
        assert_eq!(lengths.map(short_duration), ["1s", "1.2s", "60s", "2m3s", "26h4m"]);
    }
}
