//! What Go takes and refuses, and that the translation means the same in Rust.

use regex_syntax::{ParserBuilder, hir::HirKind};

use super::*;

/// Parses the translation as its users compile it.
fn parse(rust: &str) -> Result<regex_syntax::hir::Hir, String> {
    ParserBuilder::new()
        .nest_limit(RUST_NEST_LIMIT)
        .build()
        .parse(&format!("^(?s:{rust})$"))
        .map_err(|error| error.to_string())
}

/// Translates a pattern that is legal in both.
fn ok(go: &str) -> String {
    let rust = translate(go).unwrap_or_else(|error| panic!("{go:.80} is refused: {error:?}"));
    parse(&rust).unwrap_or_else(|error| panic!("{go:.80} became {rust:.80}: {error:.200}"));
    rust
}

/// Asserts that two patterns, one of Go and one of Rust, mean the same.
fn same(go: &str, rust: &str) {
    let translated = ok(go);
    let (left, right) = (parse(&translated).expect("just parsed"), parse(rust).expect("a pattern of the test"));
    assert_eq!(left, right, "{go} became {translated}, which is not {rust}");
}

/// Asserts that a pattern is refused, and where: the span's text and the message are compared.
fn refused(go: &str, at: &str, message: &str) {
    let error = translate(go).expect_err(go);
    assert_eq!((&go[error.span], error.message.as_str()), (at, message), "{go}");
}

#[test]
fn literals() {
    assert_eq!(ok("plain words"), "plain words");
    same("a.b", "a.b");
    same(r"\Qa.b\E", r"a\.b");
    same(r"\Qa.b", r"a\.b");
    same(r"\Qab\E+", "ab+");
    same(r"\Q\E", "");
    same(r"\123", r"\x{53}");
    same(r"\0", r"\x{0}");
    same(r"\07", r"\x{7}");
    same(r"\1234", r"\x{53}4");
    same(r"\x41\x{1F600}", "A😀");
    same(r"\_\-\ \#\&\~", r"_- \#&~");
    same(r"\a\f\n\r\t\v", r"\x07\x0C\n\r\t\x0B");
    same("日本", "日本");
}

#[test]
fn braces_that_count_nothing_are_literal() {
    same("a{", r"a\{");
    same("a{1", r"a\{1");
    same("a{,3}", r"a\{,3\}");
    same("a{01}", r"a\{01\}");
    same("a{b}", r"a\{b\}");
    same("a{1}", "a{1}");
    same("a{1,}", "a{1,}");
    same("a{0,2}?", "a{0,2}?");
    same("]}", r"\]\}");
}

#[test]
fn classes_have_no_set_operations() {
    same("[a[b]", r"[a\[b]");
    same("[[a]b]", r"[\[a]b\]");
    same("[a&&b]", r"[a\&\&b]");
    same("[a~~b]", r"[a\~\~b]");
    same("[]a]", r"[\]a]");
    same("[^]a]", r"[^\]a]");
    same("[a-]", r"[a\-]");
    same("[-a]", r"[\-a]");
    same("[a-c-e]", r"[a-c\-e]");
    same(r"[\d-z]", r"[0-9\-z]");
    same("[[:alpha:]-z]", r"[[:alpha:]\-z]");
    same("[[:^space:]]", "[[:^space:]]");
    same("[[:a]", r"[\[:a]");
    same("[a^]", r"[a\^]");
    same(r"[\x41-\103]", "[A-C]");
}

#[test]
fn named_classes_are_ascii() {
    same(r"\d\D", "[0-9][^0-9]");
    same(r"\w\W", "[0-9A-Za-z_][^0-9A-Za-z_]");
    same(r"\s\S", r"[\t\n\f\r ][^\t\n\f\r ]");
    same(r"\b\B", r"(?-u:\b)(?-u:\B)");
    same(r"[\d\W]", "[0-9[^0-9A-Za-z_]]");
    same(r"(?i)\w", "(?i:[0-9A-Za-z_])");
}

