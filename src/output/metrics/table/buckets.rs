//! Histograms taken apart: which groups there are, and what each counts in which bucket.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::{
    names::{Key, key, one_line},
    unit,
};
use crate::{
    model::{
        result::Datum,
        series::{MetricsResult, Series, Unit, label},
        units::SECOND,
    },
    output::text::counted,
};

/// Groups that are shown; each takes a screen or so.
const SHOWN: usize = 4;

/// So many buckets in a row that nothing fell into are shown as a gap.
const GAP: usize = 4;

/// A histogram, or several with the same buckets.
pub(super) struct Histograms {
    /// The largest groups, largest first.
    pub(super) groups: Vec<Group>,
    /// How many groups are not among these.
    left_out: usize,
    /// What the bounds of the buckets measure.
    bounds: Unit,
}

/// What a histogram counts.
pub(super) struct Group {
    /// Its labels; empty if it has none.
    pub(super) name: String,
    /// All counts together.
    pub(super) total: f64,
    /// The counts of each bucket by time; in no order at first, then ascending, without empty ones.
    buckets: Vec<(f64, Vec<f64>)>,
}

/// A row of a histogram.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Row {
    /// The upper bound of a bucket.
    Bucket(f64),
    /// Several buckets that nothing fell into.
    Gap,
}

impl Group {
    /// Returns the counts of a row by time; nothing if nothing fell into it.
    pub(super) fn counts(&self, row: Row) -> &[f64] {
        self.buckets.iter().find(|(bound, _)| Row::Bucket(*bound) == row).map_or(&[], |(_, counts)| counts)
    }

    /// Returns the count of a row over all times.
    pub(super) fn count(&self, row: Row) -> f64 {
        self.counts(row).iter().fold(0.0, |sum, count| sum + count)
    }

    /// Returns the rows, the least bound first.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut before: Option<f64> = None;
        for (bound, _) in &self.buckets {
            let doublings = before.map_or(1, |before| (bound / before).log2().round().clamp(1.0, 99.0) as usize);
            match before {
                Some(_) if doublings > GAP => rows.push(Row::Gap),
                Some(before) => rows.extend((1..doublings).map(|power| Row::Bucket(before * 2f64.powi(power as i32)))),
                None => {}
            }
            rows.push(Row::Bucket(*bound));
            before = Some(*bound);
        }
        rows
    }

    fn add(&mut self, bound: f64, series: &Series) {
        let place = self.buckets.iter().position(|(known, _)| *known == bound).unwrap_or_else(|| {
            self.buckets.push((bound, vec![0.0; series.samples.len()]));
            self.buckets.len() - 1
        });
        for (count, sample) in self.buckets[place].1.iter_mut().zip(&series.samples) {
            // Neither what is missing nor what math made of it can be drawn.
            if sample.is_finite() {
                *count += sample;
                self.total += sample;
            }
        }
    }
}

impl Histograms {
    /// Sorts the series of a histogram into groups; those without a bucket are left out.
    pub(super) fn new(result: &MetricsResult, bounds: Unit) -> Histograms {
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<Vec<Key<'_>>, usize> = HashMap::new();
        for series in result.series.iter().filter(|series| !series.is_empty()) {
            let Some(bound) = series.label(label::BUCKET).and_then(bound_of) else { continue };
            let labels = series.labels.iter().filter(|label| label.name != label::BUCKET);
            let place = *known.entry(labels.map(key).collect()).or_insert_with(|| {
                let name = one_line(&series.labels, &[label::BUCKET, label::NAME]);
                groups.push(Group { name, total: 0.0, buckets: Vec::new() });
                groups.len() - 1
            });
            groups[place].add(bound, series);
        }
        for group in &mut groups {
            group.buckets.retain(|(_, counts)| counts.iter().any(|count| *count != 0.0));
            group.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        groups.retain(|group| !group.buckets.is_empty());
        groups.sort_by(|a, b| b.total.total_cmp(&a.total));
        let left_out = groups.len().saturating_sub(SHOWN);
        groups.truncate(SHOWN);
        Histograms { groups, left_out, bounds }
    }

    /// Returns what stands beside a row.
    pub(super) fn label(&self, row: Row) -> String {
        match row {
            Row::Gap => "…".to_owned(),
            Row::Bucket(bound) => format!("≤ {}", unit::value(bound, self.bounds)),
        }
    }

    /// Returns how wide the widest label is.
    pub(super) fn label_width(&self) -> usize {
        let rows = self.groups.iter().flat_map(Group::rows);
        rows.map(|row| self.label(row).width()).max().unwrap_or(0)
    }

    /// Returns what to say of the groups that are not shown, if there are any.
    pub(super) fn remark(&self) -> Option<String> {
        match self.left_out {
            0 => None,
            n => Some(format!("… and {}; --format csv has all", counted(n as u64, "smaller group"))),
        }
    }
}

fn bound_of(value: &Datum) -> Option<f64> {
    match value {
        Datum::Float(bound) if !bound.is_nan() => Some(*bound),
        Datum::Int(bound) => Some(*bound as f64),
        Datum::Duration(ns) => Some(*ns as f64 / SECOND as f64),
        _ => None,
    }
}
