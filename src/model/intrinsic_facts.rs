//! What the engine knows of each intrinsic beside its words: one row for each, and no other list.
//!
//! `grammar/src/vocab/intrinsics.rs` has the words and types. How a value is computed stands in `exec/intrinsic.rs`, where it
//! lies in a Tempo block in `source/tempo_block/prune.rs`, and what a Tempo server is asked about it in `plan/remote/leaf.rs`:
//! each is a `match` without a default arm.

use traceql_grammar::vocab::intrinsics::{INTRINSICS, Intrinsic};

use super::projection::Column;

/// What the engine knows of an intrinsic.
#[derive(Debug)]
pub struct IntrinsicFacts {
    /// What has the value.
    pub owner: Owner,
    /// The column that a reader must build for it.
    pub column: Column,
    /// How its values are spread, which decides whether they are listed and counted.
    pub values: Values,
    /// How dear a test of it is for one span: see `leaf_cost` in `plan/lower.rs`, which ranks attributes on the same scale.
    pub cost: u8,
    /// What else holds of it, a bit for each thing.
    flags: u8,
}

/// What has the values of an intrinsic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Each span has one.
    Span,
    /// The whole trace has one, which its spans share.
    Trace,
    /// The library that made the span.
    Library,
    /// Each event of the span has one.
    Event,
    /// Each link of the span has one.
    Link,
}

/// How the values of an intrinsic are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Many spans share each: lists of names count them.
    Few,
    /// Almost every span that has one has its own, or only whole traces know it: lists have the name alone.
    Many,
    /// Numbers of a tree, which Tempo does not list.
    Unlisted,
}

/// Known only when the whole trace is there.
const NEEDS_TRACE: u8 = 1;
/// Every answer tells it of a span or its trace anyway, and no list of attributes repeats it.
const IN_ANSWERS: u8 = 1 << 1;
/// Every span has exactly one value, which is not an array: where a comparison does not hold, its opposite does.
const ONE_VALUE: u8 = 1 << 2;
/// `compare` counts its values.
const COMPARED: u8 = 1 << 3;
/// The id of a trace.
const TRACE_ID: u8 = 1 << 4;
/// The id of a span.
const SPAN_ID: u8 = 1 << 5;
/// `min`, `max`, `avg` and `sum` over time tell it in seconds, other durations in nanoseconds.
const IN_SECONDS: u8 = 1 << 6;

macro_rules! facts {
    ($($id:ident: $owner:ident, $column:ident, $values:ident, $cost:literal, [$($flag:ident)*];)*) => {
        /// Returns the row of an intrinsic.
        pub fn facts(intrinsic: Intrinsic) -> &'static IntrinsicFacts {
            match intrinsic {
                $(Intrinsic::$id => &IntrinsicFacts {
                    owner: Owner::$owner, column: Column::$column, values: Values::$values, cost: $cost, flags: 0 $(| $flag)*,
                },)*
            }
        }
    };
}

facts! {
    Duration: Span, Duration, Many, 1, [IN_ANSWERS ONE_VALUE IN_SECONDS];
    Name: Span, Name, Few, 3, [ONE_VALUE COMPARED];
    Status: Span, Status, Few, 1, [ONE_VALUE COMPARED];
    StatusMessage: Span, StatusMessage, Few, 3, [COMPARED];
    Kind: Span, Kind, Few, 1, [ONE_VALUE COMPARED];
    RootName: Trace, Roots, Many, 5, [NEEDS_TRACE IN_ANSWERS COMPARED];
    RootService: Trace, Roots, Many, 5, [NEEDS_TRACE IN_ANSWERS COMPARED];
    TraceDuration: Trace, TraceTimes, Many, 5, [NEEDS_TRACE IN_ANSWERS ONE_VALUE];
    TraceId: Trace, TraceId, Many, 5, [IN_ANSWERS TRACE_ID];
    SpanId: Span, SpanId, Many, 5, [IN_ANSWERS SPAN_ID];
    ParentId: Span, ParentId, Many, 5, [SPAN_ID];
    ChildCount: Span, ChildCount, Unlisted, 5, [NEEDS_TRACE COMPARED];
    EventName: Event, Events, Few, 5, [];
    EventTimeSinceStart: Event, Events, Many, 5, [];
    LinkTraceId: Link, Links, Many, 5, [TRACE_ID];
    LinkSpanId: Link, Links, Many, 5, [SPAN_ID];
    InstrumentationName: Library, Scopes, Few, 5, [COMPARED];
    InstrumentationVersion: Library, Scopes, Few, 5, [COMPARED];
    NestedSetLeft: Span, Tree, Unlisted, 5, [NEEDS_TRACE];
    NestedSetRight: Span, Tree, Unlisted, 5, [NEEDS_TRACE];
    NestedSetParent: Span, Tree, Unlisted, 5, [NEEDS_TRACE];
}

impl IntrinsicFacts {
    /// Tells whether the value is known only when the whole trace is there.
    pub fn needs_trace(&self) -> bool {
        self.flags & NEEDS_TRACE != 0
    }

    /// Tells whether every answer has the value anyway, so that no list of attributes repeats it.
    pub fn is_in_answers(&self) -> bool {
        self.flags & IN_ANSWERS != 0
    }

    /// Tells whether every span has exactly one value, so that where a comparison does not hold its opposite does.
    pub fn is_one_value(&self) -> bool {
        self.flags & ONE_VALUE != 0
    }

    /// Tells whether `compare` counts the values.
    pub fn is_compared(&self) -> bool {
        self.flags & COMPARED != 0
    }

    /// Tells whether the value is the id of a trace.
    pub fn is_trace_id(&self) -> bool {
        self.flags & TRACE_ID != 0
    }

    /// Tells whether the value is the id of a trace or a span.
    pub fn is_id(&self) -> bool {
        self.flags & (TRACE_ID | SPAN_ID) != 0
    }

    /// Tells whether `min`, `max`, `avg` and `sum` over time tell the value in seconds.
    pub fn is_in_seconds(&self) -> bool {
        self.flags & IN_SECONDS != 0
    }
}

/// Lists the intrinsics of which something holds.
pub fn intrinsics(holds: impl Fn(&IntrinsicFacts) -> bool) -> impl Iterator<Item = Intrinsic> {
    INTRINSICS.iter().map(|row| row.id).filter(move |intrinsic| holds(facts(*intrinsic)))
}
