//! The language of Terraform files as a tree of values: enough of it to find literals.
//!
//! An attribute is an entry, and so is a block, under its type: all blocks of one type in a row are one list. Calls give the list
//! of their arguments, or the one that they have: `jsonencode({…})` is its object. What is computed is `null`.

use std::ops::Range;

use super::super::{
    layer::Layer,
    node::{Entry, Node, Text, Value},
};

/// Maximum depth of values inside each other.
const MAX_DEPTH: usize = 200;

/// Reads a file. What cannot be read is passed over.
pub(super) fn parse(text: &str) -> Node<'_> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let mut entries = Vec::new();
    while reader.at < text.len() {
        reader.body(&mut entries);
        // A bracket that closes nothing.
        reader.at += 1;
    }
    Node { value: Value::Object(entries), span: 0..text.len() }
}

struct Reader<'t> {
    text: &'t str,
    /// The next byte, or a place behind the text.
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Passes blanks and comments, and line breaks if wanted.
    fn blanks(&mut self, has_lines: bool) {
        loop {
            let rest = self.rest();
            match rest {
                [b' ' | b'\t' | b'\r', ..] => self.at += 1,
                [b'\n', ..] if has_lines => self.at += 1,
                [b'#', ..] | [b'/', b'/', ..] => self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [b'/', b'*', ..] => {
                    let end = memchr::memmem::find(&rest[2..], b"*/").map(|at| at + 4);
                    self.at += end.unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    /// Reads attributes and blocks up to a closing bracket.
    fn body(&mut self, entries: &mut Vec<Entry<'t>>) {
        loop {
            self.blanks(true);
            match self.peek() {
                None | Some(b'}' | b']' | b')') => return,
                Some(b',') => self.at += 1,
                Some(_) => self.item(entries),
            }
        }
    }

    /// Reads an attribute or a block.
    fn item(&mut self, entries: &mut Vec<Entry<'t>>) {
        let Some(key) = self.key() else {
            // A key that is computed, `(x) = …`, or what belongs to no item.
            let key = Text { value: "".into(), span: self.at..self.at, layer: Layer::Raw };
            let value = self.value();
            entries.push(Entry { key, value });
            return;
        };
        self.blanks(false);
        match self.rest() {
            [b'=', b'>' | b'=', ..] => self.at += 2,
            [b'=' | b':', ..] => {
                self.at += 1;
                let value = self.value();
                entries.push(Entry { key, value });
            }
            [b'{' | b'"', ..] | [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => {
                // The labels of a block.
                while self.peek() != Some(b'{') && self.key().is_some() {
                    self.blanks(false);
                }
                if self.peek() == Some(b'{') {
                    let block = self.object();
                    add_block(entries, key, block);
                }
            }
            _ => {}
        }
    }

    /// Reads a name, bare or in quotes.
    fn key(&mut self) -> Option<Text<'t>> {
        if self.peek() == Some(b'"') {
            return self.quoted();
        }
        let length = self
            .rest()
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') || **b >= 0x80)
            .count();
        if length == 0 {
            return None;
        }
        let span = self.at..self.at + length;
        self.at = span.end;
        Some(Text { value: self.text[span.clone()].into(), span, layer: Layer::Raw })
    }

    /// Reads a value, up to what ends an expression: a line break, a comma or a closing bracket.
    fn value(&mut self) -> Node<'t> {
        self.blanks(false);
        let start = self.at;
        let mut nodes: Vec<Node<'t>> = Vec::new();
        let mut is_computed = false;
        let mut is_for = false;
        loop {
            self.blanks(false);
            match self.rest() {
                [] | [b'\n' | b',' | b'}' | b']' | b')', ..] => break,
                [b'"', ..] => match self.quoted() {
                    Some(text) => nodes.push(Node { span: text.span.clone(), value: Value::Text(text) }),
                    None => self.at = self.text.len(),
                },
                [b'<', b'<', ..] => match self.heredoc() {
                    Some(text) => nodes.push(Node { span: text.span.clone(), value: Value::Text(text) }),
                    None => self.at = self.text.len().min(self.at + 2),
                },
                [b'{', ..] => nodes.push(self.object()),
                [b'[' | b'(', ..] => nodes.push(self.list()),
                [b'0'..=b'9' | b'-', ..] => nodes.push(self.number()),
                // `for x in list : value` gives values.
                [b':', ..] if is_for => {
                    self.at += 1;
                    nodes.clear();
                    (is_for, is_computed) = (false, false);
                }
                _ => match self.key() {
                    Some(word) => match &*word.value {
                        "true" | "false" => {
                            let value = Value::Bool(word.value == "true");
                            nodes.push(Node { value, span: word.span });
                        }
                        // The name of a call, which gives its argument.
                        _ if self.peek() == Some(b'(') => {}
                        "for" => is_for = true,
                        _ => is_computed = true,
                    },
                    None => {
                        // An operator.
                        is_computed = true;
                        self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8);
                    }
                },
            }
        }
        let span = start..self.at.min(self.text.len()).max(start);
        match nodes.len() {
            0 => Node { value: Value::Null, span },
            1 if !is_computed => nodes.pop().unwrap_or(Node { value: Value::Null, span }),
            _ => {
                // Literals of an expression are no value, but objects in it may hold something.
                nodes.retain(|node| matches!(node.value, Value::Object(_) | Value::List(_)));
                Node { value: Value::List(nodes), span }
            }
        }
    }

    /// Reads what stands in braces.
    fn object(&mut self) -> Node<'t> {
        let start = self.at;
        let mut entries = Vec::new();
        self.at += 1;
        if self.depth == MAX_DEPTH {
            self.at = self.text.len();
            return Node { value: Value::Null, span: start..self.at };
        }
        self.depth += 1;
        self.body(&mut entries);
        self.depth -= 1;
        Node { value: Value::Object(entries), span: self.close(start) }
    }

    /// Reads what stands in brackets or parentheses: a list, or the one thing in parentheses.
    fn list(&mut self) -> Node<'t> {
        let start = self.at;
        let is_list = self.peek() == Some(b'[');
        let mut items = Vec::new();
        self.at += 1;
        if self.depth == MAX_DEPTH {
            self.at = self.text.len();
            return Node { value: Value::Null, span: start..self.at };
        }
        self.depth += 1;
        loop {
            self.blanks(true);
            match self.peek() {
                None | Some(b'}' | b']' | b')') => break,
                Some(b',') => self.at += 1,
                Some(_) => items.push(self.value()),
            }
        }
        self.depth -= 1;
        let span = self.close(start);
        match items.pop() {
            Some(item) if !is_list && items.is_empty() => item,
            last => {
                items.extend(last);
                Node { value: Value::List(items), span }
            }
        }
    }

    /// Passes the closing bracket; returns the place from `start` to here.
    fn close(&mut self, start: usize) -> Range<usize> {
        self.at = (self.at + 1).min(self.text.len());
        start..self.at
    }

    fn number(&mut self) -> Node<'t> {
        let length = 1 + self.rest()[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'.').count();
        let span = self.at..self.at + length;
        self.at = span.end;
        Node { value: Value::Number(&self.text[span.clone()]), span }
    }

    /// Reads a text in quotes; `None` if it does not end. Quotes inside of `${…}` belong to that.
    fn quoted(&mut self) -> Option<Text<'t>> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start + 1;
        let mut open = 0usize;
        loop {
            match bytes.get(at..)? {
                [b'\\', ..] => at += 2,
                [b'$' | b'%', b'$' | b'%', b'{', ..] if open == 0 => at += 3,
                [b'$' | b'%', b'{', ..] => {
                    open += 1;
                    at += 2;
                }
                [b'{', ..] if open > 0 => {
                    open += 1;
                    at += 1;
                }
                [b'}', ..] if open > 0 => {
                    open -= 1;
                    at += 1;
                }
                [b'"', ..] if open == 0 => break,
                [b'\n', ..] | [] => return None,
                _ => at += 1,
            }
        }
        let span = start..at + 1;
        self.at = span.end;
        let (value, _) = Layer::Terraform.decode(self.text.get(start + 1..at)?);
        Some(Text { value: value.into(), span, layer: Layer::Terraform })
    }

    /// Reads `<<WORD`, lines, `WORD`; `None` if it is none. One without an end goes to the end of the file.
    fn heredoc(&mut self) -> Option<Text<'t>> {
        let bytes = self.rest();
        let mark = if bytes.starts_with(b"<<-") { 3 } else { 2 };
        let length = bytes[mark..].iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        let word = &self.text[self.at + mark..self.at + mark + length];
        let line_end = match bytes.get(mark + length..)? {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return None,
        };
        if word.is_empty() {
            return None;
        }
        let start = self.at + mark + length + line_end;
        let mut at = start;
        for line in self.text[start..].split_inclusive('\n') {
            if line.trim() == word {
                let span = start..at;
                self.at = at + line.trim_end_matches(['\r', '\n']).len();
                // Only `$${` is an escape sequence there.
                let (value, _) = Layer::DoubledDollar.decode(&self.text[span.clone()]);
                return Some(Text { value: value.into(), span, layer: Layer::DoubledDollar });
            }
            at += line.len();
        }
        self.at = self.text.len();
        None
    }
}

/// Adds a block to those of its type.
fn add_block<'t>(entries: &mut Vec<Entry<'t>>, key: Text<'t>, block: Node<'t>) {
    if let Some(last) = entries.last_mut()
        && last.key.value == key.value
        && let Value::List(blocks) = &mut last.value.value
    {
        last.value.span.end = block.span.end;
        blocks.push(block);
        return;
    }
    let span = block.span.clone();
    entries.push(Entry { key, value: Node { value: Value::List(vec![block]), span } });
}
