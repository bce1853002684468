//! Byte offsets as lines and columns.

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Distance between two places at which characters are counted, in bytes.
const STEP: usize = 1024;

/// The starts of the lines of a text.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// The number of characters that begin before each multiple of [`STEP`]: a dashboard may be one line of a megabyte.
    counts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of `text`; a line ends after its `\n`.
    pub fn new(text: &'t str) -> Lines<'t> {
        let after_breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let mut count = 0;
        let counts = text.as_bytes().chunks(STEP).map(|chunk| {
            let before = count;
            count += begun(chunk);
            before
        });
        Lines { text, starts: std::iter::once(0).chain(after_breaks).collect(), counts: counts.collect() }
    }

    /// Returns the byte at which a line begins, counted from 1; the end of the text if there is no such line.
    pub fn start(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// Returns the place of a byte offset; the end of the text if the offset lies behind it.
    ///
    /// An offset inside a character counts as that character's.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset);
        let column = self.characters(offset) - self.characters(self.starts[line - 1]);
        Position { line, column: column + 1 }
    }

    /// Returns how many characters stand before an offset.
    fn characters(&self, offset: usize) -> usize {
        let at = (offset / STEP).min(self.counts.len().saturating_sub(1));
        self.counts.get(at).map_or(0, |before| before + begun(&self.text.as_bytes()[at * STEP..offset]))
    }
}

/// Returns how many characters begin in a part of a text.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let lines = Lines::new("{ .ü = 1 }\n| x");
        assert_eq!(lines.position(0), Position { line: 1, column: 1 });
        assert_eq!(lines.position(5), Position { line: 1, column: 5 });
        assert_eq!(lines.position(11), Position { line: 1, column: 11 });
        assert_eq!(lines.position(12), Position { line: 2, column: 1 });
        assert_eq!(lines.position(99), Position { line: 2, column: 4 });
    }

    #[test]
    fn long_lines_are_counted_from_near_by() {
        let text = format!("a\n{}\nü", "ü日".repeat(5000));
        let lines = Lines::new(&text);
        let mut expected = Position { line: 1, column: 1 };
        for (at, c) in text.char_indices() {
            assert_eq!(lines.position(at), expected, "{at}");
            let same = Position { line: expected.line, column: expected.column + 1 };
            expected = if c == '\n' { Position { line: expected.line + 1, column: 1 } } else { same };
        }
        assert_eq!((lines.position(text.len()), lines.start(2), lines.start(9)), (expected, 2, text.len()));
    }
}
