//! Reads JSON into a tree with the place of everything in it.

use std::{borrow::Cow, ops::Range};

use super::{
    decoded::{Decoded, hex},
    layer::Layer,
    node::{Entry, Node, Text, Value},
    source_map::SourceMap,
};

pub use super::node::Broken;

/// Maximum depth of lists and objects inside each other.
pub const MAX_DEPTH: usize = 256;

/// Whether a byte ends a run of a string that stands for itself. Most strings are short, so that a table finds the end
/// sooner than a search for several bytes at once.
const IS_SPECIAL: [bool; 256] = {
    let mut is_special = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        is_special[byte] = byte < 0x20 || byte == b'"' as usize || byte == b'\\' as usize;
        byte += 1;
    }
    is_special
};

/// Reads a text that is one JSON value. A byte order mark before it is passed over, a name may come twice in an object,
/// and half a surrogate pair becomes U+FFFD; the rest is as strict as RFC 8259.
pub fn parse(text: &str) -> Result<Node<'_>, Broken> {
    let mut reader = Reader::new(text);
    let node = reader.value(0)?;
    reader.blanks();
    if reader.at < text.len() {
        return Err(reader.broken("text after the end of the JSON value"));
    }
    Ok(node)
}

/// Reads JSON values that follow each other, as in JSON lines, up to the end or to the first that is broken.
pub fn parse_all(text: &str) -> (Vec<Node<'_>>, Option<Broken>) {
    let mut reader = Reader::new(text);
    let mut nodes = Vec::new();
    loop {
        reader.blanks();
        if reader.at == text.len() {
            return (nodes, None);
        }
        match reader.value(0) {
            Ok(node) => nodes.push(node),
            Err(broken) => return (nodes, Some(broken)),
        }
    }
}

/// Returns the value of what stands between the quotes of a JSON string, with its map.
pub(super) fn decode(raw: &str) -> (String, SourceMap) {
    let mut decoded = Decoded::new(raw);
    for_each_unit(raw, |unit, range| match unit {
        Unit::Verbatim(_) => decoded.verbatim(range),
        Unit::Escaped(c) => decoded.escaped(c.encode_utf8(&mut [0; 4]), range),
    });
    decoded.finish(0)
}

/// A part of a string that stands for itself.
enum Unit<'t> {
    /// Characters that are written as they are.
    Verbatim(&'t str),
    /// A character that is written as an escape sequence.
    Escaped(char),
}

/// Calls `take` for each unit between the quotes of a string, with its bytes in `raw`. What is no escape sequence
/// stands for itself.
fn for_each_unit<'t>(raw: &'t str, mut take: impl FnMut(Unit<'t>, Range<usize>)) {
    let mut at = 0;
    while at < raw.len() {
        let slash = memchr::memchr(b'\\', &raw.as_bytes()[at..]).map_or(raw.len(), |found| at + found);
        if slash > at {
            take(Unit::Verbatim(&raw[at..slash]), at..slash);
        }
        if slash == raw.len() {
            return;
        }
        let (c, length) = escape(&raw.as_bytes()[slash..]);
        at = slash + length;
        match c {
            Some(c) => take(Unit::Escaped(c), slash..at),
            None => take(Unit::Verbatim(&raw[slash..at]), slash..at),
        }
    }
}

/// Returns the character of the escape sequence at the start of `raw`, and its length; `None` if it is none.
fn escape(raw: &[u8]) -> (Option<char>, usize) {
    let c = match raw.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(raw),
        _ => return (None, 1),
    };
    (Some(c), 2)
}

/// Returns the character of the `\u` sequence at the start of `raw`, and its length: both halves of a surrogate pair
/// are one.
fn unicode(raw: &[u8]) -> (Option<char>, usize) {
    let Some(first) = raw.get(2..).and_then(|digits| hex(digits, 4)) else { return (None, 1) };
    if let Some(c) = char::from_u32(first) {
        return (Some(c), 6);
    }
    let is_pair = first < 0xDC00 && raw.get(6..8) == Some(b"\\u");
    let second = raw.get(8..).and_then(|digits| hex(digits, 4));
    match second.filter(|second| is_pair && (0xDC00..0xE000).contains(second)) {
        Some(second) => {
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)), 12)
        }
        None => (Some(char::REPLACEMENT_CHARACTER), 6),
    }
}

