//! The critical path of a trace: the chain of spans that decides when the root ends.
//!
//! The rule is that of published analyses of call trees (such as "CRISP: Critical Path Analysis of Large-Scale
//! Microservice Architectures", and of Jaeger's user interface), walked from the end of the root backwards:
//!
//! 1. The path is in the root at its end.
//! 2. From a moment in a span it goes back to the end of the child that ends last up to then. What lies between is the
//!    span's own part: nothing else was waited for. A child that is still running at that moment runs beside what was
//!    waited for, and has no part in it.
//! 3. The path goes through that child in the same way, from its end to its start, and then on in the span.
//! 4. Without such a child, everything back to its start is the span's own part.
//!
//! What clocks and asynchronous work make of it:
//!
//! - A span counts for the time that it shares with its parent, as far as that one counts. So a child that outlives its
//!   parent is cut at the parent's end: usually two clocks differ by a little, and without the cut a call that took all
//!   of the time would be missed. Where the parent ends in the middle of much longer work, the work up to then counts.
//! - A consumer that outlives its parent has no part: nobody waits for what reads a queue.
//! - A child that lies outside of its parent altogether, and one that takes no time, have no part.
//! - Of children that end together, the longest is taken, and of those the first in the order of the tree.
//!
//! With several roots the path is that of the longest one, ties to the first; without a root it is that of the longest
//! span that hangs on no other.

use std::cmp::Reverse;

use traceql_grammar::value::Kind;

use super::{
    batch::{Batch, Trace, Tree},
    ids::SpanId,
};

/// The chain of spans that decides when a trace's root ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalPath {
    /// The rows of the spans that the path goes through, rising.
    pub rows: Vec<u32>,
    /// Whose own part each moment of the root is, in order of time, without gaps.
    pub stretches: Vec<Stretch>,
}

/// A time that is a span's own part of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The row of the span.
    pub row: u32,
    /// From when on, in Unix nanoseconds.
    pub start: u64,
    /// Until when; later than `start`.
    pub end: u64,
}

/// A span that the path is in.
struct Visit {
    row: u32,
    /// Since when the span counts.
    start: u64,
    /// How far back the path has come.
    moment: u64,
    /// The children that may come next, in rising order of what is to be looked at last.
    children: Vec<(u64, Reverse<u64>, Reverse<u32>)>,
}

impl CriticalPath {
    /// Finds the path of a trace of a batch.
    pub fn new(batch: &Batch, trace: &Trace) -> CriticalPath {
        let mut path = CriticalPath::default();
        let Some(root) = root(batch, trace) else { return path };
        let (start, end) = (batch.spans.start[root as usize], batch.spans.end(root as usize));
        path.rows.push(root);
        // An explicit stack: the path can be as deep as the trace has spans.
        let mut visits = vec![Visit::new(batch, root, start, end)];
        while let Some(visit) = visits.last_mut() {
            let next = std::iter::from_fn(|| visit.children.pop()).find(|(end, ..)| *end <= visit.moment);
            let Some((end, Reverse(start), Reverse(child))) = next else {
                path.add(visit.row, visit.start, visit.moment);
                visits.pop();
                continue;
            };
            path.add(visit.row, end, visit.moment);
            visit.moment = start;
            path.rows.push(child);
            let visit = Visit::new(batch, child, start, end);
            visits.push(visit);
        }
        path.rows.sort_unstable();
        path.stretches.reverse();
        path
    }

    /// Tells whether the path goes through a span.
    pub fn has(&self, row: u32) -> bool {
        self.rows.binary_search(&row).is_ok()
    }

    fn add(&mut self, row: u32, start: u64, end: u64) {
        if start < end {
            self.stretches.push(Stretch { row, start, end });
        }
    }
}

impl Visit {
    fn new(batch: &Batch, row: u32, start: u64, end: u64) -> Visit {
        let (spans, tree) = (&batch.spans, &batch.tree);
        let mut children = Vec::new();
        let mut child = row + 1;
        while child < tree.end[row as usize] {
            let (child_start, child_end) = (spans.start[child as usize], spans.end(child as usize));
            let abandoned = child_end > end && spans.kind[child as usize] == Kind::Consumer;
            let (child_start, child_end) = (child_start.max(start), child_end.min(end));
            if child_start < child_end && !abandoned {
                children.push((child_end, Reverse(child_start), Reverse(child)));
            }
            child = tree.end[child as usize];
        }
        children.sort_unstable();
        Visit { row, start, moment: end, children }
    }
}

