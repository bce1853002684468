//! The spans of one table that a query measures, with their slots.

use crate::{
    exec::{pipeline::Sets, view::View},
    model::{batch::Spans, series::Times, units},
};

/// Finds the slot that a start belongs to: open on the left, closed on the right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slots {
    times: Times,
    /// The last moment of the first slot.
    first: u64,
    /// The last moment of the last slot.
    last: u64,
    /// How long a slot is.
    step: u64,
    /// 2^64 over `step`: multiplying is quicker than dividing.
    inverse: u64,
}

impl Slots {
    /// Makes the slots whose right edges are the times.
    pub(super) fn new(times: Times) -> Slots {
        let (first, step) = match times {
            Times::Range { first, step, .. } => (first, step),
            Times::Instant { start, end } => (end, end - start),
        };
        Slots { times, first, last: times.last(), step, inverse: u64::MAX / step }
    }

    /// Returns how many slots there are.
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// Returns how long a slot is.
    pub(super) fn seconds(&self) -> f64 {
        units::seconds(self.step)
    }

    /// Returns the right edge of a slot.
    pub(super) fn time(&self, slot: usize) -> u64 {
        self.first.saturating_add(self.step.saturating_mul(slot as u64))
    }

    /// Tells whether a start belongs to a slot.
    pub(super) fn hold(&self, start: u64) -> bool {
        start <= self.last && self.times.open().is_none_or(|open| open < start)
    }

    /// Returns the slot of a start that belongs to one.
    #[inline]
    fn of(&self, start: u64) -> u32 {
        if start <= self.first {
            return 0;
        }
        let offset = start - self.first - 1;
        // Right, or one too little.
        let guess = ((u128::from(offset) * u128::from(self.inverse)) >> 64) as u64;
        let behind_first = guess + u64::from(offset - guess * self.step >= self.step);
        behind_first as u32 + 1
    }
}

/// The spans of a table that are measured.
pub(super) struct Table<'a> {
    pub(super) view: View<'a>,
    rows: Rows,
    /// The slot of each span.
    pub(super) slots: Vec<u32>,
}

/// Which rows of a table.
enum Rows {
    All,
    /// Rising.
    Listed(Vec<u32>),
}

impl<'a> Table<'a> {
    /// Takes of the rows that `sets` hold those whose start belongs to a slot.
    pub(super) fn new(view: View<'a>, sets: Sets<'_>, slots: &Slots) -> Table<'a> {
        let starts = &view.spans.start;
        let listed = match sets {
            Sets::All => None,
            Sets::Flat(rows) => Some(rows),
            Sets::Split(split) => {
                let mut rows = split.rows;
                rows.sort_unstable();
                Some(rows)
            }
        };
        let listed = match listed {
            None if starts.iter().all(|start| slots.hold(*start)) => None,
            None => Some((0..).zip(starts).filter(|(_, start)| slots.hold(**start)).map(|(row, _)| row).collect()),
            Some(mut rows) => {
                rows.retain(|row| slots.hold(starts[*row as usize]));
                Some(rows)
            }
        };
        match listed {
            None => {
                let slots = starts.iter().map(|start| slots.of(*start)).collect();
                Table { view, rows: Rows::All, slots }
            }
            Some(rows) => {
                let slots = rows.iter().map(|row| slots.of(starts[*row as usize])).collect();
                Table { view, rows: Rows::Listed(rows), slots }
            }
        }
    }

    /// Returns the columns.
    pub(super) fn spans(&self) -> &'a Spans {
        self.view.spans
    }

    /// Returns how many spans are measured.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Calls `visit` with the place of each measured span and its row.
    #[inline]
    pub(super) fn each(&self, mut visit: impl FnMut(usize, u32)) {
        match &self.rows {
            Rows::All => (0..self.slots.len()).for_each(|at| visit(at, at as u32)),
            Rows::Listed(rows) => rows.iter().enumerate().for_each(|(at, row)| visit(at, *row)),
        }
    }

    /// Calls `visit` for each measured span that is among `present`, rising rows: with its place, and its place there.
    #[inline]
    pub(super) fn each_of(&self, present: &[u32], mut visit: impl FnMut(usize, usize)) {
        match &self.rows {
            Rows::All => present.iter().enumerate().for_each(|(there, row)| visit(*row as usize, there)),
            Rows::Listed(rows) => {
                let mut there = 0;
                for (at, row) in rows.iter().enumerate() {
                    while present.get(there).is_some_and(|other| other < row) {
                        there += 1;
                    }
                    match present.get(there) {
                        None => break,
                        Some(other) if other == row => visit(at, there),
                        Some(_) => {}
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn slots_are_found_by_multiplying(
            first in prop_oneof![0..u64::MAX / 4, 0..1_000u64],
            step in prop_oneof![1..1_000u64, 1..100_000_000_000_000u64],
            len in 1..10_002usize,
            at in any::<prop::sample::Index>(),
            shift in any::<prop::sample::Index>(),
        ) {
            let slots = Slots::new(Times::Range { first, step, len });
            let slot = at.index(len);
            // Also at the edges of the slot, as far as there is time before its end.
            for before in [0, step - 1, shift.index(step as usize) as u64] {
                let Some(start) = slots.time(slot).checked_sub(before) else { continue };
                prop_assert!(slots.hold(start));
                prop_assert_eq!(slots.of(start) as usize, slot);
            }
            prop_assert!(first.checked_sub(step).is_none_or(|open| !slots.hold(open)));
            prop_assert!(!slots.hold(slots.time(len - 1) + 1));
        }
    }
}
