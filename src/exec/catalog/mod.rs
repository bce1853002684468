//! Counts which attributes spans have, and which values.
//!
//! ```text
//! Fragment ─► the spans that a query selects ─► values by number ─► distinct values of a thread ─► Tags, TagValues
//! ```
//!
//! [`TagCounts`] and [`ValueCounts`] take fragments from many threads. Where each span decides for itself a fragment is
//! counted at once and forgotten; else the spans that matter are kept and put together to traces at the end.

mod distinct;
mod selection;
mod tags;
mod tally;
mod threads;
mod values;

pub use tags::TagCounts;
pub use values::ValueCounts;
