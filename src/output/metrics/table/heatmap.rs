//! Heatmaps of histograms: a row for each bucket, the highest on top, a column for each time, shaded by count.
//!
//! Each group has a map; all have the same times and shades. Where there are more times than columns, a column counts
//! several of them together, and the first one what is left over.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{
    Style,
    buckets::{Group, Histograms, Row},
    names::GAP,
    times::TimeAxis,
    unit, write_line,
};
use crate::{
    model::series::{MetricsResult, Times, Unit},
    output::{
        style::Ink,
        text::{cut, pad_left},
    },
};

/// From few to many, with a colour that says the same.
const SHADES: [(char, Ink); 5] =
    [('·', Ink::SHADES[0]), ('░', Ink::SHADES[1]), ('▒', Ink::SHADES[2]), ('▓', Ink::SHADES[3]), ('█', Ink::SHADES[4])];

/// Columns that one time takes at most.
const WIDEST: usize = 8;

/// Terminals narrower than this have no room for the counts of whole rows.
const WITH_TOTALS: usize = 60;

/// What these are.
const TOTAL: &str = "total";

/// Writes a map for each group.
pub(super) fn write(out: &mut dyn io::Write, result: &MetricsResult, bounds: Unit, style: Style) -> io::Result<()> {
    let histograms = Histograms::new(result, bounds);
    if histograms.groups.is_empty() {
        return Ok(());
    }
    let map = Map::new(&histograms, result, style);
    for group in &histograms.groups {
        if !group.name.is_empty() {
            let size = unit::value(group.total, Unit::Number) + " in all";
            let name = cut(&group.name, style.columns().saturating_sub(size.width() + 2));
            write_line(out, &format!("{}  {}", style.paint(Ink::STRONG, &name), style.dim(&size)))?;
        }
        map.write(out, group, style)?;
        writeln!(out)?;
    }
    map.write_legend(out, result, style)?;
    histograms.remark().map_or(Ok(()), |remark| write_line(out, &style.dim(&cut(&remark, style.columns()))))
}

/// What all maps have in common.
struct Map<'h> {
    histograms: &'h Histograms,
    gutter: usize,
    /// Columns for each time; or times for each column, if there are more times than columns.
    columns_per_time: usize,
    times_per_column: usize,
    /// How many times the first column lacks where they cannot be divided among all columns.
    missing: usize,
    columns: usize,
    axis: TimeAxis,
    shades: Shades,
    with_totals: bool,
}

