//! JSON in the making, for formats that hold very much of it: no trees, no structs, commas where they belong.
//!
//! A serializer looks for escapes in every name and every digit, which takes several times as long.

use std::io::Write;

use super::{go_json, visible};
use crate::model::{
    any_value::{AnyValue, float},
    result,
};

/// Writes JSON to the end of some bytes.
pub(super) struct JsonText<'o> {
    out: &'o mut Vec<u8>,
    /// Whether texts have all the escapes that Go gives them, beside those that they must have.
    as_go: bool,
}

impl<'o> JsonText<'o> {
    /// Begins a value of its own; what the bytes end with must be white space, or the place of a value.
    pub(super) fn new(out: &'o mut Vec<u8>) -> JsonText<'o> {
        JsonText { out, as_go: false }
    }

    /// Does as [`JsonText::new`] does, byte for byte as Go writes it.
    pub(super) fn as_go(out: &'o mut Vec<u8>) -> JsonText<'o> {
        JsonText { out, as_go: true }
    }

    /// Returns what `write` writes, as a text of its own.
    pub(super) fn text(write: impl FnOnce(&mut JsonText<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut JsonText::new(&mut out));
        String::from_utf8(out).expect("JSON that is made of texts is text")
    }

    /// Puts a comma between values, and between members.
    fn separate(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':' | b',' | b'\n')) {
            self.out.push(b',');
        }
    }

