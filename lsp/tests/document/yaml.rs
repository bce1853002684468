//! YAML with scalars of all kinds and odd blanks, read as another reader reads it.

use proptest::{collection::vec, prelude::*, sample::select};
use serde::Deserialize;
use traceql_lsp::document::yaml;

use crate::{
    compare::{Plain, check_map, check_places, texts},
    json,
};

/// What stands in a scalar for a line break.
const BREAK: &str = "\u{1}";

/// A scalar as it is written, its lines indented by so many blanks, behind a column that is two less.
fn scalar(indent: usize) -> impl Strategy<Value = String> {
    let more = select(vec!["", "", "  ", "\t", " \t"]);
    let line_break =
        move |empty: usize, blanks: &str| format!("{}{}{blanks}", BREAK.repeat(empty + 1), " ".repeat(indent));
    let fold = (select(vec!["", " ", "\t"]), 0..3usize, more)
        .prop_map(move |(before, empty, more)| format!("{before}{}", line_break(empty, more)));
    let word = select(vec!["a", "rate", "ü", "😀", "x=1", "$$", "a#b", "a:b", "\"", "'x", "(", "é", " ", "  "]);
    let plain_word = select(vec!["a", "rate", "ü", "😀", "x=1", "$$", "a#b", "a:b", "b\"", "'x", "(", "- x", "b  c"]);
    let escape = select(vec![
        r"\n",
        r"\t",
        r#"\""#,
        r"\\",
        r"\/",
        r"\x41",
        r"\u00fc",
        r"\U0001F600",
        r"\0",
        r"\e",
        r"\_",
        r"\ ",
        r"\L",
        r"\N",
    ]);
    let plain = (plain_word.clone(), vec((fold.clone(), plain_word), 0..3))
        .prop_map(|(first, rest)| {
            first.to_owned() + &rest.into_iter().map(|(fold, word)| fold + word).collect::<String>()
        })
        .prop_map(|text| if text.starts_with(['\'', '"', '(', '-']) { format!("a{text}") } else { text });
    let single = vec(prop_oneof![4 => word.clone().prop_map(|word| word.replace('\'', "''")), 1 => fold.clone()], 0..8)
        .prop_map(|pieces| format!("'{}'", pieces.concat()));
    let cut = move |blanks: &'static str| format!("\\{}", line_break(0, blanks));
    let double = vec(
        prop_oneof![
            4 => word.clone().prop_map(|word| word.replace('"', "\\\"")),
            4 => escape.prop_map(str::to_owned),
            1 => fold,
            1 => select(vec!["", " "]).prop_map(cut),
        ],
        0..8,
    )
    .prop_map(|pieces| format!("\"{}\"", pieces.concat()));
    let known = select(vec!["true", "null", "12", "-1.5", "~", ""]).prop_map(str::to_owned);
    prop_oneof![2 => plain, 3 => single, 4 => double, 4 => block(indent), 1 => known, 1 => dashboard(indent)]
}

/// A block, its lines indented by so many blanks.
fn block(indent: usize) -> impl Strategy<Value = String> {
    let header = (select(vec!["|", ">"]), select(vec!["", "-", "+"]), any::<bool>(), select(vec!["", " # c", " "]));
    let text = select(vec!["a", "{ .ü = 1 }", "\"x\" b", "😀 ", "# no comment", "$$x \t", "- b", "\tb"]);
    let first = select(vec!["a", "{ .ü = 1 }", "😀"]);
    let line = prop_oneof![
        4 => (select(vec![0, 0, 0, 1, 2]), text).prop_map(move |(more, text)| format!("{}{text}", " ".repeat(indent + more))),
        1 => select(vec![0, 1, indent]).prop_map(|blanks| " ".repeat(blanks)),
    ];
    (header, 0..3usize, select(vec![0, 1]), first, vec(line, 0..5)).prop_map(
        move |((kind, chomping, has_indicator, comment), empty, more, first, lines)| {
            let (indicator, more) = if has_indicator { ("2", more) } else { ("", 0) };
            let mut written = format!("{kind}{indicator}{chomping}{comment}{}", BREAK.repeat(empty + 1));
            written += &" ".repeat(indent + more);
            written += first;
            for line in lines {
                written = written + BREAK + &line;
            }
            written
        },
    )
}

