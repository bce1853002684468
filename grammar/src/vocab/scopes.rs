//! Scopes: where an attribute or intrinsic lives.

use super::release::Release;

/// Where an attribute is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// `.x`: the span first, then the resource.
    Any,
    /// `span.x`
    Span,
    /// `resource.x`: what sent the span.
    Resource,
    /// `event.x`: attributes of the span's events.
    Event,
    /// `link.x`: attributes of the span's links.
    Link,
    /// `instrumentation.x`: the library that made the span.
    Instrumentation,
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

/// Every attribute scope.
pub static SCOPES: [ScopeRow; 6] = [
    ScopeRow { scope: Scope::Any, word: "", doc: "the span's attribute, or else the resource's", since: Release::V2_0 },
    ScopeRow { scope: Scope::Span, word: "span", doc: "attributes of the span", since: Release::V2_0 },
    ScopeRow {
        scope: Scope::Resource,
        word: "resource",
        doc: "attributes of what sent the span",
        since: Release::V2_0,
    },
    ScopeRow { scope: Scope::Event, word: "event", doc: "attributes of the span's events", since: Release::V2_6 },
    ScopeRow { scope: Scope::Link, word: "link", doc: "attributes of the span's links", since: Release::V2_6 },
    ScopeRow {
        scope: Scope::Instrumentation,
        word: "instrumentation",
        doc: "attributes of the library that made the span",
        since: Release::V2_7,
    },
];

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
