//! Numbers and durations.

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
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => hex_float(hex)?,
        None => text.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

/// Reads `1.8p-1`: a hexadecimal fraction and a binary exponent.
fn hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || whole.len() + fraction.len() > 13 {
        return None;
    }
    let mantissa = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    let exponent = exponent.checked_sub(4 * fraction.len() as i32)?;
    Some(mantissa as f64 * 2f64.powi(exponent))
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
