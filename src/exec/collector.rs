//! What gathers an answer from spans that come piece by piece: searches, metrics, names and values alike.

use crate::{
    model::{batch::Fragment, projection::Projection, scan::Scan},
    plan::Pruning,
};

/// Gathers the answer to one question while sources are read, on many threads at once.
///
/// A reader hands whole traces to [`Scan::whole`] where a source has them, and every other span to [`Collector::observe`].
pub trait Collector: Scan {
    /// What is answered.
    type Answer;

    /// Why there is no answer.
    type Error;

    /// Returns what a reader must build, and what it may leave out.
    fn needs(&self) -> Needs<'_>;

    /// Takes spans of any traces; may be called from many threads, in any order.
    fn observe(&self, fragment: Fragment);

    /// Gives the answer to what has come so far; `bytes` is how much input was read by now. `None` if only the whole input
    /// has an answer.
    ///
    /// # Errors
    ///
    /// As [`Collector::finish`].
    fn so_far(&self, bytes: u64) -> Option<Result<Self::Answer, Self::Error>> {
        let _ = bytes;
        None
    }

    /// Gives the answer; `bytes` is how much input was read.
    ///
    /// # Errors
    ///
    /// The spans that came have no answer.
    fn finish(self, bytes: u64) -> Result<Self::Answer, Self::Error>;
}

/// Columns that a reader builds, and rows that it may leave out.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'c> {
    /// The columns that it must build.
    pub projection: &'c Projection,
    /// The rows that it may leave out.
    pub pruning: &'c Pruning,
}