    /// Writes an object, whose members `members` writes.
    pub(super) fn object(&mut self, members: impl FnOnce(&mut JsonText<'_>)) {
        self.between(b'{', b'}', members);
    }

    /// Writes a list, whose elements `elements` writes.
    pub(super) fn list(&mut self, elements: impl FnOnce(&mut JsonText<'_>)) {
        self.between(b'[', b']', elements);
    }

    fn between(&mut self, open: u8, close: u8, inside: impl FnOnce(&mut JsonText<'_>)) {
        self.separate();
        self.out.push(open);
        inside(&mut JsonText { out: self.out, as_go: self.as_go });
        self.out.push(close);
    }

    /// Begins a member of an object; its value comes next.
    pub(super) fn key(&mut self, key: &str) -> &mut Self {
        self.string(key);
        self.out.push(b':');
        self
    }

    /// Does as [`JsonText::key`] does, with a name that is known to need no escape.
    pub(super) fn name(&mut self, name: &'static str) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self
    }

    /// Writes a text.
    pub(super) fn string(&mut self, text: &str) {
        self.separate();
        if self.as_go && go_json::has_escapes(text) {
            return go_json::write(self.out, &text).expect("memory takes everything");
        }
        if !self.as_go && visible::has_hidden(text) {
            let json = visible::to_json(&text).expect("every text can be written");
            return self.out.extend_from_slice(json.as_bytes());
        }
        self.out.push(b'"');
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            if !matches!(byte, b'"' | b'\\' | ..0x20) {
                continue;
            }
            self.out.extend_from_slice(&text.as_bytes()[plain..at]);
            plain = at + 1;
            match byte {
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
                _ => self.print(format_args!("\\u{byte:04x}")),
            }
        }
        self.out.extend_from_slice(&text.as_bytes()[plain..]);
        self.out.push(b'"');
    }

    /// Writes something that prints as a text without characters to escape: an id, or a number of 64 bits.
    pub(super) fn quoted(&mut self, value: impl std::fmt::Display) {
        self.separate();
        self.print(format_args!("\"{value}\""));
    }

    /// Writes something that prints as JSON: a number or a truth value.
    pub(super) fn plain(&mut self, value: impl std::fmt::Display) {
        self.separate();
        self.print(format_args!("{value}"));
    }

    /// Writes a whole number.
    pub(super) fn number(&mut self, number: impl itoa::Integer) {
        self.raw(itoa::Buffer::new().format(number).as_bytes());
    }

    /// Writes a whole number as a text, as numbers of 64 bits are written.
    pub(super) fn quoted_number(&mut self, number: impl itoa::Integer) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self.out.push(b'"');
    }

    /// Writes a number with a fraction in Go's form; one that JSON has no number for is a text.
    pub(super) fn float(&mut self, number: f64) {
        let digits = result::float(number);
        if number.is_finite() { self.raw(digits.as_bytes()) } else { self.string(&digits) }
    }

    /// Writes a text of the last `digits` hexadecimal digits of a number.
    pub(super) fn hex(&mut self, number: u128, digits: u32) {
        self.separate();
        self.out.push(b'"');
        let digit = |at: u32| b"0123456789abcdef"[(number >> (4 * at) & 0xf) as usize];
        self.out.extend((0..digits).rev().map(digit));
        self.out.push(b'"');
    }

    /// Writes a value, and returns a copy of its text, which [`JsonText::raw`] writes again.
    pub(super) fn copied(&mut self, write: impl FnOnce(&mut JsonText<'_>)) -> Vec<u8> {
        let before = self.out.len();
        write(self);
        self.out[before..].to_vec()
    }

    /// Writes a value that is JSON already, or several members of an object.
    pub(super) fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.out.extend_from_slice(json);
    }

    /// Writes a value of any shape as ordinary JSON: bytes as base64, no value as `null`, no types around.
    pub(super) fn any(&mut self, value: &AnyValue) {
        match value {
            AnyValue::Empty => self.plain("null"),
            AnyValue::Str(text) => self.string(text),
            AnyValue::Bool(truth) => self.plain(truth),
            AnyValue::Int(number) => self.plain(number),
            AnyValue::Float(number) => self.plain(float(*number)),
            AnyValue::Bytes(bytes) => self.quoted(crate::model::base64::encode(bytes)),
            AnyValue::Array(values) => self.list(|list| values.iter().for_each(|value| list.any(value))),
            AnyValue::Map(pairs) => self.object(|object| {
                pairs.iter().for_each(|(key, value)| object.key(key).any(value));
            }),
        }
    }

    fn print(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("memory takes everything");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_values_and_nowhere_else() {
        let text = JsonText::text(|json| {
            json.object(|object| {
                object.key("a").plain(1);
                object.key("b").list(|list| {
                    list.string("x,{");
                    list.object(|_| {});
                    list.list(|_| {});
                    list.quoted(7u64);
                });
                object.key("c").object(|object| object.key("").raw(b"true"));
            });
        });
        assert_eq!(text, r#"{"a":1,"b":["x,{",{},[],"7"],"c":{"":true}}"#);
    }

    #[test]
    fn every_text_is_read_back_as_it_was() {
        let every: String = ('\0'..='\u{ff}').chain("日本語😀\u{2028}".chars()).collect();
        let text = JsonText::text(|json| json.string(&every));
        assert_eq!(serde_json::from_str::<String>(&text).ok(), Some(every));
    }

    #[test]
    fn values_of_any_shape_are_ordinary_json() {
        let list = vec![AnyValue::Empty, AnyValue::Bytes(vec![1]), AnyValue::Float(f64::NAN), AnyValue::Bool(false)];
        let map = AnyValue::Map(vec![("a".to_owned(), AnyValue::Array(list))]);
        assert_eq!(JsonText::text(|json| json.any(&map)), r#"{"a":[null,"AQ==","NaN",false]}"#);
    }

    #[test]
    fn texts_have_gos_escapes_where_they_are_asked_for() {
        for text in ["", "plain ü", "<a & \"b\">\n\u{1}\u{7f}\\\u{2028}", "€", "\u{2027}"] {
            let (mut by_hand, mut serialized) = (Vec::new(), Vec::new());
            JsonText::as_go(&mut by_hand).list(|list| list.string(text));
            go_json::write(&mut serialized, &[text]).expect("memory takes everything");
            assert_eq!(by_hand, serialized);
        }
    }

    #[test]
    fn numbers_and_copies() {
        let text = JsonText::text(|json| {
            json.object(|object| {
                object.name("id").hex(0x0a1b, 6);
                object.name("floats").list(|list| [1.5, f64::NAN, 1e300].into_iter().for_each(|x| list.float(x)));
                let copy = object.name("copy").copied(|json| json.quoted_number(u64::MAX));
                object.name("again").raw(&copy);
                object.raw(b"\"more\":1");
                object.name("last").number(-3);
            });
        });
        let max = u64::MAX;
        let expected = format!(
            r#"{{"id":"000a1b","floats":[1.5,"NaN",1e+300],"copy":"{max}","again":"{max}","more":1,"last":-3}}"#
        );
        assert_eq!(text, expected);
    }
}
