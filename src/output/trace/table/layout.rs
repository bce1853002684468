//! Which columns there are and how wide they are, and the lines that connect spans with their parents.

use traceql_grammar::value::Kind;
use unicode_width::UnicodeWidthStr;

use super::{FAILED, GAP, MARGIN, View};
use crate::{
    model::waterfall::{Item, Line},
    output::{text::short_duration, visible::shown},
};

/// From these widths on there are columns for services and kinds.
const WITH_SERVICES: usize = 72;
const WITH_KINDS: usize = 96;

/// The columns of services are at least and at most so wide, if they are not shorter anyway.
const SERVICES: std::ops::RangeInclusive<usize> = 10..=24;

/// The part of the width, in hundredths, and the columns that bars have at least.
const BARS_PART: usize = 35;
const BARS: usize = 10;

/// How wide one level of the tree is.
const LEVEL: usize = 2;

/// How wide the columns are; 0 for those that are not there.
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) tree: usize,
    pub(super) service: usize,
    pub(super) kind: usize,
    pub(super) duration: usize,
    pub(super) bar: usize,
}

impl Layout {
    /// Shares out `width` columns.
    pub(super) fn new(view: &View<'_>, width: usize) -> Layout {
        let rows = || view.trace.rows.clone();
        let widest = |text: &dyn Fn(u32) -> usize| rows().map(text).max().unwrap_or(0);
        let mut service = 0;
        if width >= WITH_SERVICES {
            let longest = view.services.iter().map(|id| shown(view.text(*id)).width()).max().unwrap_or(0);
            let most = (width / 6).clamp(*SERVICES.start(), *SERVICES.end());
            service = longest.clamp("service".len(), most);
        }
        let kind = if width >= WITH_KINDS { widest(&|row| kind(view, row).len()) } else { 0 };
        let heading = if width >= WITH_SERVICES { "duration".len() } else { 0 };
        let duration = widest(&|row| short_duration(view.spans.duration[row as usize]).width()).max(heading);
        let with_gap = |column: usize| if column > 0 { GAP + column } else { 0 };
        let rest = width.saturating_sub(MARGIN + with_gap(service) + with_gap(kind) + with_gap(duration) + GAP);
        let bars = (width * BARS_PART / 100).max(BARS).min(rest.saturating_sub(1));
        let names = view.waterfall.lines.iter().map(|line| match line.item {
            Item::Span(row) => {
                let prefix = service == 0 && view.begins_service(row);
                let prefix = if prefix { shown(view.service(row)).width() + 1 } else { 0 };
                let failed = if view.is_error(row) { FAILED.width() + 1 } else { 0 };
                line.depth as usize * LEVEL + prefix + failed + shown(view.name(row)).width()
            }
            _ => 0,
        });
        let tree = names.max().unwrap_or(0).max("span".len()).min(rest - bars);
        Layout { width, tree, service, kind, duration, bar: rest - tree }
    }

    /// Returns the column behind the names.
    pub(super) fn tree_end(&self) -> usize {
        MARGIN + self.tree
    }

    /// Returns the column behind the services.
    pub(super) fn service_end(&self) -> usize {
        self.tree_end() + if self.service > 0 { GAP + self.service } else { 0 }
    }

    /// Returns the column behind the durations.
    pub(super) fn duration_end(&self) -> usize {
        self.service_end() + if self.kind > 0 { GAP + self.kind } else { 0 } + GAP + self.duration
    }

    /// Returns the first column of the bars.
    pub(super) fn bar_at(&self) -> usize {
        self.duration_end() + GAP
    }

    /// Returns how many levels of the tree are drawn: names have two fifths of the room at least.
    pub(super) fn levels(&self) -> usize {
        (self.tree * 3 / 5 / LEVEL).max(1)
    }
}

/// Returns the kind of a span, if there is something to say about it.
pub(super) fn kind(view: &View<'_>, row: u32) -> &'static str {
    match view.spans.kind[row as usize] {
        Kind::Unspecified | Kind::Internal => "",
        kind => kind.word(),
    }
}

/// The lines from a span up to the top of its tree.
#[derive(Default)]
pub(super) struct Branches {
    /// For each level from the outermost on, whether something follows there.
    more: Vec<bool>,
}

impl Branches {
    /// Goes on to the next line.
    pub(super) fn enter(&mut self, line: &Line) {
        self.more.truncate((line.depth as usize).saturating_sub(1));
        if line.depth > 0 {
            self.more.push(!line.last);
        }
    }

    /// Returns what stands before the name of the span: `│ ├ `. Of more than so many levels the innermost are drawn.
    pub(super) fn before(&self, levels: usize) -> String {
        let Some((own, outer)) = self.more.split_last() else { return String::new() };
        let mut text = through(outer, levels.saturating_sub(1));
        text.push_str(if *own { "├ " } else { "└ " });
        text
    }

    /// Returns what stands before a line below the span: `│ │ `.
    pub(super) fn below(&self, levels: usize, has_children: bool) -> String {
        // Its children hang one level deeper, where of as many levels one less is drawn.
        let mut text = through(&self.more, levels.saturating_sub(1));
        text.push_str(if has_children { "│ " } else { "  " });
        text
    }
}

/// Draws the innermost of several levels.
fn through(more: &[bool], levels: usize) -> String {
    let hidden = more.len().saturating_sub(levels);
    let mut text = String::new();
    for (at, more) in more.iter().enumerate().skip(hidden) {
        text.push_str(match (at == hidden && hidden > 0, more) {
            (true, _) => "⋯ ",
            (false, true) => "│ ",
            (false, false) => "  ",
        });
    }
    text
}