impl<'h> Map<'h> {
    fn new(histograms: &'h Histograms, result: &MetricsResult, style: Style) -> Map<'h> {
        let gutter = histograms.label_width().min(style.columns() / 2);
        let with_totals = style.columns() >= WITH_TOTALS;
        let rows = || histograms.groups.iter().flat_map(|group| group.rows().into_iter().map(move |row| (group, row)));
        let totals = rows().map(|(group, row)| total(group, row).width());
        let right = if with_totals { GAP + totals.max().unwrap_or(0).max(TOTAL.len()) } else { 0 };
        let room = style.columns().saturating_sub(gutter + 2 + right).max(1);
        let len = result.times.len();
        let columns_per_time = (room / len).clamp(1, WIDEST);
        let times_per_column = len.div_ceil(room);
        let columns = len.div_ceil(times_per_column) * columns_per_time;
        let mut map = Map {
            histograms,
            gutter,
            columns_per_time,
            times_per_column,
            missing: len.next_multiple_of(times_per_column) - len,
            columns,
            axis: TimeAxis::default(),
            shades: Shades { bounds: [0.0; SHADES.len()], whole: true },
            with_totals,
        };
        // A sample is about the time before it.
        map.axis = TimeAxis::new(result.times, columns, |at| {
            ((at + map.missing) / times_per_column + 1) * columns_per_time - 1
        });
        map.shades = Shades::new(rows().flat_map(|(group, row)| map.cells(group, row)).collect());
        map
    }

    /// Returns what each column counts in a row.
    fn cells(&self, group: &Group, row: Row) -> Vec<f64> {
        let counts = group.counts(row);
        let (first, rest) = counts.split_at((self.times_per_column - self.missing).min(counts.len()));
        let chunks = [first].into_iter().chain(rest.chunks(self.times_per_column));
        chunks.map(|counts| counts.iter().fold(0.0, |sum, count| sum + count)).collect()
    }

    fn write(&self, out: &mut dyn io::Write, group: &Group, style: Style) -> io::Result<()> {
        for row in group.rows().into_iter().rev() {
            let axis = if row == Row::Gap { '┊' } else { '│' };
            let mut line =
                style.dim(&format!("{} {axis}", pad_left(&cut(&self.histograms.label(row), self.gutter), self.gutter)));
            let cells = self.cells(group, row);
            let shade = |at: usize| cells.get(at / self.columns_per_time).and_then(|count| self.shades.of(*count));
            let mut at = 0;
            while at < self.columns {
                let same = (at..self.columns).take_while(|next| shade(*next) == shade(at)).count();
                match shade(at) {
                    Some((character, color)) => line.push_str(&style.paint(color, &character.to_string().repeat(same))),
                    None => line.push_str(&" ".repeat(same)),
                }
                at += same;
            }
            if self.with_totals {
                line.push_str(&style.dim(&format!("{:GAP$}{}", "", total(group, row))));
            }
            write_line(out, &line)?;
        }
        let mut axis = self.axis.axis(self.gutter + 1, self.columns);
        if self.with_totals {
            axis.push_str(&format!("{:GAP$}{TOTAL}", ""));
        }
        write_line(out, &style.dim(&axis))?;
        for text in self.axis.lines(self.gutter + 2, style.columns()) {
            write_line(out, &style.dim(&text))?;
        }
        Ok(())
    }

    /// Writes what the shades mean, and how much time a column is.
    fn write_legend(&self, out: &mut dyn io::Write, result: &MetricsResult, style: Style) -> io::Result<()> {
        let mut items: Vec<(usize, String)> = Vec::new();
        for ((character, color), meaning) in self.shades.legend(result.unit) {
            let item = format!("{character}{character} {meaning}");
            items.push((item.width(), item.replace(character, &style.paint(color, &character.to_string()))));
        }
        if let Times::Range { step, .. } = result.times {
            let step = unit::clock(step as f64 * self.times_per_column as f64 * 1e-9);
            let column = match self.columns_per_time {
                1 => format!("a column is {step}"),
                n => format!("{n} columns are {step}"),
            };
            items.push((column.width(), style.dim(&column)));
        }
        let (mut line, mut used) = (String::new(), 0);
        for (width, item) in items {
            if used > 0 && used + 3 + width > style.columns() {
                write_line(out, &std::mem::take(&mut line))?;
                used = 0;
            }
            if used > 0 {
                line.push_str("   ");
                used += 3;
            }
            line.push_str(&item);
            used += width;
        }
        write_line(out, &line)
    }
}

/// Returns the count of a whole row; blank if it is 0.
fn total(group: &Group, row: Row) -> String {
    match group.count(row) {
        0.0 => String::new(),
        count => unit::number(count),
    }
}

/// Which counts have which shade. The bounds grow as squares do: small counts can be told apart, and so can large ones.
struct Shades {
    /// The greatest count of each shade.
    bounds: [f64; SHADES.len()],
    /// Whether all counts are whole numbers.
    whole: bool,
}

impl Shades {
    fn new(counts: Vec<f64>) -> Shades {
        let whole = counts.iter().all(|count| count.fract() == 0.0);
        let most = counts.into_iter().fold(0.0, f64::max);
        let mut bounds = [most; SHADES.len()];
        for (at, bound) in bounds.iter_mut().enumerate().take(SHADES.len() - 1) {
            let part = (at + 1) as f64 / SHADES.len() as f64;
            let exact = most * part * part;
            *bound = if whole { exact.ceil() } else { exact };
        }
        Shades { bounds, whole }
    }

    /// Returns the shade of a count; nothing for 0 and less.
    fn of(&self, count: f64) -> Option<(char, Ink)> {
        let first = self.bounds.iter().position(|bound| count <= *bound).filter(|_| count > 0.0)?;
        // Where few counts have to do with many shades, they take the strong ones.
        let same = self.bounds.iter().rposition(|bound| *bound == self.bounds[first])?;
        Some(SHADES[same])
    }

    /// Returns each shade that is used with the counts that have it.
    fn legend(&self, unit: Unit) -> Vec<((char, Ink), String)> {
        let mut legend = Vec::new();
        let mut below = 0.0;
        for (at, bound) in self.bounds.into_iter().enumerate() {
            if self.bounds.get(at + 1) == Some(&bound) || bound <= 0.0 {
                continue;
            }
            let upper = unit::value(bound, unit);
            let meaning = match unit {
                Unit::Number if self.whole && below + 1.0 == bound => upper,
                Unit::Number if self.whole => format!("{}–{upper}", unit::value(below + 1.0, unit)),
                _ => format!("≤ {upper}"),
            };
            legend.push((SHADES[at], meaning));
            below = bound;
        }
        legend
    }
}
