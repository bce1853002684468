//! Reads YAML into a tree with the place of everything in it.
//!
//! A parser finds the structure. It counts characters, and tells of scalars only about where they start, so that their places are
//! looked for anew and their values decoded here, which gives their maps too.

pub(super) mod block;
pub(super) mod flow;
mod place;
mod resolve;
mod template;
mod tree;

pub use super::node::Broken;
pub(super) use resolve::{Kind, resolve};

use std::borrow::Cow;

use super::node::Node;

/// What could be read of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<'t> {
    /// The documents that could be read, in order.
    pub documents: Vec<Node<'t>>,
    /// The first error of each document that could not.
    pub broken: Vec<Broken>,
}

/// Reads YAML documents. Where that fails, the text is taken for a template of Helm, in which `{{ … }}` may stand anywhere; where
/// that fails too, for documents of which some are broken.
pub fn parse(text: &str) -> Parsed<'_> {
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return Parsed { documents: Vec::new(), broken: vec![Broken { at, message: "a NUL character".to_owned() }] };
    }
    let broken = match tree::read(text, text, 0) {
        Ok(documents) => return Parsed { documents, broken: Vec::new() },
        Err(broken) => broken,
    };
    let source = template::without_actions(text);
    if let Cow::Owned(source) = &source
        && let Ok(documents) = tree::read(text, source, 0)
    {
        return Parsed { documents, broken: Vec::new() };
    }
    let starts = document_starts(text);
    if starts.len() == 1 {
        return Parsed { documents: Vec::new(), broken: vec![broken] };
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut parsed = Parsed::default();
    for (start, end) in starts.iter().copied().zip(ends) {
        match tree::read(&text[..end], &source[..end], start) {
            Ok(documents) => parsed.documents.extend(documents),
            Err(broken) => parsed.broken.push(broken),
        }
    }
    parsed
}

/// Returns where documents start: at the start of the text, and at each line `---`.
fn document_starts(text: &str) -> Vec<usize> {
    let lines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    let is_start = |at: &usize| text[*at..].strip_prefix("---").is_some_and(|rest| !rest.starts_with(|c| c > ' '));
    std::iter::once(0).chain(lines.filter(is_start)).collect()
}
