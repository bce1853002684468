//! Edits of one text in a file: it arrives as meant, and everything else stays as it is.

use std::borrow::Cow;

use proptest::{collection::vec, prelude::*, sample::Index, sample::select};
use traceql_grammar::{diagnostic::Edit, span::Span};
use traceql_lsp::document::{
    edit::{FileEdit, apply, in_file},
    holder::Found,
    json,
    layer::Layer,
    node::{Node, Text},
    source_map::{SourceMap, Written},
    yaml,
};

use crate::{
    compare::{Plain, values},
    json as json_files, yaml as yaml_files,
};

/// Places in a text, two for each edit, with what is written there.
fn places() -> impl Strategy<Value = Vec<(Index, Index, String)>> {
    let piece = select(vec![
        "a",
        "\"",
        "'",
        "\\",
        "\n",
        "\t",
        " ",
        "$",
        "${",
        "{",
        "}",
        ":",
        ": ",
        "#",
        " #",
        ",",
        "ü",
        "😀",
        "\u{7}",
        "span:duration",
        "1",
    ]);
    let text = vec(piece, 0..4).prop_map(|pieces| pieces.concat());
    vec((any::<Index>(), any::<Index>(), text), 1..3)
}

/// Makes edits that are in order and do not overlap.
fn edits(text: &str, places: &[(Index, Index, String)]) -> Vec<Edit> {
    let bounds: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut ends: Vec<_> =
        places.iter().flat_map(|(a, b, _)| [bounds[a.index(bounds.len())], bounds[b.index(bounds.len())]]).collect();
    ends.sort_unstable();
    // Two texts for one place have no order.
    let is_double = ends.len() == 4 && ends[0] == ends[3];
    ends.truncate(if is_double { 2 } else { 4 });
    let pairs = ends.chunks(2).zip(places);
    pairs.map(|(ends, (_, _, text))| Edit { span: Span::new(ends[0], ends[1]), text: text.clone() }).collect()
}

/// Returns the text after the edits.
fn edited(text: &str, edits: &[Edit]) -> String {
    let edits = edits.iter().map(|edit| FileEdit { span: edit.span.range(), text: edit.text.clone() });
    apply(text, edits.collect())
}

fn found(text: &Text<'_>, file: &str) -> Found {
    Found {
        text: text.value.clone().into_owned(),
        map: text.map(file),
        layers: vec![text.layer],
        is_condition: false,
        span: text.span.clone(),
    }
}

/// Returns a text as it is after `$$` became `$`.
fn undoubled(outer: Found) -> Found {
    let (text, map) = Layer::DoubledDollar.decode(&outer.text);
    let layers = [vec![Layer::DoubledDollar], outer.layers].concat();
    Found { text, map: map.within(&outer.map), layers, ..outer }
}

/// Returns a text of a JSON document that is a text of the file itself.
fn within(inner: &Text<'_>, outer: &Found) -> Found {
    let inner = found(inner, &outer.text);
    Found {
        map: inner.map.within(&outer.map),
        layers: [inner.layers, outer.layers.clone()].concat(),
        span: outer.map.to_file(inner.span),
        ..inner
    }
}

/// Returns the file with the edits written into it; `None` if that cannot be. Checks that only the text's own bytes
/// change.
fn written(found: &Found, file: &str, edits: &[Edit]) -> Result<Option<String>, TestCaseError> {
    let Some(file_edits) = in_file(found, file, edits) else { return Ok(None) };
    for edit in &file_edits {
        prop_assert!(found.span.start <= edit.span.start && edit.span.end <= found.span.end);
        prop_assert!(file.get(edit.span.clone()).is_some());
    }
    Ok(Some(apply(file, file_edits)))
}

