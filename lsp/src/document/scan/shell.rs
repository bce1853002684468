//! Commands that run a query: `traceql`, `tempo-cli` and `gcx`, in scripts and wherever commands stand.

use std::ops::Range;

use memchr::memmem;

use super::super::{
    finder::{self, Finder},
    holder::{HolderKind, Target},
    layer::Layer,
    source::Source,
};

/// The programs, each with words of which one must stand behind it.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("traceql", &["query", "explain", "check", "fmt", "tail"]),
    ("tempo-cli", &["query"]),
    ("gcx", &["traces", "tempo"]),
];

/// Options whose value begins with a brace and is no query.
const OTHER_OPTIONS: &[&str] =
    &["--jq", "--jsonpath", "--json", "--template", "--format", "--output", "-o", "--header", "-H"];

/// Maximum length of a command, in bytes.
const LONGEST: usize = 16 * 1024;

/// A word of a command.
struct Word {
    /// Its bytes, with quotes.
    span: Range<usize>,
    /// The quotes around it, if they are around all of it.
    layer: Option<Layer>,
}

/// Looks for commands in a text.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>) {
    let text = source.text();
    for (program, needed) in PROGRAMS {
        let mut behind = 0;
        for at in memmem::find_iter(text.as_bytes(), program) {
            let end = at + program.len();
            if at < behind || !is_program(text, at, end) {
                continue;
            }
            let (words, stop) = words(text, end);
            behind = stop;
            command(finder, source, &words, needed);
        }
    }
}

/// Tells whether a name stands where a program is called: behind a blank, a path or a bracket, and before a blank.
fn is_program(text: &str, at: usize, end: usize) -> bool {
    let before = text[..at].chars().next_back();
    let is_before =
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '/' | '(' | '`' | '@' | ';' | '|' | '&' | '$' | '"'));
    is_before && text[end..].starts_with([' ', '\t', '\\'])
}

/// Returns the words behind a program up to the end of the command, and where that is.
fn words(text: &str, start: usize) -> (Vec<Word>, usize) {
    let limit = text.len().min(start + LONGEST);
    let bytes = &text.as_bytes()[..limit];
    let mut words = Vec::new();
    let mut at = start;
    while at < limit {
        match bytes[at] {
            b' ' | b'\t' | b'\r' => at += 1,
            b'\\' if is_continuation(&bytes[at..]) => at += if bytes[at + 1] == b'\r' { 3 } else { 2 },
            b'\n' | b';' | b'|' | b'&' | b'#' | b')' | b'<' | b'>' => break,
            _ => {
                let Some(word) = word(bytes, at) else { break };
                at = word.span.end;
                words.push(word);
            }
        }
    }
    (words, at)
}

/// Tells whether a backslash joins its line with the next one.
fn is_continuation(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\\\n") || bytes.starts_with(b"\\\r\n")
}

/// Reads one word; `None` if a quote stays open.
fn word(bytes: &[u8], start: usize) -> Option<Word> {
    let mut at = start;
    let mut layer = None;
    while at < bytes.len()
        && !matches!(bytes[at], b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b')' | b'<' | b'>')
    {
        let begin = at;
        match bytes[at] {
            b'\'' => at += 2 + memchr::memchr(b'\'', &bytes[at + 1..])?,
            b'"' => at = double_quoted(bytes, at + 1)?,
            b'\\' if is_continuation(&bytes[at..]) => break,
            b'\\' => at = bytes.len().min(at + 2),
            _ => at += 1,
        }
        if begin == start {
            layer = match bytes[begin] {
                b'\'' => Some(Layer::ShellSingle),
                b'"' => Some(Layer::ShellDouble),
                _ => None,
            };
        } else if layer == Some(Layer::ShellSingle) && is_quote(bytes, start, begin) {
            // `'it'\''s'` is one text with a quote in it.
        } else {
            layer = None;
        }
    }
    Some(Word { span: start..at, layer })
}

/// Tells whether what stands at `at` in a word in single quotes is a part of an escaped quote or the text behind it.
fn is_quote(bytes: &[u8], start: usize, at: usize) -> bool {
    match bytes[at] {
        b'\\' => bytes[at..].starts_with(b"\\''"),
        b'"' => bytes[at..].starts_with(b"\"'\"'"),
        b'\'' => at >= start + 2 && (bytes[..at].ends_with(b"\\'") || bytes[..at].ends_with(b"\"'\"")),
        _ => false,
    }
}

/// Returns where a text in double quotes ends, with the quote.
fn double_quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..)?) {
        at += found;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
    None
}

/// Keeps the queries of a command.
fn command(finder: &mut Finder<'_>, source: &Source<'_>, words: &[Word], needed: &[&str]) {
    let text = source.text();
    let is_short = words.first().is_some_and(|word| word.layer.is_some()) && needed.contains(&"explain");
    let is_needed = words.iter().any(|word| needed.contains(&&text[word.span.clone()]));
    if !is_short && !is_needed {
        return;
    }
    for (at, word) in words.iter().enumerate() {
        let Some(layer) = word.layer else { continue };
        let before = at.checked_sub(1).and_then(|at| words.get(at)).map(|word| &text[word.span.clone()]);
        if before.is_some_and(|option| OTHER_OPTIONS.contains(&option)) {
            continue;
        }
        let raw = &text[word.span.clone()];
        let inside = word.span.start + 1..word.span.end.saturating_sub(1);
        let inner = source.part(inside, layer);
        let is_query = inner.text().trim_start().starts_with(['{', '(']);
        if !is_query || has_substitution(raw, layer) {
            continue;
        }
        let span = source.place(word.span.clone());
        let mut found = inner.whole();
        found.span = span.clone();
        let target = Target { query: Some(found), span: span.clone(), ..Target::default() };
        finder.document.holders.push(finder::holder(HolderKind::Command, vec![target], span));
    }
}

/// Tells whether the shell, or what runs it, puts something into a quoted word that cannot be known here.
fn has_substitution(raw: &str, layer: Layer) -> bool {
    if raw.contains("$(") || raw.contains("${{") || raw.contains('`') && layer == Layer::ShellDouble {
        return true;
    }
    let mut is_escaped = false;
    layer == Layer::ShellDouble
        && raw.chars().any(|c| {
            let is_variable = c == '$' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_variable
        })
}
