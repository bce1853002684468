//! A query's text as it can be shown: long lines cut around the places that matter, control characters made visible.

use std::ops::Range;

use traceql_grammar::span::Span;
use unicode_width::UnicodeWidthChar;

use crate::output::visible::visible;

/// Stands for what was cut off a line.
const CUT: char = '…';

/// A text for display, and where the places of the original text are in it.
#[derive(Debug)]
pub struct Excerpt {
    /// The shown characters; as many lines as the original, ended by `\n`.
    chars: Vec<char>,
    /// The place in the original of each of `chars`, and of the end: rising byte offsets.
    origins: Vec<usize>,
}

impl Excerpt {
    /// Cuts every line that is wider than `width` columns and has one of `spans` on it to a window around the first of
    /// them, so the most important span comes first.
    pub fn new(original: &str, spans: &[Span], width: usize) -> Excerpt {
        let mut excerpt = Excerpt { chars: Vec::new(), origins: Vec::new() };
        let mut start = 0;
        for line in original.split('\n') {
            let range = start..start + line.len();
            let on_line = spans.iter().find(|span| {
                let span = span.range();
                span.start <= range.end && span.end >= range.start
            });
            match on_line {
                Some(span) if line.chars().map(columns).sum::<usize>() > width => {
                    excerpt.push_window(line, start, span.range().start.saturating_sub(start), width);
                }
                _ => line.char_indices().for_each(|(at, c)| excerpt.push(visible(c), start + at)),
            }
            start = range.end + 1;
            if start <= original.len() {
                excerpt.push('\n', range.end);
            }
        }
        excerpt.origins.push(original.len());
        excerpt
    }

    /// Returns the text to show.
    pub fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// Returns the characters of the excerpt that show `span`, without a line's end at their end.
    pub fn chars(&self, span: Span) -> Range<usize> {
        let at = |offset: usize| self.origins.partition_point(|origin| *origin < offset).min(self.chars.len());
        let start = at(span.range().start);
        let mut end = at(span.range().end).max(start);
        while end > start && self.chars[end - 1] == '\n' {
            end -= 1;
        }
        start..end
    }

    /// Adds the part of a line around the byte `focus`, at most `width` columns.
    fn push_window(&mut self, line: &str, start: usize, focus: usize, width: usize) {
        // A third of the room shows what stands before: enough to recognise the place, and more is to come after it.
        let mut from = focus.min(line.len());
        while !line.is_char_boundary(from) {
            from -= 1;
        }
        let mut room = width / 3;
        for (at, c) in line[..from].char_indices().rev() {
            if columns(c) > room {
                break;
            }
            room -= columns(c);
            from = at;
        }
        let mut room = width.saturating_sub(2);
        if from > 0 {
            self.push(CUT, start);
        }
        for (at, c) in line[from..].char_indices() {
            if columns(c) > room {
                self.push(CUT, start + from + at);
                return;
            }
            room -= columns(c);
            self.push(visible(c), start + from + at);
        }
    }

    fn push(&mut self, c: char, origin: usize) {
        self.chars.push(c);
        self.origins.push(origin);
    }
}

/// Returns how wide `c` is on a terminal.
fn columns(c: char) -> usize {
    visible(c).width().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(original: &str, span: Span, width: usize) -> (String, String) {
        let excerpt = Excerpt::new(original, &[span], width);
        let marked = excerpt.chars[excerpt.chars(span)].iter().collect();
        (excerpt.text(), marked)
    }

    #[test]
    fn short_lines_stay_as_they_are() {
        assert_eq!(shown("{ .ü = 1 }\n| x", Span::new(2, 5), 40), ("{ .ü = 1 }\n| x".into(), ".ü".into()));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let original = format!("{}HERE{}", "a ".repeat(500), " b".repeat(500));
        let (text, marked) = shown(&original, Span::new(1000, 1004), 30);
        assert_eq!((text.as_str(), marked.as_str()), ("…a a a a a HERE b b b b b b b…", "HERE"));
    }

    #[test]
    fn a_place_at_the_end_of_a_long_line_keeps_what_stands_before_it() {
        let (text, marked) = shown(&"ab".repeat(50), Span::at(100), 30);
        assert_eq!((text.as_str(), marked.as_str()), ("…ababababab", ""));
    }

    #[test]
    fn a_place_longer_than_the_window_ends_in_the_cut() {
        let (text, marked) = shown(&"x".repeat(90), Span::new(10, 80), 30);
        assert_eq!(text.chars().count(), 29);
        assert!(marked.ends_with("x…") && !marked.starts_with('…'), "{marked}");
    }

    #[test]
    fn terminals_get_nothing_to_obey() {
        assert_eq!(shown("{\t\u{1b}[31m\u{202e}}\r\n", Span::at(0), 40).0, "{ ␛[31m·} \n");
    }

    #[test]
    fn a_place_that_ends_before_it_begins_is_empty() {
        assert_eq!(shown("abc", Span { start: 2, end: 1 }, 40), ("abc".into(), String::new()));
    }

    #[test]
    fn a_place_over_several_lines_does_not_end_with_a_break() {
        assert_eq!(shown("a\nb\n", Span::new(0, 4), 40).1, "a\nb");
        assert_eq!(shown("a\nb\n", Span::new(1, 2), 40).1, "");
    }
}
