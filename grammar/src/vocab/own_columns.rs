//! The attributes that Tempo keeps in columns of their own: the one table for lint rules, readers and writers of blocks, and
//! the answers in which they stand out.

use super::scopes::Scope;

/// The resource attribute that names what sent a span.
pub const SERVICE_NAME: &str = "service.name";

/// An attribute that Tempo keeps in a column of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnColumn {
    /// [`Scope::Resource`] or [`Scope::Span`].
    pub scope: Scope,
    /// The attribute's key, without scope.
    pub key: &'static str,
    /// What the column can hold. Values of other types stay among the other attributes.
    pub holds: DedicatedType,
    /// Which column it is.
    pub place: Place,
    /// Whether blocks of `vParquet5`, the newest layout, have a column of it by default: its recorded answers show which.
    pub in_newest: bool,
}

/// Which column an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A column of every layout, which is required and empty where a resource has no such attribute.
    Required,
    /// An optional column of `vParquet3` and `vParquet4`, by its name below `Resource` or the span.
    Layout(&'static str),
    /// A numbered column that blocks of every layout have by default; `meta.json` says which number.
    Default,
    /// A numbered column that blocks of `vParquet5` have by default.
    DefaultLater,
}

/// What a dedicated column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DedicatedType {
    /// Text.
    String,
    /// Whole numbers.
    Int,
}

macro_rules! own_columns {
    ($($scope:ident $key:expr, $holds:ident, $place:ident $(($column:literal))?, $in_newest:literal;)*) => {
        /// Every attribute that has a column of its own in some layout by default, columns of one kind in Tempo's order.
        pub static OWN_COLUMNS: &[OwnColumn] = &[
            $(OwnColumn {
                scope: Scope::$scope, key: $key, holds: DedicatedType::$holds, place: Place::$place $(($column))?,
                in_newest: $in_newest,
            },)*
        ];
    };
}

own_columns! {
    Resource SERVICE_NAME, String, Required, true;
    Resource "cluster", String, Layout("Cluster"), false;
    Resource "namespace", String, Layout("Namespace"), false;
    Resource "pod", String, Layout("Pod"), false;
    Resource "container", String, Layout("Container"), false;
    Resource "k8s.cluster.name", String, Layout("K8sClusterName"), true;
    Resource "k8s.namespace.name", String, Layout("K8sNamespaceName"), true;
    Resource "k8s.pod.name", String, Layout("K8sPodName"), true;
    Resource "k8s.container.name", String, Layout("K8sContainerName"), true;
    Span "http.method", String, Layout("HttpMethod"), true;
    Span "http.url", String, Layout("HttpUrl"), true;
    Span "http.status_code", Int, Layout("HttpStatusCode"), true;
    Span "http.request.method", String, Default, true;
    Span "url.path", String, Default, true;
    Span "url.route", String, Default, true;
    Span "server.address", String, Default, true;
    Span "http.route", String, Default, true;
    Span "http.response.status_code", Int, DefaultLater, true;
    Span "server.port", Int, DefaultLater, true;
}

/// Lists the attributes for which `vParquet3` and `vParquet4` have optional columns, in order of these, with their names.
pub fn of_layout() -> impl Iterator<Item = (&'static OwnColumn, &'static str)> {
    OWN_COLUMNS.iter().filter_map(|own| match own.place {
        Place::Layout(name) => Some((own, name)),
        Place::Required | Place::Default | Place::DefaultLater => None,
    })
}

/// Lists the attributes that have columns of their own in the newest layout by default.
pub fn of_newest() -> impl Iterator<Item = &'static OwnColumn> {
    OWN_COLUMNS.iter().filter(|own| own.in_newest)
}

/// Tells whether an attribute has a column of its own in the newest layout by default.
pub fn is_of_newest(scope: Scope, key: &str) -> bool {
    of_newest().any(|own| own.scope == scope && own.key == key)
}
