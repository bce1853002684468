//! The answers that list names and values.

use serde::Deserialize;
use traceql_grammar::value::{Kind, Status, parse_duration};

use super::{Metrics, Object, json};
use crate::{
    model::{
        catalog::TagScope,
        names::{ListedValues, Names, ScopeNames},
        result::Datum,
    },
    tempo::{error::RemoteError, reply::Reply},
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Tags {
    scopes: Option<Vec<Object<ScopeTags>>>,
    /// Of the older endpoint.
    tag_names: Option<Vec<String>>,
    metrics: Option<Metrics>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ScopeTags {
    name: Option<String>,
    tags: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Values {
    tag_values: Option<Vec<Value>>,
    metrics: Option<Metrics>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Typed {
        #[serde(rename = "type", default)]
        ty: Option<String>,
        #[serde(default)]
        value: Option<String>,
    },
    /// Of the older endpoint.
    Text(String),
}

/// Reads names, with scopes or without.
///
/// # Errors
///
/// It is not that answer.
pub(in crate::tempo) fn names(reply: &Reply) -> Result<Names, RemoteError> {
    let tags: Tags = json(reply)?;
    let is_known = tags.scopes.is_some() || tags.tag_names.is_some() || tags.metrics.is_some();
    if !is_known && !reply.is_empty_object() {
        return Err(reply.not_tempo());
    }
    let scopes = tags.scopes.unwrap_or_default().into_iter().map(|Object(scope)| {
        let word = scope.name.unwrap_or_default();
        let known = TagScope::ALL.into_iter().find(|known| known.word() == word);
        ScopeNames { scope: known, names: scope.tags.unwrap_or_default() }
    });
    let unscoped = tags.tag_names.map(|names| ScopeNames { scope: None, names });
    Ok(Names { scopes: scopes.chain(unscoped).collect(), inspected: tags.metrics.unwrap_or_default().into() })
}

/// Reads values, with types or without.
///
/// # Errors
///
/// It is not that answer.
pub(in crate::tempo) fn values(reply: &Reply) -> Result<ListedValues, RemoteError> {
    let values: Values = json(reply)?;
    if values.tag_values.is_none() && values.metrics.is_none() && !reply.is_empty_object() {
        return Err(reply.not_tempo());
    }
    let listed = values.tag_values.unwrap_or_default().into_iter().map(|value| match value {
        Value::Typed { ty, value } => datum(ty.as_deref().unwrap_or_default(), value.unwrap_or_default()),
        Value::Text(text) => Datum::String(text),
    });
    Ok(ListedValues { values: listed.collect(), inspected: values.metrics.unwrap_or_default().into() })
}

/// Reads a value of a type; what cannot be read stays text.
fn datum(ty: &str, text: String) -> Datum {
    let known = match ty {
        "int" => text.parse().ok().map(Datum::Int),
        "float" => text.parse().ok().map(Datum::Float),
        "bool" => text.parse().ok().map(Datum::Bool),
        "duration" => parse_duration(&text).map(Datum::Duration),
        "keyword" => {
            let status = Status::ALL.into_iter().find(|status| status.word() == text).map(Datum::Status);
            status.or_else(|| Kind::ALL.into_iter().find(|kind| kind.word() == text).map(Datum::Kind))
        }
        _ => None,
    };
    known.unwrap_or(Datum::String(text))
}
