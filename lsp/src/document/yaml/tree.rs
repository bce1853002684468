//! Makes the tree of the events that a YAML parser tells.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{
    place::{self, Characters},
    resolve::{Kind, resolve},
};
use crate::document::{
    layer::Layer,
    node::{Broken, Entry, Node, Text, Value},
};

/// Maximum depth of lists and objects inside each other.
const MAX_DEPTH: usize = 256;

/// Maximum size of what aliases stand for, in bytes.
const MAX_COPIED: usize = 16 << 20;

/// Reads the documents from `start` on. `text` is what was written and `source`, which is as long, what is parsed.
pub(super) fn read<'t>(text: &'t str, source: &str, start: usize) -> Result<Vec<Node<'t>>, Broken> {
    let source = &source[start..];
    let mut reader = Reader {
        text: &text[start..],
        source,
        start,
        characters: Characters::new(source),
        events: Parser::new_from_str(source),
        cursor: 0,
        has_aliases: memchr::memchr(b'*', source.as_bytes()).is_some(),
        anchors: HashMap::new(),
        copied: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::DocumentStart(_), _) => {
                reader.anchors.clear();
                let (event, span) = reader.next()?;
                documents.push(reader.node(event, span, 0)?);
            }
            _ => {}
        }
    }
}

struct Reader<'t, 's> {
    text: &'t str,
    source: &'s str,
    /// The place of both in the file.
    start: usize,
    characters: Characters<'s>,
    events: Parser<'s, StrInput<'s>>,
    /// The end of the last event.
    cursor: usize,
    has_aliases: bool,
    anchors: HashMap<usize, Anchored<'t>>,
    /// The size of all copies so far.
    copied: usize,
}

/// A node that aliases may stand for.
struct Anchored<'t> {
    node: Node<'t>,
    size: usize,
    depth: usize,
}

