//! Makes one metrics answer of those about parts of a range.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use hashbrown::HashMap;

use super::{
    decode::metrics::{Part, PartSeries},
    windows::Window,
};
use crate::{
    model::{
        result::Inspected,
        series::{Completeness, Exemplar, Label, MetricsResult, Series, Times},
    },
    plan::{
        default_step,
        remote::{Combine, MetricsRequest},
    },
};

/// The most samples that a series may have: ten times what servers give of a window, and of windows as many as are sane.
const MOST_SAMPLES: u64 = 1_000_000;

/// The most samples of all series, by which memory is bounded where a server's times make no sense.
const MOST_CELLS: u64 = 100_000_000;

/// A series that is being put together.
struct Joined {
    labels: Vec<Label>,
    samples: BTreeMap<u64, f64>,
    exemplars: Vec<Exemplar>,
}

/// Series by their labels, in the order in which they come first.
#[derive(Default)]
struct Table {
    series: Vec<Joined>,
    places: HashMap<String, usize>,
}

impl Table {
    fn series(&mut self, labels: Vec<Label>) -> &mut Joined {
        // Values of different types are different, whatever they look like; the order of labels means nothing.
        let mut parts: Vec<String> = labels.iter().map(|label| format!("{label:?}")).collect();
        parts.sort_unstable();
        let place = *self.places.entry(parts.concat()).or_insert_with(|| {
            self.series.push(Joined { labels, samples: BTreeMap::new(), exemplars: Vec::new() });
            self.series.len() - 1
        });
        &mut self.series[place]
    }

    /// Puts the series of several answers into order.
    fn sort(&mut self) {
        self.series.sort_by(|a, b| order(&a.labels, &b.labels));
    }
}

/// Orders series as the model wants them: by number of labels, then names, then values as text.
fn order(a: &[Label], b: &[Label]) -> Ordering {
    let names = |labels: &[Label]| labels.iter().map(|label| label.name.clone()).collect::<Vec<_>>();
    let values = |labels: &[Label]| labels.iter().map(|label| label.value.to_string()).collect::<Vec<_>>();
    a.len().cmp(&b.len()).then_with(|| names(a).cmp(&names(b))).then_with(|| values(a).cmp(&values(b)))
}

/// Puts ranges together, oldest first: samples of one series and time that several have count once, from the one that knows
/// all of what the sample is about: the earlier one where samples look back. `is_cut` says that the range was cut into
/// windows, even where only one of them has an answer.
///
/// Returns too whether samples were left out because they stand between the others.
pub(super) fn ranges(
    parts: Vec<(Window, Part)>,
    is_cut: bool,
    looks_back: bool,
    step: Option<u64>,
    request: &MetricsRequest,
) -> (MetricsResult, bool) {
    let completeness = completeness(&parts);
    let bounds: Vec<u64> = parts.iter().flat_map(|(window, _)| [window.start, window.end]).collect();
    let mut table = Table::default();
    for (_, part) in parts {
        for PartSeries { labels, samples, exemplars } in part.series {
            let series = table.series(labels);
            for (time, value) in samples {
                if looks_back {
                    series.samples.entry(time).or_insert(value);
                } else {
                    series.samples.insert(time, value);
                }
            }
            // The bound between two windows may be told twice.
            for exemplar in exemplars {
                if !is_cut || !series.exemplars.iter().rev().take(200).any(|known| *known == exemplar) {
                    series.exemplars.push(exemplar);
                }
            }
        }
    }
    if is_cut {
        table.sort();
    }
    let mut times = table.series.iter().flat_map(|series| series.samples.keys().copied()).collect::<BTreeSet<u64>>();
    // One window says itself where its samples begin and end; of several some may have none.
    if is_cut && !times.is_empty() {
        times.extend(bounds);
    }
    let (first, step, len) = grid(&times, step, table.series.len() as u64, request);
    let mut left_out = false;
    let series = table.series.into_iter().map(|joined| {
        let mut samples = vec![if is_cut { request.shape.empty } else { f64::NAN }; len];
        for (time, value) in joined.samples {
            let slot = (time - first.min(time)) / step;
            let slot = usize::try_from(slot).ok().filter(|_| time >= first && (time - first) % step == 0);
            match slot.and_then(|slot| samples.get_mut(slot)) {
                Some(sample) => *sample = value,
                None => left_out = true,
            }
        }
        Series { labels: joined.labels, samples, exemplars: joined.exemplars }
    });
    let series: Vec<Series> = series.collect();
    (result(series, Times::Range { first, step, len }, completeness, request), left_out)
}

