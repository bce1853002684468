//! Line charts: up to ten series as lines of dots with marks on them, and a legend that says what they are.
//!
//! Drawn are the series of the largest mean magnitude; the others are counted. Each sample stands at its place, and
//! lines connect samples that follow each other, so a column that stands for several of them reaches from the lowest to
//! the highest: nothing is averaged away. Where samples are missing there is no line.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{
    Style,
    axis::{FURTHEST, ValueAxis},
    canvas::{Canvas, HIGH, WIDE},
    names::{GAP, Names},
    times::TimeAxis,
    unit, write_line,
};
use crate::{
    model::series::{MetricsResult, Series, Unit},
    output::{
        style::Ink,
        text::{cut, pad_left},
    },
};

/// How many series are drawn: as many as have marks and colours that can be told apart.
const DRAWN: usize = Ink::SERIES.len();

/// What tells series apart without colours.
const MARKS: [char; DRAWN] = ['●', '■', '▲', '◆', '○', '□', '△', '◇', '+', '×'];

/// Rows of a chart where nobody says how many there may be, and limits to what a terminal says.
const ROWS: usize = 16;
const FEWEST_ROWS: usize = 6;
const MOST_ROWS: usize = 24;

/// Lines around a chart and its legend: two axes, a blank, a heading, the next prompt.
const AROUND: usize = 7;

/// Columns between two marks on a line, times the number of lines.
const MARK_DISTANCE: usize = 6;

/// And these at least and at most.
const MARKS_APART: std::ops::RangeInclusive<usize> = 10..=40;

/// Writes a chart of an answer over several times.
pub(super) fn write(out: &mut dyn io::Write, result: &MetricsResult, style: Style) -> io::Result<()> {
    let ranked = ranked(&result.series);
    if ranked.is_empty() {
        return Ok(());
    }
    let drawn = &ranked[..ranked.len().min(DRAWN)];
    let legend = Legend::new(drawn, result, style.columns());
    Chart::new(result, drawn, style).write(out, style)?;
    writeln!(out)?;
    legend.write(out, style)?;
    let rest = ranked.len() - drawn.len();
    if rest > 0 {
        let series = if rest == 1 { "1 more series" } else { &format!("{rest} more series") };
        let more = format!("… and {series}, smaller on average; --format csv has all");
        write_line(out, &style.dim(&cut(&more, style.columns())))?;
    }
    Ok(())
}

/// Returns the series that have samples, those of the largest mean magnitude first.
fn ranked(series: &[Series]) -> Vec<&Series> {
    let mut ranked: Vec<(f64, &Series)> =
        series.iter().filter(|series| !series.is_empty()).map(|series| (magnitude(series), series)).collect();
    // Stable: the answer's order where they are equal.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().map(|(_, series)| series).collect()
}

fn magnitude(series: &Series) -> f64 {
    let samples: Vec<f64> = present(series).map(f64::abs).collect();
    samples.iter().map(|sample| sample / samples.len() as f64).sum()
}

fn present(series: &Series) -> impl Iterator<Item = f64> {
    series.samples.iter().copied().filter(|sample| !sample.is_nan())
}

/// The axes and what is between them.
struct Chart {
    values: ValueAxis,
    times: TimeAxis,
    canvas: Canvas,
    /// How wide the numbers beside the axis are.
    gutter: usize,
    columns: usize,
    samples_per_column: f64,
}

