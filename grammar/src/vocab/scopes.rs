//! Scopes: where an attribute or intrinsic lives.

use super::release::Release;

macro_rules! scopes {
    ($($id:ident $word:literal $since:ident $doc:literal, $about:literal;)*) => {
        /// Where an attribute is looked up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope { $(#[doc = $about] $id,)* }

        /// Every attribute scope, in the order of [`Scope`].
        pub static SCOPES: &[ScopeRow] =
            &[$(ScopeRow { scope: Scope::$id, word: $word, doc: $doc, since: Release::$since },)*];
    };
}

/// What is known of a scope's name.
#[derive(Debug)]
pub struct ScopeRow {
    /// Which scope.
    pub scope: Scope,
    /// The word before the point; empty for [`Scope::Any`].
    pub word: &'static str,
    /// One line for hover texts.
    pub doc: &'static str,
    /// The first Tempo release that takes attributes in this scope.
    pub since: Release,
}

scopes! {
    Any "" V2_0 "the span's attribute, or else the resource's", "`.x`: the span first, then the resource.";
    Span "span" V2_0 "attributes of the span", "`span.x`";
    Resource "resource" V2_0 "attributes of what sent the span", "`resource.x`: what sent the span.";
    Event "event" V2_6 "attributes of the span's events", "`event.x`: attributes of the span's events.";
    Link "link" V2_6 "attributes of the span's links", "`link.x`: attributes of the span's links.";
    Instrumentation "instrumentation" V2_7 "attributes of the library that made the span",
        "`instrumentation.x`: the library that made the span.";
}

impl Scope {
    /// Returns the scope's row.
    pub fn row(self) -> &'static ScopeRow {
        &SCOPES[self as usize]
    }

    /// Returns the word before the point; empty for [`Scope::Any`].
    pub fn word(self) -> &'static str {
        self.row().word
    }
}

/// First parts of attribute names that OpenTelemetry's conventions put on the resource; all others belong to the span.
static RESOURCE_PREFIXES: [&str; 16] = [
    "aws",
    "azure",
    "cloud",
    "cluster",
    "container",
    "deployment",
    "device",
    "faas",
    "gcp",
    "host",
    "k8s",
    "os",
    "process",
    "service",
    "telemetry",
    "webengine",
];

/// Returns the scope in which OpenTelemetry's conventions put an attribute of this name.
pub fn conventional(name: &str) -> Scope {
    let first = name.split('.').next().unwrap_or_default();
    if RESOURCE_PREFIXES.contains(&first) { Scope::Resource } else { Scope::Span }
}
