//! Texts made to hurt: reading them neither panics nor overflows the stack, and takes time linear in their length.

use traceql_grammar::{Verdict, check, vocab::release::Release};

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
        "=~\"(\" ",
        "select a,",
        "p99(",
        "by (x) rate() ",
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
