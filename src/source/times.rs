//! Times in formats that write them in several ways: as numbers of their unit, or as RFC 3339.

use jiff::Timestamp;

use super::{
    fault::{Decoded, fault},
    json::{Cursor, shortened},
};

/// What a number counts: nanoseconds are so many powers of ten below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds = 6,
    Microseconds = 3,
}

/// A point in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    /// Unix nanoseconds; 0 before 1970.
    pub(super) nanos: u64,
    /// It was written as RFC 3339, not as a number.
    pub(super) is_text: bool,
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// A number without a unit, times a thousand.
    Thousandths(i128),
    /// Nanoseconds, as it was written with its unit.
    Nanos(i128),
}

/// Reads a time; `None` for `null` and the empty text.
pub(super) fn time(json: &mut Cursor<'_>, unit: Unit) -> Decoded<Option<Time>> {
    if json.null()? {
        return Ok(None);
    }
    let at = json.at();
    let text = json.number_or_string()?;
    if text.is_empty() {
        return Ok(None);
    }
    let (nanos, is_text) = match scaled(&text, unit as u32) {
        Some(nanos) if nanos < 0 => return fault(at, format!("`{}` is no time after 1970", shortened(&text))),
        Some(nanos) => (nanos, false),
        None => match text.parse::<Timestamp>() {
            // Go writes the year 1 where there is no time.
            Ok(time) => (time.as_nanosecond().max(0), true),
            Err(_) => return fault(at, format!("`{}` is no time", shortened(&text))),
        },
    };
    match u64::try_from(nanos) {
        Ok(nanos) => Ok(Some(Time { nanos, is_text })),
        Err(_) => fault(at, format!("`{}` is a time behind the year 2554", shortened(&text))),
    }
}

/// Reads a length: a number, or seconds with an `s` behind them, as protobuf's own JSON has it. `None` for `null` and
/// the empty text.
pub(super) fn length(json: &mut Cursor<'_>) -> Decoded<Option<Length>> {
    if json.null()? {
        return Ok(None);
    }
    let at = json.at();
    let text = json.number_or_string()?;
    let seconds = text.strip_suffix('s').and_then(|seconds| scaled(seconds, 9)).map(Length::Nanos);
    match seconds.or_else(|| scaled(&text, 3).map(Length::Thousandths)) {
        Some(length) => Ok(Some(length)),
        None if text.is_empty() => Ok(None),
        None => fault(at, format!("`{}` is no length of time", shortened(&text))),
    }
}

/// Returns the end of a span in Unix nanoseconds; before the start if the length is negative.
pub(super) fn end(start: u64, nanos: i128) -> u64 {
    u64::try_from(i128::from(start).saturating_add(nanos).max(0)).unwrap_or(u64::MAX)
}

/// Reads a decimal number times a power of ten, exactly; what is still behind the point is left out.
fn scaled(text: &str, power: u32) -> Option<i128> {
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    if digits.contains(['e', 'E']) {
        let number: f64 = text.parse().ok()?;
        // The cast saturates.
        return number.is_finite().then(|| (number * 10f64.powi(power as i32)) as i128);
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let power = power as usize;
    let places = fraction.bytes().chain(std::iter::repeat(b'0')).take(power);
    let mut number = 0i128;
    for digit in whole.bytes().chain(places) {
        number = number.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
    }
    Some(if minus { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::{Length, Time, Unit, end, length, time};
    use crate::source::json::Cursor;

    fn micros(text: &str) -> Result<Option<Time>, String> {
        time(&mut Cursor::new(text, 0), Unit::Microseconds).map_err(|fault| fault.what)
    }

    #[test]
    fn numbers_and_texts() {
        let number = |nanos| Ok(Some(Time { nanos, is_text: false }));
        assert_eq!(micros("1485467191639875"), number(1_485_467_191_639_875_000));
        assert_eq!(micros("\"1485467191639875\""), number(1_485_467_191_639_875_000));
        assert_eq!(micros("1.5"), number(1_500));
        assert_eq!(micros("0.0009"), number(0));
        assert_eq!(micros("1.5e3"), number(1_500_000));
        let text = Ok(Some(Time { nanos: 1_485_449_191_639_875_000, is_text: true }));
        assert_eq!(micros("\"2017-01-26T16:46:31.639875Z\""), text);
        assert_eq!(micros("\"2017-01-26T17:46:31.639875+01:00\""), text);
        assert_eq!(micros("\"0001-01-01T00:00:00Z\""), Ok(Some(Time { nanos: 0, is_text: true })));
        assert_eq!((micros("null"), micros("\"\"")), (Ok(None), Ok(None)));
    }

    #[test]
    fn what_is_no_time() {
        assert_eq!(micros("-5"), Err("`-5` is no time after 1970".to_owned()));
        assert_eq!(micros("\"now\""), Err("`now` is no time".to_owned()));
        assert_eq!(
            micros("1767225607000000000"),
            Err("`1767225607000000000` is a time behind the year 2554".to_owned())
        );
        assert!(micros("1e300").is_err() && micros("{}").is_err() && micros("\"1.\u{660}\"").is_err());
    }

    #[test]
    fn lengths() {
        let length = |text| length(&mut Cursor::new(text, 0)).map_err(|fault| fault.what);
        assert_eq!(length("100"), Ok(Some(Length::Thousandths(100_000))));
        assert_eq!(length("-0.5"), Ok(Some(Length::Thousandths(-500))));
        assert_eq!(length("\"0.000100s\""), Ok(Some(Length::Nanos(100_000))));
        assert_eq!(length("null"), Ok(None));
        assert_eq!(length("\"long\""), Err("`long` is no length of time".to_owned()));
        assert_eq!((end(5, 3), end(5, -3), end(5, -9), end(5, i128::MAX)), (8, 2, 0, u64::MAX));
    }
}
