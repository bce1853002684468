//! What holds for any text: reading is total, and formatting keeps tokens, comments and itself.

mod canonical;

use std::sync::LazyLock;

use proptest::{collection::vec, prelude::*, sample::select};
use traceql_grammar::{
    Verdict, check,
    diagnostic::{Diagnostic, apply_fixes},
    format,
    token::{Token, lex},
    vocab::release::Release,
};

/// The recorded queries.
static QUERIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    include_str!("../../tests/conformance/check.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("the corpus is JSON lines"))
        .map(|line| line["query"].as_str().expect("a query").to_owned())
        .collect()
});

/// The recorded queries that are TraceQL.
static LEGAL: LazyLock<Vec<String>> =
    LazyLock::new(|| QUERIES.iter().filter(|query| format(query).is_ok()).cloned().collect());

fn tokens(text: &str) -> Vec<Token<'_>> {
    lex(text).lexemes.into_iter().map(|lexeme| lexeme.token).collect()
}

fn comments(text: &str) -> Vec<&str> {
    lex(text).comments.iter().map(|span| text[span.range()].trim_end()).collect()
}

fn canonical_of(text: &str) -> String {
    canonical::canonical(&check(text, Release::Main).query)
}

/// Asserts everything that formatting a legal query promises; returns the result.
fn formats(text: &str) -> String {
    let formatted = format(text).unwrap_or_else(|found| panic!("{text}\n{found:?}"));
    assert_eq!(tokens(&formatted), tokens(text), "{text}\nbecame\n{formatted}");
    assert_eq!(comments(&formatted), comments(text), "{text}\nbecame\n{formatted}");
    assert_eq!(canonical_of(&formatted), canonical_of(text), "{text}\nbecame\n{formatted}");
    let again = format(&formatted).unwrap_or_else(|found| panic!("{formatted}\n{found:?}"));
    assert_eq!(again, formatted, "{text}");
    assert!(!formatted.ends_with(['\n', ' ']));
    formatted
}

/// Puts texts between the tokens of a query, the first before all.
fn interleave(query: &str, gaps: &[&str]) -> String {
    let mut text = String::new();
    let mut at = 0;
    let lexemes = lex(query).lexemes;
    for (lexeme, gap) in lexemes.iter().zip(gaps.iter().cycle()) {
        text.push_str(&query[at..lexeme.span.start as usize]);
        text.push_str(gap);
        text.push_str(&query[lexeme.span.range()]);
        at = lexeme.span.end as usize;
    }
    text + &query[at..]
}

/// Asserts what holds for the findings in any text.
fn reads(text: &str) {
    for release in [Release::V2_2, Release::Main] {
        let checked = check(text, release);
        let inside = |found: &Diagnostic| {
            let spans = std::iter::once(&found.primary).chain(&found.secondary).map(|label| label.span);
            let edits = found.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
            spans.chain(edits).all(|span| text.get(span.range()).is_some())
        };
        assert!(checked.diagnostics.iter().all(inside), "{text:?}: {:?}", checked.diagnostics);
        let wrong =
            checked.diagnostics.iter().any(|found| found.severity == traceql_grammar::diagnostic::Severity::Error);
        assert_eq!(wrong, checked.verdict != Verdict::Ok, "{text:?}");
        apply_fixes(text, &checked.diagnostics);
    }
}

#[test]
fn recorded_queries() {
    assert!(LEGAL.len() > 1000);
    QUERIES.iter().for_each(|query| reads(query));
    for query in LEGAL.iter() {
        let formatted = formats(query);
        // Without comments, white space between tokens makes no difference.
        if comments(query).is_empty() {
            assert_eq!(formats(&interleave(query, &["\n", "  ", "\t\r\n"])), formatted);
        }
    }
}

proptest! {
    #[test]
    fn comments_survive_anywhere(
        query in select(LEGAL.as_slice()),
        gaps in vec(select(["", "", " ", "\n", "/* c */", " // c\n", "\n// own line\n", " /* a\n b */ ", "//\r\n"].as_slice()), 1..12),
    ) {
        // Behind a name a comment needs a space before it.
        let gaps: Vec<String> = gaps.iter().map(|gap| if gap.is_empty() { String::new() } else { format!(" {gap}") }).collect();
        let gaps: Vec<&str> = gaps.iter().map(String::as_str).collect();
        let text = interleave(&query, &gaps);
        // An operator of two tokens, `span:` and its word among them, may not be torn apart in Tempo's eyes either.
        prop_assume!(tokens(&text) == tokens(&query));
        formats(&text);
    }

    #[test]
    fn any_text_is_read(text in ".*") {
        reads(&text);
    }

    #[test]
    fn any_words_are_read(
        words in vec(select([
            "{", "}", "(", ")", "|", "&&", "||", "=", "!=", ">", ">>", "!~", "&>", "~", "!", "-", "+", "^", "==", "and", "not",
            "in", ",", ".a", "span.", "span.b", "resource.service.name", "span:", "duration", "status", "error", "\"x\"", "'x'",
            "`y`", "\"", "1", "1.5s", "1 s", "0x1", "nil", "true", "by", "with", "count", "rate", "count()", "rate()", "avg(",
            "topk(", "select(", "by(", "compare({", "quantile_over_time(duration, .9)", "with (a=1)", "// c\n", "/*", "$x",
            "${y}", "[5m]", "sum by (x)", "where", "limit 10", "like", "contains", "ERROR", "service.name", "é", "\u{0}", ";",
        ].as_slice()), 0..24),
        space in select(["", " "].as_slice()),
    ) {
        let text = words.join(space);
        reads(&text);
        if format(&text).is_ok() {
            formats(&text);
        }
    }

    #[test]
    fn cut_and_spliced_queries_are_read(
        left in select(QUERIES.as_slice()), right in select(QUERIES.as_slice()),
        cut in any::<prop::sample::Index>(), splice in any::<prop::sample::Index>(),
    ) {
        let floor = |text: &str, mut at: usize| { while !text.is_char_boundary(at) { at -= 1; } at };
        let cut = floor(&left, cut.index(left.len() + 1));
        let splice = floor(&right, splice.index(right.len() + 1));
        let text = format!("{}{}", &left[..cut], &right[splice..]);
        reads(&text);
        if format(&text).is_ok() {
            formats(&text);
        }
    }
}

#[test]
fn long_queries_are_formatted() {
    let many = |part: &str, first: &str| format!("{first}{}", part.repeat(20_000));
    formats(&many(" >> { .b != 1 }", "{ }"));
    formats(&many(" | by(.b)", "{ }"));
    formats(&format!("{{ {} }}", many(" && .b =~ \"x\"", ".a")));
    formats(&format!("{{ {} }}", many(" + 1", ".a")));
}
