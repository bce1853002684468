//! Numbers and durations.

use std::borrow::Cow;

use logos::Lexer;

use super::Token;
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    span::Span,
    value::parse_duration,
};

/// How a number is written; its value follows from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Digits, or digits after `0x`, `0b`, `0o`.
    Int,
    /// With a point or an exponent.
    Float,
    /// A number with units behind it.
    Duration,
}

/// Finds the end of a number, and of the units behind it if both make a duration.
///
/// Tempo tries the longest run of unit letters and digits; where that is no duration, only the number counts.
pub(super) fn number<'t>(lex: &mut Lexer<'t, Token<'t>>) -> Number {
    let text = &lex.source()[lex.span().start..];
    let (length, kind) = scan(text);
    let unit = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'n' | 's' | 'u' | 'm' | 'h' | 'd' | 'w' | 'y' | 'µ');
    // A run of unit letters longer than this is no duration, and a limit keeps `1.1.1.1…` linear.
    const LONGEST: usize = 128;
    let units: usize = text[length..].chars().take(LONGEST).take_while(|c| unit(*c)).map(char::len_utf8).sum();
    let (length, kind) = if units > 0 && parse_duration(&text[..length + units]).is_some() {
        (length + units, Number::Duration)
    } else {
        (length, kind)
    };
    lex.bump(length - lex.slice().len());
    kind
}

/// Scans a number as Go's text scanner does. Returns its length and whether it is a float.
fn scan(text: &str) -> (usize, Number) {
    let bytes = text.as_bytes();
    let prefix = match bytes {
        [b'0', b'x' | b'X', ..] => Some(16),
        [b'0', b'b' | b'B', ..] => Some(2),
        [b'0', b'o' | b'O', ..] => Some(8),
        _ => None,
    };
    let mut at = if prefix.is_some() { 2 } else { 0 };
    let digit = |at: usize| {
        bytes.get(at).is_some_and(|b| *b == b'_' || (*b as char).is_digit(if prefix == Some(16) { 16 } else { 10 }))
    };
    let mut kind = Number::Int;
    while digit(at) {
        at += 1;
    }
    if bytes.get(at) == Some(&b'.') && !matches!(prefix, Some(2 | 8)) {
        kind = Number::Float;
        at += 1;
        while digit(at) {
            at += 1;
        }
    }
    if matches!((prefix, bytes.get(at)), (None, Some(b'e' | b'E')) | (Some(16), Some(b'p' | b'P'))) {
        kind = Number::Float;
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        while bytes.get(at).is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
            at += 1;
        }
    }
    (at, kind)
}

impl Number {
    /// Computes the number's value.
    pub(super) fn into_token<'t>(self, span: Span, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Token<'t> {
        let token = match self {
            Number::Int if octal_looking(text) => None,
            Number::Int => text.parse().ok().map(Token::Int),
            Number::Float => float(text).map(Token::Float),
            Number::Duration => parse_duration(text).map(Token::Duration),
        };
        token.unwrap_or_else(|| {
            diagnostics.push(bad_number(span, text));
            Token::Invalid
        })
    }
}

/// Tells whether Go reads the text as an octal number with a digit that octal does not have: `08`.
fn octal_looking(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().any(|b| matches!(b, b'8' | b'9'))
}

/// Reads a float as Go's `ParseFloat` does, hexadecimal ones included; `None` where it does not fit.
fn float(text: &str) -> Option<f64> {
    if !separates_digits(text) {
        return None;
    }
    let plain = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let number = match plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        Some(hex) => hex_float(hex)?,
        None => plain.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

/// Tells whether each underscore stands between two digits, or between a prefix and a digit.
fn separates_digits(text: &str) -> bool {
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let digit = |b: u8| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() };
    let bytes = text.as_bytes();
    (0..bytes.len()).filter(|at| bytes[*at] == b'_').all(|at| {
        let before = hex && at == 2 || at > 0 && digit(bytes[at - 1]);
        before && bytes.get(at + 1).is_some_and(|b| digit(*b))
    })
}

