//! The text that a tree of values counts in, and the way from it to the file.

use std::{borrow::Cow, ops::Range};

use super::{
    holder::{Found, Setting},
    layer::Layer,
    node::{Node, Text},
    source_map::{SourceMap, Written},
};

/// A text with its way to the file: the file itself, or a text that is written inside of another, such as a dashboard in a
/// ConfigMap.
#[derive(Clone, Debug)]
pub(super) struct Source<'t> {
    text: Cow<'t, str>,
    /// The places of the text's bytes in the file; `None` for the file itself.
    map: Option<SourceMap>,
    /// The ways in which the text is written in the file, from the innermost layer to the outermost.
    layers: Vec<Layer>,
    /// Whether `$$` stands for `$` in its values.
    has_doubled_dollars: bool,
}

impl<'t> Source<'t> {
    /// Takes a file.
    pub(super) fn file(text: &'t str) -> Source<'t> {
        Source { text: Cow::Borrowed(text), map: None, layers: Vec::new(), has_doubled_dollars: false }
    }

    /// Returns this text, read so that `$$` stands for `$` in its values.
    pub(super) fn with_doubled_dollars(&self) -> Source<'_> {
        Source {
            text: Cow::Borrowed(&self.text),
            map: self.map.clone(),
            layers: self.layers.clone(),
            has_doubled_dollars: true,
        }
    }

    /// Takes a text that is a value of this one.
    pub(super) fn inside<'s>(&self, value: &'s Text<'_>) -> Source<'s> {
        let map = value.map(&self.text);
        if self.has_doubled_dollars {
            let (text, inner) = Layer::DoubledDollar.decode(&value.value);
            let layers = std::iter::once(Layer::DoubledDollar).chain(self.under(value.layer)).collect();
            let map = Some(self.join(inner.within(&map)));
            return Source { text: Cow::Owned(text), map, layers, has_doubled_dollars: false };
        }
        Source {
            text: Cow::Borrowed(&value.value),
            map: Some(self.join(map)),
            layers: self.under(value.layer),
            has_doubled_dollars: false,
        }
    }

    /// Takes a part of this text that is written in a way of its own; nothing if the part is none.
    pub(super) fn part<'s>(&self, part: Range<usize>, layer: Layer) -> Source<'s> {
        let (text, map) = layer.decode(self.text.get(part.clone()).unwrap_or_default());
        let map = map.shifted(part.start);
        Source {
            text: Cow::Owned(text),
            map: Some(self.join(map)),
            layers: self.under(layer),
            has_doubled_dollars: false,
        }
    }

    /// Returns the text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the bytes of the file from which a part of the text comes.
    pub(super) fn place(&self, span: Range<usize>) -> Range<usize> {
        match &self.map {
            Some(map) => map.to_file(span),
            None => span,
        }
    }

    /// Returns a text of this one as a query.
    pub(super) fn found(&self, value: &Text<'_>) -> Found {
        let inner = self.inside(value);
        Found { span: self.place(value.span.clone()), ..inner.whole() }
    }

    /// Returns this text as a query.
    pub(super) fn whole(self) -> Found {
        let length = self.text.len();
        let map = self.map.unwrap_or_else(|| SourceMap::verbatim(0..length));
        let span = map.to_file(0..length);
        let layers = if self.layers.is_empty() { vec![Layer::Raw] } else { self.layers };
        Found { text: self.text.into_owned(), map, layers, is_condition: false, span }
    }

    /// Returns a query that is made of something else: parts of the query, each with the place in this text that it is made of.
    pub(super) fn made(&self, parts: Vec<(String, Range<usize>)>, span: Range<usize>) -> Found {
        let mut map = SourceMap::default();
        let mut text = String::new();
        for (part, place) in parts {
            map.push(part.len(), self.place(place), Written::Made);
            text.push_str(&part);
        }
        Found { text, map, layers: Vec::new(), is_condition: false, span: self.place(span) }
    }

    /// Returns a text with its place in the file.
    pub(super) fn setting(&self, value: &Text<'_>) -> Setting<String> {
        Setting { value: value.value.clone().into_owned(), span: self.place(value.span.clone()) }
    }

    /// Returns the text that an object has under a name, with its place in the file.
    pub(super) fn setting_of(&self, object: &Node<'_>, name: &str) -> Option<Setting<String>> {
        object.get(name)?.text().map(|text| self.setting(text))
    }

    /// Leads a map that ends in this text on to the file; `layer` is how its text is written here.
    pub(super) fn outward(&self, map: SourceMap, layer: Layer) -> (SourceMap, Vec<Layer>) {
        (self.join(map), self.under(layer))
    }

    /// Leads a map that ends in this text on to the file.
    fn join(&self, map: SourceMap) -> SourceMap {
        match &self.map {
            Some(outer) => map.within(outer),
            None => map,
        }
    }

    /// Returns the layers of a text that is written in this one.
    fn under(&self, layer: Layer) -> Vec<Layer> {
        std::iter::once(layer).chain(self.layers.iter().copied()).collect()
    }
}
