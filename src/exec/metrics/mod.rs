//! Measures spans: what comes out are series of samples.
//!
//! ```text
//! Fragment ─► keep what can matter ─► spans that the query selects ─► their slots and groups ─► accumulators ─► Series
//! Series ─► arithmetic, second stages ─► MetricsResult
//! ```
//!
//! A function is one [`accumulator::Accumulator`], which knows nothing of columns, groups and times. `compare` counts
//! values of all attributes instead of one group for each span, so it has a module of its own.

mod accumulator;
mod attribute;
mod buckets;
mod compare;
mod count;
mod exact;
mod exemplar;
mod extreme;
mod group;
pub(super) mod key;
mod math;
mod measure;
pub(super) mod number;
mod order;
mod quantile;
mod run;
mod second;
mod sum;
mod table;

#[cfg(test)]
mod tests;

pub use run::{Metrics, MetricsError, measure_batches};