#[test]
fn unicode_classes() {
    same(r"\pN\PN", r"\pN\PN");
    same(r"\p{Greek}\p{^Greek}\P{^Greek}", r"\p{Greek}\P{Greek}\p{Greek}");
    same(r"\p{Lu}", r"\p{Lu}");
    same(r"\p{Any}", r"[\x{0}-\x{10FFFF}]");
    same(r"\PC", r"[^\p{Cc}\p{Cf}\p{Co}]");
    same(r"[\pL\d]", r"[\pL0-9]");
    for unknown in [r"\p{greek}", r"\p{ASCII}", r"\p{Script=Greek}", r"\p{}", r"\p", r"\p{Greek"] {
        translate(unknown).expect_err(unknown);
    }
    refused(r"a\p{greek}", r"\p{greek}", "there is no Unicode category or script `greek`");
}

#[test]
fn surrogates_match_nothing() {
    same(r"\x{D800}", NOTHING);
    same(r"[\x{D800}]", NOTHING);
    same(r"[^\x{D800}]", r"[\x{0}-\x{10FFFF}]");
    same(r"[\x{D000}-\x{DFFF}a]", r"[\x{D000}-\x{D7FF}a]");
    same(r"[\x{D900}-\x{E001}]", r"[\x{E000}-\x{E001}]");
    same(r"\p{Cs}", NOTHING);
}

#[test]
fn groups_and_flags() {
    same("(a)(?:b)", "(?:a)(?:b)");
    same("(?P<n>a)(?P<n>b)", "(?:a)(?:b)");
    same("(?<n>a)", "(?:a)");
    same("(?<1>a)", "(?:a)");
    same("(?i)a|b", "(?i:a|b)");
    same("a|(?i)b", "a|(?i:b)");
    same("(a(?i)b)c", "(?:a(?i)b)c");
    same("(?i)a(?-i)b", "(?i:a)b");
    same("(?i:a)b", "(?i:a)b");
    same("(?ii)a", "(?i:a)");
    same("(?)a", "a");
    same("(?-s).", "(?-s:.)");
    same("(?s).(?-s).", "(?s:.)(?-s:.)");
    same("(?m)^a$", "(?m:^a$)");
    same("(?U)a*", "(?U:a*)");
    same("a(?i)*", "a*");
    same("a*(?i)+", "(?:a*)+");
    same("a*(?i)+(?-i)?", "(?:(?:a*)+)?");
    same("()|(|a||)", "(?:)|(?:|a||)");
    same(r"\Aa\z^$", r"\Aa\z^$");
}

#[test]
fn repetitions() {
    same("a*?b+?c??", "a*?b+?c??");
    same("^*", "(?:^)*");
    same("(a*)*", "(?:a*)*");
    ok("a{1000}");
    ok("((a{10}){10}){10}");
    ok("(a{1000}b{1000}){1}");
    ok("(a{1000}){0}");
    for stacked in ["a**", "a++", "a*+", "a{2}{3}", "a?{2}", "a+??"] {
        assert!(translate(stacked).expect_err(stacked).message.starts_with("a repetition cannot follow"), "{stacked}");
    }
    refused("xa**", "**", "a repetition cannot follow a repetition; put a group around the first");
    refused("b|*a", "*", "`*` has nothing before it to repeat");
    refused("({2}a)", "{2}", "`{2}` has nothing before it to repeat");
    refused("a{1001}", "{1001}", "more than 1000 repetitions, nested ones multiplied");
    refused("a{99999999999}", "{99999999999}", "more than 1000 repetitions, nested ones multiplied");
    refused("(a{100}){100}", "{100}", "more than 1000 repetitions, nested ones multiplied");
    refused("(a{500}|b){3,}", "{3,}", "more than 1000 repetitions, nested ones multiplied");
    refused("a{2,1}", "{2,1}", "`{2,1}` has its smaller number last");
    translate(&format!("({}){{1000}}", "a".repeat(4000))).expect_err("too large");
}

