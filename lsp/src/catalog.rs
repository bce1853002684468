//! Names and values of attributes, as the data has them.

use traceql_grammar::vocab::scopes::Scope;

/// The attributes that an editor offers.
///
/// An answer comes at once and never fails: it is what is known now. A catalog that has to ask for more does so in the
/// background, and knows it the next time.
pub trait Catalog: Send + Sync {
    /// Returns the known attributes of a scope, or of all scopes with [`Scope::Any`], most frequent first.
    fn names(&self, scope: Scope) -> Vec<Name>;

    /// Returns the known values of an attribute or intrinsic, as it is written in a query (`resource.service.name`, `name`), most
    /// frequent first. `query` is a whole search to which the values are narrowed, where the catalog is able to.
    fn values(&self, field: &str, query: Option<&str>) -> Vec<Value>;
}

/// An attribute's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The scope that has it.
    pub scope: Scope,
    /// The name without its scope.
    pub name: String,
    /// The number of spans that have it, if it is known.
    pub count: Option<u64>,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value as a literal of a query: `"cart"`, `500`, `error`.
    pub literal: String,
    /// The number of spans that have it, if it is known.
    pub count: Option<u64>,
}

/// A catalog that knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Catalog for Nothing {
    fn names(&self, _: Scope) -> Vec<Name> {
        Vec::new()
    }

    fn values(&self, _: &str, _: Option<&str>) -> Vec<Value> {
        Vec::new()
    }
}