/// JSON in a block.
fn dashboard(indent: usize) -> impl Strategy<Value = String> {
    json::value().prop_map(move |value| {
        let value = value.replace("\r\n", "\n").replace(['\r', '\t'], " ").replace(['\u{2028}', '\u{7f}'], "");
        let lines: Vec<_> = value.split('\n').map(|line| " ".repeat(indent) + line).collect();
        format!("|-{BREAK}{}", lines.join(BREAK))
    })
}

/// A YAML file as it is written.
pub(crate) fn file() -> impl Strategy<Value = String> {
    let comment = select(vec!["", "", "# ü: {{ x }}\n", "\n"]);
    let entry = move |column: usize| {
        let property = select(vec!["", "", "", "!!str ", "&x "]);
        (comment.clone(), select(vec![1, 2, 3]), property, scalar(column + 2)).prop_map(
            move |(comment, blanks, property, scalar)| (comment, format!("{}{property}{scalar}", " ".repeat(blanks))),
        )
    };
    let list = vec(entry(2), 1..4);
    let object = vec(entry(4), 1..4);
    (
        any::<bool>(),
        select(vec!["\n", "\r\n"]),
        select(vec!["", "---\n", "%YAML 1.2\n---\n"]),
        list,
        object,
        entry(0),
        any::<bool>(),
    )
        .prop_map(|(has_bom, line_break, start, list, object, last, ends)| {
            let mut file = format!("{start}list:\n");
            for (comment, value) in list {
                file += &format!("{comment}  -{value}\n");
            }
            file += "object:\n    deep: [ 'x' , \"y\\n\" ,z ]\n";
            for (at, (comment, value)) in object.into_iter().enumerate() {
                file += &format!("{comment}    \"ü{at}\" :{value}\n");
            }
            file += &format!("{}last:{}{}", last.0, last.1, if ends { "\n" } else { "" });
            let file = file.replace(BREAK, "\n").replace('\n', line_break);
            if has_bom { format!("\u{FEFF}{file}") } else { file }
        })
}

/// A YAML file with JSON in its first text, written in each way that can hold it.
pub(crate) fn with_json() -> impl Strategy<Value = String> {
    let document = json::value().prop_map(|value| value.replace(['\r', '\t', '\u{2028}', '\u{7f}'], " "));
    let kind = select(vec!["|", "|-", ">2", "'", "\""]);
    (document, kind, select(vec!["\n", "\r\n"])).prop_map(|(document, kind, line_break)| {
        let written = match kind {
            "'" => format!("'{}'", document.replace('\n', " ").replace('\'', "''")),
            "\"" => format!("\"{}\"", document.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n\\\n  ")),
            header => format!("{header}\n  {}", document.trim().replace('\n', "\n  ")),
        };
        format!("data: {written}\nother: as it was\n").replace('\n', line_break)
    })
}

/// Returns what another reader reads, which knows no byte order mark.
pub(crate) fn other(file: &str) -> Option<Plain> {
    let file = file.trim_start_matches('\u{FEFF}');
    let value = serde_norway::Value::deserialize(serde_norway::Deserializer::from_str(file));
    value.ok().map(Plain::from)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn yaml_is_read_as_another_reader_reads_it(file in file()) {
        let other = other(&file);
        prop_assert!(other.is_some());
        let parsed = yaml::parse(&file);
        prop_assert!(parsed.broken.is_empty(), "{:?}", parsed.broken);
        prop_assert_eq!(parsed.documents.len(), 1);
        let node = &parsed.documents[0];
        prop_assert_eq!(Some(Plain::from(node)), other);
        check_places(node, &file, &(0..file.len()))?;
        for text in texts(node) {
            check_map(text, &file)?;
        }
    }
}
