//! Lines made of Braille dots, two by four in each character, with marks on top.

/// The bits of a Braille character's dots, by row from the top and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// The first Braille character, without dots.
const BLANK: u32 = 0x2800;

/// How many dots a character is wide and high.
pub(super) const WIDE: usize = 2;
pub(super) const HIGH: usize = 4;

/// What lines are drawn on. The ink of a character is that of what was drawn last.
pub(super) struct Canvas {
    columns: usize,
    rows: usize,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    dots: u8,
    mark: Option<char>,
    ink: usize,
}

impl Canvas {
    /// Makes an empty canvas of so many characters.
    pub(super) fn new(columns: usize, rows: usize) -> Canvas {
        Canvas { columns, rows, cells: vec![Cell::default(); columns * rows] }
    }

    fn cell(&mut self, column: usize, row: usize) -> Option<&mut Cell> {
        let inside = column < self.columns && row < self.rows;
        if inside { self.cells.get_mut(row * self.columns + column) } else { None }
    }

    /// Draws a dot, counted from the top left.
    fn dot(&mut self, x: usize, y: usize, ink: usize) {
        if let Some(cell) = self.cell(x / WIDE, y / HIGH) {
            cell.dots |= DOTS[y % HIGH][x % WIDE];
            cell.ink = ink;
        }
    }

    /// Draws a straight line from dot to dot, both included.
    pub(super) fn line(&mut self, from: (usize, usize), to: (usize, usize), ink: usize) {
        let (width, height) = (to.0.abs_diff(from.0), to.1.abs_diff(from.1));
        let length = width.max(height).max(1);
        // Rounded to the nearest dot between the ends.
        let between = |from: usize, to: usize, at: usize| (from * (length - at) + to * at + length / 2) / length;
        for at in 0..=length {
            self.dot(between(from.0, to.0, at), between(from.1, to.1, at), ink);
        }
    }

    /// Puts a character over the dots; returns false where another one stands already.
    pub(super) fn mark(&mut self, column: usize, row: usize, mark: char, ink: usize) -> bool {
        match self.cell(column, row) {
            Some(cell) if cell.mark.is_none() => {
                cell.mark = Some(mark);
                cell.ink = ink;
                true
            }
            _ => false,
        }
    }

    /// Returns the characters of a row, each with its ink; `None` where nothing is drawn.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = Option<(char, usize)>> {
        let braille = |dots: u8| char::from_u32(BLANK + u32::from(dots)).filter(|_| dots != 0);
        self.cells[row * self.columns..][..self.columns]
            .iter()
            .map(move |cell| cell.mark.or_else(|| braille(cell.dots)).map(|character| (character, cell.ink)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(canvas: &Canvas) -> Vec<String> {
        let row = |row| canvas.row(row).map(|cell| cell.map_or(' ', |(character, _)| character)).collect();
        (0..canvas.rows).map(row).collect()
    }

    #[test]
    fn lines_go_from_dot_to_dot() {
        let mut canvas = Canvas::new(4, 2);
        canvas.line((0, 7), (7, 0), 0);
        assert_eq!(text(&canvas), ["  ⡠⠊", "⡠⠊  "]);
        canvas.line((0, 0), (0, 7), 0);
        assert_eq!(text(&canvas), ["⡇ ⡠⠊", "⡧⠊  "]);
        canvas.line((9, 9), (20, 9), 0);
        assert_eq!(text(&canvas), ["⡇ ⡠⠊", "⡧⠊  "], "what lies outside is not drawn");
    }

    #[test]
    fn marks_stand_on_lines_and_not_on_each_other() {
        let mut canvas = Canvas::new(3, 1);
        canvas.line((0, 0), (5, 0), 1);
        assert!(canvas.mark(1, 0, '●', 2));
        assert!(!canvas.mark(1, 0, '■', 3));
        assert!(!canvas.mark(3, 0, '■', 3));
        assert_eq!(canvas.row(0).collect::<Vec<_>>(), [Some(('⠉', 1)), Some(('●', 2)), Some(('⠉', 1))]);
    }
}
