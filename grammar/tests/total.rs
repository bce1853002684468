//! Texts made to hurt: reading them neither panics nor overflows the stack, and takes time linear in their length.

use traceql_grammar::{MAX_QUERY, Verdict, check, diagnostic::apply_fixes, format, vocab::release::Release};

/// Hundreds of kilobytes of each, read and laid out on a thread with the stack that a worker thread has.
///
/// Nothing measures the time: where it grows with the square of the length, this takes hours.
#[test]
fn a_long_text_of_anything() {
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
        survives("", piece, 150_000);
    }
    for piece in ["(", "!", "{.a="] {
        survives("", piece, 1_000_000);
    }
    // These made the lexer look at the same text again and again.
    for (prefix, piece) in [
        ("\"", "} |\\\""),
        ("\"", " | \\\""),
        ("\"", "x\\\")"),
        ("'", "} | ''"),
        ("{.\"", " .\\\""),
        ("{.\"", "}.\\\""),
        ("{.\"", "}.\\\\\\\""),
        ("{.\"", "}.\\x\\\""),
        ("", ".`a b`c"),
        ("{", "\0"),
        ("0x1", "0"),
        ("1", "_0"),
    ] {
        survives(prefix, piece, 300_000);
    }
}

/// The same for legal queries, which the rules look at as well.
#[test]
fn a_long_query_of_anything() {
    for (prefix, piece, suffix) in [
        ("{ ", ".a = 1 || ", ".a = 1 }"),
        ("", "{ .a } >> ", "{ }"),
        ("{ } | rate() ", "> 1 ", ""),
        ("{ .a = ", ".a / ", ".a }"),
        ("{ .a = ", "(.a - 1) % ", ".a }"),
        ("{ .a = ", ".a + ", ".a ^ 2 }"),
        ("{ ", "!(.a = 1) && ", "true }"),
        ("{ ", "!(.a = 1) && .a != nil && ", "true }"),
        ("{ ", "(.a = 1) = .b || ", "true }"),
        ("{ ", ".a || ", ".a }"),
        ("{ ", ".a != 1 && ", ".a = nil }"),
        ("{ .a = 1 ", "/* } */ ", "}"),
        ("", "{ .a = 1.5 } | ", "{ }"),
        ("", "({ .a } | { .b }) && ", "({ } | { })"),
    ] {
        let text = format!("{prefix}{}{suffix}", piece.repeat(300_000 / piece.len()));
        assert_eq!(check(&text, Release::Main).verdict, Verdict::Ok, "{piece}");
        let lines = format(&text).unwrap();
        assert!(lines.len() < 40 * text.len(), "{piece}: {}", lines.len());
    }
}

/// Checks and formats a text with a piece as often as it takes to be so long.
fn survives(prefix: &str, piece: &str, length: usize) {
    let text = format!("{prefix}{}", piece.repeat(length / piece.len()));
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        check(&text, Release::Main);
        format(&text).is_ok()
    });
    assert!(worker.expect("a thread").join().is_ok(), "{piece}");
}

