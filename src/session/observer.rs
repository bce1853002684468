//! What is told of a request while it runs, and parts of its answer.

use std::{ops::ControlFlow, time::Duration};

use crate::model::{batch::Batch, progress::Progress};

use super::Found;

/// Is told what happens while a request runs, on any thread. Every method does nothing unless it is overridden.
pub trait Observer {
    /// Reading begins; `total` is how many bytes there are, if that is known.
    fn reading(&self, total: Option<u64>) {
        let _ = total;
    }

    /// Counts bytes that are done with: read, or found not to be needed.
    fn read(&self, bytes: u64) {
        let _ = bytes;
    }

    /// A server or a store is asked something.
    fn asking(&self, server: &str, what: Doing) {
        let _ = (server, what);
    }

    /// The server has answered a part.
    fn answered(&self, progress: Progress) {
        let _ = progress;
    }

    /// What began last, reading or asking, is over.
    fn done(&self) {}

    /// Returns how often a part of the answer is wanted; `None` for never. Searches give parts, and metrics over what is
    /// read; other requests do not.
    fn wants_parts(&self) -> Option<Duration> {
        None
    }

    /// Takes the answer to what has come so far. Later parts replace earlier ones.
    fn part(&self, found: Found) {
        let _ = found;
    }

    /// Takes whole traces, of a request for traces; each trace comes once, after everything was read. A break ends the
    /// request early, with an answer about what was handed on.
    fn traces(&self, traces: Batch) -> ControlFlow<()> {
        let _ = traces;
        ControlFlow::Continue(())
    }
}

/// Takes no notice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {}

/// Kind of question to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Listing what is in a store.
    Listing,
    /// Finding out the release.
    Release,
    /// A search.
    Searching,
    /// Series.
    Measuring,
    /// Names, values or one trace.
    Asking,
    /// Traces by their ids.
    Fetching,
}
