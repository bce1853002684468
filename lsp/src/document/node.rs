//! JSON and YAML as one kind of tree, with the place of everything in it.

use std::{borrow::Cow, ops::Range};

use super::{layer::Layer, source_map::SourceMap};

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'t> {
    /// The value.
    pub value: Value<'t>,
    /// Its bytes in the document, with quotes and brackets.
    pub span: Range<usize>,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`, or nothing where YAML allows it.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(&'t str),
    /// Text.
    Text(Text<'t>),
    /// A list.
    List(Vec<Node<'t>>),
    /// Names with values, in order; a name may come twice, and then the last one counts.
    Object(Vec<Entry<'t>>),
}

/// A name with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'t> {
    /// The name.
    pub key: Text<'t>,
    /// The value.
    pub value: Node<'t>,
}

/// A text as it is meant, and how it is written in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Text<'t> {
    /// The text without quotes and escape sequences.
    pub value: Cow<'t, str>,
    /// Its bytes in the document, with quotes.
    pub span: Range<usize>,
    /// The way in which it is written.
    pub layer: Layer,
}

/// A place where a document cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The byte at which reading ends.
    pub at: usize,
    /// The mistake: lower case, without a full stop.
    pub message: String,
}

impl<'t> Node<'t> {
    /// Returns the value of a name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Node<'t>> {
        self.entries().iter().rev().find(|entry| entry.key.value == name).map(|entry| &entry.value)
    }

    /// Returns the value at the end of a path of names.
    pub fn at(&self, path: &[&str]) -> Option<&Node<'t>> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Returns the names with their values; none if this is no object.
    pub fn entries(&self) -> &[Entry<'t>] {
        match &self.value {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the elements; none if this is no list.
    pub fn items(&self) -> &[Node<'t>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the text, if this is one.
    pub fn text(&self) -> Option<&Text<'t>> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the text without how it is written, if this is one.
    pub fn str(&self) -> Option<&str> {
        self.text().map(|text| &*text.value)
    }

    /// Returns whether this is `true`.
    pub fn is_true(&self) -> bool {
        self.value == Value::Bool(true)
    }
}

impl Text<'_> {
    /// Returns where each byte of the text stands in `document`, anew at each call: few texts are queries.
    pub fn map(&self, document: &str) -> SourceMap {
        self.layer.map(document, self.span.clone(), &self.value)
    }
}
