//! Reads JSON from left to right: the caller asks for what should come next.
//!
//! Nothing is read twice and nothing is allocated, except for strings with escapes. Strict where a mistake could hide
//! damage (brackets, commas, literals, escapes, control characters in strings), lenient in one thing: half a surrogate
//! pair, which JavaScript writes, becomes U+FFFD.

use std::borrow::Cow;

use crate::model::fault::{Decoded, fault};

/// A place in a JSON text.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// The inside of an object or array: whether a comma is due before the next member.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Members {
    started: bool,
}

impl<'a> Cursor<'a> {
    /// Starts at byte `at` of `text`.
    pub(crate) fn new(text: &'a str, at: usize) -> Cursor<'a> {
        Cursor { text, at }
    }

    /// Returns how many bytes of the text lie behind.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes to another place of the text, which must not lie inside of a character.
    pub(crate) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Returns the whole text, what lies behind included.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the text between two places.
    pub(crate) fn between(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    /// Returns the next byte that is not white space, without stepping over it; `None` at the end.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                other => return Some(*other),
            }
        }
        None
    }

    /// Makes the fault for something else standing where `wanted` should.
    #[cold]
    pub(super) fn unexpected<T>(&mut self, wanted: &str) -> Decoded<T> {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None => fault(self.at, format!("the text ends where {wanted} should stand")),
            Some(found) => fault(self.at, format!("`{}` stands where {wanted} should", found.escape_debug())),
        }
    }

    #[inline]
    fn take(&mut self, byte: u8, wanted: &str) -> Decoded<()> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        self.unexpected(wanted)
    }

    /// Steps over `null` if it comes next.
    #[inline]
    pub(crate) fn null(&mut self) -> Decoded<bool> {
        if self.peek() != Some(b'n') {
            return Ok(false);
        }
        self.literal("null").map(|()| true)
    }

    /// Steps over one of the words `null`, `true` and `false`.
    pub(super) fn literal(&mut self, word: &str) -> Decoded<()> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        self.unexpected("a value")
    }

    /// Reads `true` or `false`.
    pub(crate) fn bool(&mut self) -> Decoded<bool> {
        match self.peek() {
            Some(b't') => self.literal("true").map(|()| true),
            Some(b'f') => self.literal("false").map(|()| false),
            _ => self.unexpected("`true` or `false`"),
        }
    }

    /// Enters an object; `None` for `null` in its place.
    #[inline]
    pub(crate) fn object(&mut self) -> Decoded<Option<Members>> {
        if self.null()? {
            return Ok(None);
        }
        self.take(b'{', "`{`")?;
        Ok(Some(Members::default()))
    }

    /// Reads the next key of an object and its colon; `None` when the object has ended.
    #[inline]
    pub(crate) fn key(&mut self, members: &mut Members) -> Decoded<Option<Cow<'a, str>>> {
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                return Ok(None);
            }
            Some(b',') if members.started => {
                self.at += 1;
                self.peek();
            }
            _ if members.started => return self.unexpected("`,` or `}`"),
            _ => {}
        }
        members.started = true;
        let key = self.string()?;
        self.take(b':', "`:`")?;
        Ok(Some(key))
    }

    /// Enters an array; `None` for `null` in its place.
    #[inline]
    pub(crate) fn array(&mut self) -> Decoded<Option<Members>> {
        if self.null()? {
            return Ok(None);
        }
        self.take(b'[', "`[`")?;
        Ok(Some(Members::default()))
    }

    /// Goes to the next element of an array; false when the array has ended.
    #[inline]
    pub(crate) fn element(&mut self, members: &mut Members) -> Decoded<bool> {
        match self.peek() {
            Some(b']') => {
                self.at += 1;
                return Ok(false);
            }
            Some(b',') if members.started => {
                self.at += 1;
                if self.peek() == Some(b']') {
                    return self.unexpected("a value");
                }
            }
            _ if members.started => return self.unexpected("`,` or `]`"),
            _ => {}
        }
        members.started = true;
        Ok(true)
    }

    /// Reads a string.
    #[inline]
    pub(crate) fn string(&mut self) -> Decoded<Cow<'a, str>> {
        self.take(b'"', "a string")?;
        let start = self.at;
        if self.seek_string_stop()? == b'"' {
            self.at += 1;
            return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
        }
        self.string_with_escapes(start).map(Cow::Owned)
    }

    /// Reads a string; `null` is the empty one.
    #[inline]
    pub(crate) fn string_or_null(&mut self) -> Decoded<Cow<'a, str>> {
        if self.null()? { Ok(Cow::Borrowed("")) } else { self.string() }
    }

    /// Steps over `text` if exactly that comes next.
    #[inline]
    pub(crate) fn eat(&mut self, text: &str) -> Option<()> {
        if !self.text.as_bytes().get(self.at..)?.starts_with(text.as_bytes()) {
            return None;
        }
        self.at += text.len();
        Some(())
    }

    /// Reads a string whose opening quote lies behind; `None` if it has escapes or is damaged.
    #[inline]
    pub(crate) fn plain_string_rest(&mut self) -> Option<&'a str> {
        let start = self.at;
        if self.seek_string_stop().ok()? != b'"' {
            return None;
        }
        self.at += 1;
        Some(&self.text[start..self.at - 1])
    }

    /// Steps over a string or number that comes next; `None` for everything else.
    #[inline]
    pub(crate) fn skip_scalar(&mut self) -> Option<()> {
        match self.text.as_bytes().get(self.at)? {
            b'"' => self.skip_string().ok(),
            b'-' | b'0'..=b'9' => self.number().ok().map(|_| ()),
            _ => None,
        }
    }

    /// Steps over a string whose opening quote comes next.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Decoded<()> {
        self.take(b'"', "a string")?;
        loop {
            if self.seek_string_stop()? == b'"' {
                self.at += 1;
                return Ok(());
            }
            self.escape()?;
        }
    }

    /// Goes to the next quote or backslash of a string.
    #[inline]
    fn seek_string_stop(&mut self) -> Decoded<u8> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        let bytes = self.text.as_bytes();
        // Eight bytes at a time. A byte that is too small, after being changed so that what is looked for is smallest,
        // borrows from its high bit; borrows run upwards only, so the lowest high bit that is set is always right.
        while let Some(word) = bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*word);
            // 2 flipped makes `"` 0x20 and keeps control characters below that; only a space, now 0x22, trades places.
            let quote = word ^ (ONES * 2);
            let backslash = word ^ (ONES * b'\\' as u64);
            let stops = (quote.wrapping_sub(ONES * 0x21) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
            let stops = stops & HIGHS;
            if stops == 0 {
                self.at += 8;
                continue;
            }
            self.at += (stops.trailing_zeros() / 8) as usize;
            return self.string_stop(bytes[self.at]);
        }
        while let Some(byte) = bytes.get(self.at) {
            if matches!(byte, b'"' | b'\\' | ..0x20) {
                return self.string_stop(*byte);
            }
            self.at += 1;
        }
        fault(self.at, "the text ends inside a string")
    }

    #[inline]
    fn string_stop(&mut self, byte: u8) -> Decoded<u8> {
        if byte < 0x20 {
            return fault(self.at, "a line break or control character inside a string");
        }
        Ok(byte)
    }

    #[cold]
    fn string_with_escapes(&mut self, start: usize) -> Decoded<String> {
        let mut string = String::with_capacity(2 * (self.at - start) + 16);
        string.push_str(&self.text[start..self.at]);
        loop {
            string.push(self.escape()?);
            let start = self.at;
            let stop = self.seek_string_stop()?;
            string.push_str(&self.text[start..self.at]);
            if stop == b'"' {
                self.at += 1;
                return Ok(string);
            }
        }
    }

    /// Reads an escape, its backslash included.
    fn escape(&mut self) -> Decoded<char> {
        let at = self.at;
        self.at += 2;
        Ok(match self.text.as_bytes().get(at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.four_hex_digits(at)?;
                if (0xD800..0xDC00).contains(&high) && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
                    let before = self.at;
                    self.at += 2;
                    let low = self.four_hex_digits(at)?;
                    if (0xDC00..0xE000).contains(&low) {
                        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = before;
                }
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return fault(at, "a backslash that starts no escape"),
        })
    }

    fn four_hex_digits(&mut self, escape: usize) -> Decoded<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(code) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return fault(escape, "a \\u escape without four hex digits");
        };
        self.at += 4;
        Ok(code)
    }
}
