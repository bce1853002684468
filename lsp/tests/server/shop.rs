//! A small catalog.

use traceql_grammar::vocab::scopes::Scope;
use traceql_lsp::catalog::{Catalog, Known, Name, Status, Value};

/// Two attributes and the values of one of them.
pub(crate) struct Shop {
    /// The name of the source.
    pub(crate) name: String,
}

impl Catalog for Shop {
    fn names(&self, _: Option<&str>) -> Known<Name> {
        let names = [(Scope::Resource, "service.name", 900), (Scope::Span, "http.route", 480)];
        let names = names.map(|(scope, name, count)| Name { scope, name: name.to_owned(), count: Some(count) });
        names.into_iter().collect()
    }

    fn values(&self, field: &str, query: Option<&str>) -> Known<Value> {
        let literals: &[(&str, u64)] = match (field, query) {
            ("resource.service.name", _) => &[("\"checkout\"", 500), ("\"cart\"", 400)],
            ("name", Some("{ resource.service.name = \"cart\" }")) => &[("\"GET /cart\"", 90)],
            ("name", None) => &[("\"GET /\"", 700), ("\"GET /cart\"", 90)],
            _ => &[],
        };
        let value = |(literal, count): &(&str, u64)| Value { literal: (*literal).to_owned(), count: Some(*count) };
        literals.iter().map(value).collect()
    }

    fn status(&self) -> Status {
        Status { source: Some(self.name.clone()), names: 2, ..Status::default() }
    }
}
