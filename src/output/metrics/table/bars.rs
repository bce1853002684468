//! Bars for answers at one time: a bar for each series, the greatest first, or for each bucket of a histogram.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{
    Style,
    axis::FURTHEST,
    buckets::{Histograms, Row},
    names::{GAP, Names},
    times::period,
    unit, write_line,
};
use crate::{
    model::series::{MetricsResult, Series, Unit},
    output::{
        style::Ink,
        text::{cut, pad_left, wrapped},
    },
};

/// Left parts of a character, by eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Bars are no longer than this, lest the eye lose the line.
const LONGEST: usize = 80;

/// Columns that names leave for bars, if they can.
const SHORTEST: usize = 12;

/// How many bars there are where nobody says how many lines there may be, and at least.
const ROWS: usize = 50;
const FEWEST_ROWS: usize = 10;

/// Lines around the bars: the time, a heading, a remark, the next prompt, and one to spare.
const AROUND: usize = 5;

/// Writes a bar for each series.
pub(super) fn write(out: &mut dyn io::Write, result: &MetricsResult, style: Style) -> io::Result<()> {
    let value = |series: &Series| series.samples.first().copied().unwrap_or(f64::NAN);
    let mut series: Vec<&Series> = result.series.iter().filter(|series| !value(series).is_nan()).collect();
    if series.is_empty() {
        return Ok(());
    }
    // Stable: the answer's order where they are equal.
    series.sort_by(|a, b| value(b).total_cmp(&value(a)));
    let rows = style.height.map_or(ROWS, |height| height.saturating_sub(AROUND).max(FEWEST_ROWS));
    let rest = if series.len() > rows { series.len() - (rows - 1) } else { 0 };
    series.truncate(series.len() - rest);
    let values: Vec<f64> = series.iter().map(|series| value(series)).collect();
    let texts = Cells::new(values.iter().map(|value| unit::value(*value, result.unit)), style.columns() / 2);
    let room = style.columns().saturating_sub(texts.width + GAP);
    let for_names = if series.len() > 1 { room.saturating_sub(GAP + SHORTEST) } else { room };
    let names = Names::new(&series, &result.names, for_names.max(room / 2));
    let bars = Bars::new(&values, room.saturating_sub(names.width + GAP));
    write_time(out, result, style)?;
    if !names.heading.trim().is_empty() {
        write_line(out, &style.dim(&names.heading))?;
    }
    for (at, name) in names.rows.iter().enumerate() {
        let bar = if values.len() > 1 { style.paint(Ink::BAR, &bars.bar(values[at])) } else { String::new() };
        let gap = if names.width > 0 { GAP } else { 0 };
        write_line(out, &format!("{name}{:gap$}{}{:GAP$}{bar}", "", texts.cell(at), ""))?;
    }
    if rest > 0 {
        let more = format!("… and {rest} more series with smaller values; --format csv has all");
        write_line(out, &style.dim(&cut(&more, style.columns())))?;
    }
    Ok(())
}

/// Writes which time the bars are about.
fn write_time(out: &mut dyn io::Write, result: &MetricsResult, style: Style) -> io::Result<()> {
    for line in wrapped(&period(result.times), style.columns()) {
        write_line(out, &style.dim(&line))?;
    }
    Ok(())
}

