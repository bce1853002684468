//! Tests of text against a regular expression, without the expression where something simpler says the same.

use hashbrown::HashSet;
use memchr::memmem;
use regex::{Regex, RegexBuilder};
use traceql_grammar::regex::{RUST_NEST_LIMIT, translate};

/// Decides whether a whole text matches a pattern.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    /// Any text.
    Anything,
    /// Exactly this text.
    Literal(Box<str>),
    /// One of these texts.
    OneOf(HashSet<Box<str>>),
    /// A text that starts with this.
    Prefix(Box<str>),
    /// A text that ends with this.
    Suffix(Box<str>),
    /// A text with this in it.
    Contains(Box<memmem::Finder<'static>>),
    /// Everything else.
    Pattern(Regex),
}

impl Matcher {
    /// Makes the matcher for a pattern in Go's syntax: anchored at both ends, `.` matches a line break too.
    ///
    /// Returns what is wrong with the pattern if it is none.
    pub(crate) fn new(go: &str) -> Result<Matcher, String> {
        let pattern = translate(go).map_err(|error| error.message)?;
        if let Some(simple) = simple(&pattern) {
            return Ok(simple);
        }
        compile(&pattern).map(Matcher::Pattern).map_err(|error| error.to_string())
    }

    /// Tells whether `text` matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Matcher::Anything => true,
            Matcher::Literal(literal) => text == &**literal,
            Matcher::OneOf(all) => all.contains(text),
            Matcher::Prefix(prefix) => text.starts_with(&**prefix),
            Matcher::Suffix(suffix) => text.ends_with(&**suffix),
            Matcher::Contains(finder) => finder.find(text.as_bytes()).is_some(),
            Matcher::Pattern(regex) => regex.is_match(text),
        }
    }
}

/// Compiles a translated pattern, anchored.
fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    // Ten times the crate's own limit: Go takes `\pL{1000}`, which is large as an automaton.
    const SIZE_LIMIT: usize = 100 << 20;
    RegexBuilder::new(&format!("^(?s:{pattern})$")).nest_limit(RUST_NEST_LIMIT).size_limit(SIZE_LIMIT).build()
}

/// Finds the simpler test that means the same as an unanchored pattern.
fn simple(pattern: &str) -> Option<Matcher> {
    if let Some(text) = literal(pattern) {
        return Some(Matcher::Literal(text.into()));
    }
    let (start, rest) = match pattern.strip_prefix(".*") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let (end, middle) = match rest.strip_suffix(".*") {
        // A backslash before it would make the point a literal one.
        Some(middle) if !middle.ends_with('\\') => (true, middle),
        _ => (false, rest),
    };
    if start || end {
        let text = literal(middle)?;
        return Some(match (start, end) {
            _ if text.is_empty() => Matcher::Anything,
            (true, true) => Matcher::Contains(Box::new(memmem::Finder::new(&text).into_owned())),
            (true, false) => Matcher::Suffix(text.into()),
            _ => Matcher::Prefix(text.into()),
        });
    }
    // Parentheses around the whole change nothing.
    let inner = pattern.strip_prefix("(?:").or_else(|| pattern.strip_prefix('('));
    let list = inner.and_then(|inner| inner.strip_suffix(')')).unwrap_or(pattern);
    list.split('|').map(|text| literal(text).map(Box::from)).collect::<Option<_>>().map(Matcher::OneOf)
}

/// Returns the text that a pattern without any operator stands for.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(char::is_ascii_punctuation)?),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            _ => text.push(c),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every simple test must say the same as the expression that it replaces.
    #[test]
    fn simple_tests_agree_with_the_expression() {
        let patterns = [
            "",
            "a",
            "a.b",
            r"a\.b",
            ".*",
            "a.*",
            ".*b",
            ".*a.*",
            r"a\.*",
            r".*\.*",
            "a|b|",
            "(a|ab)",
            "(?:a|a.b)",
            "a|(b)",
            ".*.*",
            "(a)|(b)",
            r"\|",
            r"a\|b",
            ".*|a",
            "a.*b",
            r"\..*",
        ];
        let texts = ["", "a", "b", "ab", "a.b", "a\nb", "xay", "a...", ".", "a|b", "|", "abab", "xb", "é"];
        for pattern in patterns {
            let matcher = Matcher::new(pattern).unwrap();
            let regex = compile(pattern).unwrap();
            for text in texts {
                assert_eq!(matcher.matches(text), regex.is_match(text), "{pattern:?} on {text:?}");
            }
        }
    }
}
