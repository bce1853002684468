//! Where `data.parquet` keeps what has a column of its own, and which layout is written.

use traceql_grammar::vocab::scopes::Scope;

use super::meta::{DedicatedColumn, DedicatedType};

/// The layout that is written.
pub const FORMAT: &str = "vParquet4";

/// How many dedicated columns `vParquet4` has for spans and for resources, all for text: `String01` to `String10`.
pub const DEDICATED_SLOTS: usize = 10;

/// An attribute for which the layout itself has a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WellKnown {
    /// [`Scope::Resource`] or [`Scope::Span`].
    pub scope: Scope,
    /// The attribute's key, without scope.
    pub key: &'static str,
    /// The column's name, below `Resource` or the span.
    pub column: &'static str,
    /// What the column can hold. Values of other types stay among the other attributes.
    pub holds: DedicatedType,
}

const fn resource(key: &'static str, column: &'static str) -> WellKnown {
    WellKnown { scope: Scope::Resource, key, column, holds: DedicatedType::String }
}

const fn span(key: &'static str, column: &'static str, holds: DedicatedType) -> WellKnown {
    WellKnown { scope: Scope::Span, key, column, holds }
}

/// The attributes that have columns in `vParquet4`, optional ones, in order of the columns. `service.name` is not one of
/// them: its column `ServiceName` is required, and empty where a resource has none.
pub const WELL_KNOWN: &[WellKnown] = &[
    resource("cluster", "Cluster"),
    resource("namespace", "Namespace"),
    resource("pod", "Pod"),
    resource("container", "Container"),
    resource("k8s.cluster.name", "K8sClusterName"),
    resource("k8s.namespace.name", "K8sNamespaceName"),
    resource("k8s.pod.name", "K8sPodName"),
    resource("k8s.container.name", "K8sContainerName"),
    span("http.method", "HttpMethod", DedicatedType::String),
    span("http.url", "HttpUrl", DedicatedType::String),
    span("http.status_code", "HttpStatusCode", DedicatedType::Int),
];

/// Returns the dedicated columns that are written: those that Tempo itself gives a `vParquet4` block by default.
pub fn default_dedicated() -> Vec<DedicatedColumn> {
    ["http.request.method", "url.path", "url.route", "server.address", "http.route"]
        .map(|name| DedicatedColumn {
            scope: Scope::Span,
            name: name.to_owned(),
            holds: DedicatedType::String,
            options: Vec::new(),
        })
        .into()
}