/// Writes a bar for each bucket of each group, with its part of the whole.
pub(super) fn write_histogram(
    out: &mut dyn io::Write,
    result: &MetricsResult,
    bounds: Unit,
    style: Style,
) -> io::Result<()> {
    let histograms = Histograms::new(result, bounds);
    if !histograms.groups.is_empty() {
        write_time(out, result, style)?;
    }
    for (at, group) in histograms.groups.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        if !group.name.is_empty() {
            let name = cut(&group.name, style.columns());
            write_line(out, &style.paint(Ink::STRONG, &name))?;
        }
        let rows = group.rows();
        let values: Vec<f64> = rows.iter().map(|row| group.count(*row)).collect();
        let half = style.columns() / 2 - GAP;
        // The same for all groups, unlike what follows.
        let labels_width = histograms.label_width().min(half);
        let labels = Cells::new(rows.iter().map(|row| histograms.label(*row)), labels_width).widened(labels_width);
        let counts = Cells::new(values.iter().map(|value| unit::value(*value, result.unit)), half);
        let mut room = style.columns().saturating_sub(labels.width + GAP + counts.width + GAP);
        let shares = Cells::new(values.iter().map(|value| share(value / group.total)), room);
        let with_shares = shares.width + GAP + SHORTEST <= room;
        room = room.saturating_sub(if with_shares { shares.width + GAP } else { 0 });
        let bars = Bars::new(&values, room);
        for (at, row) in rows.iter().enumerate() {
            let mut line = style.dim(&labels.cell(at));
            if *row != Row::Gap {
                line.push_str(&format!("{:GAP$}{}{:GAP$}", "", counts.cell(at), ""));
                if with_shares {
                    line.push_str(&format!("{}{:GAP$}", style.dim(&shares.cell(at)), ""));
                }
                line.push_str(&style.paint(Ink::BAR, &bars.bar(values[at])));
            }
            write_line(out, &line)?;
        }
    }
    histograms.remark().map_or(Ok(()), |remark| write_line(out, &style.dim(&cut(&remark, style.columns()))))
}

/// Texts below each other that end in the same column.
struct Cells {
    texts: Vec<String>,
    width: usize,
}

impl Cells {
    /// Cuts what is wider than `most`.
    fn new(texts: impl Iterator<Item = String>, most: usize) -> Cells {
        let texts: Vec<String> = texts.map(|text| cut(&text, most)).collect();
        let width = texts.iter().map(|text| text.width()).max().unwrap_or(0);
        Cells { texts, width }
    }

    fn widened(self, width: usize) -> Cells {
        Cells { width: self.width.max(width), ..self }
    }

    fn cell(&self, at: usize) -> String {
        pad_left(&self.texts[at], self.width)
    }
}

/// Returns a part of a whole: `12.3%`.
fn share(part: f64) -> String {
    if part.is_finite() { format!("{:.1}%", part * 100.0) } else { unit::ABSENT.to_owned() }
}

/// Bars from a common zero.
pub(in crate::output) struct Bars {
    /// The least value, at most 0, and the greatest, at least 0.
    low: f64,
    high: f64,
    columns: usize,
}

impl Bars {
    /// Makes room for the values in so many columns.
    pub(in crate::output) fn new(values: &[f64], columns: usize) -> Bars {
        let finite = || values.iter().copied().filter(|value| value.abs() <= FURTHEST);
        let (low, high) = (finite().fold(0.0, f64::min), finite().fold(0.0, f64::max));
        Bars { low, high, columns: columns.min(LONGEST) }
    }

    /// Returns the bar of a value, from the first column on.
    pub(in crate::output) fn bar(&self, value: f64) -> String {
        // Halves: the range of the largest values on both sides is infinite.
        let range = self.high / 2.0 - self.low / 2.0;
        if range <= 0.0 || value.is_nan() || self.columns < 2 {
            return String::new();
        }
        let columns = self.columns as f64;
        let least = if self.low < 0.0 { 1.0 } else { 0.0 };
        let most = if self.high > 0.0 { columns - 1.0 } else { columns };
        let zero = (columns * (-self.low / 2.0 / range)).round().min(most).max(least);
        let value = value.clamp(self.low, self.high);
        if value >= 0.0 {
            let part = if value > 0.0 { value / self.high } else { 0.0 };
            let eighths = ((columns - zero).max(0.0) * 8.0 * part).round() as usize;
            // What is there at all can be seen.
            let eighths = if value > 0.0 { eighths.max(1) } else { eighths };
            return format!("{}{}{}", " ".repeat(zero as usize), "█".repeat(eighths / 8), EIGHTHS[eighths % 8]);
        }
        let halves = ((zero * 2.0 * (value / self.low)).round() as usize).max(1);
        let blanks = (zero as usize).saturating_sub(halves.div_ceil(2));
        format!("{}{}{}", " ".repeat(blanks), if halves % 2 == 1 { "▐" } else { "" }, "█".repeat(halves / 2))
    }
}
