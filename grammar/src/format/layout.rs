//! Pieces of text into lines: a group stays on one line if it fits, and breaks at all its places if it does not.

/// The width that lines keep to where they can, in characters.
const WIDTH: usize = 100;

/// Columns of one step to the right.
const STEP: usize = 2;

/// Steps that lines are moved to the right at most, so that deep nesting does not make most of the text white space.
const MOST_STEPS: usize = 16;

/// A part of a layout.
#[derive(Clone, Copy)]
pub(super) enum Piece<'t> {
    /// Text that is written as it is.
    Text(&'t str),
    /// A comment that goes to the end of its line; a [`Piece::Break`] follows.
    LineComment(&'t str),
    /// A space, unless there is one or the line begins here.
    Space,
    /// Takes a space back.
    NoSpace,
    /// A place where the group around it breaks; `flat` is what stands there otherwise, a space or nothing.
    Line { flat: &'static str },
    /// A line break in any case. All groups around it break.
    Break,
    /// Begins a group.
    Open,
    /// Ends a group.
    Close,
    /// Moves the next lines to the right.
    Indent,
    /// Moves them back.
    Outdent,
}

/// Pieces in order.
#[derive(Default)]
pub(super) struct Layout<'t> {
    pieces: Vec<Piece<'t>>,
}

/// The lines so far.
#[derive(Default)]
struct Lines {
    out: String,
    column: usize,
    /// What comes before the next text.
    gap: Gap,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Gap {
    #[default]
    None,
    Space,
    Break,
}

impl<'t> Layout<'t> {
    pub(super) fn push(&mut self, piece: Piece<'t>) {
        self.pieces.push(piece);
    }

    /// Returns the text, without a line break at the end.
    pub(super) fn print(&self) -> String {
        let forced = self.groups_with_breaks();
        let mut lines = Lines::default();
        let (mut steps, mut indent) = (0usize, 0);
        // Whether each open group is broken.
        let mut broken: Vec<bool> = Vec::new();
        for (i, piece) in self.pieces.iter().enumerate() {
            match *piece {
                Piece::Text(text) | Piece::LineComment(text) => lines.write(text, indent),
                Piece::Space => lines.space(),
                Piece::NoSpace => lines.no_space(),
                Piece::Line { .. } if broken.last() == Some(&true) => lines.gap = Gap::Break,
                Piece::Line { flat: "" } => lines.no_space(),
                Piece::Line { .. } => lines.space(),
                Piece::Break => lines.gap = Gap::Break,
                Piece::Open => {
                    let inside_line = broken.last() == Some(&false);
                    broken.push(!inside_line && (forced[i] || !self.fits(i, &lines, indent)));
                }
                Piece::Close => {
                    broken.pop();
                }
                Piece::Indent => steps += 1,
                // A variable may hold the bracket that is missing here.
                Piece::Outdent => steps = steps.saturating_sub(1),
            }
            indent = steps.min(MOST_STEPS) * STEP;
        }
        lines.out
    }

    /// Tells for each [`Piece::Open`] whether a [`Piece::Break`] stands in its group.
    fn groups_with_breaks(&self) -> Vec<bool> {
        let mut forced = vec![false; self.pieces.len()];
        let mut open: Vec<usize> = Vec::new();
        for (i, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Open => open.push(i),
                Piece::Break => {
                    if let Some(&group) = open.last() {
                        forced[group] = true;
                    }
                }
                Piece::Close => {
                    if let Some(group) = open.pop()
                        && forced[group]
                        && let Some(&outer) = open.last()
                    {
                        forced[outer] = true;
                    }
                }
                _ => {}
            }
        }
        forced
    }

    /// Tells whether the group that opens at `at` fits on the line, with what stands behind it up to the next place where
    /// the line can end. All groups around it are broken.
    fn fits(&self, at: usize, lines: &Lines, indent: usize) -> bool {
        let mut line = Lines { out: String::new(), column: lines.column, gap: lines.gap };
        let mut depth = 0usize;
        for piece in &self.pieces[at..] {
            match *piece {
                Piece::Text(text) => {
                    let first = text.split('\n').next().unwrap_or_default();
                    line.advance(first, indent);
                    if line.column > WIDTH {
                        return false;
                    }
                    if first.len() < text.len() {
                        return true;
                    }
                }
                Piece::LineComment(_) | Piece::Break => return true,
                Piece::Line { .. } if depth == 0 => return true,
                Piece::Space | Piece::Line { flat: " " } => line.space(),
                Piece::NoSpace | Piece::Line { .. } => line.no_space(),
                Piece::Open => depth += 1,
                Piece::Close => depth = depth.saturating_sub(1),
                Piece::Indent | Piece::Outdent => {}
            }
        }
        true
    }
}

impl Lines {
    fn space(&mut self) {
        if self.gap == Gap::None {
            self.gap = Gap::Space;
        }
    }

    fn no_space(&mut self) {
        if self.gap == Gap::Space {
            self.gap = Gap::None;
        }
    }

    /// Counts the columns of a text without writing it; returns what comes before it.
    fn advance(&mut self, text: &str, indent: usize) -> Gap {
        let gap = std::mem::take(&mut self.gap);
        match gap {
            Gap::None => {}
            Gap::Space => self.column += 1,
            Gap::Break => self.column = indent,
        }
        self.column += text.chars().count();
        gap
    }

    fn write(&mut self, text: &str, indent: usize) {
        let gap = if self.out.is_empty() { Gap::None } else { self.gap };
        self.gap = gap;
        self.advance(text, indent);
        match gap {
            Gap::None => {}
            Gap::Space => self.out.push(' '),
            Gap::Break => {
                self.out.push('\n');
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
        }
        self.out.push_str(text);
        if let Some((_, last)) = text.rsplit_once('\n') {
            self.column = last.chars().count();
        }
    }
}
