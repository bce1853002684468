//! Compares trees with those of other readers, and maps with the files that they lead to.

use std::ops::Range;

use proptest::prelude::*;
use traceql_lsp::document::{
    node::{Node, Text, Value},
    source_map::Written,
};

/// Values as the other readers tell them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Plain>),
    Object(Vec<(String, Plain)>),
}

impl From<serde_json::Value> for Plain {
    fn from(value: serde_json::Value) -> Plain {
        match value {
            serde_json::Value::Null => Plain::Null,
            serde_json::Value::Bool(is_true) => Plain::Bool(is_true),
            serde_json::Value::Number(number) => Plain::Number(number.as_f64().expect("a number")),
            serde_json::Value::String(text) => Plain::Text(text),
            serde_json::Value::Array(items) => Plain::List(items.into_iter().map(Plain::from).collect()),
            serde_json::Value::Object(entries) => sorted(entries.into_iter().map(|(key, value)| (key, value.into()))),
        }
    }
}

impl From<serde_norway::Value> for Plain {
    fn from(value: serde_norway::Value) -> Plain {
        match value {
            serde_norway::Value::Null => Plain::Null,
            serde_norway::Value::Bool(is_true) => Plain::Bool(is_true),
            serde_norway::Value::Number(number) => Plain::Number(number.as_f64().expect("a number")),
            serde_norway::Value::String(text) => Plain::Text(text),
            serde_norway::Value::Sequence(items) => Plain::List(items.into_iter().map(Plain::from).collect()),
            serde_norway::Value::Mapping(entries) => {
                sorted(entries.into_iter().map(|(key, value)| (key.as_str().unwrap_or("").to_owned(), value.into())))
            }
            serde_norway::Value::Tagged(tagged) => tagged.value.into(),
        }
    }
}

impl From<&Node<'_>> for Plain {
    fn from(node: &Node<'_>) -> Plain {
        match &node.value {
            Value::Null => Plain::Null,
            Value::Bool(is_true) => Plain::Bool(*is_true),
            Value::Number(number) => Plain::Number(number.parse().expect("a number")),
            Value::Text(text) => Plain::Text(text.value.clone().into_owned()),
            Value::List(items) => Plain::List(items.iter().map(Plain::from).collect()),
            Value::Object(entries) => {
                sorted(entries.iter().map(|entry| (entry.key.value.clone().into_owned(), Plain::from(&entry.value))))
            }
        }
    }
}

fn sorted(entries: impl Iterator<Item = (String, Plain)>) -> Plain {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Plain::Object(entries)
}

/// Returns all texts of a tree, keys too, in order of the file.
pub(crate) fn texts<'n, 't>(node: &'n Node<'t>) -> Vec<&'n Text<'t>> {
    match &node.value {
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries
            .iter()
            .flat_map(|entry| std::iter::once(&entry.key).chain(texts(&entry.value)).collect::<Vec<_>>())
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns all texts of a tree that are no keys, in order of the file.
pub(crate) fn values<'n, 't>(node: &'n mut Node<'t>) -> Vec<&'n mut Text<'t>> {
    match &mut node.value {
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter_mut().flat_map(values).collect(),
        Value::Object(entries) => entries.iter_mut().flat_map(|entry| values(&mut entry.value)).collect(),
        _ => Vec::new(),
    }
}

/// Checks that all places of a tree lie in the file, and those of a part in those of the whole.
pub(crate) fn check_places(node: &Node<'_>, file: &str, whole: &Range<usize>) -> Result<(), TestCaseError> {
    check_place(&node.span, file, whole)?;
    for item in node.items() {
        check_places(item, file, &(0..file.len()))?;
    }
    for entry in node.entries() {
        check_place(&entry.key.span, file, &(0..file.len()))?;
        check_places(&entry.value, file, &(0..file.len()))?;
    }
    Ok(())
}

fn check_place(span: &Range<usize>, file: &str, whole: &Range<usize>) -> Result<(), TestCaseError> {
    prop_assert!(file.get(span.clone()).is_some(), "{span:?} is no part of the file");
    prop_assert!(whole.start <= span.start && span.end <= whole.end, "{span:?} lies outside of {whole:?}");
    Ok(())
}

/// Checks that every byte of a text has its place in the file, from which the way leads back.
pub(crate) fn check_map(text: &Text<'_>, file: &str) -> Result<(), TestCaseError> {
    let map = text.map(file);
    prop_assert_eq!(map.text_len(), text.value.len());
    for segment in map.segments() {
        let (value, raw) = (&text.value[segment.text.clone()], &file[segment.file.clone()]);
        prop_assert!(text.span.start <= segment.file.start && segment.file.end <= text.span.end);
        match segment.written {
            Written::Verbatim => prop_assert_eq!(value, raw),
            Written::Escaped => prop_assert!(!value.is_empty() && !raw.is_empty()),
            Written::Made => prop_assert!(false, "{:?} has no places", text),
        }
        for byte in segment.text.clone() {
            let place = map.to_file(byte..byte + 1);
            let back = if segment.written == Written::Verbatim { byte } else { segment.text.start };
            prop_assert_eq!(map.to_text(place.start), Some(back));
            prop_assert!(segment.file.start <= place.start && place.end <= segment.file.end);
        }
    }
    Ok(())
}