/// Reads `1.8p-1`, a hexadecimal fraction and a binary exponent, to the nearest float.
fn hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // No text is long enough that digits would make up for an exponent of this size.
    const FARTHEST: i64 = 1 << 40;
    let mut power = exponent_value(exponent)?.clamp(-FARTHEST, FARTHEST) - 4 * fraction.len() as i64;
    // The leading digits that fit; of the others it counts only whether any is not 0.
    let (mut mantissa, mut more) = (0u64, false);
    for digit in whole.chars().chain(fraction.chars()) {
        let digit = u64::from(digit.to_digit(16)?);
        if mantissa >> 59 == 0 {
            mantissa = mantissa << 4 | digit;
        } else {
            more |= digit != 0;
            power += 4;
        }
    }
    if mantissa == 0 {
        return Some(0.0);
    }
    // A float holds 53 bits, and none below 2^-1074.
    let bits = i64::from(u64::BITS - mantissa.leading_zeros());
    let lowest = (power + bits - 53).max(-1074);
    let drop = lowest - power;
    if drop <= 0 {
        return Some(scaled(mantissa, power));
    }
    if drop > bits {
        return Some(0.0);
    }
    let (kept, half) = (mantissa >> drop, 1 << (drop - 1));
    let rest = mantissa & ((half << 1) - 1);
    let up = rest > half || rest == half && (more || kept & 1 == 1);
    Some(scaled(kept + u64::from(up), lowest))
}

/// Reads the digits and the sign of an exponent; one that is too large gives the largest there is.
fn exponent_value(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all.then(|| sign * digits.parse::<i64>().unwrap_or(i64::MAX))
}

/// Returns `mantissa * 2^power`, where a float can hold that; infinity where it is too large.
fn scaled(mantissa: u64, power: i64) -> f64 {
    // In two steps, because 2^-1074 * 2^52 would be lost in one: `powi` is exact only for normal numbers.
    let power = power.clamp(-1074, 2000) as i32;
    let half = power / 2;
    mantissa as f64 * 2f64.powi(half) * 2f64.powi(power - half)
}

fn bad_number(span: Span, text: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::BadNumber, format!("`{text}` cannot be read as a number"), span);
    let plain = text.replace('_', "");
    let radix = match plain.get(..2) {
        Some("0x" | "0X") => Some(16),
        Some("0b" | "0B") => Some(2),
        Some("0o" | "0O") => Some(8),
        _ => None,
    };
    let value = match radix {
        Some(radix) => i64::from_str_radix(&plain[2..], radix).ok(),
        None => plain.parse::<i64>().ok(),
    };
    match value {
        Some(value) => found
            .label("numbers are written in plain decimal digits")
            .help(format!("write `{value}`"))
            .fix("write it in decimal", vec![Edit::replace(span, value.to_string())]),
        None if plain.bytes().all(|b| b.is_ascii_digit()) => found
            .label(format!("whole numbers go up to {}", i64::MAX))
            .help("write it with a point to make it a float")
            .unsafe_fix("make it a float", vec![Edit::insert(span.end, ".0")]),
        None => found.label("its digits, point or exponent are incomplete, or it is too large"),
    }
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn underscores_separate_digits() {
        assert_eq!(float("1_000.5"), Some(1000.5));
        assert_eq!(float("1_0e1_0"), Some(1e11));
        assert_eq!(float("0x_1_8.8p0"), Some(24.5));
        for text in ["1_.5", "1._5", "1__0.5", "1.5_", "1_e3", "1e_3"] {
            assert_eq!(float(text), None, "{text}");
        }
    }

    #[test]
    fn hexadecimal_floats_are_rounded_to_the_nearest() {
        assert_eq!(float("0x1.8p-1"), Some(0.75));
        assert_eq!(float("0x1.00000000000000000000p4"), Some(16.0));
        assert_eq!(float("0x000000000000000000001p0"), Some(1.0));
        // Half way between two floats the even one counts, and any digit behind it decides otherwise.
        assert_eq!(float("0x1.00000000000008p0"), Some(1.0));
        assert_eq!(float("0x1.000000000000080000000001p0"), Some(1.0 + f64::EPSILON));
        assert_eq!(float("0x1.fffffffffffffp1023"), Some(f64::MAX));
        assert_eq!(float("0x1.fffffffffffff8p1023"), None);
        assert_eq!(float("0x1p-1074"), Some(f64::from_bits(1)));
        assert_eq!(float("0x1p-1075"), Some(0.0));
        assert_eq!(float("0x1.8p-1075"), Some(f64::from_bits(1)));
        assert_eq!(float("0x1p-99999999999999999999"), Some(0.0));
        assert_eq!(float("0x1p99999999999999999999"), None);
        for text in ["0x1.8", "0xp1", "0x1p"] {
            assert_eq!(float(text), None, "{text}");
        }
    }
}
