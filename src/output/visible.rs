//! Text from data, queries, names, servers and commands as it may be shown: without any character that a terminal obeys,
//! or that hides or reorders the text around it. Everything that is written for people, or as JSON or CSV, passes here.

use std::{borrow::Cow, io};

use serde::Serialize;

/// Maximum length of a message, in characters. A longer one loses what stands before its end.
const LONGEST_MESSAGE: usize = 2000;

/// Length of the end that a message keeps, in characters.
const KEPT_END: usize = 500;

/// Returns a character that a terminal shows and does not obey: tabs become blanks, control characters their pictures, and
/// other hidden characters a `·`.
pub fn visible(c: char) -> char {
    match c {
        ' '..='~' => c,
        '\t' | '\r' => ' ',
        '\n' => '␊',
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
        '\x7f' => '␡',
        c if is_hidden(c) => '·',
        c => c,
    }
}

/// Tells whether a character beyond ASCII is a control character, or a mark that takes no room or reorders text.
fn is_hidden(c: char) -> bool {
    matches!(c,
        // C1 controls and the soft hyphen.
        '\u{80}'..='\u{9f}' | '\u{ad}'
        // Joiners and marks of scripts, among them the directions of Arabic and Mongolian, and fillers of Hangul.
        | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{ffa0}'
        // Zero width, directions, ends of lines and paragraphs, invisible operators.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // The byte order mark, annotations, and what is no character.
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
        // Shorthand and musical formats, tags, and the selectors beyond the sixteen that emoji use.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns text from the data as something that a terminal shows and does not obey, on one line.
pub fn shown(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Does what [`shown`] does, and keeps line breaks.
pub fn shown_lines(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { visible(c) }).collect()
}

/// Returns a message with what it quotes as one line of bounded length.
pub fn message(text: &str) -> String {
    // A character has at most four bytes.
    if text.len() <= LONGEST_MESSAGE || text.chars().nth(LONGEST_MESSAGE).is_none() {
        return shown(text);
    }
    let end = text.char_indices().rev().nth(KEPT_END - 1).map_or(0, |(at, _)| at);
    let begin = text.char_indices().nth(LONGEST_MESSAGE - KEPT_END).map_or(text.len(), |(at, _)| at);
    format!("{}…{}", shown(&text[..begin]), shown(&text[end..]))
}

/// Returns a value as JSON on one line. Hidden characters are escaped: the same values, and nothing to obey.
pub fn to_json<T: Serialize>(value: &T) -> io::Result<String> {
    serde_json::to_string(value).map(escaped).map_err(io::Error::from)
}

/// Does what [`to_json`] does, over several lines.
pub fn to_json_pretty<T: Serialize>(value: &T) -> io::Result<String> {
    serde_json::to_string_pretty(value).map(escaped).map_err(io::Error::from)
}

/// Escapes the hidden characters of a JSON text. They can only stand inside of its strings.
pub(super) fn escaped(json: String) -> String {
    if !has_hidden(&json) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + json.len() / 8);
    for c in json.chars() {
        if is_escaped(c) { text.push_str(&json_escape(c)) } else { text.push(c) }
    }
    text
}

/// Tells whether a text may have characters that JSON shows as escapes, beside those that it must escape.
pub(super) fn has_hidden(text: &str) -> bool {
    text.bytes().any(|byte| BEGINS_HIDDEN[usize::from(byte)]) && text.chars().any(is_escaped)
}

/// Tells whether JSON shows a character as an escape although it does not have to.
pub(super) fn is_escaped(c: char) -> bool {
    c == '\x7f' || is_hidden(c)
}

/// Returns a character as the escape that JSON has for it.
pub(super) fn json_escape(c: char) -> String {
    let mut text = String::new();
    for unit in c.encode_utf16(&mut [0; 2]) {
        text.push_str(&format!("\\u{unit:04x}"));
    }
    text
}

/// The bytes with which UTF-8 begins a hidden character.
pub(super) const BEGINS_HIDDEN: [bool; 256] = {
    let mut begins = [false; 256];
    let mut bytes: &[u8] = b"\x7f\xc2\xcd\xd8\xe1\xe2\xe3\xef\xf0\xf3";
    while let Some((byte, rest)) = bytes.split_first() {
        begins[*byte as usize] = true;
        bytes = rest;
    }
    begins
};

/// Returns a text as it stands in a cell of CSV, which has no escapes: like [`shown`], but for tabs and line breaks, which
/// CSV can hold.
pub(super) fn in_cell(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\t' | '\n') || c != '\r' && visible(c) == c;
    if text.chars().all(is_plain) {
        return text;
    }
    let mut cell = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        cell.push(match c {
            '\r' if rest.peek() != Some(&'\n') => '␍',
            '\r' => c,
            c if is_plain(c) => c,
            c => visible(c),
        });
    }
    Cow::Owned(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters of every kind that must not be written as they are.
    const HOSTILE: &str =
        "\u{1b}]52;c;aGk=\u{7}\u{7f}\u{9b}31m\u{ad}\u{61c}\u{200b}\u{202e}\u{2066}\u{feff}\u{e0041}\u{e01ef}";

    #[test]
    fn hidden_characters_begin_with_bytes_of_the_table() {
        for c in ('\u{7f}'..=char::MAX).filter(|c| is_escaped(*c)) {
            let byte = c.encode_utf8(&mut [0; 4]).as_bytes()[0];
            assert!(BEGINS_HIDDEN[usize::from(byte)], "{:x}", u32::from(c));
        }
    }

    #[test]
    fn text_becomes_visible_and_readable_text_stays() {
        assert_eq!(shown("a\tb\nc\u{1b}[31m\u{7f}\u{202e}"), "a b␊c␛[31m␡·");
        assert!(shown(HOSTILE).chars().all(|c| !c.is_control() && !is_hidden(c)));
        let readable = "naïve 日本語 😀 ☀\u{fe0f} a\u{301} עברית ไทย";
        assert_eq!((shown(readable).as_str(), in_cell(readable.into()).as_ref()), (readable, readable));
        assert_eq!(shown_lines("a\r\n\u{1b}"), "a \n␛");
    }

    #[test]
    fn json_has_escapes_and_the_same_value() {
        let json = to_json(&[HOSTILE, "ü"]).expect("texts are JSON");
        assert!(json.chars().all(|c| !is_escaped(c) && !c.is_control()), "{json}");
        assert!(json.contains("\\udb40\\udc41") && json.contains("\\u202e"), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).ok(), Some(vec![HOSTILE.to_owned(), "ü".to_owned()]));
        let pretty = to_json_pretty(&[HOSTILE]).expect("texts are JSON");
        assert_eq!(serde_json::from_str::<Vec<String>>(&pretty).ok(), Some(vec![HOSTILE.to_owned()]));
    }

    #[test]
    fn cells_keep_tabs_and_line_breaks() {
        assert_eq!(in_cell("a\tb\r\nc\nd".into()), "a\tb\r\nc\nd");
        assert_eq!(in_cell("a\rb\u{1b}\u{202e}".into()), "a␍b␛·");
    }

    #[test]
    fn long_messages_lose_their_middle() {
        assert_eq!(message("é".repeat(LONGEST_MESSAGE).as_str()).chars().count(), LONGEST_MESSAGE);
        let long = format!("begin {} end", "é".repeat(5000));
        let cut = message(&long);
        assert_eq!(cut.chars().count(), LONGEST_MESSAGE + 1);
        assert!(cut.starts_with("begin ") && cut.ends_with(" end") && cut.contains('…'));
    }
}
