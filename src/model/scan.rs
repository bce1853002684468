//! What takes part in reading: a query that says early what it can do without.

use super::{batch::Batch, projection::Projection};

/// Takes whole traces while they are read, on many threads at once and in any order.
pub trait Scan: Sync {
    /// Returns the columns of whole traces that [`Scan::pick`] decides by; `None` if everything matters.
    fn first(&self) -> Option<&Projection>;

    /// Says what matters of traces, all spans of which are here with the columns that [`Scan::first`] asks for.
    fn pick(&self, traces: &Batch) -> Picked;

    /// Takes traces that are complete, but for the spans that [`Scan::pick`] could do without. `seen` counts the traces and
    /// spans that were looked at to find them.
    fn whole(&self, traces: Batch, seen: Seen);
}

/// What matters of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// These spans, by row, rising.
    Spans(Vec<u32>),
    /// All spans of these traces, by their place in [`Batch::traces`], rising.
    Traces(Vec<u32>),
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Traces.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// The first and the last start of the spans that have one, in Unix nanoseconds; those of more spans do no harm.
    pub starts: Option<(u64, u64)>,
    /// How many spans have none.
    pub without_start: u64,
}