/// Returns the tree with another value of one text.
fn replaced(node: &Node<'_>, at: usize, text: &str) -> Plain {
    let mut node = node.clone();
    values(&mut node)[at].value = Cow::Borrowed(text);
    Plain::from(&node)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn an_edit_in_json_changes_one_text(file in json_files::file(), at in any::<Index>(), places in places()) {
        let mut node = json::parse(&file).map_err(|broken| TestCaseError::fail(broken.message))?;
        let count = values(&mut node).len();
        if count == 0 {
            return Ok(());
        }
        let at = at.index(count);
        let found = found(values(&mut node)[at], &file);
        let edits = edits(&found.text, &places);
        let new = written(&found, &file, &edits)?;
        // JSON can hold any text, and edits lie between characters.
        prop_assert!(new.is_some());
        let new = new.unwrap_or_default();
        let other: serde_json::Value = serde_json::from_str(new.trim_start_matches('\u{FEFF}')).expect("valid");
        prop_assert_eq!(Plain::from(other), replaced(&node, at, &edited(&found.text, &edits)));
    }

    #[test]
    fn an_edit_in_yaml_changes_one_text(
        file in yaml_files::file(),
        at in any::<Index>(),
        places in places(),
        is_doubled in any::<bool>(),
    ) {
        let mut parsed = yaml::parse(&file);
        let node = &mut parsed.documents[0];
        let count = values(node).len();
        let at = at.index(count);
        let whole = found(values(node)[at], &file);
        let found = if is_doubled { undoubled(whole) } else { whole };
        let edits = edits(&found.text, &places);
        let Some(new) = written(&found, &file, &edits)? else { return Ok(()) };
        let text = edited(&found.text, &edits);
        // What is written as `$` stays so, and what is new becomes `$$`.
        if is_doubled {
            let read = yaml_files::other(&new);
            let mut parsed = yaml::parse(&new);
            prop_assert_eq!(read, Some(Plain::from(&parsed.documents[0])));
            let read = values(&mut parsed.documents[0])[at].value.clone();
            prop_assert_eq!(Layer::DoubledDollar.decode(&read).0, text);
        } else {
            prop_assert_eq!(yaml_files::other(&new), Some(replaced(node, at, &text)), "{}", new);
        }
    }

    #[test]
    fn an_edit_in_json_in_yaml_changes_one_text(
        file in yaml_files::with_json(),
        at in any::<Index>(),
        places in places(),
    ) {
        let mut parsed = yaml::parse(&file);
        let outer = found(values(&mut parsed.documents[0])[0], &file);
        let mut node = json::parse(&outer.text).map_err(|broken| TestCaseError::fail(broken.message))?;
        let count = values(&mut node).len();
        if count == 0 {
            return Ok(());
        }
        let at = at.index(count);
        let found = within(values(&mut node)[at], &outer);
        let edits = edits(&found.text, &places);
        let new = written(&found, &file, &edits)?;
        prop_assert!(new.is_some(), "{:?}", found);
        let new = new.unwrap_or_default();
        let Some(Plain::Object(entries)) = yaml_files::other(&new) else { return Err(TestCaseError::fail(new)) };
        let Plain::Text(document) = &entries[0].1 else { return Err(TestCaseError::fail(new)) };
        let other: serde_json::Value = serde_json::from_str(document).expect("valid");
        prop_assert_eq!(Plain::from(other), replaced(&node, at, &edited(&found.text, &edits)));
        prop_assert_eq!(&entries[1].1, &Plain::Text("as it was".to_owned()));
    }
}

/// Tells what becomes of an edit: `old` is replaced in the value of `q`, and the file comes back, or that it cannot be.
fn edit_of(file: &str, old: &str, new: &str) -> String {
    let parsed = yaml::parse(file);
    let text = parsed.documents[0].get("q").and_then(|node| node.text()).expect("a text");
    let found = found(text, file);
    let start = found.text.find(old).expect("the old text");
    let edit = Edit { span: Span::new(start, start + old.len()), text: new.to_owned() };
    in_file(&found, file, &[edit]).map_or("none".to_owned(), |edits| apply(file, edits))
}