impl Chart {
    fn new(result: &MetricsResult, drawn: &[&Series], style: Style) -> Chart {
        let samples = || drawn.iter().flat_map(|series| present(series));
        let whole = result.unit == Unit::Number && samples().all(|sample| sample.fract() == 0.0);
        let rows = match style.height {
            Some(height) => height.saturating_sub(drawn.len() + AROUND).clamp(FEWEST_ROWS, MOST_ROWS),
            None => ROWS,
        };
        let values = ValueAxis::new(samples(), result.unit, whole, rows);
        let labels = (0..values.rows()).filter_map(|row| values.label(row));
        let gutter = labels.map(|label| label.width()).max().unwrap_or(0).min(style.columns() / 2);
        let columns = style.columns().saturating_sub(gutter + 2).max(1);
        let len = result.times.len();
        let place = Place { len, columns };
        let times = TimeAxis::new(result.times, columns, |at| place.x(at) / WIDE);
        let samples_per_column = len as f64 / columns as f64;
        let canvas = Canvas::new(columns, values.rows());
        let mut chart = Chart { canvas, values, times, gutter, columns, samples_per_column };
        // What comes first matters most, and is drawn over the others.
        for (ink, series) in drawn.iter().enumerate().rev() {
            chart.draw(series, ink, place);
        }
        chart.mark(drawn, place);
        chart
    }

    /// Returns where a value stands, in dots from the top.
    fn y(&self, value: f64) -> usize {
        let rows = self.values.rows();
        let from_bottom = 1 + (self.values.place(value) * ((rows - 1) * HIGH) as f64).round() as usize;
        rows * HIGH - 1 - from_bottom
    }

    fn draw(&mut self, series: &Series, ink: usize, place: Place) {
        let mut before: Option<(usize, usize)> = None;
        for (at, sample) in series.samples.iter().enumerate() {
            let inside = sample.abs() <= FURTHEST;
            let here = inside.then(|| (place.x(at), self.y(*sample)));
            if let Some(here) = here {
                self.canvas.line(before.unwrap_or(here), here, ink);
            }
            before = here;
        }
    }

    /// Puts marks on the lines: on points that nothing connects always, otherwise every now and then.
    fn mark(&mut self, drawn: &[&Series], place: Place) {
        let apart = (MARK_DISTANCE * drawn.len()).clamp(*MARKS_APART.start(), *MARKS_APART.end());
        for (ink, series) in drawn.iter().enumerate() {
            // Lines that run together still show the marks of each.
            let mut next = apart * (2 * ink + 1) / (2 * drawn.len());
            let mut marked = drawn.len() == 1;
            if marked {
                next = usize::MAX;
            }
            let inside =
                |at: Option<usize>| at.and_then(|at| series.samples.get(at)).is_some_and(|x| x.abs() <= FURTHEST);
            let mut points: Vec<(usize, usize)> = Vec::new();
            for (at, sample) in series.samples.iter().enumerate() {
                let column = place.x(at) / WIDE;
                if sample.abs() > FURTHEST {
                    let (row, mark) = if *sample > 0.0 { (0, '↑') } else { (self.values.rows() - 1, '↓') };
                    self.canvas.mark(column, row, mark, ink);
                } else if !sample.is_nan() {
                    let row = self.y(*sample) / HIGH;
                    let alone = !inside(at.checked_sub(1)) && !inside(Some(at + 1));
                    let due = column >= next;
                    // A cell that is taken is left to the mark that stands there; the next sample may do.
                    if (alone || due) && self.canvas.mark(column, row, MARKS[ink], ink) {
                        next = if due { column + apart } else { next };
                        marked = true;
                    }
                    points.push((column, row));
                }
            }
            // Each line has one at least, unless others stand on all of its points.
            if marked {
                continue;
            }
            for (column, row) in points {
                if self.canvas.mark(column, row, MARKS[ink], ink) {
                    break;
                }
            }
        }
    }

    fn write(&self, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
        for row in 0..self.values.rows() {
            let label = self.values.label(row);
            let tick = if label.is_some() { '┤' } else { '│' };
            let axis = format!("{} {tick}", pad_left(&cut(&label.unwrap_or_default(), self.gutter), self.gutter));
            write_line(out, &(style.dim(&axis) + &self.row(row, style)))?;
        }
        write_line(out, &style.dim(&self.times.axis(self.gutter + 1, self.columns)))?;
        let [times, mut dates] = self.times.lines(self.gutter + 2, style.columns());
        write_line(out, &style.dim(&times))?;
        if self.samples_per_column > WIDE as f64 {
            let remark = format!("{:.0} samples a column: lowest to highest", self.samples_per_column);
            let room = style.columns().saturating_sub(dates.width() + GAP);
            if remark.width() <= room {
                dates.push_str(&pad_left(&remark, room + GAP));
            } else {
                write_line(out, &style.dim(&dates))?;
                dates = cut(&remark, style.columns());
            }
        }
        write_line(out, &style.dim(&dates))
    }

