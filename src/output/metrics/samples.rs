//! What there is to write of an answer: series that have samples, samples that have a value, names of labels.

use std::collections::HashSet;

use crate::model::series::{MetricsResult, Series};

/// Returns the series that have a sample.
pub(super) fn series(result: &MetricsResult) -> impl Iterator<Item = &Series> {
    result.series.iter().filter(|series| !series.is_empty())
}

/// Returns the samples that have a value, each behind a thing that belongs to its time.
pub(super) fn samples<T>(times: impl IntoIterator<Item = T>, series: &Series) -> impl Iterator<Item = (T, f64)> {
    times.into_iter().zip(series.samples.iter().copied()).filter(|(_, value)| !value.is_nan())
}

/// Returns the names of all labels, each once: those that the query asks for, and what else series have.
pub(super) fn label_names(result: &MetricsResult) -> Vec<&str> {
    let mut seen = HashSet::new();
    let names = series(result).flat_map(|series| &series.labels).map(|label| label.name.as_str());
    result.names.iter().map(String::as_str).chain(names).filter(|name| seen.insert(*name)).collect()
}
