//! A line put together from pieces of text, each with a colour.

use std::io;

use unicode_width::UnicodeWidthStr;

use crate::output::{style::Ink, text::cut};

/// A line in the making.
pub(super) struct Pieces {
    color: bool,
    text: String,
    /// How many columns the text takes.
    width: usize,
}

impl Pieces {
    /// Begins a line; without `color` no escape sequences are written.
    pub(super) fn new(color: bool) -> Pieces {
        Pieces { color, text: String::new(), width: 0 }
    }

    /// Returns how many columns the line takes so far.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Adds text.
    pub(super) fn push(&mut self, ink: Ink, text: &str) {
        ink.push(&mut self.text, self.color, text);
        self.width += text.width();
    }

    /// Adds text, cut where the line would become longer than `end` columns.
    pub(super) fn push_cut(&mut self, ink: Ink, text: &str, end: usize) {
        match end.saturating_sub(self.width) {
            0 => {}
            room => self.push(ink, &cut(text, room)),
        }
    }

    /// Fills up with blanks to a column.
    pub(super) fn pad_to(&mut self, column: usize) {
        let missing = column.saturating_sub(self.width);
        self.text.extend(std::iter::repeat_n(' ', missing));
        self.width += missing;
    }

    /// Writes the line without blanks at its end.
    pub(super) fn write(self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{}", self.text.trim_end())
    }
}
