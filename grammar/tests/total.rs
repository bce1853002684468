//! Any text gives a tree and diagnostics: no panic, no stack overflow, in linear time.

use proptest::prelude::*;
use traceql_grammar::{Verdict, check, diagnostic::apply_fixes, vocab::release::Release};

/// Words and signs that queries are made of, so that random texts get past the first token.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "|",
    "||",
    "&&",
    "=",
    "!=",
    "=~",
    "!~",
    "<",
    ">",
    ">>",
    "!>>",
    "&>",
    "~",
    "!",
    "-",
    "+",
    "*",
    "^",
    ",",
    ".a",
    "span.b",
    "resource.service.name",
    "parent.c",
    "name",
    "duration",
    "status",
    "error",
    "server",
    "nil",
    "1",
    "1.5",
    "1s",
    "`x`",
    "\"y\"",
    "'z'",
    "count()",
    "avg(duration)",
    "by(.a)",
    "by (.a)",
    "select(name)",
    "coalesce()",
    "rate()",
    "topk(2)",
    "with (a=1)",
    "span:",
    "trace:",
    "span.",
    "and",
    "or",
    "not",
    "in",
    "like",
    "where",
    "limit",
    "sum",
    "rate",
    "count",
    "quantile",
    "[5m]",
    "==",
    "<>",
    "$x",
    "//c\n",
    "/*",
    "order by",
    "\0",
    "ü",
    "1 s",
    "10sec",
    "service.name",
    "compare({ .a })",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text, Release::Main);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes), Release::V2_2);
    }

    #[test]
    fn any_tokens(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..30), blank in any::<bool>()) {
        let text = pieces.join(if blank { " " } else { "" });
        let checked = check(&text, Release::Main);
        for found in &checked.diagnostics {
            prop_assert!(text.get(found.primary.span.range()).is_some(), "{found:?} lies outside of {text:?}");
            for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
                prop_assert!(text.get(edit.span.range()).is_some(), "{found:?} lies outside of {text:?}");
            }
        }
        check(&apply_fixes(&text, &checked.diagnostics), Release::Main);
        // A query that is refused says why, and one that is taken has no errors.
        let errors = checked.diagnostics.iter().any(|found| found.severity() == traceql_grammar::diagnostic::Severity::Error);
        prop_assert_eq!(errors, checked.verdict != Verdict::Ok);
    }
}

/// One megabyte of each, on a thread with the stack that a worker thread has.
#[test]
fn a_megabyte_of_anything() {
    let pieces = [
        "{",
        "(",
        "!",
        "-",
        "}",
        ")",
        "[",
        "\"",
        "`",
        "'",
        ".",
        "1.",
        "^",
        "=",
        "|",
        "&",
        "a",
        "a ",
        "1s",
        "/*",
        "//",
        "not ",
        "{.a=",
        "1^",
        "*-1",
        "{} && ",
        "{} | ",
        ".a && ",
        "by(",
        "sum(",
        "rate({",
        "sum by (x) (rate({",
        "nil=",
        "$",
        "${",
        "in (",
        "a in (",
        "where ",
        "select ",
        "!{",
        "span.",
        "span:",
        "with (",
        "count",
        "1 s ",
        ".\"",
        ".`a b",
        "((",
        "{(",
        "({} | ",
        "avg(",
        "\u{feff}",
        "\0",
        "é",
    ];
    for piece in pieces {
        let text = piece.repeat(1_000_000 / piece.len());
        let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || check(&text, Release::Main).verdict);
        assert!(worker.unwrap().join().is_ok(), "{piece}");
    }
    for (prefix, piece, suffix) in
        [("{ ", ".a = 1 || ", ".a = 1 }"), ("", "{ .a } >> ", "{ }"), ("{ } | rate() ", "> 1 ", "")]
    {
        let text = format!("{prefix}{}{suffix}", piece.repeat(1_000_000 / piece.len()));
        assert_eq!(check(&text, Release::Main).verdict, Verdict::Ok, "{piece}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested =
        |depth: usize, open: &str, close: &str| format!("{{ {}.a{} }}", open.repeat(depth), close.repeat(depth));
    let groups = |depth: usize| format!("{}{{ }}{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(check(&nested(256, "(", ")"), Release::Main).verdict, Verdict::Ok);
    assert_eq!(check(&nested(256, "!", ""), Release::Main).verdict, Verdict::Ok);
    assert_eq!(check(&groups(256), Release::Main).verdict, Verdict::Ok);
    let deep =
        [nested(257, "(", ")"), nested(257, "!", ""), nested(129, "!(", ")"), groups(257), nested(100_000, "(", ")")];
    for text in deep {
        let checked = check(&text, Release::Main);
        let codes: Vec<_> = checked.diagnostics.iter().map(|found| found.code.row().name).collect();
        assert_eq!(codes, ["nesting-too-deep"], "{}", &text[..300]);
        assert_eq!(checked.verdict, Verdict::ParseError);
    }
}

/// Texts on which a place of a finding once lay outside of the text, or inside a character.
#[test]
fn found_by_chance() {
    for text in ["{{¡", "*a{¡\0", "by(.a) compare({ .a }) )", "avg(", "({ü | ", "coalesce(ü"] {
        let checked = check(text, Release::Main);
        let edits = checked.diagnostics.iter().filter_map(|found| found.fix.as_ref()).flat_map(|fix| &fix.edits);
        let places = checked.diagnostics.iter().map(|found| found.primary.span).chain(edits.map(|edit| edit.span));
        for place in places {
            assert!(text.get(place.range()).is_some(), "{text}: {place:?}");
        }
    }
}
