//! Records of CSV: cells are quoted where they must be, and formulas become text where that is asked for.

use std::{borrow::Cow, io};

use super::{cells::Cell, visible::in_cell};

/// The way in which cells are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Csv {
    /// Whether a `'` stands before text that a spreadsheet would take for a formula: text that begins with `=`, `+`, `-`,
    /// `@` or a tab and is no number.
    pub is_safe: bool,
}

impl Csv {
    /// Writes the names of the columns.
    pub(super) fn header(self, out: &mut dyn io::Write, names: &[&str]) -> io::Result<()> {
        self.line(out, names.iter().map(|name| Some(Cow::Borrowed(*name))))
    }

    /// Writes a row.
    pub(super) fn record(self, out: &mut dyn io::Write, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line(out, cells.iter().map(Cell::csv))
    }

    fn line<'c>(self, out: &mut dyn io::Write, cells: impl Iterator<Item = Option<Cow<'c, str>>>) -> io::Result<()> {
        for (i, cell) in cells.enumerate() {
            if i > 0 {
                write!(out, ",")?;
            }
            let Some(text) = cell else { continue };
            let text = in_cell(text);
            let text = if self.is_safe && is_formula(&text) { Cow::Owned(format!("'{text}")) } else { text };
            if text.is_empty() || text.contains([',', '"', '\n', '\r']) || text.trim() != text {
                write!(out, "\"{}\"", text.replace('"', "\"\""))?;
            } else {
                write!(out, "{text}")?;
            }
        }
        writeln!(out)
    }
}

/// Tells whether a spreadsheet would compute the text.
fn is_formula(text: &str) -> bool {
    // Some programs drop white space first.
    text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && text.parse::<f64>().is_err()
        || text.starts_with('\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(csv: Csv, cells: &[&str]) -> String {
        let mut out = Vec::new();
        csv.record(&mut out, &cells.iter().map(|text| Cell::text(text)).collect::<Vec<_>>()).expect("memory takes it");
        String::from_utf8(out).expect("CSV is text")
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(
            line(Csv::default(), &["", "a", "a,b", "say \"a\"", " a", "a\nb"]),
            "\"\",a,\"a,b\",\"say \"\"a\"\"\",\" a\",\"a\nb\"\n"
        );
        assert_eq!(line(Csv::default(), &["=cmd", "\u{1b}]0;x\u{7}"]), "=cmd,␛]0;x␇\n");
    }

    #[test]
    fn formulas_are_text_where_that_is_asked_for() {
        let safe = Csv { is_safe: true };
        let cells = ["=cmd|'/c calc'!A0", "+1+1", "-5", "-1e3", "-a", "@sum", "a=b", "\t=1", " =1", "=1,2"];
        assert_eq!(line(safe, &cells), "'=cmd|'/c calc'!A0,'+1+1,-5,-1e3,'-a,'@sum,a=b,'\t=1,' =1,\"'=1,2\"\n");
    }
}
