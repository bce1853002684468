//! Names and values that servers list. They count nothing, and neither is anything counted that stands beside them.

use std::{cmp::Ordering, sync::Arc};

use traceql_grammar::{
    Checked,
    query::{Field, FieldKey},
    value::Type,
};

use crate::{
    model::{
        catalog::{Tag, TagScope, TagValues, Tags, ValueCount},
        names::{ListedValues, Names},
        note::Note,
        otlp_enums,
        result::Datum,
    },
    plan::remote::CatalogRequest,
};

use super::{
    super::{Backend, Doing, Error, Recent, When, run::Run},
    Skipped,
};

/// Returns what servers are asked for: in the last hour, if no time is given. Adds what is to be said of that.
///
/// # Errors
///
/// The time starts after its end.
pub(in crate::session) fn catalog_request(
    run: &Run<'_>,
    query: Option<&Checked>,
    when: When,
    notes: &mut Vec<Note>,
) -> Result<CatalogRequest, Error> {
    let Recent { range, is_usual } = when.recent(run.now)?;
    notes.extend(is_usual.then_some(Note::LastHourOfNames));
    notes.extend(query.map(|_| Note::NarrowedByServers));
    Ok(CatalogRequest { query: query.map(|query| query.text().to_owned()), range: Some(range), limit: None })
}

/// Adds the names that servers list to those that other sources have. Returns which servers were left out.
///
/// # Errors
///
/// A server does not answer.
pub(in crate::session) fn add_tags(
    run: &Run<'_>,
    servers: &[Arc<dyn Backend>],
    scope: Option<TagScope>,
    request: &CatalogRequest,
    tags: &mut Tags,
) -> Result<Vec<Note>, Error> {
    let skipped = Skipped::new(run);
    for server in servers {
        let listed = match run.ask(&**server, Doing::Asking, |call| server.tags(scope, request, call)) {
            Ok(listed) => listed,
            Err(error) => {
                skipped.skip(&**server, error)?;
                continue;
            }
        };
        tags.inspected.add(&listed.inspected);
        let new = fields(listed).filter(|field| scope.is_none_or(|scope| scope_of(field) == scope));
        tags.tags.extend(new.map(|field| Tag { field, spans: 0, values: None }));
    }
    for tag in &mut tags.tags {
        (tag.spans, tag.values) = (0, None);
    }
    let key = |tag: &Tag| (scope_of(&tag.field), tag.field.to_string());
    tags.tags.sort_by_cached_key(key);
    tags.tags.dedup_by(|a, b| a.field == b.field);
    skipped.leave_something(servers.len(), run.has_data())?;
    Ok(skipped.notes())
}

/// Adds the values that servers list to those that other sources have. Returns which servers were left out.
///
/// # Errors
///
/// A server does not answer.
pub(in crate::session) fn add_values(
    run: &Run<'_>,
    servers: &[Arc<dyn Backend>],
    field: &Field,
    request: &CatalogRequest,
    values: &mut TagValues,
) -> Result<Vec<Note>, Error> {
    let skipped = Skipped::new(run);
    for server in servers {
        let ListedValues { values: listed, inspected } =
            match run.ask(&**server, Doing::Asking, |call| server.values(field, request, call)) {
                Ok(listed) => listed,
                Err(error) => {
                    skipped.skip(&**server, error)?;
                    continue;
                }
            };
        values.inspected.add(&inspected);
        let new = listed.into_iter().map(|value| ValueCount { value: of_type(field, value), spans: 0 });
        values.values.counts.extend(new);
    }
    let counts = &mut values.values.counts;
    counts.iter_mut().for_each(|count| count.spans = 0);
    counts.sort_by(|a, b| order(&a.value, &b.value));
    counts.dedup_by(|a, b| a.value == b.value);
    values.values.distinct = values.values.distinct.max(counts.len() as u64);
    if values.values.is_exact {
        values.values.distinct = counts.len() as u64;
    }
    skipped.leave_something(servers.len(), run.has_data())?;
    Ok(skipped.notes())
}

/// Returns what the names of a server stand for; intrinsics have several spellings each, which come out as one.
fn fields(names: Names) -> impl Iterator<Item = Field> {
    names.scopes.into_iter().flat_map(|of_scope| {
        let scope = of_scope.scope;
        of_scope.names.into_iter().filter_map(move |name| match scope {
            Some(TagScope::Intrinsic) => traceql_grammar::field(&name).ok(),
            Some(scope) => Some(Field::attribute(scope.of_attributes()?, name)),
            // An older server: its names may be of spans or of resources.
            None => Some(Field::attribute(traceql_grammar::vocab::scopes::Scope::Any, name)),
        })
    })
}

fn scope_of(field: &Field) -> TagScope {
    Tag { field: field.clone(), spans: 0, values: None }.scope()
}

/// Gives numbers back the words that they stand for: Tempo lists statuses and kinds as it stores them.
fn of_type(field: &Field, value: Datum) -> Datum {
    let (FieldKey::Intrinsic(_), Datum::Int(number)) = (&field.key, &value) else { return value };
    // Numbers that stand for no word stay numbers.
    let word = match field.ty() {
        Type::Status => {
            let status = otlp_enums::status(*number);
            (i64::from(otlp_enums::status_number(status)) == *number).then_some(Datum::Status(status))
        }
        Type::Kind => {
            let kind = otlp_enums::kind(*number);
            (i64::from(otlp_enums::kind_number(kind)) == *number).then_some(Datum::Kind(kind))
        }
        _ => None,
    };
    word.unwrap_or(value)
}

/// Orders values for people: numbers by size, then everything else by its text.
fn order(a: &Datum, b: &Datum) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.to_string().cmp(&b.to_string()),
    }
}

fn number(value: &Datum) -> Option<f64> {
    match value {
        Datum::Int(n) | Datum::Duration(n) => Some(*n as f64),
        Datum::Float(x) => Some(*x),
        _ => None,
    }
}
