//! Numbers, written as numbers or inside strings.

use std::borrow::Cow;

use super::cursor::Cursor;
use crate::model::fault::{Decoded, fault};

impl<'a> Cursor<'a> {
    /// Reads a number's text, in JSON's grammar.
    pub(crate) fn number(&mut self) -> Decoded<&'a str> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let whole = self.at;
        self.digits(start)?;
        if self.at > whole + 1 && self.text.as_bytes()[whole] == b'0' {
            return fault(whole, "a number with a leading zero");
        }
        if self.next_is(b'.') {
            self.at += 1;
            self.digits(start)?;
        }
        if self.next_is(b'e') || self.next_is(b'E') {
            self.at += 1;
            self.at += usize::from(self.next_is(b'-') || self.next_is(b'+'));
            self.digits(start)?;
        }
        Ok(&self.text[start..self.at])
    }

    fn next_is(&self, byte: u8) -> bool {
        self.text.as_bytes().get(self.at) == Some(&byte)
    }

    fn digits(&mut self, start: usize) -> Decoded<()> {
        let from = self.at;
        while self.text.as_bytes().get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at > from {
            return Ok(());
        }
        if self.at == start {
            return self.unexpected("a number");
        }
        self.unexpected("a digit")
    }

    /// Reads a string, or the text of a number.
    pub(crate) fn number_or_string(&mut self) -> Decoded<Cow<'a, str>> {
        if self.peek() == Some(b'"') { self.string() } else { self.number().map(Cow::Borrowed) }
    }

    /// Reads an unsigned whole number; `null` and the empty string are 0, as protobuf's default.
    pub(crate) fn u64(&mut self) -> Decoded<u64> {
        if self.null()? {
            return Ok(0);
        }
        let at = self.at;
        let text = self.number_or_string()?;
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        match text.parse::<f64>() {
            _ if text.is_empty() => Ok(0),
            // 2^64 is the first float that does not fit.
            Ok(x) if x.fract() == 0.0 && (0.0..18_446_744_073_709_551_616.0).contains(&x) => Ok(x as u64),
            _ => fault(at, format!("`{}` is no whole number between 0 and 2^64", shortened(&text))),
        }
    }

    /// Reads an unsigned whole number of 32 bits; `null` and the empty string are 0.
    pub(crate) fn u32(&mut self) -> Decoded<u32> {
        self.peek();
        let at = self.at;
        let number = self.u64()?;
        match u32::try_from(number) {
            Ok(number) => Ok(number),
            Err(_) => fault(at, format!("{number} is no whole number of 32 bits")),
        }
    }

    /// Reads a signed whole number.
    pub(crate) fn i64(&mut self) -> Decoded<i64> {
        let at = self.at;
        let text = self.number_or_string()?;
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        match text.parse::<f64>() {
            Ok(x) if x.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x) => {
                Ok(x as i64)
            }
            _ => fault(at, format!("`{}` is no whole number of 64 bits", shortened(&text))),
        }
    }

    /// Reads a number with a fraction; `"NaN"`, `"Infinity"` and `"-Infinity"` are written as strings.
    pub(crate) fn f64(&mut self) -> Decoded<f64> {
        let at = self.at;
        let text = self.number_or_string()?;
        match text.parse() {
            Ok(number) => Ok(number),
            Err(_) => fault(at, format!("`{}` is no number", shortened(&text))),
        }
    }
}

/// Returns the beginning of a text, for messages.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}
