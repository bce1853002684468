//! What a function keeps of the spans that it has seen.

use crate::{
    model::{operand::Operand, series::Label},
    plan::Measure,
};

/// What a function keeps of the spans of one group in one slot.
///
/// `merge` is associative, and what [`Accumulator::finish`] gives does not depend on the order in which spans were observed
/// and accumulators merged: however spans are cut into pieces, the answer is the same to the last bit.
pub(super) trait Accumulator: Clone + Default + Send + Sync {
    /// What is kept of a span's value.
    type Value: Copy;

    /// Reads the value of a span; `None` where the function leaves such a span out.
    fn value(of: Operand<'_>) -> Option<Self::Value>;

    /// Takes a span.
    fn observe(&mut self, value: Self::Value);

    /// Takes all that another has seen.
    fn merge(&mut self, other: &Self);

    /// Gives the series of a group: what it has kept in each of its slots, `seconds` long, becomes samples.
    fn finish(slots: &[Self], measure: &Measure, seconds: f64) -> Vec<Finished>;
}

/// A series of a group.
#[derive(Debug)]
pub(super) struct Finished {
    /// What sets it apart from the group's other series.
    pub(super) label: Option<Label>,
    /// A sample for each slot; NaN where there is none.
    pub(super) samples: Vec<f64>,
}

impl Finished {
    /// Makes the only series of a group, or none if it has no sample.
    pub(super) fn only(samples: impl Iterator<Item = f64>) -> Vec<Finished> {
        let samples: Vec<f64> = samples.collect();
        if samples.iter().all(|sample| sample.is_nan()) {
            return Vec::new();
        }
        vec![Finished { label: None, samples }]
    }
}