#[test]
fn what_go_does_not_have() {
    refused("x(?=a)", "(?=", "look-ahead is not part of this regular expression language");
    refused("(?<!a)", "(?<!", "look-behind is not part of this regular expression language");
    refused(r"(a)\1", r"\1", "back-references are not part of this regular expression language");
    refused("(?x)a", "x", "there is no flag `x`; the flags are `i`, `m`, `s` and `U`");
    refused("(?u)a", "u", "there is no flag `u`; the flags are `i`, `m`, `s` and `U`");
    refused("(?-u)a", "u", "there is no flag `u`; the flags are `i`, `m`, `s` and `U`");
    refused("(?i-)a", "(?i-)", "these flags cannot be read");
    refused(r"\Z", r"\Z", "there is no `\\Z`; the end of the text is `\\z`");
    refused(r"\C", r"\C", "`\\C`, a single byte, cannot be matched");
    refused(r"\u0041", r"\u", "there is no `\\u`; a character's number is written `\\x{41}`");
    refused("a--[a--b]", "a--", "the range ends before it starts; a `-` that means itself is written `\\-`");
    refused(r"[a-\d]", r"\d", "there is no escape `\\d`");
    refused(r"[\Qa]", r"\Q", "there is no escape `\\Q`");
    refused(r"[\b]", r"\b", "there is no escape `\\b`");
    refused("[[:foo:]]", "[:foo:]", "there is no class `[:foo:]`");
    refused("a[bc", "[", "this `[` is never closed");
    refused("[]", "[", "this `[` is never closed");
    refused("a(b", "(", "this group is never closed");
    refused("a)b", ")", "this `)` closes nothing");
    refused("(?P<n", "(?P<", "the name of this group has no `>` behind it");
    refused("(?P<a b>c)", "a b", "the name of a group holds only letters, digits and `_`");
    refused(r"a\", r"\", "a backslash at the end escapes nothing");
    refused(r"\x{110000}", r"\x{110000", "there is no character with so large a number");
    refused(r"\xg", r"\xg", "`\\x` needs two hexadecimal digits, or braces around up to six");
}

#[test]
fn deep_nesting_is_refused() {
    let nested = |depth: usize| format!("{}x{}", "(a|b".repeat(depth), "y*|d)+".repeat(depth));
    ok(&nested(256));
    let error = translate(&nested(257)).expect_err("too deep");
    assert_eq!((error.span, error.message.as_str()), (1024..1025, "groups nest more than 256 deep"));
    translate(&"(".repeat(1_000_000)).expect_err("too deep");
    translate(&format!("a{}", "*(?i)".repeat(1000))).expect_err("too deep");
}

#[test]
fn long_patterns_take_linear_time() {
    for part in ["[[:a]", "{1", r"\Qa\E", "a(?i)b(?-i)", "(a|b)*", r"\p{Greek}", r"[^\W]", "a*(?i)*|", "]", "}"] {
        ok(&part.repeat(300_000 / part.len()));
    }
    for part in ["[", "[[:", "(?P<", r"\p{", "(?i", "[[:a:", r"[\"] {
        translate(&part.repeat(300_000 / part.len())).expect_err(part);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_translated_or_refused(go in ".*") {
        check(&go);
    }

    #[test]
    fn anything_of_regex_characters_too(
        go in r"([ab01^$.|?*+(){}\[\]\\,:\-&~<>=!]|\(\?|\(\?P<n>|\[:|alpha:\]|\[\^|\\[a-zA-Z0-9]|\\p\{L[ut]?\}|\{[0-9]{1,4},?[0-9]{0,4}\}|\(\?[imsU-]{1,3}[:)]){0,24}"
    ) {
        check(&go);
    }
}

/// Asserts what holds for any text: a pattern that Rust takes, or an error inside the text.
fn check(go: &str) {
    match translate(go) {
        Ok(rust) => {
            let hir = parse(&rust).unwrap_or_else(|error| panic!("{go:.80} became {rust:.80}: {error:.200}"));
            assert!(!matches!(hir.kind(), HirKind::Capture(_)));
            assert_eq!(hir.properties().explicit_captures_len(), 0, "{go} became {rust}");
        }
        Err(error) => {
            assert!(go.get(error.span.clone()).is_some_and(|text| !text.is_empty()), "{go}: {error:?}");
            assert!(!error.message.is_empty() && !error.message.ends_with('.'));
        }
    }
}
