//! Colours by what they mean, and how wide lines may be: what all output for terminals has in common.

/// How to draw what has a width of its own where there is no terminal.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether escape sequences for colours may be written.
    pub color: bool,
    /// How many columns there are; `None` if there is no terminal.
    pub width: Option<usize>,
}

/// How to draw text that is broken into lines.
#[derive(Clone, Copy, Debug)]
pub struct PageStyle {
    /// Whether escape sequences for colours may be written.
    pub color: bool,
    /// How many columns lines may take.
    pub width: usize,
}

/// A colour or weight of text: what an escape sequence says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink(&'static str);

/// What ends every colour.
pub(super) const RESET: &str = "\x1b[0m";

impl Ink {
    /// The word before an error.
    pub const ERROR: Ink = Ink("1;31");
    /// The word before a warning.
    pub const WARNING: Ink = Ink("1;33");
    /// The word before a note or advice.
    pub const NOTE: Ink = Ink("1;36");
    /// What has gone well.
    pub const GOOD: Ink = Ink("32");
    /// The terminal's own colour.
    pub(super) const PLAIN: Ink = Ink("");
    /// Names, ids and headlines.
    pub(super) const STRONG: Ink = Ink("1");
    /// What is set back: headings of columns, axes, remarks.
    pub(super) const ASIDE: Ink = Ink("2");
    /// Spans that have failed.
    pub(super) const FAILED: Ink = Ink("31");
    /// Marks: events, the critical path.
    pub(super) const MARK: Ink = Ink("33");
    /// Values that all spans of a list have in common.
    pub(super) const COMMON: Ink = Ink("36");
    /// The frame around an excerpt: the gray that `ariadne` draws it in.
    pub(super) const FRAME: Ink = Ink("38;5;246");
    /// Bars, where there is one colour.
    pub(super) const BAR: Ink = Ink("38;5;33");

    /// What is compared: first the baseline, then the selection.
    pub(super) const SIDES: [Ink; 2] = [Ink::BAR, Ink("38;5;208")];

    /// Series, in the order in which they are drawn: of middling brightness, so that they can be read on dark and light.
    pub(super) const SERIES: [Ink; 10] = [
        Ink::BAR,
        Ink("38;5;208"),
        Ink("38;5;70"),
        Ink("38;5;167"),
        Ink("38;5;134"),
        Ink("38;5;137"),
        Ink("38;5;211"),
        Ink("38;5;245"),
        Ink("38;5;142"),
        Ink("38;5;44"),
    ];

    /// Services, in the order in which they come: none looks like [`Ink::FAILED`].
    pub(super) const SERVICES: [Ink; 8] = [
        Ink::BAR,
        Ink("38;5;208"),
        Ink("38;5;70"),
        Ink("38;5;134"),
        Ink("38;5;44"),
        Ink("38;5;137"),
        Ink("38;5;211"),
        Ink("38;5;142"),
    ];

    /// Counts, from few to many.
    pub(super) const SHADES: [Ink; 5] =
        [Ink("38;5;61"), Ink("38;5;133"), Ink("38;5;168"), Ink("38;5;209"), Ink("38;5;221")];

    /// Adds text in this colour, if colours may be written.
    pub(super) fn push(self, out: &mut String, color: bool, text: &str) {
        if color && !text.is_empty() && self != Ink::PLAIN {
            out.extend(["\x1b[", self.0, "m", text, RESET]);
        } else {
            out.push_str(text);
        }
    }

    /// Returns text in this colour, if colours may be written.
    pub fn paint(self, color: bool, text: &str) -> String {
        let mut painted = String::with_capacity(text.len());
        self.push(&mut painted, color, text);
        painted
    }
}

impl Style {
    /// Returns how many columns lines may take, never fewer than `narrowest`; `None` if there is no terminal.
    pub(super) fn columns(self, narrowest: usize) -> Option<usize> {
        self.width.map(|width| width.max(narrowest))
    }

    /// Returns text in a colour, if colours may be written.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        ink.paint(self.color, text)
    }
}

impl PageStyle {
    /// Returns text in a colour, if colours may be written.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        ink.paint(self.color, text)
    }
}
