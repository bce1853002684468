//! JSON text as Go writes it, put together by hand: lists of answers that can be large.
//!
//! A serializer looks for escapes in every name and every digit, and writes quotes one by one; here only texts are
//! looked through, which makes an answer without a limit several times faster. For all else there is `go_json`.

use std::io;

use rayon::prelude::*;

use super::go_json;
use crate::model::result::float;

/// Text of JSON values, one behind the other.
#[derive(Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
}

/// An object that is being written.
pub(super) struct Object<'t> {
    text: &'t mut Text,
    is_first: bool,
}

/// Items that one thread writes at a time, and items that are in memory as text before they go out.
const SHARE: usize = 64;
const AT_ONCE: usize = 64 * SHARE;

/// The bytes that have an escape, or that begin a character which has one.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        special[control] = true;
        control += 1;
    }
    let mut others: &[u8] = b"\"\\<>&\xe2";
    while let Some((other, rest)) = others.split_first() {
        special[*other as usize] = true;
        others = rest;
    }
    special
};

/// Writes a list, its items written on all threads.
pub(super) fn write_list<T: Sync>(
    out: &mut dyn io::Write,
    items: &[T],
    write: impl Fn(&mut Text, &T) + Sync,
) -> io::Result<()> {
    let text = |items: &[T]| {
        let mut text = Text::default();
        for (at, item) in items.iter().enumerate() {
            text.bytes.push(b',');
            write(&mut text, item);
            if at == 0 {
                // The others may be as long.
                text.bytes.reserve(text.bytes.len() * items.len());
            }
        }
        text.bytes
    };
    out.write_all(b"[")?;
    let mut is_first = true;
    for items in items.chunks(AT_ONCE) {
        for text in items.par_chunks(SHARE).map(text).collect::<Vec<_>>() {
            // The first item has no comma before it.
            out.write_all(text.get(usize::from(is_first)..).unwrap_or_default())?;
            is_first = false;
        }
    }
    out.write_all(b"]")
}

impl Text {
    /// Returns what was written.
    pub(super) fn into_string(self) -> String {
        String::from_utf8(self.bytes).expect("texts and ASCII were put together")
    }

    /// Writes a text.
    pub(super) fn string(&mut self, text: &str) {
        if text.bytes().any(|byte| SPECIAL[usize::from(byte)]) {
            return go_json::write(&mut self.bytes, &text).expect("memory takes everything");
        }
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b'"');
    }

    /// Writes a whole number.
    pub(super) fn number(&mut self, number: impl itoa::Integer) {
        self.bytes.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    /// Writes a whole number as a text, as 64-bit numbers are written.
    pub(super) fn quoted(&mut self, number: impl itoa::Integer) {
        self.bytes.push(b'"');
        self.number(number);
        self.bytes.push(b'"');
    }

    /// Writes a number with a fraction; one that JSON has no number for is a text.
    pub(super) fn float(&mut self, number: f64) {
        let digits = float(number);
        if number.is_finite() { self.bytes.extend_from_slice(digits.as_bytes()) } else { self.string(&digits) }
    }

    /// Writes a truth value.
    pub(super) fn bool(&mut self, value: bool) {
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Writes a text of the last `digits` hexadecimal digits of a number.
    pub(super) fn hex(&mut self, number: u128, digits: u32) {
        self.bytes.push(b'"');
        let digit = |at: u32| b"0123456789abcdef"[(number >> (4 * at) & 0xf) as usize];
        self.bytes.extend((0..digits).rev().map(digit));
        self.bytes.push(b'"');
    }

    /// Begins an object.
    pub(super) fn object(&mut self) -> Object<'_> {
        self.bytes.push(b'{');
        Object { text: self, is_first: true }
    }

    /// Begins an object with members that [`Text::members`] has written before.
    pub(super) fn object_with(&mut self, members: &[u8]) -> Object<'_> {
        self.bytes.push(b'{');
        self.bytes.extend_from_slice(members);
        Object { text: self, is_first: members.is_empty() }
    }

    /// Returns members of objects as text.
    pub(super) fn members(write: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
        let mut text = Text::default();
        write(&mut Object { text: &mut text, is_first: true });
        text.bytes
    }

    /// Writes a list.
    pub(super) fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Text, T)) {
        self.bytes.push(b'[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.bytes.push(b',');
            }
            write(self, item);
        }
        self.bytes.push(b']');
    }

    /// Writes something, and returns a copy of its text for [`Text::copied`].
    pub(super) fn copy(&mut self, write: impl FnOnce(&mut Text)) -> Vec<u8> {
        let before = self.bytes.len();
        write(self);
        self.bytes[before..].to_vec()
    }

    /// Writes again what [`Text::copy`] has a copy of.
    pub(super) fn copied(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
    }
}

impl Object<'_> {
    /// Writes a name, which must need no escape, and returns what its value is to be written to.
    pub(super) fn key(&mut self, name: &'static str) -> &mut Text {
        self.comma();
        let bytes = &mut self.text.bytes;
        bytes.push(b'"');
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b"\":");
        self.text
    }

    /// Does as [`Object::key`] does, with any name.
    pub(super) fn any_key(&mut self, name: &str) -> &mut Text {
        self.comma();
        self.text.string(name);
        self.text.bytes.push(b':');
        self.text
    }

    /// Ends the object.
    pub(super) fn end(self) {
        self.text.bytes.push(b'}');
    }

    fn comma(&mut self) {
        if !self.is_first {
            self.text.bytes.push(b',');
        }
        self.is_first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_as_the_serializer_writes_them() {
        for text in ["", "plain ü", "<a & \"b\">\n\u{1}\u{7f}\\\u{2028}", "€", "\u{2027}"] {
            let (mut by_hand, mut serialized) = (Text::default(), Vec::new());
            by_hand.string(text);
            go_json::write(&mut serialized, &text).expect("memory takes everything");
            assert_eq!(by_hand.into_string().as_bytes(), serialized);
        }
    }

    #[test]
    fn values_follow_each_other() {
        let mut text = Text::default();
        let mut object = text.object();
        object.key("id").hex(0x0a1b, 6);
        object.any_key("\"").list([1.5, f64::NAN], Text::float);
        let copy = object.key("copy").copy(|text| text.quoted(u64::MAX));
        object.key("copied").copied(&copy);
        object.key("is").bool(false);
        object.end();
        let expected = r#"{"id":"000a1b","\"":[1.5,"NaN"],"copy":"18446744073709551615","copied":"18446744073709551615","is":false}"#;
        assert_eq!(text.into_string(), expected);
    }

    #[test]
    fn lists_are_in_order_however_many_threads_write_them() {
        for len in [0, 1, 2, AT_ONCE + 3] {
            let items: Vec<usize> = (0..len).collect();
            let (mut list, mut whole) = (Vec::new(), Vec::new());
            write_list(&mut list, &items, |text, item| text.number(*item)).expect("memory takes everything");
            go_json::write(&mut whole, &items).expect("memory takes everything");
            assert_eq!(list, whole);
        }
    }
}
