//! How far the answer of a server is.

/// Progress of a server's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Requests that are answered.
    pub done: usize,
    /// Requests that there are, as far as is known.
    pub of: usize,
    /// Traces, or series, that were found.
    pub found: usize,
    /// Bytes that the server looked at.
    pub bytes: u64,
}
