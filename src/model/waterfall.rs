//! A trace as the lines of a waterfall: every span once, under what it hangs on, and from when to when it is drawn.

use hashbrown::{HashMap, HashSet};

use super::{
    batch::{Batch, Trace, Tree},
    ids::SpanId,
};

/// A trace laid out.
#[derive(Clone, Debug, Default)]
pub struct Waterfall {
    /// The lines from top to bottom: trees in the order of their batch, each span followed by what is below it. First
    /// the trees of the roots; then, under a line for each parent that is not there, what hangs on it; then the cycles.
    pub lines: Vec<Line>,
    /// The first start that is drawn, in Unix nanoseconds.
    pub start: u64,
    /// The last end that is drawn.
    pub end: u64,
    /// The first row of the trace.
    first: u32,
    /// From when to when each span is drawn, by row from the first one on.
    drawn: Vec<(u64, u64)>,
    /// How many spans start before their parent, which their clocks must have got wrong.
    pub skewed: usize,
}

/// One line of a waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What stands there.
    pub item: Item,
    /// How many lines it hangs below.
    pub depth: u32,
    /// Whether it is the last one that hangs on the line above.
    pub last: bool,
}

/// What stands on a line of a waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A row of the batch.
    Span(u32),
    /// The place of a parent that never arrived.
    Missing(SpanId),
    /// The place of a parent that is in a cycle, where it has no place of its own.
    InCycle(SpanId),
    /// A heading: what follows are spans that are their own ancestors.
    Cycle,
}

impl Waterfall {
    /// Lays out a trace of a batch.
    ///
    /// Nothing begins before what has caused it: a span that starts before its parent comes from a machine whose clock
    /// is behind, and is drawn from the start of the parent on, so that one wrong clock does not stretch the whole
    /// picture. Its end stays where it is, unless that lies before the parent's start too.
    pub fn new(batch: &Batch, trace: &Trace) -> Waterfall {
        let (spans, tree) = (&batch.spans, &batch.tree);
        let first = trace.rows.start;
        let mut waterfall = Waterfall { first, start: u64::MAX, ..Waterfall::default() };
        for row in trace.rows.clone() {
            let (mut start, end) = (spans.start[row as usize], spans.end(row as usize));
            let parent = tree.parent[row as usize];
            if parent != Tree::NO_PARENT {
                let (parent_start, _) = waterfall.drawn(parent);
                waterfall.skewed += usize::from(start < parent_start);
                start = start.max(parent_start);
            }
            let end = end.max(start);
            waterfall.drawn.push((start, end));
            waterfall.start = waterfall.start.min(start);
            waterfall.end = waterfall.end.max(end);
        }
        if trace.rows.is_empty() {
            waterfall.start = 0;
        }
        waterfall.add_lines(batch, trace);
        waterfall
    }

    /// Returns from when to when a span is drawn, in Unix nanoseconds.
    pub fn drawn(&self, row: u32) -> (u64, u64) {
        self.drawn.get(row.wrapping_sub(self.first) as usize).copied().unwrap_or_default()
    }

    fn add_lines(&mut self, batch: &Batch, trace: &Trace) {
        let (spans, tree) = (&batch.spans, &batch.tree);
        let in_cycle: HashSet<SpanId> =
            trace.rows.clone().filter(|row| tree.in_cycle[*row as usize]).map(|row| spans.id[row as usize]).collect();
        let (mut roots, mut cycles) = (Vec::new(), Vec::new());
        // What hangs on each parent without a place, in the order in which they are met.
        let mut lost: Vec<(Item, Vec<u32>)> = Vec::new();
        let mut lost_by_parent: HashMap<SpanId, usize> = HashMap::new();
        let mut top = trace.rows.start;
        while top < trace.rows.end {
            let parent = spans.parent_id[top as usize];
            if tree.in_cycle[top as usize] {
                cycles.push(top);
            } else if parent == SpanId::NONE {
                roots.push(top);
            } else {
                let at = *lost_by_parent.entry(parent).or_insert_with(|| {
                    let missing = !in_cycle.contains(&parent);
                    lost.push((if missing { Item::Missing(parent) } else { Item::InCycle(parent) }, Vec::new()));
                    lost.len() - 1
                });
                lost[at].1.push(top);
            }
            top = tree.end[top as usize];
        }
        self.lines.reserve(self.drawn.len() + lost.len() + 1);
        roots.iter().for_each(|root| self.add_tree(tree, *root, 0, true));
        if !cycles.is_empty() {
            lost.push((Item::Cycle, cycles));
        }
        for (item, tops) in lost {
            self.lines.push(Line { item, depth: 0, last: true });
            for (at, top) in tops.iter().enumerate() {
                self.add_tree(tree, *top, 1, at + 1 == tops.len());
            }
        }
    }

    /// Adds a span and what is below it.
    fn add_tree(&mut self, tree: &Tree, top: u32, depth: u32, last: bool) {
        self.lines.push(Line { item: Item::Span(top), depth, last });
        // Where the trees end that the current row is in, from the outermost on.
        let mut ends = vec![tree.end[top as usize]];
        for row in top + 1..tree.end[top as usize] {
            while ends.last().is_some_and(|end| *end <= row) {
                ends.pop();
            }
            let end = tree.end[row as usize];
            let last = ends.last().is_none_or(|parent_end| end >= *parent_end);
            self.lines.push(Line { item: Item::Span(row), depth: depth + ends.len() as u32, last });
            ends.push(end);
        }
    }
}
