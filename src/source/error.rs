//! What goes wrong with files: which one, where in it, what, and what helps.

use std::fmt;

/// A source that could not be read, or a record that is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{place}: {problem}; {cure}")]
pub struct SourceError {
    /// The file as it was named, or `stdin`.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// What is wrong: lower case, no full stop.
    pub problem: String,
    /// What helps: lower case, no full stop.
    pub cure: String,
}

/// A place in a file. Offsets are bytes from 0; in a compressed file they count what comes out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line of text, from 1, and the offset.
    Line {
        /// From 1.
        line: u64,
        /// From 0.
        offset: u64,
    },
    /// A message of a binary file, from 1, and the offset.
    Record {
        /// From 1.
        record: u64,
        /// From 0.
        offset: u64,
    },
    /// Only the offset is known.
    Byte {
        /// From 0.
        offset: u64,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => Ok(()),
            Place::Line { line, offset } => write!(f, ", line {line} (byte {offset})"),
            Place::Record { record, offset } => write!(f, ", record {record} (byte {offset})"),
            Place::Byte { offset } => write!(f, ", byte {offset}"),
        }
    }
}

/// Stands in errors of damaged records.
pub(super) const CURE_DAMAGED: &str = "repair the file, or skip what is damaged with `--keep-going`";

/// Stands in errors of files that hold no traces.
pub(super) const CURE_FORMAT: &str = "OTLP is read as JSON or protobuf, the formats of Jaeger, Zipkin, New Relic and Go's stdouttrace as JSON, plain or in .gz or .zst; leave other files out, or skip them with `--keep-going`";

/// What an object is that no reader takes.
pub(super) const NO_TRACES: &str = "an object of no known trace format";

/// Stands in errors of damaged blocks.
#[cfg(feature = "tempo-block")]
pub(super) const CURE_BLOCK: &str = "restore the block from another copy, or skip it with `--keep-going`";

/// Why a folder or a store does not give something out. That of a store travels inside of an [`std::io::Error`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{problem}")]
pub(super) struct Refusal {
    /// What is wrong: lower case, no full stop.
    pub(super) problem: String,
    /// What helps: lower case, no full stop.
    pub(super) cure: String,
}

#[cfg(feature = "cloud")]
impl Refusal {
    /// Makes a refusal.
    pub(super) fn new(problem: impl Into<String>, cure: impl Into<String>) -> Refusal {
        Refusal { problem: problem.into(), cure: cure.into() }
    }
}

/// Returns what a store said, if the error is one of its own: the problem, and the cure.
pub(super) fn refusal(error: &std::io::Error) -> Option<(String, String)> {
    #[cfg(feature = "cloud")]
    if let Some(refusal) = error.get_ref().and_then(|inner| inner.downcast_ref::<Refusal>()) {
        return Some((refusal.problem.clone(), refusal.cure.clone()));
    }
    let _ = error;
    None
}
