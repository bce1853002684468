//! JSON in the making, for formats that hold very much of it: no trees, no structs, commas where they belong.

use std::io::Write;

use crate::model::any_value::{AnyValue, float};

/// Writes JSON to the end of some bytes.
pub(super) struct JsonText<'o>(&'o mut Vec<u8>);

impl<'o> JsonText<'o> {
    /// Begins a value of its own; what the bytes end with must be white space, or the place of a value.
    pub(super) fn new(out: &'o mut Vec<u8>) -> JsonText<'o> {
        JsonText(out)
    }

    /// Returns what `write` writes, as a text of its own.
    pub(super) fn text(write: impl FnOnce(&mut JsonText<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut JsonText(&mut out));
        String::from_utf8(out).expect("JSON that is made of texts is text")
    }

    /// Puts a comma between values, and between members.
    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':' | b',' | b'\n')) {
            self.0.push(b',');
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
        self.0.push(open);
        inside(&mut JsonText(self.0));
        self.0.push(close);
    }

    /// Begins a member of an object; its value comes next.
    pub(super) fn key(&mut self, key: &str) -> &mut Self {
        self.string(key);
        self.0.push(b':');
        self
    }

    /// Writes a text.
    pub(super) fn string(&mut self, text: &str) {
        self.separate();
        self.0.push(b'"');
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            if !matches!(byte, b'"' | b'\\' | ..0x20) {
                continue;
            }
            self.0.extend_from_slice(&text.as_bytes()[plain..at]);
            plain = at + 1;
            match byte {
                b'\n' => self.0.extend_from_slice(b"\\n"),
                b'\r' => self.0.extend_from_slice(b"\\r"),
                b'\t' => self.0.extend_from_slice(b"\\t"),
                b'"' | b'\\' => self.0.extend_from_slice(&[b'\\', byte]),
                _ => self.print(format_args!("\\u{byte:04x}")),
            }
        }
        self.0.extend_from_slice(&text.as_bytes()[plain..]);
        self.0.push(b'"');
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

    /// Writes a value that is JSON already.
    pub(super) fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.0.extend_from_slice(json);
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
        self.0.write_fmt(text).expect("memory takes everything");
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
}