#[test]
fn each_way_to_write_has_its_own_escapes() {
    for (file, old, new, expected) in [
        ("q: a = b # c\n", "b", "\"c\"", "q: a = \"c\" # c\n"),
        ("q: a = b # c\n", "b", "c: d", "q: 'a = c: d' # c\n"),
        ("q: a = b # c\n", "a", "{ a", "q: '{ a = b' # c\n"),
        ("q: a\n  b\n", "b", "it's\n{c}", "q: \"a it's\\n{c}\"\n"),
        ("q: a1\n", "a", "", "q: '1'\n"),
        ("q: 'a = b'\n", "b", "it's \"c\"", "q: 'a = it''s \"c\"'\n"),
        ("q: 'a = b'\n", "b", "c\nd", "none"),
        ("q: \"a = b\"\n", "b", "\"c\\d\"\n", "q: \"a = \\\"c\\\\d\\\"\\n\"\n"),
        ("q: |\n    a = b\n    c\nr: 1\n", "b", "\"x\"\n| y", "q: |\n    a = \"x\"\n    | y\n    c\nr: 1\n"),
        ("q: |\r\n  a = b\r\n  c\r\n", "b", "x\ny", "q: |\r\n  a = x\r\n  y\r\n  c\r\n"),
        ("q: |\n  a\n  b\nr: 1\n", "a\n", "", "q: |\n  b\nr: 1\n"),
        ("q: |\n  a\n  b\nr: 1\n", "b\n", "", "none"),
        ("q: |\n  a\n  b\nr: 1\n", "a", " a", "none"),
        ("q: >-\n  a\n  b\n", "b", "c: #d", "q: >-\n  a\n  c: #d\n"),
        ("q: >-\n  a\n  b\n", "b", "c\nd", "none"),
        ("q: >-\n  a\n  b\n", "b", " c", "none"),
        ("q: >-\n  a\n  b\n", "a b", "c", "q: >-\n  c\n"),
    ] {
        assert_eq!(edit_of(file, old, new), expected, "{file:?}: {old:?} to {new:?}");
    }
}

#[test]
fn edits_that_overlap_are_left_out() {
    let edit = |start, end, text: &str| FileEdit { span: start..end, text: text.to_owned() };
    let edits = vec![edit(4, 5, "E"), edit(1, 3, "X"), edit(1, 3, "X"), edit(2, 4, "Y"), edit(9, 9, "Z")];
    assert_eq!(apply("abcdef", edits), "aXdEf");
}

#[test]
fn other_layers_have_their_escapes_too() {
    for (layers, file, old, new, expected) in [
        (vec![Layer::Percent], "%7B+a%20%7D", "a", "\"ü\"", "%7B+%22%C3%BC%22%20%7D"),
        (vec![Layer::Json, Layer::Percent], "%7B%5C%22a%5C%22", "a", "\"b", "%7B%5C%22%5C%22b%5C%22"),
        (vec![Layer::DoubledDollar], "$$a = $b", "a", "$c", "$$$$c = $b"),
        (vec![Layer::ShellSingle], r"a'\''b", "b", "'c", r"a'\'''\''c"),
        (vec![Layer::ShellDouble], r#"a = \"$b\""#, "a", "\"$c`\\", r#"\"\$c\`\\ = \"$b\""#),
        (vec![Layer::Terraform], r#"a = \"${b}\""#, "a", "\"${c}\"\n", r#"\"$${c}\"\n = \"${b}\""#),
        (vec![Layer::Terraform], "a = $b", "b", "{c}", "none"),
        (vec![Layer::Raw], "a = b", "b", "c\nd", "a = c\nd"),
    ] {
        let whole = Found {
            text: file.to_owned(),
            map: SourceMap::verbatim(0..file.len()),
            layers: Vec::new(),
            is_condition: false,
            span: 0..file.len(),
        };
        let found = layers.iter().rev().fold(whole, |outer, layer| {
            let (text, map) = layer.decode(&outer.text);
            let layers = [vec![*layer], outer.layers].concat();
            Found { text, map: map.within(&outer.map), layers, ..outer }
        });
        let start = found.text.find(old).expect("the old text");
        let edit = Edit { span: Span::new(start, start + old.len()), text: new.to_owned() };
        let edited = in_file(&found, file, &[edit]).map_or("none".to_owned(), |edits| apply(file, edits));
        assert_eq!(edited, expected, "{layers:?} {file}");
    }
}

#[test]
fn an_edit_inside_of_a_unit_or_of_a_made_text_cannot_be() {
    let found = |map: SourceMap| Found {
        text: "ab".to_owned(),
        map,
        layers: vec![Layer::Json],
        is_condition: false,
        span: 0..6,
    };
    let edit = |start, end| [Edit { span: Span::new(start, end), text: "x".to_owned() }];
    let mut unit = SourceMap::default();
    unit.push(2, 0..6, Written::Escaped);
    assert_eq!(in_file(&found(unit), r"\u0061", &edit(1, 1)), None);
    assert_eq!(in_file(&found(SourceMap::made(2, 0..6)), "[1, 2]", &edit(2, 2)), None);
    assert_eq!(in_file(&found(SourceMap::verbatim(0..2)), "ab", &edit(1, 9)), None);
}
