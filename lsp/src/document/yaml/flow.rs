//! Decodes YAML scalars without quotes, in single and in double quotes, with the map of their bytes.

use crate::document::{
    decoded::{Decoded, break_length, hex},
    source_map::SourceMap,
};

/// The three ways to write a scalar in the flow of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Quotes {
    /// None.
    Plain,
    /// `'`.
    Single,
    /// `"`.
    Double,
}

/// Decodes what stands between the quotes.
pub(in crate::document) fn decode(raw: &str, quotes: Quotes) -> (String, SourceMap) {
    let bytes = raw.as_bytes();
    let mut decoded = Decoded::new(raw);
    // `start..blanks` is what waits to be added; `blanks..at` are blanks, which count only if no line break follows
    // them.
    let (mut start, mut blanks, mut at) = (0, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' => at += 1,
            b'\n' | b'\r' => {
                decoded.verbatim(start..blanks);
                at = fold(&mut decoded, bytes, blanks, at);
                (start, blanks) = (at, at);
            }
            b'\'' if quotes == Quotes::Single && bytes.get(at + 1) == Some(&b'\'') => {
                decoded.verbatim(start..at);
                decoded.escaped("'", at..at + 2);
                at += 2;
                (start, blanks) = (at, at);
            }
            b'\\' if quotes == Quotes::Double => {
                decoded.verbatim(start..at);
                at = escape(&mut decoded, bytes, at);
                (start, blanks) = (at, at);
            }
            _ => {
                at += 1;
                blanks = at;
            }
        }
    }
    decoded.verbatim(start..at);
    decoded.finish(0)
}

/// Adds the line breaks at `at`, before which blanks start at `from`: one is a blank, several are one fewer. Returns
/// where the next line has its first character.
fn fold(decoded: &mut Decoded<'_>, bytes: &[u8], from: usize, at: usize) -> usize {
    let first = after_blanks(bytes, at + break_length(&bytes[at..]));
    if break_length(&bytes[first..]) == 0 {
        decoded.escaped(" ", from..first);
        return first;
    }
    empty_lines(decoded, bytes, from, first)
}

/// Adds a break for each empty line from `at` on; the first one takes what stands from `from` on, the last one the
/// blanks before the next character, which is returned.
fn empty_lines(decoded: &mut Decoded<'_>, bytes: &[u8], mut from: usize, mut at: usize) -> usize {
    loop {
        let length = break_length(&bytes[at..]);
        if length == 0 {
            return at;
        }
        let next = after_blanks(bytes, at + length);
        decoded.escaped("\n", from..next);
        (from, at) = (next, next);
    }
}

/// Returns the first byte from `at` on that is no blank.
fn after_blanks(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Adds the escape sequence at `at` and returns its end. What is none stands for itself.
fn escape(decoded: &mut Decoded<'_>, bytes: &[u8], at: usize) -> usize {
    let Some(kind) = bytes.get(at + 1) else {
        decoded.verbatim(at..at + 1);
        return at + 1;
    };
    let length = break_length(&bytes[at + 1..]);
    if length > 0 {
        let next = after_blanks(bytes, at + 1 + length);
        return empty_lines(decoded, bytes, next, next);
    }
    let (c, end) = match kind {
        b'x' => (code(bytes, at, 2), at + 4),
        b'u' => (code(bytes, at, 4), at + 6),
        b'U' => (code(bytes, at, 8), at + 10),
        _ => (named(*kind), at + 2),
    };
    match c {
        Some(c) => {
            decoded.escaped(c.encode_utf8(&mut [0; 4]), at..end);
            end
        }
        None => {
            decoded.verbatim(at..at + 1);
            at + 1
        }
    }
}

/// Returns the character of so many hexadecimal digits behind `\x` at `at`.
fn code(bytes: &[u8], at: usize, digits: usize) -> Option<char> {
    hex(bytes.get(at + 2..)?, digits).and_then(char::from_u32)
}

/// Returns the character that is written as `\` and a letter.
fn named(letter: u8) -> Option<char> {
    Some(match letter {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b' ' => ' ',
        b'"' => '"',
        b'/' => '/',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The units of the value, each with what is written for it.
    fn units(raw: &str, quotes: Quotes) -> Vec<(String, &str)> {
        let (value, map) = decode(raw, quotes);
        map.segments().iter().map(|found| (value[found.text.clone()].to_owned(), &raw[found.file.clone()])).collect()
    }

    fn pairs<'t>(units: &'t [(String, &'t str)]) -> Vec<(&'t str, &'t str)> {
        units.iter().map(|(text, raw)| (text.as_str(), *raw)).collect()
    }

    #[test]
    fn quotes_are_doubled_in_single_quotes() {
        let found = units("a''b \n  c", Quotes::Single);
        assert_eq!(pairs(&found), [("a", "a"), ("'", "''"), ("b", "b"), (" ", " \n  "), ("c", "c")]);
    }

    #[test]
    fn one_break_is_a_blank_and_more_are_one_fewer() {
        let found = units("a\r\n  b\n\n \n\tc", Quotes::Plain);
        assert_eq!(
            pairs(&found),
            [("a", "a"), (" ", "\r\n  "), ("b", "b"), ("\n", "\n\n "), ("\n", "\n\t"), ("c", "c")]
        );
    }

    #[test]
    fn escape_sequences_are_units() {
        let found = units(r#"\"\u00fc\U0001F600\x41 \q"#, Quotes::Double);
        assert_eq!(
            pairs(&found),
            [("\"", r#"\""#), ("ü", r"\u00fc"), ("😀", r"\U0001F600"), ("A", r"\x41"), (r" \q", r" \q")]
        );
    }

    #[test]
    fn an_escaped_break_stands_for_nothing() {
        let found = units("a \\\n   b\\  \n c\\\n\n d", Quotes::Double);
        assert_eq!(
            pairs(&found),
            [("a ", "a "), ("b", "b"), (" ", "\\ "), (" ", " \n "), ("c", "c"), ("\n", "\n "), ("d", "d")]
        );
    }
}