/// A place in a text that is being read.
struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// The elements and entries that were read of the lists and objects around the place. They are taken off when their list
    /// or object ends, so that it gets just the room that it needs.
    items: Vec<Node<'t>>,
    entries: Vec<Entry<'t>>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        let at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Reader { text, bytes: text.as_bytes(), at, items: Vec::new(), entries: Vec::new() }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over a byte, if it is the next one.
    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn blanks(&mut self) {
        if self.eat(b'\n') {
            // Indentation is half of a dashboard: eight blanks at once.
            while self.bytes.get(self.at..self.at + 8) == Some(b"        ") {
                self.at += 8;
            }
        }
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn broken(&self, message: impl Into<String>) -> Broken {
        Broken { at: self.at, message: message.into() }
    }

    /// Says what was expected, or that the text ends too early.
    fn expected(&self, what: &str) -> Broken {
        let end = if self.at == self.text.len() { ", found the end" } else { "" };
        self.broken(format!("expected {what}{end}"))
    }

    fn value(&mut self, depth: usize) -> Result<Node<'t>, Broken> {
        self.blanks();
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.string()?),
            Some(b'{') => Value::Object(self.object(depth)?),
            Some(b'[') => Value::List(self.list(depth)?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.expected("a JSON value")),
        };
        Ok(Node { value, span: start..self.at })
    }

    fn word(&mut self, word: &str, value: Value<'t>) -> Result<Value<'t>, Broken> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("a JSON value"));
        }
        self.at += word.len();
        Ok(value)
    }

    /// Enters a list or an object.
    fn open(&mut self, depth: usize) -> Result<(), Broken> {
        if depth >= MAX_DEPTH {
            return Err(self.broken(format!("JSON is nested deeper than {MAX_DEPTH} levels")));
        }
        self.at += 1;
        self.blanks();
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node<'t>>, Broken> {
        self.open(depth)?;
        if self.eat(b']') {
            return Ok(Vec::new());
        }
        let begin = self.items.len();
        loop {
            let item = self.value(depth + 1)?;
            self.items.push(item);
            self.blanks();
            if self.eat(b']') {
                return Ok(self.items.drain(begin..).collect());
            }
            if !self.eat(b',') {
                return Err(self.expected("`,` or `]` after an element"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Entry<'t>>, Broken> {
        self.open(depth)?;
        if self.eat(b'}') {
            return Ok(Vec::new());
        }
        let begin = self.entries.len();
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name in double quotes"));
            }
            let key = self.string()?;
            self.blanks();
            if !self.eat(b':') {
                return Err(self.expected("`:` after a name"));
            }
            let value = self.value(depth + 1)?;
            self.entries.push(Entry { key, value });
            self.blanks();
            if self.eat(b'}') {
                return Ok(self.entries.drain(begin..).collect());
            }
            if !self.eat(b',') {
                return Err(self.expected("`,` or `}` after a value"));
            }
        }
    }

    /// Reads a string, of which the opening quote comes next.
    fn string(&mut self) -> Result<Text<'t>, Broken> {
        let start = self.at;
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.at += self.bytes[self.at..].iter().take_while(|b| !IS_SPECIAL[usize::from(**b)]).count();
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {}
                Some(_) => return Err(self.broken("a control character in a string that is not escaped")),
                None => {
                    self.at = start;
                    return Err(self.broken("a string without its closing quote"));
                }
            }
            has_escapes = true;
            let (c, length) = escape(&self.bytes[self.at..]);
            if c.is_none() {
                return Err(self.broken("an escape sequence that JSON does not have"));
            }
            self.at += length;
        }
        self.at += 1;
        let raw = &self.text[start + 1..self.at - 1];
        let value = if has_escapes { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) };
        Ok(Text { value, span: start..self.at, layer: Layer::Json })
    }

    fn number(&mut self) -> Result<&'t str, Broken> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result<(), Broken> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(()) }
    }
}

