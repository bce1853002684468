//! The values of one attribute.

use crate::{
    exec::{
        collector::{Collector, Needs},
        pick::pick,
        search::SearchError,
    },
    model::{
        batch::{Batch, Fragment},
        catalog::TagValues,
        projection::Projection,
        result::Inspected,
        scan::{Picked, Scan, Seen},
    },
    plan::ValuesPlan,
};

use super::{
    distinct::{Bounds, Distinct},
    selection::{Home, Selection, Weights},
    tally::Tally,
    threads::PerThread,
};

/// How many different values are kept: more than anybody reads, and few enough for the memory of a laptop.
const MOST_VALUES: usize = 1 << 20;

/// Counts the values of an attribute or intrinsic in spans that come piece by piece.
pub struct ValueCounts {
    plan: ValuesPlan,
    selection: Selection,
    most: usize,
    threads: PerThread<Counted>,
}

/// What one thread has counted.
struct Counted {
    selected: u64,
    spans: u64,
    values: Distinct,
}

impl ValueCounts {
    /// Starts counting.
    pub fn new(plan: ValuesPlan) -> ValueCounts {
        let selection = Selection::new();
        ValueCounts { plan, selection, most: MOST_VALUES, threads: PerThread::new() }
    }

    /// Keeps fewer values, at least 1, than it would.
    #[must_use]
    pub fn keeping(mut self, most: usize) -> ValueCounts {
        self.most = most.max(1);
        self
    }

    /// Returns the plan that is followed.
    pub fn plan(&self) -> &ValuesPlan {
        &self.plan
    }

    fn count(&self, home: Home<'_>, weights: &Weights) {
        let view = home.view(&self.plan.values);
        let mut tally = Tally::new(view.spans);
        let spans = tally.field(&view, view.bound(ValuesPlan::FIELD), &weights.of_spans);
        self.threads.change(
            || self.counted(),
            |counted| {
                counted.selected += weights.selected;
                counted.spans += spans;
                tally.values().for_each(|(value, spans)| counted.values.add(value, spans));
            },
        );
    }

    fn counted(&self) -> Counted {
        let bounds = Bounds { values: self.most, characters: usize::MAX };
        Counted { selected: 0, spans: 0, values: Distinct::new(bounds) }
    }
}

impl Collector for ValueCounts {
    type Answer = TagValues;
    type Error = SearchError;

    fn needs(&self) -> Needs<'_> {
        Needs { projection: self.plan.projection(), pruning: self.plan.pruning() }
    }

    fn observe(&self, fragment: Fragment) {
        self.selection.observe(&self.plan.selection, fragment, &|home, weights| self.count(home, weights));
    }

    fn finish(self, bytes: u64) -> Result<TagValues, SearchError> {
        let spans = self.selection.finish(&self.plan.selection, &|home, weights| self.count(home, weights))?;
        let mut all = self.counted();
        for counted in self.threads.into_all() {
            all.selected += counted.selected;
            all.spans += counted.spans;
            all.values.merge(counted.values);
        }
        Ok(TagValues {
            field: self.plan.field().clone(),
            spans: all.spans,
            selected: all.selected,
            values: all.values.finish(),
            inspected: Inspected { spans, bytes, ..Inspected::default() },
        })
    }
}

impl Scan for ValueCounts {
    fn first(&self) -> Option<&Projection> {
        self.plan.selection.plan.pick.as_ref().map(|(_, columns)| columns)
    }

    fn pick(&self, traces: &Batch) -> Picked {
        pick(&self.plan.selection.plan, traces)
    }

    fn whole(&self, traces: Batch, seen: Seen) {
        self.selection.whole(&self.plan.selection, &traces, seen, &|home, weights| self.count(home, weights));
    }
}
