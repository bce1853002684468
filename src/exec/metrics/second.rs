//! Second stages: rankings and comparisons, of finished series.

use traceql_grammar::query::{CompareOp, SecondStage};

use super::order;
use crate::{
    model::{
        operand::by_order,
        quirks::Preference,
        series::{Series, Times},
    },
    plan::literal_number,
};

/// Applies one stage. Samples that it does not keep become NaN, and series without a sample are dropped.
pub(super) fn second_stage(series: Vec<Series>, stage: &SecondStage, times: &Times) -> Vec<Series> {
    match stage {
        SecondStage::TopK(limit) => rank(series, *limit, Wanted::Largest, times),
        SecondStage::BottomK(limit) => rank(series, *limit, Wanted::Smallest, times),
        SecondStage::Filter(op, value) => filter(series, *op, literal_number(value).unwrap_or(f64::NAN)),
    }
}

/// Keeps the samples for which the comparison holds; it never does for NaN.
///
/// An exemplar is kept if its own value passes, whatever the sample does.
fn filter(mut series: Vec<Series>, op: CompareOp, bound: f64) -> Vec<Series> {
    let passes = |value: f64| value.partial_cmp(&bound).is_some_and(|order| by_order(op, order));
    for series in &mut series {
        series.samples.iter_mut().filter(|sample| !passes(**sample)).for_each(|sample| *sample = f64::NAN);
        series.exemplars.retain(|exemplar| passes(exemplar.value));
    }
    series.retain(|series| !series.is_empty());
    series
}

/// Keeps the `limit` best samples at each time, and the exemplars that belong to them. Where there are no more series than
/// that, all stay as they are.
fn rank(mut series: Vec<Series>, limit: i64, wanted: Wanted, times: &Times) -> Vec<Series> {
    let limit = usize::try_from(limit).unwrap_or(0);
    if series.len() <= limit {
        return series;
    }
    let order = preferred(&series);
    let mut ranks: Vec<u128> = Vec::with_capacity(series.len());
    for slot in 0..times.len() {
        let at_slot = order.iter().map(|at| series[*at].samples[slot]).zip(0..);
        ranks.clear();
        ranks.extend(at_slot.filter(|(sample, _)| !sample.is_nan()).map(|(sample, place)| wanted.rank(sample, place)));
        if ranks.len() <= limit {
            continue;
        }
        ranks.select_nth_unstable(limit);
        for rank in &ranks[limit..] {
            series[order[wanted.place(*rank)]].samples[slot] = f64::NAN;
        }
    }
    series.retain(|series| !series.is_empty());
    for Series { samples, exemplars, .. } in &mut series {
        exemplars.retain(|exemplar| !times.sample(samples, exemplar.time).is_nan());
    }
    series
}

/// Which samples a ranking keeps.
#[derive(Clone, Copy)]
enum Wanted {
    Largest,
    Smallest,
}

impl Wanted {
    /// Makes one number of a sample and the place of its series among the preferred ones, the smaller the better: whole
    /// numbers are selected twice as fast as pairs.
    fn rank(self, sample: f64, place: u32) -> u128 {
        // Adding 0 makes -0 equal to it.
        let bits = (sample + 0.0).to_bits();
        // The bits of positive numbers rise with them, those of negative ones fall.
        let rising = if sample < 0.0 { !bits } else { bits | 1 << 63 };
        match self {
            Wanted::Largest => u128::from(!rising) << 32 | u128::from(place),
            Wanted::Smallest => u128::from(rising) << 32 | u128::from(!place),
        }
    }

    /// Returns the place that is in a rank.
    fn place(self, rank: u128) -> usize {
        let place = rank as u32;
        match self {
            Wanted::Largest => place as usize,
            Wanted::Smallest => !place as usize,
        }
    }
}

/// Lists the series in the order in which `topk` prefers them where samples are equal.
fn preferred(series: &[Series]) -> Vec<usize> {
    let keys: Vec<Vec<Preference<'_>>> =
        series.iter().map(|series| series.labels.iter().map(Preference::of).collect()).collect();
    let mut order: Vec<usize> = (0..series.len()).collect();
    // Names can differ where values do not, since labels that are nil are left out.
    let by_names = |a: usize, b: usize| order::by_labels(&series[a].labels, &series[b].labels);
    order.sort_by(|a, b| keys[*a].cmp(&keys[*b]).then_with(|| by_names(*a, *b)));
    order
}
