//! Reads YAML into a tree with the place of everything in it.
//!
//! A parser finds the structure. It counts characters, and tells of scalars only about where they start, so that their
//! places are looked for anew and their values decoded here, which gives their maps too.

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

/// The readable parts of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<'t> {
    /// The documents that could be read, in order.
    pub documents: Vec<Node<'t>>,
    /// The first error of each document that could not.
    pub broken: Vec<Broken>,
}

/// Reads YAML documents. Where that fails, the text is taken for a template of Helm, in which `{{ … }}` may stand
/// anywhere; where that fails too, for documents of which some are broken.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::node::Value;

    /// The only document of a text.
    fn document(text: &str) -> Node<'_> {
        let mut parsed = parse(text);
        assert_eq!((parsed.broken.as_slice(), parsed.documents.len()), ([].as_slice(), 1), "{text}");
        parsed.documents.remove(0)
    }

    fn messages(text: &str) -> Vec<String> {
        parse(text).broken.into_iter().map(|broken| broken.message).collect()
    }

    #[test]
    fn nodes_have_their_places() {
        let text = "\u{FEFF}ü: &x !!str foo bar   # d\nlist:\n  - {a: 'b'}\n  - |2-\n      c\n\nnext: 1\n";
        let node = document(text);
        let written = |path: &[&str]| &text[node.at(path).expect("there").span.clone()];
        assert_eq!([written(&["ü"]), written(&["next"])], ["foo bar", "1"]);
        let items = node.get("list").expect("there").items();
        let items: Vec<_> = items.iter().map(|item| &text[item.span.clone()]).collect();
        assert_eq!(items, ["{a: 'b'}", "|2-\n      c"]);
        assert_eq!(written(&["list"]), "- {a: 'b'}\n  - |2-\n      c");
    }

    #[test]
    fn an_alias_has_the_places_of_what_it_stands_for() {
        let text = "a: &x 'b'\nc: *x\n";
        let node = document(text);
        assert_eq!(node.get("c").map(|node| node.span.clone()), Some(6..9));
    }

    #[test]
    fn merge_keys_count_less_than_keys_that_stand_there() {
        let node = document("a: &a {x: a, y: a}\nb: &b {x: b, z: b}\nc: {y: c, <<: [*a, *b]}\n");
        let value = |name| node.at(&["c", name]).and_then(Node::str);
        assert_eq!([value("x"), value("y"), value("z")], [Some("a"), Some("c"), Some("b")]);
    }

    #[test]
    fn aliases_are_bounded() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..12 {
            let items = vec![format!("*a{}", at - 1); 10].join(", ");
            text += &format!("a{at}: &a{at} [{items}]\n");
        }
        assert_eq!(messages(&text), ["aliases stand for more than 16 MiB"]);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "- ".repeat(depth) + "x";
        assert_eq!(parse(&nested(256)).documents.len(), 1);
        assert_eq!(messages(&nested(300)), ["YAML is nested deeper than 256 levels"]);
        let deeper = format!("a: &a {}x\n\nb: {}*a\n", "\n  ".to_owned() + &"- ".repeat(200), "[".repeat(100));
        assert_eq!(messages(&(deeper + &"]".repeat(100))).len(), 1);
    }

    #[test]
    fn a_broken_document_leaves_the_others() {
        let text = "a: 1\n---\nb: [\n---\nc: |\n  ---\n";
        let parsed = parse(text);
        let values: Vec<_> = parsed.documents.iter().map(|node| &text[node.span.clone()]).collect();
        assert_eq!(values, ["a: 1", "c: |\n  ---\n"]);
        assert_eq!(parsed.broken.len(), 1);
        assert!((9..text.len()).contains(&parsed.broken[0].at));
    }

    #[test]
    fn templates_are_read_with_their_actions_in_place() {
        let text = "{{- if .x }}\n\
            name: {{ include \"y\" . }}-z\nq: \"{{ f \"y\" }}\"\n{{ $k }}: |\n  a {{b}}\n{{- if .y }}\n  c\n{{- end }}\n{{ end }}\n";
        let node = document(text);
        let names: Vec<_> = node.entries().iter().map(|entry| &*entry.key.value).collect();
        assert_eq!(names, ["name", "q", "{{ $k }}"]);
        assert_eq!(node.get("name").and_then(Node::str), Some("{{ include \"y\" . }}-z"));
        assert_eq!(node.get("q").and_then(Node::str), Some("{{ f \"y\" }}"));
        let block = node.get("{{ $k }}").and_then(Node::text).expect("a text");
        assert_eq!(block.value, "a {{b}}\n\nc\n");
        let map = block.map(text);
        assert_eq!(&text[map.to_file(9..10)], "c");
    }

    #[test]
    fn a_block_without_a_last_line_break_ends_with_its_text() {
        let node = document("a: |\n  x");
        assert_eq!(node.get("a").and_then(Node::str), Some("x"));
    }

    #[test]
    fn tabs_separate_too() {
        let node = document("a:\tb\tc\n");
        assert_eq!(node.get("a").and_then(Node::str), Some("b\tc"));
    }

    #[test]
    fn scalars_in_quotes_and_with_tags_are_texts() {
        let node = document("a: '1'\nb: !!str 1\nc: 1\nd: !!int '1'\ne:\nf: !x true\n");
        let kinds = node.entries().iter().map(|entry| match &entry.value.value {
            Value::Text(_) => "text",
            Value::Number(_) => "number",
            Value::Null => "null",
            _ => "other",
        });
        assert_eq!(kinds.collect::<Vec<_>>(), ["text", "text", "number", "number", "null", "text"]);
    }
}
