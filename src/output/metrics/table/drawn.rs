//! What of an answer is drawn: the samples that say something.

use std::borrow::Cow;

use crate::model::series::{Form, MetricsResult, Series, Times};

/// Leaves out what no chart is to show; the formats for programs have it all.
pub(super) fn drawn(result: &MetricsResult) -> Cow<'_, MetricsResult> {
    let mut drawn = Cow::Borrowed(result);
    if result.form == Form::Comparison {
        return drawn;
    }
    if let Times::Range { first, step, len: len @ 2.. } = result.times
        && begins_with_nothing(&result.series)
    {
        // As Tempo's ranges do, this one begins with a sample about the time before it.
        let drawn = drawn.to_mut();
        drawn.times = Times::Range { first: first.saturating_add(step), step, len: len - 1 };
        drawn.series.iter_mut().for_each(|series| series.samples = series.samples.split_off(1));
    }
    if result.form == Form::Quantiles {
        drawn.to_mut().series.iter_mut().for_each(without_zeros);
    }
    drawn
}

/// Tells whether all first samples say nothing, and others are there.
fn begins_with_nothing(series: &[Series]) -> bool {
    let has_others = |series: &Series| series.samples.iter().skip(1).any(|sample| !sample.is_nan());
    series.iter().all(|series| series.samples.first().copied().is_some_and(is_nothing)) && series.iter().any(has_others)
}

fn is_nothing(sample: f64) -> bool {
    sample == 0.0 || sample.is_nan()
}

/// Takes the zeros out of quantiles, which stand where there was no span. A series of nothing else is kept: there are
/// series of spans only, so that 0 is what some of them had.
fn without_zeros(series: &mut Series) {
    if !series.samples.iter().copied().all(is_nothing) {
        series.samples.iter_mut().filter(|sample| **sample == 0.0).for_each(|sample| *sample = f64::NAN);
    }
}
