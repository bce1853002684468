//! Places of a file drawn as lines of `^` under it.

use std::ops::Range;

use crate::{marked::Marked, section::Section};

/// Reads the file of a section: its text without the lines that are drawn. The option `file` is its name.
pub(crate) fn file(section: &Section) -> Marked {
    let is_drawn = |line: &&str| line.trim_start().starts_with('^');
    let lines: Vec<&str> = section.body.lines().filter(|line| !is_drawn(line)).collect();
    named(section, &lines.join("\n"))
}

/// Makes the file of a section from a text.
pub(crate) fn named(section: &Section, text: &str) -> Marked {
    Marked::new(section.options.get("file").map_or("a.traceql", String::as_str), text)
}

/// Draws places with a word each under the lines of a file. Of a place that spans lines the first line is marked, and the
/// place of its end is told.
pub(crate) fn drawn(file: &Marked, places: &[(Range<usize>, String)]) -> String {
    let mut drawing = String::new();
    let mut at = 0;
    for line in file.text.split('\n') {
        let here = at..at + line.len();
        at = here.end + 1;
        drawing.push_str(&file.visible(here.clone()));
        drawing.push('\n');
        for (span, word) in places.iter().filter(|(span, _)| here.start <= span.start && span.start <= here.end) {
            let end = span.end.min(here.end);
            let column = |at: usize, is_end: bool| {
                let marks = file.marks.iter().filter(|mark| here.contains(mark) || **mark == here.end);
                let before = marks.filter(|mark| if is_end { **mark < at } else { **mark <= at }).count();
                file.text[here.start..at].chars().count() + 2 * before
            };
            let (start, width) =
                (column(span.start, false), column(end, true).saturating_sub(column(span.start, false)));
            let rest = if span.end > here.end { format!(" … {}", file.place(span.end)) } else { String::new() };
            let word = format!("{} {word}{rest}", "^".repeat(width.max(1)));
            drawing.push_str(&format!("{}{}\n", " ".repeat(start), word.trim_end()));
        }
    }
    drawing.trim_end().to_owned()
}

impl Marked {
    /// Returns a part of the text with its marks.
    pub(crate) fn visible(&self, part: Range<usize>) -> String {
        let mut text = String::new();
        let mut at = part.start;
        for mark in self.marks.iter().filter(|mark| part.start <= **mark && **mark <= part.end) {
            text.push_str(&self.text[at..*mark]);
            text.push_str("$0");
            at = *mark;
        }
        text + &self.text[at..part.end]
    }

    /// Returns a place as line and column in characters, both from 1.
    pub(crate) fn place(&self, at: usize) -> String {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        format!("{line}:{column}")
    }
}
