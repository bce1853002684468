//! `1 s`, `10sec`, `1.5d`, `1h 30m`: durations as people write them.

use super::{Habits, Token};
use crate::{
    diagnostic::{Code, Diagnostic},
    value::{format_duration, parse_duration},
};

/// Units by every name that people give them, in nanoseconds, with the right one.
static UNITS: &[(&[&str], &str, f64)] = &[
    (&["ns", "nsec", "nsecs", "nanos", "nanosecond", "nanoseconds"], "ns", 1.0),
    (&["us", "µs", "μs", "usec", "usecs", "micros", "microsecond", "microseconds"], "us", 1e3),
    (&["ms", "msec", "msecs", "millis", "millisecond", "milliseconds"], "ms", 1e6),
    (&["s", "sec", "secs", "second", "seconds"], "s", 1e9),
    (&["m", "min", "mins", "minute", "minutes"], "m", 6e10),
    (&["h", "hr", "hrs", "hour", "hours"], "h", 3.6e12),
    (&["d", "day", "days"], "d", 8.64e13),
    (&["w", "week", "weeks"], "w", 6.048e14),
    (&["y", "year", "years"], "y", 3.1536e16),
];

impl<'t> Habits<'t, '_> {
    /// A number or duration with a unit, or with another duration, behind it.
    pub(super) fn duration(&mut self) -> bool {
        match self.peek(1) {
            Some(Token::Word(_)) => {}
            Some(Token::Duration(_)) if matches!(self.peek(0), Some(Token::Duration(_))) => {}
            _ => return false,
        }
        let span = self.place(0).to(self.place(1));
        let text = self.slice(span);
        if self.adjacent(1)
            || !matches!(self.peek(0), Some(Token::Duration(_)))
            || matches!(self.peek(1), Some(Token::Duration(_)))
        {
            let compact: String = text.split_whitespace().collect();
            if let Some((right, value)) = meant(&compact) {
                let spaced = compact != text;
                let message = if spaced {
                    format!("the duration `{text}` is written without a space")
                } else {
                    format!("`{text}` is no duration")
                };
                let found = Diagnostic::new(Code::BadDuration, message, span)
                    .label("units are ns, us, ms, s, m, h, d, w and y")
                    .write(span, right);
                self.report(found);
                self.emit(Token::Duration(value), span);
                self.at += 2;
                return true;
            }
        }
        if !self.adjacent(1) {
            return false;
        }
        if text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            let quoted = format!("\"{text}\"");
            let found =
                Diagnostic::new(Code::UnknownWord, format!("the id `{text}` needs quotes"), span).write(span, quoted);
            self.report(found);
            self.emit(Token::String(text.into()), span);
            self.at += 2;
            return true;
        }
        // `100MB`, `3x`: a number and letters that are no unit of time.
        let found = Diagnostic::new(Code::BadDuration, format!("`{text}` is neither a number nor a duration"), span)
            .label("units are ns, us, ms, s, m, h, d, w and y")
            .help("an attribute's name that begins with a digit stands in quotes: `.\"3x\"`");
        self.report(found);
        self.emit(Token::Missing, span);
        self.at += 2;
        true
    }
}

/// Returns the right spelling of a duration, and its nanoseconds.
fn meant(text: &str) -> Option<(String, i64)> {
    if let Some(value) = parse_duration(text) {
        return Some((text.to_owned(), value));
    }
    let number = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (count, unit) = (text[..number].parse::<f64>().ok()?, text[number..].to_lowercase());
    let (_, right, scale) = UNITS.iter().find(|(names, ..)| names.contains(&unit.as_str()))?;
    let spelled = format!("{}{right}", &text[..number]);
    if let Some(value) = parse_duration(&spelled) {
        return Some((spelled, value));
    }
    // `1.5d`: days and more take whole numbers only.
    let value = count * scale;
    if !(0.0..9.2e18).contains(&value) {
        return None;
    }
    let value = value as i64;
    let mut spelled = format_duration(value).replace('µ', "u");
    for zero in ["m0s", "h0m"] {
        if let Some(shorter) = spelled.strip_suffix(zero) {
            spelled = format!("{shorter}{}", &zero[..1]);
        }
    }
    Some((spelled, value))
}