/// Finds the first time, the distance and the number of all samples: the step that was asked for where they fit, else the
/// largest that fits.
fn grid(times: &BTreeSet<u64>, step: Option<u64>, series: u64, request: &MetricsRequest) -> (u64, u64, usize) {
    let usual = || step.unwrap_or_else(|| default_step(request.end - request.start)).max(1);
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else {
        let step = usual();
        let len = ((request.end - request.start) / step).saturating_add(1).min(MOST_SAMPLES);
        return (request.start / step * step, step, len as usize);
    };
    let fits = |step: u64| times.iter().all(|time| (time - first) % step == 0);
    let step = match step.filter(|step| *step > 0 && fits(*step)) {
        Some(step) => step,
        None if first == last => usual(),
        None => times.iter().fold(0, |common, time| divisor(common, time - first)),
    };
    let most = (MOST_CELLS / series.max(1)).clamp(1, MOST_SAMPLES);
    let len = ((last - first) / step).saturating_add(1);
    // Times without a sane distance: what does not fit is left out.
    let step = if len > most { ((last - first) / most).max(usual()) } else { step };
    let len = ((last - first) / step).saturating_add(1).min(most);
    (first, step, len as usize)
}

fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Puts instants together.
pub(super) fn instants(
    parts: Vec<(Window, Part)>,
    combine: Option<Combine>,
    request: &MetricsRequest,
) -> MetricsResult {
    let (count, completeness) = (parts.len(), completeness(&parts));
    let whole = (request.end - request.start).max(1) as f64;
    let mut table = Table::default();
    for (window, part) in parts {
        let weight = (window.end - window.start) as f64 / whole;
        for PartSeries { labels, samples, .. } in part.series {
            let series = table.series(labels);
            let Some((_, value)) = samples.first().copied() else { continue };
            let value = if count > 1 && combine == Some(Combine::Mean) { value * weight } else { value };
            let known = series.samples.get(&0).copied().filter(|known| !known.is_nan());
            let value = match (known, combine) {
                (None, _) | (_, None) => value,
                (Some(known), _) if value.is_nan() => known,
                (Some(known), Some(Combine::Sum | Combine::Mean)) => known + value,
                (Some(known), Some(Combine::Least)) => known.min(value),
                (Some(known), Some(Combine::Greatest)) => known.max(value),
            };
            series.samples.insert(0, value);
        }
    }
    if count > 1 {
        table.sort();
    }
    let series = table.series.into_iter().map(|joined| Series {
        labels: joined.labels,
        samples: vec![joined.samples.get(&0).copied().unwrap_or(f64::NAN)],
        exemplars: Vec::new(),
    });
    let times = Times::Instant { start: request.start, end: request.end };
    result(series.collect(), times, completeness, request)
}

/// Returns what is missing: what the first part says that lacks something.
fn completeness(parts: &[(Window, Part)]) -> Completeness {
    let partial = parts.iter().map(|(_, part)| &part.completeness).find(|found| **found != Completeness::Whole);
    partial.cloned().unwrap_or(Completeness::Whole)
}

fn result(series: Vec<Series>, times: Times, completeness: Completeness, request: &MetricsRequest) -> MetricsResult {
    MetricsResult {
        measured: series.len(),
        series,
        names: request.shape.names.clone(),
        times,
        unit: request.shape.unit,
        form: request.shape.form,
        inspected: Inspected::default(),
        data: None,
        without_start: 0,
        matched: 0,
        completeness,
    }
}
