//! Answers to metrics queries for people: charts, bars and tables, whatever suits the answer.
//!
//! | answer | shown as |
//! |---|---|
//! | several times | [`lines`]: a line for each series, a legend below |
//! | one time | [`bars`]: a bar for each series |
//! | a histogram over several times | [`heatmap`]: a map for each group, a row for each bucket |
//! | a histogram at one time | [`bars`]: a bar for each bucket, for each group |
//! | a comparison | [`comparison`]: what sets the selection apart, most telling first |
//!
//! Each of them holds without colours too, and at any width from 20 columns on.

mod axis;
pub(in crate::output) mod bars;
mod buckets;
mod canvas;
mod comparison;
mod contrast;
mod drawn;
mod heatmap;
mod lines;
pub(in crate::output) mod names;
mod times;
pub(in crate::output) mod unit;

use std::io;

use crate::{
    model::series::{Form, MetricsResult},
    output::style::Ink,
};

/// How wide charts are where there is no terminal.
const PIPE_WIDTH: usize = 100;

/// Nothing is narrower, whatever the terminal says.
const NARROWEST: usize = 20;

/// How to draw.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether escape sequences for colours may be written.
    pub color: bool,
    /// How many columns there are; `None` if there is no terminal.
    pub width: Option<usize>,
    /// How many lines the terminal shows; `None` if there is none.
    pub height: Option<usize>,
}

/// Writes the answer; nothing if no series has a sample.
pub fn write(out: &mut dyn io::Write, result: &MetricsResult, style: Style) -> io::Result<()> {
    let result = &*drawn::drawn(result);
    let at_once = result.times.len() == 1;
    match result.form {
        Form::Comparison => comparison::write(out, result, style),
        Form::Histogram { bounds } if at_once => bars::write_histogram(out, result, bounds, style),
        Form::Histogram { bounds } => heatmap::write(out, result, bounds, style),
        Form::Lines | Form::Quantiles if at_once => bars::write(out, result, style),
        Form::Lines | Form::Quantiles => lines::write(out, result, style),
    }
}

impl Style {
    /// Returns how many columns lines may take.
    fn columns(self) -> usize {
        self.width.unwrap_or(PIPE_WIDTH).max(NARROWEST)
    }

    /// Returns text in a colour, if colours may be written.
    fn paint(self, ink: Ink, text: &str) -> String {
        ink.paint(self.color, text)
    }

    /// Sets text back: headings, axes, remarks.
    fn dim(self, text: &str) -> String {
        self.paint(Ink::ASIDE, text)
    }
}

/// Writes a line without blanks at its end.
fn write_line(out: &mut dyn io::Write, line: &str) -> io::Result<()> {
    writeln!(out, "{}", line.trim_end())
}
