//! What spans hold that no query asks for, but that a copy of them must have.
//!
//! Kept by row, because it is only ever copied; the tables have these rows only if everything was asked for.

use super::dictionary::StrId;

/// What else a span holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanExtras {
    /// The trace state as W3C writes it; empty if there is none.
    pub trace_state: StrId,
    /// OTLP's flags: the lowest 8 bits are W3C's trace flags, the next two say whether the parent is in another process.
    pub flags: u32,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
    /// How many events it left out.
    pub dropped_events: u32,
    /// How many links it left out.
    pub dropped_links: u32,
}

/// What else an event holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventExtras {
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
}

/// What else a link holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkExtras {
    /// The trace state of the span referred to; empty if there is none.
    pub trace_state: StrId,
    /// Its flags, as those of [`SpanExtras`].
    pub flags: u32,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
}

/// What else a resource or an instrumentation scope holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OriginExtras {
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
    /// The address of the conventions that its attributes follow, and (a scope's) those of its spans; empty if there is
    /// none. Origins that differ in this alone have a row each.
    pub schema_url: StrId,
}
