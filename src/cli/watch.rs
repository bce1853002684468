//! Running something again and again: what was shown already, and how it ends.

use std::collections::HashSet;

use super::ui::Ui;
use crate::{
    model::{ids::TraceId, result::SearchResult},
    session::Answer,
};

/// What earlier runs have shown.
#[derive(Default)]
pub(super) struct Shown {
    /// Whether there will be other runs.
    goes_on: bool,
    runs: usize,
    traces: HashSet<TraceId>,
}

impl Shown {
    /// Nothing was shown, and there will be other runs.
    pub(super) fn of_many_runs() -> Shown {
        Shown { goes_on: true, ..Shown::default() }
    }

    /// Begins the next run.
    pub(super) fn next(&mut self) {
        self.runs += 1;
    }

    /// Tells whether this is the first run.
    pub(super) fn is_first(&self) -> bool {
        self.runs == 0
    }

    /// Tells whether there will be other runs, or were.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Is done with an answer. Where the process ends with it, the host decides whether it is freed: piece by piece that takes
    /// as long for a large answer as to find it.
    pub(super) fn done_with(&self, answer: Answer, ui: &mut Ui) {
        if !self.goes_on {
            ui.leftovers.push(Box::new(answer));
        }
    }

    /// Leaves out traces that were shown already, and counts the others as shown.
    pub(super) fn only_new(&mut self, result: &mut SearchResult) {
        if self.goes_on {
            result.traces.retain(|found| self.traces.insert(found.id));
        }
    }
}
