//! `rate` and `count_over_time`.

use traceql_grammar::vocab::functions::MetricsFn;

use crate::{
    model::{operand::Operand, quirks},
    plan::Measure,
};

use super::accumulator::{Accumulator, Finished};

/// How many spans there were.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(u32);

impl Accumulator for Count {
    type Value = ();

    fn value(_: Operand<'_>) -> Option<()> {
        Some(())
    }

    fn observe(&mut self, (): ()) {
        self.0 += 1;
    }

    fn merge(&mut self, other: &Count) {
        self.0 += other.0;
    }

    fn finish(slots: &[Count], measure: &Measure, seconds: f64) -> Vec<Finished> {
        // A group is only what a span belongs to; without groups nothing is 0.
        if !measure.by.is_empty() && slots.iter().all(|count| count.0 == 0) {
            return Vec::new();
        }
        let factor = if measure.function == MetricsFn::Rate { quirks::per_second(seconds) } else { 1.0 };
        Finished::only(slots.iter().map(|count| f64::from(count.0) * factor))
    }
}