    /// Returns a row of the canvas, characters of one colour together.
    fn row(&self, row: usize, style: Style) -> String {
        let (mut line, mut run, mut color) = (String::new(), String::new(), None);
        for cell in self.canvas.row(row) {
            match cell {
                // Blanks have any colour.
                None => run.push(' '),
                Some((character, ink)) => {
                    if color != Some(ink) {
                        line.push_str(&paint(style, color, &run));
                        run.clear();
                        color = Some(ink);
                    }
                    run.push(character);
                }
            }
        }
        line + &paint(style, color, run.trim_end())
    }
}

fn paint(style: Style, ink: Option<usize>, text: &str) -> String {
    ink.map_or_else(|| text.to_owned(), |ink| style.paint(Ink::SERIES[ink], text))
}

/// Where samples stand along the axis of times.
#[derive(Clone, Copy)]
struct Place {
    len: usize,
    columns: usize,
}

impl Place {
    /// Returns the dot at which a sample stands, from the left.
    fn x(self, at: usize) -> usize {
        let last = self.columns * WIDE - 1;
        match self.len {
            0 | 1 => last / 2,
            len => (at * last + (len - 1) / 2) / (len - 1),
        }
    }
}

/// Columns that names get at least, at the expense of numbers: of these, the least needed first.
const NAMES: usize = 12;
const LEAST_NEEDED: [&str; 3] = ["min", "last", "mean"];

/// A heading with a value for each series.
type Column = (&'static str, Vec<String>);

/// What the lines are.
struct Legend {
    names: Names,
    numbers: Vec<Column>,
}

impl Legend {
    fn new(drawn: &[&Series], result: &MetricsResult, width: usize) -> Legend {
        let numbers = |heading: &'static str, number: fn(&Series) -> f64| {
            (heading, drawn.iter().map(|series| unit::value(number(series), result.unit)).collect::<Vec<String>>())
        };
        let min = numbers("min", |series| present(series).fold(f64::INFINITY, f64::min));
        let mean = numbers("mean", |series| {
            let count = present(series).count() as f64;
            present(series).map(|sample| sample / count).sum()
        });
        let max = numbers("max", |series| present(series).fold(f64::NEG_INFINITY, f64::max));
        let last = numbers("last", |series| present(series).last().unwrap_or(f64::NAN));
        let mut numbers = vec![min, mean, max, last];
        let taken = |numbers: &[Column]| -> usize { numbers.iter().map(|column| GAP + column_width(column)).sum() };
        for least in LEAST_NEEDED {
            if 2 + NAMES + taken(&numbers) > width {
                numbers.retain(|(heading, _)| *heading != least);
            }
        }
        for value in numbers.iter_mut().flat_map(|(_, values)| values) {
            *value = cut(value, width / 2);
        }
        let names = Names::new(drawn, &result.names, width.saturating_sub(2 + taken(&numbers)));
        Legend { names, numbers }
    }

    fn write(&self, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
        let mut heading = format!("  {}", self.names.heading);
        for column in &self.numbers {
            heading.push_str(&pad_left(column.0, GAP + column_width(column)));
        }
        write_line(out, &style.dim(&heading))?;
        for (at, name) in self.names.rows.iter().enumerate() {
            let mut line = style.paint(Ink::SERIES[at], &MARKS[at].to_string());
            line.push(' ');
            line.push_str(name);
            for column in &self.numbers {
                line.push_str(&pad_left(&column.1[at], GAP + column_width(column)));
            }
            write_line(out, &line)?;
        }
        Ok(())
    }
}

fn column_width((heading, values): &Column) -> usize {
    values.iter().map(|value| value.width()).fold(heading.len(), usize::max)
}
