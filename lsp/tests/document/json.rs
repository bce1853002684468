//! JSON with odd blanks and all escape sequences, read as another reader reads it.

use proptest::{collection::vec, prelude::*, sample::select};
use traceql_lsp::document::json;

use crate::compare::{Plain, check_map, check_places, texts};

/// A JSON string as it is written, with quotes.
pub(crate) fn string() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        "status",
        " ",
        "ü",
        "😀",
        "$$",
        "${x}",
        "{{x}}",
        "'",
        "#",
        ": ",
        "{ }",
        r"\n",
        r"\t",
        r"\r",
        r"\b",
        r"\f",
        r#"\""#,
        r"\\",
        r"\/",
        r"\u00fc",
        r"\u0000",
        r"\ud83d\ude00",
        r"\uD83D\uDE00",
        r"\u2028",
        "\u{2028}",
        "\u{7f}",
    ]);
    vec(piece, 0..8).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn blanks() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", " ", "\n", "\r\n  ", "\t", "\n\n      ", " \r"])
}

/// A JSON value as it is written, names of an object being different.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let word = select(vec!["null", "true", "false", "0", "-1.5e+3", "12"]).prop_map(str::to_owned);
    let leaf = prop_oneof![3 => string(), 1 => word];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let part =
            (blanks(), inner, blanks()).prop_map(|(before, value, after)| format!("{before}{value}{after}")).boxed();
        let entry = (blanks(), string(), blanks(), part.clone());
        prop_oneof![
            vec(part, 1..4).prop_map(|parts| format!("[{}]", parts.join(","))),
            vec(entry, 1..4).prop_map(|entries| {
                let names = entries
                    .iter()
                    .enumerate()
                    .map(|(at, (before, name, after, value))| format!("{before}\"{at}{}{after}:{value}", &name[1..]));
                format!("{{{}}}", names.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

/// A JSON file as it is written.
pub(crate) fn file() -> impl Strategy<Value = String> {
    (any::<bool>(), blanks(), value(), blanks()).prop_map(|(has_bom, before, value, after)| {
        format!("{}{before}{value}{after}", if has_bom { "\u{FEFF}" } else { "" })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn json_is_read_as_another_reader_reads_it(file in file()) {
        let node = json::parse(&file).map_err(|broken| TestCaseError::fail(format!("{broken:?}")))?;
        let other: serde_json::Value = serde_json::from_str(file.trim_start_matches('\u{FEFF}')).expect("valid");
        prop_assert_eq!(Plain::from(&node), Plain::from(other));
        check_places(&node, &file, &(0..file.len()))?;
        for text in texts(&node) {
            check_map(text, &file)?;
        }
    }

    #[test]
    fn json_that_another_reader_refuses_is_refused(
        mut file in file(),
        at in any::<prop::sample::Index>(),
        c in any::<char>(),
    ) {
        let places: Vec<_> = file.char_indices().map(|(at, _)| at).collect();
        file.insert(places[at.index(places.len())], c);
        let other: Result<serde_json::Value, _> = serde_json::from_str(file.trim_start_matches('\u{FEFF}'));
        // Half a surrogate pair is read here, and refused there.
        let message = other.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let is_surrogate = message.contains("surrogate") || message.contains("hex escape");
        prop_assume!(!is_surrogate && !file.starts_with("\u{FEFF}\u{FEFF}"));
        prop_assert_eq!(json::parse(&file).is_ok(), other.is_ok(), "{:?}", other);
    }
}
