//! A trace for people: a line for each span, with a bar on the trace's time.
//!
//! ```text
//!   span        service  kind    duration  0     50ms  100ms
//! ● GET /cart   shop     server     120ms  ██━━━━━━━━━━━━━██
//! ● ├ ✗ query   cart     client    95.5ms    █████████████
//!   └ log       shop                100µs               ╸
//! ```
//!
//! `●` and the solid parts of bars are the critical path, `✗` is an error: nothing is told by colour alone. Narrow
//! terminals have no columns for kinds and services; a service then stands before the name where it begins.

mod axis;
mod bar;
mod details;
mod head;
mod layout;
mod pieces;

use std::io;

pub use crate::output::style::Style;

use super::view::{View, heading};
use crate::{
    model::{batch::Batch, waterfall::Item},
    output::{style::Ink, text::short_duration, visible::shown},
};

use self::{
    axis::Axis,
    details::Details,
    layout::{Branches, Layout},
    pieces::Pieces,
};

/// How wide lines are where there is no terminal.
const PIPE_WIDTH: usize = 100;

/// Nothing is narrower, whatever the terminal says.
const NARROWEST: usize = 30;

/// Blanks between two columns.
const GAP: usize = 2;

/// What marks the spans of the critical path, and how many columns stand before all else.
const ON_PATH: &str = "●";
const MARGIN: usize = 2;

/// What marks spans that have failed.
const FAILED: &str = "✗";

/// What marks events.
const EVENT: char = '◆';

/// What is shown below each span.
#[derive(Clone, Copy, Debug, Default)]
pub struct Below {
    /// Events, each at its time, with its attributes.
    pub events: bool,
    /// Ids, attributes of every scope, and links.
    pub attributes: bool,
}

/// What every line is drawn from.
struct Drawing<'v> {
    view: &'v View<'v>,
    layout: Layout,
    axis: Axis,
    below: Below,
    style: Style,
}

/// Writes the first trace of a batch; nothing if there is none.
pub fn write(out: &mut dyn io::Write, batch: &Batch, below: Below, style: Style) -> io::Result<()> {
    let Some(view) = &View::new(batch) else { return Ok(()) };
    let layout = Layout::new(view, style.columns(NARROWEST).unwrap_or(PIPE_WIDTH));
    let axis = Axis::new(view.waterfall.start, view.waterfall.end, layout.bar);
    let drawing = Drawing { view, layout, axis, below, style };
    head::write(out, &drawing)?;
    drawing.write_headings(out)?;
    let mut details = Details::new(&drawing);
    let mut branches = Branches::default();
    let lines = &view.waterfall.lines;
    for (at, line) in lines.iter().enumerate() {
        branches.enter(line);
        match line.item {
            Item::Span(row) => {
                drawing.write_span(out, row, &branches)?;
                let has_children = lines.get(at + 1).is_some_and(|next| next.depth > line.depth);
                details.write(out, row, &branches, has_children)?;
            }
            item => drawing.write_heading(out, item)?,
        }
    }
    Ok(())
}

impl<'v> Drawing<'v> {
    /// Begins a line.
    fn line(&self) -> Pieces {
        Pieces::new(self.style.color)
    }

    /// Returns the colour of a span's service.
    fn color(&self, row: u32) -> Ink {
        Ink::SERVICES[self.view.service_number(row) % Ink::SERVICES.len()]
    }

    /// Writes the names of the columns, and times above the bars.
    fn write_headings(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let layout = &self.layout;
        let mut line = self.line();
        line.pad_to(MARGIN);
        line.push_cut(Ink::ASIDE, "span", layout.tree_end());
        if layout.service > 0 {
            line.pad_to(layout.tree_end() + GAP);
            line.push(Ink::ASIDE, "service");
        }
        if layout.kind > 0 {
            line.pad_to(layout.service_end() + GAP);
            line.push(Ink::ASIDE, "kind");
        }
        if layout.duration >= "duration".len() {
            line.pad_to(layout.duration_end() - "duration".len());
            line.push(Ink::ASIDE, "duration");
        }
        line.pad_to(layout.bar_at());
        line.push(Ink::ASIDE, &self.axis.ticks());
        line.write(out)
    }

    /// Writes the line of a span.
    fn write_span(&self, out: &mut dyn io::Write, row: u32, branches: &Branches) -> io::Result<()> {
        let (view, layout) = (self.view, &self.layout);
        let on_path = view.path.has(row);
        let mut line = self.line();
        line.push(Ink::MARK, if on_path { ON_PATH } else { "" });
        line.pad_to(MARGIN);
        line.push(Ink::ASIDE, &branches.before(layout.levels()));
        let failed = view.is_error(row);
        if failed {
            line.push(Ink::FAILED, FAILED);
            line.push(Ink::PLAIN, " ");
        }
        let service = shown(view.service(row));
        if layout.service == 0 && view.begins_service(row) {
            // The name has half of the room at least.
            let room = layout.tree_end().saturating_sub(line.width()) / 2;
            line.push_cut(self.color(row), &service, line.width() + room);
            line.push_cut(Ink::PLAIN, " ", layout.tree_end());
        }
        let (name, ink) = match (shown(view.name(row)), failed, on_path) {
            (name, ..) if name.is_empty() => ("(no name)".to_owned(), Ink::ASIDE),
            (name, true, _) => (name, Ink::FAILED),
            (name, false, true) => (name, Ink::STRONG),
            (name, false, false) => (name, Ink::PLAIN),
        };
        line.push_cut(ink, &name, layout.tree_end());
        if layout.service > 0 {
            line.pad_to(layout.tree_end() + GAP);
            line.push_cut(self.color(row), &service, layout.service_end());
        }
        if layout.kind > 0 {
            line.pad_to(layout.service_end() + GAP);
            line.push(Ink::ASIDE, layout::kind(view, row));
        }
        self.push_right(&mut line, Ink::PLAIN, &short_duration(view.spans.duration[row as usize]));
        line.pad_to(layout.bar_at());
        bar::push(&mut line, self, row);
        line.write(out)
    }

    /// Adds text at the right end of the column of durations.
    fn push_right(&self, line: &mut Pieces, ink: Ink, text: &str) {
        let width = text.chars().count();
        line.pad_to(self.layout.duration_end().saturating_sub(width));
        line.push(ink, text);
    }

    /// Writes a line that stands for spans that are not there.
    fn write_heading(&self, out: &mut dyn io::Write, item: Item) -> io::Result<()> {
        let Some(text) = heading(item) else { return Ok(()) };
        let mut line = self.line();
        line.pad_to(MARGIN);
        line.push_cut(Ink::ASIDE, &text, self.layout.width);
        line.write(out)
    }
}
