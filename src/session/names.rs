//! Names and values: which there are, and what was probably meant where there is none.

use std::sync::Arc;

use traceql_grammar::{
    CheckOptions, Checked, check,
    query::{FieldKey, Query},
};

use crate::{
    exec::{TagCounts, ValueCounts},
    model::{
        catalog::{TagValues, Tags},
        note::{Note, Others},
    },
    plan::{self, LowerError},
    source::Input,
};

use super::{
    Answer, Error, Found, TagsRequest, Values, When,
    run::{Run, damage, runnable},
    servers,
};

/// A query that selects every span.
const EVERYTHING: &str = "{ }";

/// Lists the names of attributes and intrinsics.
pub(super) fn tags(run: &Run<'_>, request: &TagsRequest) -> Result<Answer, Error> {
    let query = selection(request.query.as_ref())?;
    let range = request.when.range(run.now)?;
    let plan = plan::lower_tags(&query, request.scope, range).map_err(no_plan)?;
    let servers = run.servers();
    let inputs = run.inputs(false)?;
    let (mut tags, read) = run.collect(&inputs, TagCounts::new(plan), 0, Some(&Found::Tags))?;
    let (mut notes, mut skipped) = (Vec::new(), Vec::new());
    if !servers.is_empty() {
        let asked = servers::catalog_request(run, request.query.as_ref(), request.when, &mut notes)?;
        skipped = servers::add_tags(run, &servers, request.scope, &asked, &mut tags)?;
    }
    notes.extend(damage(&read));
    if tags.tags.is_empty() {
        notes.push(if !servers.is_empty() {
            Note::NoNamesListed
        } else if tags.selected == 0 {
            nothing_selected(request.query.as_ref(), request.when, tags.inspected.spans)
        } else {
            Note::NoAttributes { scope: request.scope, selected: tags.selected }
        });
    }
    let is_complete = read.damaged == 0 && skipped.is_empty();
    notes.extend(skipped);
    Ok(Answer { found: Found::Tags(tags), notes, read, is_complete })
}

/// Lists the values of an attribute or intrinsic.
pub(super) fn values(run: &Run<'_>, request: &Values) -> Result<Answer, Error> {
    let query = selection(request.query.as_ref())?;
    let range = request.when.range(run.now)?;
    let plan = plan::lower_values(&query, &request.field, range).map_err(no_plan)?;
    let servers = run.servers();
    let inputs = run.inputs(false)?;
    let (mut values, read) = run.collect(&inputs, ValueCounts::new(plan), 0, Some(&Found::Values))?;
    let (mut notes, mut skipped) = (Vec::new(), Vec::new());
    if !servers.is_empty() {
        let asked = servers::catalog_request(run, request.query.as_ref(), request.when, &mut notes)?;
        skipped = servers::add_values(run, &servers, &request.field, &asked, &mut values)?;
    }
    notes.extend(damage(&read));
    let kept = values.values.counts.len();
    if !values.values.is_exact {
        notes.push(Note::ValuesEstimated { distinct: values.values.distinct, kept });
    } else if kept == 0 {
        notes.push(if !servers.is_empty() {
            Note::NoValuesListed(request.field.clone())
        } else if values.selected == 0 {
            nothing_selected(request.query.as_ref(), request.when, values.inspected.spans)
        } else {
            no_such_value(run, request, &values, &inputs)?
        });
    }
    let is_complete = read.damaged == 0 && values.values.is_exact && skipped.is_empty();
    notes.extend(skipped);
    Ok(Answer { found: Found::Values(values), notes, read, is_complete })
}

/// Returns the search that selects spans: all of them if none is given.
fn selection(query: Option<&Checked>) -> Result<Query, Error> {
    match query {
        Some(checked) => runnable(checked).cloned(),
        None => Ok(check(EVERYTHING, CheckOptions::default()).query),
    }
}

fn no_plan(error: LowerError) -> Error {
    match error {
        LowerError::NotASearch => Error::SelectsSeries,
        error => Error::Plan(error),
    }
}

fn nothing_selected(query: Option<&Checked>, when: When, spans: u64) -> Note {
    Note::NothingSelected { spans, by_query: query.is_some(), by_time: when.is_given() }
}

/// Says that no span has the attribute, and what was probably meant.
fn no_such_value(run: &Run<'_>, request: &Values, values: &TagValues, inputs: &[Input]) -> Result<Note, Error> {
    let field = values.field.clone();
    let is_narrow = request.query.is_some() || request.when.is_given();
    let is_attribute = matches!(field.key, FieldKey::Attribute(..)) && !field.of_parent;
    let all = if is_attribute { all_names(run, inputs)? } else { None };
    let others = all.map(|all| Others { spans: all.with(&field), nearest: all.nearest(&field) });
    Ok(Note::NoSuchValue { field, selected: is_narrow.then_some(values.selected), others })
}

/// Finds the names of all spans, for which inputs are read once more unless they have not changed since that was done.
/// `None` if they cannot be read again, or have no names.
///
/// # Errors
///
/// The request was cancelled.
fn all_names(run: &Run<'_>, inputs: &[Input]) -> Result<Option<Arc<Tags>>, Error> {
    // Stdin cannot be read again.
    if inputs.iter().any(|input| input.size().is_none()) {
        return Ok(None);
    }
    let versions: Option<Vec<String>> = inputs.iter().map(Input::version).collect();
    let known = run.session.shared.names.lock().clone();
    if let (Some(versions), Some((of, names))) = (&versions, known)
        && of == *versions
    {
        return Ok(Some(names));
    }
    let query = check(EVERYTHING, CheckOptions::default()).query;
    let Ok(plan) = plan::lower_tags(&query, None, None) else { return Ok(None) };
    match run.collect(inputs, TagCounts::new(plan), 0, None) {
        Ok((names, _)) => {
            let names = Arc::new(names);
            *run.session.shared.names.lock() = versions.map(|versions| (versions, Arc::clone(&names)));
            Ok(Some(names))
        }
        Err(Error::Cancelled) => Err(Error::Cancelled),
        Err(_) => Ok(None),
    }
}
