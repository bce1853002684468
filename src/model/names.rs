//! Names and values that a server lists, without counts.

use super::{
    catalog::TagScope,
    result::{Datum, Inspected},
};

/// The names of attributes and intrinsics that a server knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    /// The names, scope by scope, in the server's order.
    pub scopes: Vec<ScopeNames>,
    /// What was looked at.
    pub inspected: Inspected,
}

/// The names of one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeNames {
    /// The scope; `None` where the server does not tell scopes apart, or knows one more.
    pub scope: Option<TagScope>,
    /// The names, without their scope.
    pub names: Vec<String>,
}

/// The values of one attribute or intrinsic that a server knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListedValues {
    /// The values, in the server's order.
    pub values: Vec<Datum>,
    /// What was looked at.
    pub inspected: Inspected,
}
