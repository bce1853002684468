//! Intrinsics: the values that a span or trace has without anybody setting an attribute.

use super::release::Release;
use crate::value::Type;

/// What a row's spellings, each in parentheses that may be empty, are in Rust.
macro_rules! spelling {
    (bare ()) => {
        None
    };
    (bare ($word:literal)) => {
        Some($word)
    };
    (scoped ()) => {
        None
    };
    (scoped ($scope:literal $word:literal)) => {
        Some(($scope, $word))
    };
    (canonical ($bare:literal) $scoped:tt) => {
        $bare
    };
    (canonical () ($scope:literal $word:literal)) => {
        concat!($scope, ":", $word)
    };
}

macro_rules! intrinsics {
    ($($id:ident: $bare:tt $scoped:tt, $ty:ident, $bare_since:ident, $since:ident, $doc:literal, $example:literal;)*) => {
        /// A value that every span, trace, event or link has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Intrinsic {
            $(#[doc = $doc] $id,)*
        }

        /// Every intrinsic, in the order of [`Intrinsic`].
        pub static INTRINSICS: &[IntrinsicRow] = &[
            $(IntrinsicRow {
                id: Intrinsic::$id,
                bare: spelling!(bare $bare), scoped: spelling!(scoped $scoped), canonical: spelling!(canonical $bare $scoped),
                ty: Type::$ty,
                bare_since: Release::$bare_since, scoped_since: Release::$since, doc: $doc, example: $example,
            },)*
        ];
    };
}

/// What is known of an intrinsic.
#[derive(Debug)]
pub struct IntrinsicRow {
    /// Which intrinsic.
    pub id: Intrinsic,
    /// The spelling without a scope, if there is one: `duration`.
    pub bare: Option<&'static str>,
    /// Scope and word of the scoped spelling, if there is one: `span`, `duration`.
    pub scoped: Option<(&'static str, &'static str)>,
    /// The spelling that Tempo prints: the bare one if there is one, else `scope:word`.
    pub canonical: &'static str,
    /// The type of its values.
    pub ty: Type,
    /// The first Tempo release that takes the bare spelling.
    pub bare_since: Release,
    /// The first Tempo release that takes the scoped spelling.
    pub scoped_since: Release,
    /// One line for hover texts and the documentation.
    pub doc: &'static str,
    /// A query that uses it.
    pub example: &'static str,
}

intrinsics! {
    Duration: ("duration") ("span" "duration"), Duration, V2_0, V2_5, "how long the span took", "{ duration > 100ms }";
    Name: ("name") ("span" "name"), String, V2_0, V2_5, "the span's name", "{ name = \"GET /\" }";
    Status: ("status") ("span" "status"), Status, V2_0, V2_5, "whether the span failed: `error`, `ok` or `unset`", "{ status = error }";
    StatusMessage: ("statusMessage") ("span" "statusMessage"), String, V2_3, V2_5, "the text that came with the status", "{ statusMessage =~ \".*timeout.*\" }";
    Kind: ("kind") ("span" "kind"), Kind, V2_1, V2_5, "the part the span plays in a call: `server`, `client`, …", "{ kind = server }";
    RootName: ("rootName") ("trace" "rootName"), String, V2_2, V2_5, "the name of the trace's root span", "{ rootName = \"GET /\" }";
    RootService: ("rootServiceName") ("trace" "rootService"), String, V2_2, V2_5, "the service of the trace's root span", "{ rootServiceName = \"shop\" }";
    TraceDuration: ("traceDuration") ("trace" "duration"), Duration, V2_2, V2_5, "from the first start to the last end of the trace's spans", "{ traceDuration > 1s }";
    TraceId: () ("trace" "id"), String, V2_5, V2_5, "the trace's id in hex", "{ trace:id = \"2f3e0cee77ae5dc9\" }";
    SpanId: () ("span" "id"), String, V2_5, V2_5, "the span's id, 16 hex digits", "{ span:id = \"b7ad6b7169203331\" }";
    ParentId: () ("span" "parentID"), String, V2_8, V2_8, "the parent's span id, 16 hex digits; zeros for a root", "{ span:parentID = \"b7ad6b7169203331\" }";
    ChildCount: () ("span" "childCount"), Int, V2_10, V2_10, "how many spans name this one as their parent", "{ span:childCount > 10 }";
    EventName: () ("event" "name"), String, V2_6, V2_6, "the name of one of the span's events", "{ event:name = \"exception\" }";
    EventTimeSinceStart: () ("event" "timeSinceStart"), Duration, V2_6, V2_6, "how long after the span's start the event came", "{ event:timeSinceStart > 1s }";
    LinkTraceId: () ("link" "traceID"), String, V2_6, V2_6, "the id of a trace that the span links to", "{ link:traceID != nil }";
    LinkSpanId: () ("link" "spanID"), String, V2_6, V2_6, "the id of a span that the span links to", "{ link:spanID != nil }";
    InstrumentationName: () ("instrumentation" "name"), Any, V2_7, V2_7, "the name of the library that made the span", "{ instrumentation:name =~ \".*grpc\" }";
    InstrumentationVersion: () ("instrumentation" "version"), Any, V2_7, V2_7, "the version of the library that made the span", "{ instrumentation:version = \"1.0\" }";
    NestedSetLeft: ("nestedSetLeft") (), Int, V2_5, V2_5, "the span's left number in the trace's nested set", "{ nestedSetLeft = 1 }";
    NestedSetRight: ("nestedSetRight") (), Int, V2_5, V2_5, "the span's right number in the trace's nested set", "{ nestedSetRight > 100 }";
    NestedSetParent: ("nestedSetParent") (), Int, V2_5, V2_5, "the left number of the parent; below 0 for a root", "{ nestedSetParent < 0 }";
}

impl Intrinsic {
    /// Returns the intrinsic's row.
    pub fn row(self) -> &'static IntrinsicRow {
        &INTRINSICS[self as usize]
    }

    /// Returns the spelling that Tempo prints: the bare one if there is one, else `scope:word`.
    pub fn canonical(self) -> &'static str {
        self.row().canonical
    }

    /// Returns the scoped spelling, which tells the scope: `span:duration`; the bare one where there is no other.
    pub fn scoped(self) -> String {
        match self.row().scoped {
            Some((scope, word)) => format!("{scope}:{word}"),
            None => self.canonical().to_owned(),
        }
    }

    /// Finds the intrinsic with this bare spelling.
    pub fn from_bare(word: &str) -> Option<Intrinsic> {
        INTRINSICS.iter().find(|row| row.bare == Some(word)).map(|row| row.id)
    }

    /// Finds the intrinsic with this scoped spelling.
    pub fn from_scoped(scope: &str, word: &str) -> Option<Intrinsic> {
        INTRINSICS.iter().find(|row| row.scoped == Some((scope, word))).map(|row| row.id)
    }
}
