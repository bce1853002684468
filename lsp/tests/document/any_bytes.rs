//! Any text, whole files with a part torn out too: no panic, and all places lie in the file.

use proptest::{collection::vec, prelude::*, sample::Index, sample::select};
use traceql_lsp::document::{json, layer::Layer, node::Node, source_map::SourceMap, yaml};

use crate::{
    compare::{check_places, texts},
    json as json_files, yaml as yaml_files,
};

/// Text that is nearly JSON, YAML or a template.
fn text() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        ":",
        ": ",
        "- ",
        "? ",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        "\r",
        "\t",
        " ",
        "'",
        "\"",
        "\\",
        "|",
        ">-",
        "|2",
        ">+\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        "{{",
        "}}",
        "{{- if x }}",
        "#",
        " # ",
        "&a",
        "*a",
        "!!str",
        "!",
        "%",
        "---",
        "...",
        "\n---\n",
        "<<",
        "\u{FEFF}",
        "ü",
        "😀",
        "\u{2028}",
        "\u{85}",
        "\0",
        "\\u",
        "d83d",
        "%7B",
        "$$",
        "${",
        "$${",
        "'\\''",
        "`",
        "@",
        "null",
        "1.5",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn check(node: &Node<'_>, file: &str) -> Result<(), TestCaseError> {
    check_places(node, file, &(0..file.len()))?;
    for text in texts(node) {
        let map = text.map(file);
        prop_assert_eq!(map.text_len(), text.value.len());
        check_map(&map, file)?;
    }
    Ok(())
}

fn check_map(map: &SourceMap, file: &str) -> Result<(), TestCaseError> {
    let mut at = 0;
    for segment in map.segments() {
        prop_assert_eq!(segment.text.start, at);
        prop_assert!(file.get(segment.file.clone()).is_some());
        at = segment.text.end;
    }
    Ok(())
}

fn check_all(file: &str) -> Result<(), TestCaseError> {
    match json::parse(file) {
        Ok(node) => check(&node, file)?,
        Err(broken) => prop_assert!(file.is_char_boundary(broken.at)),
    }
    let (nodes, broken) = json::parse_all(file);
    nodes.iter().try_for_each(|node| check(node, file))?;
    prop_assert!(broken.is_none_or(|broken| file.is_char_boundary(broken.at)));
    let parsed = yaml::parse(file);
    parsed.documents.iter().try_for_each(|node| check(node, file))?;
    prop_assert!(parsed.broken.iter().all(|broken| file.is_char_boundary(broken.at)));
    Ok(())
}

/// All layers.
fn layers() -> [Layer; 12] {
    [
        Layer::Raw,
        Layer::Json,
        Layer::YamlPlain,
        Layer::YamlSingle,
        Layer::YamlDouble,
        Layer::YamlLiteral(2),
        Layer::YamlFolded(2),
        Layer::DoubledDollar,
        Layer::Percent,
        Layer::ShellSingle,
        Layer::ShellDouble,
        Layer::Terraform,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn any_text_has_its_places_in_the_file(file in text()) {
        check_all(&file)?;
    }

    #[test]
    fn torn_files_have_their_places_too(
        file in prop_oneof![json_files::file(), yaml_files::file()],
        from in any::<Index>(),
        length in 0..12usize,
        new in text(),
    ) {
        let bounds: Vec<_> = file.char_indices().map(|(at, _)| at).chain([file.len()]).collect();
        let from = from.index(bounds.len());
        let to = (from + length).min(bounds.len() - 1);
        check_all(&format!("{}{new}{}", &file[..bounds[from]], &file[bounds[to]..]))?;
    }

    #[test]
    fn each_layer_reads_what_it_writes(text in text()) {
        for layer in layers() {
            let (_, map) = layer.decode(&text);
            check_map(&map, &text)?;
            let Some(written) = layer.write(&text) else { continue };
            // A carriage return is a line break in a block, and read as another one.
            if !matches!(layer, Layer::YamlLiteral(_)) || !text.contains('\r') {
                prop_assert_eq!(&layer.decode(&written).0, &text, "{:?} {:?}", layer, written);
            }
        }
    }
}