/// Deep nesting moves lines only so far to the right.
#[test]
fn layout_is_linear() {
    for (operand, comment) in [(" && .b", ""), (" && .b", " // \n"), ("", " /*\n*/")] {
        let text = format!("{{ {}.a{} }}", "(".repeat(250), format!("{comment}{operand})").repeat(250));
        let lines = format(&text).unwrap();
        assert!(lines.len() < 40 * text.len(), "{} of {}", lines.len(), text.len());
        assert_eq!(format(&lines).as_ref(), Ok(&lines));
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

/// A text of faults is read as far as findings are kept, and every message is short, whatever it quotes.
#[test]
fn messages_are_short() {
    let long = |piece: &str| piece.repeat(300_000 / piece.len());
    let texts = [
        long("1"),
        long("1h"),
        long("a"),
        long("a."),
        long("."),
        long("$a"),
        long("'a' "),
        format!("{{ {} }}", long("a ")),
        format!("{{ .a = {} }}", long("1e")),
        format!("{{ .{} }}", long("a")),
        format!("{{ .a = '{}' }}", long("a")),
        format!("{{ status = \"{}\" }}", long("a")),
        format!("{{ .a =~ \"({}\" }}", long("a")),
        format!("{{ span:{} = 1 }}", long("a")),
        format!("{{ }} | {}()", long("a")),
        format!("{{ }} | rate() by ({})", long("a")),
        format!("{{ }} | rate() | {} > 1", long("a")),
        format!("{{ }} | avg({})", long(".a + ") + "1"),
        format!("{{ }} | select({})", long(".a + ") + "1"),
        format!("{{ }} | by({})", long("1 + ") + "1"),
        format!("{{ {} == 1 }}", long("`a`")),
        format!("sum({})", long(".a, ")),
        format!("where {}", long(".a = 1 and ")),
        format!("{{ .a in ({}) }}", long("1, ")),
        format!("{{ .a = 1 }} with ({}=1)", long("a")),
        format!("{{ parent.{} = nil }} | count() = {}", long("a"), long("9")),
        format!("{{ {} }}", long("!").replace('!', "-")),
    ];
    for text in texts {
        let checked = check(&text, Release::Main);
        for found in &checked.diagnostics {
            let labels = std::iter::once(&found.primary).chain(&found.secondary).map(|label| &label.text);
            let titles = found.fix.iter().map(|fix| &fix.title);
            for told in std::iter::once(&found.message).chain(labels).chain(&found.help).chain(titles) {
                assert!(told.chars().count() < 500, "{} characters: {}", told.chars().count(), &text[..40]);
            }
        }
    }
}

/// The rest of a text that has more faults than findings are kept changes nothing of them.
#[test]
fn faults_beyond_the_last_finding_do_not_count() {
    for piece in ["}", "^", "= ", "{ .a } { .b } ", ", ", "(", "{", "-", "2^", "{ .a = } ", "by(", "count("] {
        let [short, long] = [1_000, 300_000].map(|length| check(&piece.repeat(length / piece.len()), Release::Main));
        assert_eq!(short.verdict, long.verdict, "{piece}");
        assert!(long.diagnostics.len() <= traceql_grammar::MOST_DIAGNOSTICS, "{piece}");
    }
}

/// A text that is too long is one finding, whatever it holds.
#[test]
fn length_has_a_limit() {
    let text = |length: usize| format!("{{ }}{}", " ".repeat(length - 3));
    assert_eq!(check(&text(MAX_QUERY), Release::Main).verdict, Verdict::Ok);
    assert!(format(&text(MAX_QUERY)).is_ok());
    for text in [text(MAX_QUERY + 1), "{".repeat(3 * MAX_QUERY), "ü".repeat(MAX_QUERY)] {
        let checked = check(&text, Release::V2_2);
        let [found] = &checked.diagnostics[..] else { panic!("{} findings", checked.diagnostics.len()) };
        assert_eq!((found.code.row().name, checked.verdict), ("query-too-long", Verdict::ParseError));
        assert!(found.message.contains("1048576") && found.help.is_some(), "{}", found.message);
        assert_eq!(format(&text).map_err(|found| found.len()), Err(1));
        assert!(traceql_grammar::field(&text).is_err());
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

/// A NUL character is refused wherever it stands, once.
#[test]
fn nul_is_refused_everywhere() {
    for text in [
        "{ .a\0 = 1 }",
        "{ .a = \"\0\" }",
        "{ .a = `\0` }",
        "{ .\"\0\" = 1 }",
        "{ .a = 1 } // \0",
        "{ /*\0*/ .a = 1 }",
        "{ .a \0= 1 }",
        "{ .a = 1 }\0",
    ] {
        let checked = check(text, Release::Main);
        let found: Vec<_> = checked.diagnostics.iter().map(|found| found.primary.span.range().start).collect();
        assert_eq!(found, [text.find('\0').unwrap()], "{text:?}");
        assert_eq!(checked.verdict, Verdict::ParseError);
        let fixed = apply_fixes(text, &checked.diagnostics);
        assert_eq!(fixed, text.replace('\0', ""));
    }
}
