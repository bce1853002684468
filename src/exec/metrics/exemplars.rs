//! Which sample an exemplar belongs to.

use crate::model::series::{Exemplar, Series, Times};

/// Returns the sample that an exemplar belongs to; NaN if there is none.
pub(super) fn sample_of(exemplar: &Exemplar, samples: &[f64], times: &Times) -> f64 {
    let slot = match *times {
        Times::Range { first, step, .. } => exemplar.time.saturating_sub(first).div_ceil(step.max(1)),
        Times::Instant { .. } => 0,
    };
    usize::try_from(slot).ok().and_then(|slot| samples.get(slot)).copied().unwrap_or(f64::NAN)
}

/// Drops the exemplars of samples that are not there.
pub(super) fn drop_lonely(series: &mut Series, times: &Times) {
    let samples = &series.samples;
    series.exemplars.retain(|exemplar| !sample_of(exemplar, samples, times).is_nan());
}
