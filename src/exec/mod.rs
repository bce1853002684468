//! Runs a plan over spans.
//!
//! ```text
//! Fragment ─► scan: keep what can matter, summarise traces ─► assemble ─► Batch
//! Batch ─► filters as bitmaps ─► stages over row numbers ─► the newest traces ─► their spansets, built
//! ```
//!
//! A [`Collector`] takes fragments from many threads and gives the answer at the end: [`Search`]; [`Metrics`], see `metrics`;
//! [`TagCounts`] and [`ValueCounts`], which tell what there is to search for, see `catalog`. [`search_batches`] and
//! [`measure_batches`] answer from batches that are in memory already. [`TraceLookup`] takes fragments for one trace.

mod aggregate;
mod answer;
mod bitmap;
mod catalog;
mod collector;
mod eval;
mod filter;
mod group;
mod intrinsic;
mod metrics;
mod pick;
mod pipeline;
mod scan;
mod search;
mod structural;
mod summary;
mod trace;
mod view;

pub use catalog::{TagCounts, ValueCounts};
pub use collector::{Collector, Needs};
pub use metrics::{Metrics, MetricsError, measure_batches};
pub use search::{Search, SearchError, search_batches};
pub use trace::{Lookup, TraceLookup};