/// Returns the text of a string, of which `raw` stands between the quotes.
fn unescape(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    for_each_unit(raw, |unit, _| match unit {
        Unit::Verbatim(run) => value.push_str(run),
        Unit::Escaped(c) => value.push(c),
    });
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_places() {
        let text = "\u{FEFF}{ \"a\\n\": [1, -2.5e+3, true, null], \"ü\" : {} }\r\n";
        let node = parse(text).expect("valid");
        assert_eq!(&text[node.span.clone()], text.trim_start_matches('\u{FEFF}').trim_end());
        assert_eq!(node.entries()[0].key.value, "a\n");
        assert_eq!(&text[node.entries()[0].key.span.clone()], r#""a\n""#);
        let list = node.get("a\n").expect("there");
        assert_eq!(
            list.items().iter().map(|item| &text[item.span.clone()]).collect::<Vec<_>>(),
            ["1", "-2.5e+3", "true", "null"]
        );
        assert_eq!(&text[node.get("ü").expect("there").span.clone()], "{}");
    }

    #[test]
    fn the_last_of_equal_names_counts() {
        let node = parse(r#"{"a": 1, "a": 2}"#).expect("valid");
        assert_eq!((node.entries().len(), &node.get("a").expect("there").value), (2, &Value::Number("2")));
    }

    #[test]
    fn texts_without_escapes_are_borrowed() {
        let node = parse(r#"["plain ü", "a\/b"]"#).expect("valid");
        let is_borrowed = |node: &Node<'_>| matches!(node.text().map(|text| &text.value), Some(Cow::Borrowed(_)));
        assert_eq!(node.items().iter().map(is_borrowed).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn escape_sequences_are_units_of_the_map() {
        let text = r#"["x\"\ud83d\ude00y\ud83dz"]"#;
        let node = parse(text).expect("valid");
        let found = node.items()[0].text().expect("a text");
        assert_eq!(found.value, "x\"😀y\u{FFFD}z");
        let map = found.map(text);
        let file = |range: Range<usize>| &text[map.to_file(range)];
        assert_eq!(
            [file(0..1), file(1..2), file(2..6), file(6..7), file(7..10), file(10..11)],
            ["x", r#"\""#, r"\ud83d\ude00", "y", r"\ud83d", "z"]
        );
        assert_eq!(map.to_text(found.span.start + 5), Some(2));
    }

    #[test]
    fn broken_texts_tell_the_place() {
        for (text, at, message) in [
            ("", 0, "expected a JSON value, found the end"),
            ("[1,]", 3, "expected a JSON value"),
            ("{\"a\" 1}", 5, "expected `:` after a name"),
            ("{\"a\": 1", 7, "expected `,` or `}` after a value, found the end"),
            ("{a: 1}", 1, "expected a name in double quotes"),
            ("[01]", 2, "expected `,` or `]` after an element"),
            ("[\"a\\x\"]", 3, "an escape sequence that JSON does not have"),
            ("[\"a\nb\"]", 3, "a control character in a string that is not escaped"),
            ("[\"abc", 1, "a string without its closing quote"),
            ("1 ü", 2, "text after the end of the JSON value"),
            ("-", 1, "expected a digit, found the end"),
        ] {
            assert_eq!(parse(text), Err(Broken { at, message: message.to_owned() }), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&nested(100_000)).map_err(|broken| broken.at), Err(MAX_DEPTH));
    }

    #[test]
    fn values_may_follow_each_other() {
        let (nodes, broken) = parse_all("{\"a\":1}\n{\"a\":2}[]\n{");
        assert_eq!((nodes.len(), broken.map(|broken| broken.at)), (3, Some(19)));
    }
}
