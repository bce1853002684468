//! The command `traceql.catalog`: names and values as they are known.

use serde_json::{Value, json};
use traceql_grammar::vocab::scopes::Scope;

use crate::catalog::Catalog;

/// Maximum number of entries of an answer.
const MAX_ENTRIES: usize = 10_000;

/// Returns the attributes of a catalog.
pub(super) fn attributes(catalog: &dyn Catalog, query: Option<&str>) -> Value {
    let known = catalog.names(query);
    let attributes = known.entries.iter().take(MAX_ENTRIES).map(|name| {
        let scope = if name.scope == Scope::Any { "any" } else { name.scope.word() };
        json!({"scope": scope, "name": name.name, "count": name.count})
    });
    let attributes: Vec<Value> = attributes.collect();
    let status = catalog.status();
    json!({
        "source": status.source,
        "attributes": attributes,
        "pending": known.is_pending,
        "failure": status.failure,
    })
}

/// Returns the values of an attribute of a catalog.
pub(super) fn values(catalog: &dyn Catalog, field: &str, query: Option<&str>) -> Value {
    let known = catalog.values(field, query);
    let values = known.entries.iter().take(MAX_ENTRIES);
    let values: Vec<Value> = values.map(|value| json!({"value": value.literal, "count": value.count})).collect();
    let status = catalog.status();
    json!({
        "source": status.source,
        "field": field,
        "values": values,
        "pending": known.is_pending,
        "failure": status.failure,
    })
}
