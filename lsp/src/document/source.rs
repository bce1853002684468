//! The text that a tree of values counts in, and the way from it to the file.

use std::ops::Range;

use super::{
    holder::{Found, Setting},
    layer::Layer,
    node::{Node, Text},
    source_map::SourceMap,
};

/// A text with its way to the file: the file itself, or a text that is written inside of another, such as a dashboard in a
/// ConfigMap.
#[derive(Clone, Debug)]
pub(super) struct Source<'t> {
    text: &'t str,
    /// Where the bytes of the text stand in the file; `None` for the file itself.
    map: Option<SourceMap>,
    /// How the text is written in the file, from the innermost layer to the outermost.
    layers: Vec<Layer>,
}

impl<'t> Source<'t> {
    /// Takes a file.
    pub(super) fn file(text: &'t str) -> Source<'t> {
        Source { text, map: None, layers: Vec::new() }
    }

    /// Takes a text that is a value of this one.
    pub(super) fn inside<'s>(&self, value: &'s Text<'_>) -> Source<'s> {
        self.nested(&value.value, value.map(self.text), value.layer)
    }

    /// Takes a text that was decoded from a part of this one: `map` leads from it to this one.
    pub(super) fn nested<'s>(&self, text: &'s str, map: SourceMap, layer: Layer) -> Source<'s> {
        Source { text, map: Some(self.join(map)), layers: self.under(layer) }
    }

    /// Returns the text.
    pub(super) fn text(&self) -> &'t str {
        self.text
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
        Found {
            text: value.value.clone().into_owned(),
            map: self.join(value.map(self.text)),
            layers: self.under(value.layer),
            is_condition: false,
            span: self.place(value.span.clone()),
        }
    }

    /// Returns a query that is made of something else: parts of the query, each with the place in this text that it is made of.
    pub(super) fn made(&self, parts: Vec<(String, Range<usize>)>, span: Range<usize>) -> Found {
        let mut map = SourceMap::default();
        let mut text = String::new();
        for (part, place) in parts {
            map.push(part.len(), self.place(place), super::source_map::Written::Made);
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

    /// Leads a map that ends in this text on to the file.
    pub(super) fn join(&self, map: SourceMap) -> SourceMap {
        match &self.map {
            Some(outer) => map.within(outer),
            None => map,
        }
    }

    /// Returns the layers of a text that is written in this one.
    pub(super) fn under(&self, layer: Layer) -> Vec<Layer> {
        std::iter::once(layer).chain(self.layers.iter().copied()).collect()
    }
}