impl<'t, 's> Reader<'t, 's> {
    /// Returns the next event with its bytes.
    fn next(&mut self) -> Result<(Event<'s>, Range<usize>), Broken> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                let span = self.bytes(span);
                // Scalars, of which the parser does not know the end, set it themselves.
                if !matches!(event, Event::Scalar(..)) {
                    let is_end = matches!(event, Event::MappingEnd | Event::SequenceEnd | Event::DocumentEnd);
                    let is_empty = span.is_empty();
                    self.cursor = if is_end && is_empty { self.cursor } else { span.end.max(self.cursor) };
                }
                Ok((event, span))
            }
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, self.source.len()..self.source.len())),
        }
    }

    fn bytes(&self, span: Span) -> Range<usize> {
        let start = self.characters.byte(span.start.index());
        start..self.characters.byte(span.end.index()).max(start)
    }

    fn scan_error(&self, error: &ScanError) -> Broken {
        self.broken(self.characters.byte(error.marker().index()), error.info())
    }

    fn broken(&self, at: usize, message: impl Into<String>) -> Broken {
        Broken { at: self.start + at, message: message.into() }
    }

    /// Reads the node that begins with an event.
    fn node(&mut self, event: Event<'s>, span: Range<usize>, depth: usize) -> Result<Node<'t>, Broken> {
        let (anchor, node) = match event {
            Event::Scalar(value, style, anchor, tag) => (anchor, self.scalar(value, style, tag.as_deref(), span)),
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            Event::SequenceStart(anchor, _) => (anchor, self.list(span, depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.object(span, depth)?),
            _ => return Ok(Node { value: Value::Null, span: self.in_file(span.start..span.start) }),
        };
        if anchor > 0 && self.has_aliases {
            let (size, depth) = (size(&node), height(&node));
            self.charge(size, &node.span)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, depth });
        }
        Ok(node)
    }

    /// Copies the node that an alias stands for; its places are those of the node.
    fn alias(&mut self, anchor: usize, span: Range<usize>, depth: usize) -> Result<Node<'t>, Broken> {
        let Some(found) = self.anchors.get(&anchor) else {
            return Ok(Node { value: Value::Null, span: self.in_file(span) });
        };
        if depth + found.depth > MAX_DEPTH {
            return Err(self.too_deep(span.start));
        }
        let (node, size) = (found.node.clone(), found.size);
        self.charge(size, &self.in_file(span))?;
        Ok(node)
    }

    fn charge(&mut self, size: usize, span: &Range<usize>) -> Result<(), Broken> {
        self.copied += size;
        if self.copied <= MAX_COPIED {
            return Ok(());
        }
        Err(Broken { at: span.start, message: format!("aliases stand for more than {} MiB", MAX_COPIED >> 20) })
    }

    fn too_deep(&self, at: usize) -> Broken {
        self.broken(at, format!("YAML is nested deeper than {MAX_DEPTH} levels"))
    }

    fn list(&mut self, span: Range<usize>, depth: usize) -> Result<Node<'t>, Broken> {
        if depth >= MAX_DEPTH {
            return Err(self.too_deep(span.start));
        }
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                let last = items.last().map(|item: &Node<'_>| item.span.end);
                return Ok(Node { value: Value::List(items), span: self.collection(span, at, last) });
            }
            items.push(self.node(event, at, depth + 1)?);
        }
    }

    fn object(&mut self, span: Range<usize>, depth: usize) -> Result<Node<'t>, Broken> {
        if depth >= MAX_DEPTH {
            return Err(self.too_deep(span.start));
        }
        let mut entries = Vec::new();
        let mut last = None;
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                let span = self.collection(span, at, last);
                return Ok(Node { value: Value::Object(merged(entries)), span });
            }
            let key = self.node(event, at, depth + 1)?;
            let key = self.key(key);
            let (event, at) = self.next()?;
            let value = self.node(event, at, depth + 1)?;
            last = Some(value.span.end.max(key.span.end));
            entries.push(Entry { key, value });
        }
    }

    /// Returns a key as a text. Lists and objects, which can be keys in YAML, are taken for empty texts.
    fn key(&self, node: Node<'t>) -> Text<'t> {
        let value = match node.value {
            Value::Text(text) => return text,
            Value::List(_) | Value::Object(_) => "",
            _ => self.text.get(node.span.start - self.start..node.span.end - self.start).unwrap_or_default(),
        };
        Text { value: Cow::Borrowed(value), span: node.span, layer: Layer::YamlPlain }
    }

    /// Returns the bytes of a list or an object: up to its bracket, or to the end of what is last in it.
    fn collection(&self, start: Range<usize>, end: Range<usize>, last: Option<usize>) -> Range<usize> {
        let whole = self.in_file(start.start..end.end.max(start.start));
        if matches!(self.source.as_bytes().get(end.start), Some(b'}' | b']')) && !end.is_empty() {
            return whole;
        }
        let first = whole.start;
        first..last.unwrap_or(first).clamp(first, whole.end.max(first))
    }

    fn in_file(&self, span: Range<usize>) -> Range<usize> {
        self.start + span.start..self.start + span.end
    }

    fn scalar(&mut self, value: Cow<'s, str>, style: ScalarStyle, tag: Option<&Tag>, rough: Range<usize>) -> Node<'t> {
        let found = place::find(self.source, rough.clone(), self.cursor, style, &value);
        let (span, layer) = found.unwrap_or_else(|| (rough.clone(), layer_of(style)));
        self.cursor = span.end.max(self.cursor);
        let value = self.meant(value, span.clone(), layer);
        let span = self.in_file(span);
        let kind = match tag {
            None if style == ScalarStyle::Plain => resolve(&value),
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix != "str" => resolve(&value),
            _ => Kind::Text,
        };
        let value = match kind {
            Kind::Null => Value::Null,
            Kind::Bool(is_true) => Value::Bool(is_true),
            Kind::Number => match value {
                Cow::Borrowed(number) => Value::Number(number),
                Cow::Owned(_) => Value::Text(Text { value, span: span.clone(), layer }),
            },
            Kind::Text => Value::Text(Text { value, span: span.clone(), layer }),
        };
        Node { value, span }
    }

    /// Returns what a scalar says: as it is written, if that is its value, else decoded. What the parser says is taken
    /// where both differ, except where it read something else than what is written.
    fn meant(&self, parsed: Cow<'s, str>, span: Range<usize>, layer: Layer) -> Cow<'t, str> {
        let inside = if matches!(layer, Layer::YamlSingle | Layer::YamlDouble) {
            span.start + 1..span.end.saturating_sub(1).max(span.start + 1)
        } else {
            span.clone()
        };
        if let Some(raw) = self.text.get(inside)
            && raw == parsed
        {
            return Cow::Borrowed(raw);
        }
        let is_template = self.text.get(span.clone()) != self.source.get(span.clone());
        let (decoded, _) = layer.decode_at(self.text, span);
        // The parser ends a block with a line break even where the file ends without one.
        let is_at_end = parsed.strip_suffix('\n') == Some(&decoded);
        if is_template || is_at_end || decoded == parsed {
            Cow::Owned(decoded)
        } else {
            Cow::Owned(parsed.into_owned())
        }
    }
}

fn layer_of(style: ScalarStyle) -> Layer {
    match style {
        ScalarStyle::Plain => Layer::YamlPlain,
        ScalarStyle::SingleQuoted => Layer::YamlSingle,
        ScalarStyle::DoubleQuoted => Layer::YamlDouble,
        ScalarStyle::Literal => Layer::YamlLiteral(0),
        ScalarStyle::Folded => Layer::YamlFolded(0),
    }
}

/// Puts what the key `<<` brings in front of the other entries, which count before it.
fn merged(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let is_merge = |entry: &Entry<'_>| entry.key.value == "<<" && entry.key.layer == Layer::YamlPlain;
    if !entries.iter().any(is_merge) {
        return entries;
    }
    let (merges, own): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
    let mut all = Vec::new();
    for merge in merges {
        match merge.value.value {
            Value::Object(entries) => all.extend(entries),
            // The first of a list counts most, and so comes last.
            Value::List(items) => all.extend(items.into_iter().rev().flat_map(|item| match item.value {
                Value::Object(entries) => entries,
                _ => Vec::new(),
            })),
            _ => {}
        }
    }
    all.extend(own);
    all
}

/// Returns the size of a copy, in bytes.
fn size(node: &Node<'_>) -> usize {
    let inside = match &node.value {
        Value::Text(text) => text.value.len(),
        Value::List(items) => items.iter().map(size).sum(),
        Value::Object(entries) => entries.iter().map(|entry| entry.key.value.len() + size(&entry.value)).sum(),
        _ => 0,
    };
    inside + size_of::<Entry<'_>>()
}

/// Returns how many lists and objects lie inside each other.
fn height(node: &Node<'_>) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(height).max().unwrap_or(0),
        Value::Object(entries) => 1 + entries.iter().map(|entry| height(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}
