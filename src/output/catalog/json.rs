//! Tempo's own responses of `/api/v2/search/tags` and `/api/v2/search/tag/…/values`, field for field.
//!
//! They have no counts. Tempo lists every spelling of every intrinsic, whatever the spans have.

use std::io;

use serde::Serialize;
use traceql_grammar::{query::FieldKey, value::Value, vocab::intrinsics::Intrinsic};

use super::type_of;
use crate::{
    model::{
        catalog::{TagScope, TagValues, Tags, ValueCount},
        intrinsic_facts::{Values, intrinsics},
        result::Datum,
    },
    output::{
        go_json,
        tempo_json::{Mapped, Metrics},
    },
};

#[derive(Serialize)]
struct TagsResponse<'r> {
    scopes: Vec<ScopeTags<'r>>,
    metrics: Metrics,
}

#[derive(Serialize)]
struct ScopeTags<'r> {
    name: &'r str,
    tags: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValuesResponse<'r> {
    tag_values: Mapped<'r, ValueCount, TagValue>,
    metrics: Metrics,
}

#[derive(Serialize)]
struct TagValue {
    #[serde(rename = "type")]
    ty: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
}

/// Writes the names of one scope, or of all, as one line.
pub fn write_tags(out: &mut dyn io::Write, tags: &Tags, scope: Option<TagScope>) -> io::Result<()> {
    let wanted = TagScope::ALL.into_iter().filter(|known| scope.is_none_or(|scope| scope == *known));
    let scopes = wanted.map(|scope| ScopeTags { name: scope.word(), tags: names(tags, scope) });
    let response = TagsResponse {
        scopes: scopes.filter(|scope| !scope.tags.is_empty()).collect(),
        metrics: tags.inspected.into(),
    };
    go_json::write(out, &response)?;
    writeln!(out)
}

/// Writes the values as one line.
pub fn write_values(out: &mut dyn io::Write, values: &TagValues) -> io::Result<()> {
    let response =
        ValuesResponse { tag_values: Mapped(&values.values.counts, tag_value), metrics: values.inspected.into() };
    go_json::write(out, &response)?;
    writeln!(out)
}

/// Returns the names of a scope as Tempo spells them, in order.
fn names(tags: &Tags, scope: TagScope) -> Vec<String> {
    let mut names: Vec<String> = match scope {
        TagScope::Intrinsic => intrinsics(|facts| facts.values != Values::Unlisted)
            .map(Intrinsic::row)
            .flat_map(|row| [row.bare.map(str::to_owned), row.scoped.map(|(scope, word)| format!("{scope}:{word}"))])
            .flatten()
            .collect(),
        scope => tags
            .tags
            .iter()
            .filter(|tag| tag.scope() == scope)
            .filter_map(|tag| match &tag.field.key {
                FieldKey::Attribute(_, name) => Some(name.clone()),
                FieldKey::Intrinsic(_) | FieldKey::Parent => None,
            })
            .collect(),
    };
    names.sort_unstable();
    names
}

fn tag_value(count: &ValueCount) -> TagValue {
    let value = match &count.value {
        // Whole floats have a fraction, unlike anywhere else.
        Datum::Float(x) => Value::Float(*x).to_string(),
        value => value.to_string(),
    };
    TagValue { ty: type_of(&count.value), value }
}
