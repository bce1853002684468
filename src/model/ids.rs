//! Trace and span ids.

use std::fmt;

/// The 16 bytes of a trace id, as one big-endian number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub u128);

/// The 8 bytes of a span id, as one big-endian number; 0 where there is none, as the parent of a root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub u64);

impl SpanId {
    /// No span: the parent of a root.
    pub const NONE: SpanId = SpanId(0);
}

/// Prints lower-case hex without leading zeros, as Tempo's answers do.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// Prints 16 lower-case hex digits.
impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