/// Returns the span whose end the path explains.
fn root(batch: &Batch, trace: &Trace) -> Option<u32> {
    let (spans, tree) = (&batch.spans, &batch.tree);
    let tops = trace.rows.clone().filter(|row| tree.parent[*row as usize] == Tree::NO_PARENT);
    let is_root = |row: u32| spans.parent_id[row as usize] == SpanId::NONE;
    tops.max_by_key(|row| (is_root(*row), spans.duration[*row as usize], Reverse(*row)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{assemble::assemble, batch::Fragment, dictionary::StrId, ids::TraceId};
    use traceql_grammar::value::Status;

    /// Makes a trace of spans with parent, start and end; ids count from 1.
    fn trace(spans: &[(u64, u64, u64)]) -> Batch {
        let mut fragment = Fragment::default();
        for (id, (parent, start, end)) in (1..).zip(spans) {
            fragment.trace.push(TraceId(1));
            let of = &mut fragment.spans;
            of.id.push(SpanId(id));
            of.parent_id.push(SpanId(*parent));
            of.start.push(*start);
            of.duration.push(end - start);
            of.kind.push(Kind::Internal);
            of.status.push(Status::Unset);
            of.name.push(StrId::EMPTY);
            of.resource.push(0);
        }
        fragment.spans.resources.service.push(StrId::EMPTY);
        assemble(&[fragment]).swap_remove(0)
    }

    /// Returns the stretches as `id:start-end`.
    fn path(batch: &Batch) -> String {
        let path = CriticalPath::new(batch, &batch.traces[0]);
        let text = |stretch: &Stretch| {
            let id = batch.spans.id[stretch.row as usize].0;
            format!("{id}:{}-{}", stretch.start, stretch.end)
        };
        path.stretches.iter().map(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn it_goes_back_through_the_child_that_ends_last() {
        // Two calls side by side, then one after them.
        let batch = trace(&[(0, 0, 100), (1, 10, 40), (1, 10, 50), (1, 60, 90)]);
        assert_eq!(path(&batch), "1:0-10 3:10-50 1:50-60 4:60-90 1:90-100");
        let path = CriticalPath::new(&batch, &batch.traces[0]);
        assert_eq!(path.rows.iter().map(|row| batch.spans.id[*row as usize].0).collect::<Vec<_>>(), [1, 3, 4]);
        assert!(path.has(path.rows[1]) && !path.has(99));
    }

    #[test]
    fn a_child_that_runs_beside_the_next_one_has_no_part() {
        let batch = trace(&[(0, 0, 100), (1, 0, 61), (1, 5, 40), (1, 60, 100)]);
        assert_eq!(path(&batch), "1:0-5 3:5-40 1:40-60 4:60-100");
    }

    #[test]
    fn it_goes_through_what_takes_all_the_time() {
        let batch = trace(&[(0, 0, 100), (1, 0, 100), (2, 0, 100)]);
        assert_eq!(path(&batch), "3:0-100");
        assert_eq!(CriticalPath::new(&batch, &batch.traces[0]).rows.len(), 3);
    }

    #[test]
    fn children_count_for_the_time_that_they_share_with_their_parent() {
        // Outlives, begins too early, lies outside, takes no time.
        let batch = trace(&[(0, 10, 100), (1, 80, 150), (1, 0, 30), (1, 120, 130), (1, 50, 50)]);
        assert_eq!(path(&batch), "3:10-30 1:30-80 2:80-100");
        // What is below the cut child is cut too.
        let batch = trace(&[(0, 0, 100), (1, 50, 200), (2, 90, 180), (2, 110, 120)]);
        assert_eq!(path(&batch), "1:0-50 2:50-90 3:90-100");
    }

    #[test]
    fn nobody_waits_for_a_consumer() {
        let mut batch = trace(&[(0, 0, 100), (1, 50, 150), (1, 20, 40)]);
        let consumer = batch.spans.id.iter().position(|id| id.0 == 2).expect("it is there");
        batch.spans.kind[consumer] = Kind::Consumer;
        assert_eq!(path(&batch), "1:0-20 3:20-40 1:40-100");
        batch.spans.duration[consumer] = 10;
        assert_eq!(path(&batch), "1:0-20 3:20-40 1:40-50 2:50-60 1:60-100", "this one was waited for");
    }

    #[test]
    fn of_children_that_end_together_the_longest_is_taken() {
        let batch = trace(&[(0, 0, 100), (1, 30, 90), (1, 20, 90), (1, 20, 90)]);
        assert_eq!(path(&batch), "1:0-20 3:20-90 1:90-100");
    }

    #[test]
    fn the_longest_root_counts() {
        assert_eq!(path(&trace(&[(0, 0, 10), (0, 5, 30), (7, 0, 100)])), "2:5-30");
        assert_eq!(path(&trace(&[(7, 0, 10), (8, 5, 30)])), "2:5-30", "without a root");
        assert_eq!(path(&trace(&[(2, 0, 10), (1, 5, 30)])), "2:5-30", "a cycle");
        assert_eq!(path(&trace(&[(0, 7, 7)])), "", "it takes no time");
    }

    #[test]
    fn chains_may_be_as_deep_as_they_like() {
        let chain: Vec<(u64, u64, u64)> = (0..100_000).map(|depth| (depth, depth, 300_000 - depth)).collect();
        let path = CriticalPath::new(&trace(&chain), &trace(&chain).traces[0]);
        assert_eq!((path.rows.len(), path.stretches.len()), (100_000, 199_999));
        assert!(path.stretches.windows(2).all(|pair| pair[0].end == pair[1].start));
    }
}
