//! Searches where there are servers.

use std::sync::Arc;

use crate::{
    model::{
        note::{Level, Note},
        result::SearchResult,
    },
    plan::{self, Plan, remote::SearchRequest},
    source::ReadReport,
};

use super::{
    super::{
        Answer, Backend, Call, Doing, Error, Found, Search,
        run::{Parts, Run},
        search as local,
    },
    Shared, Whole, answer, gather, of_server, planned, tell_reasons,
};

/// Answers a search.
pub(in crate::session) fn search(
    run: &Run<'_>,
    request: &Search,
    servers: &[Arc<dyn Backend>],
) -> Result<Answer, Error> {
    let query = (&request.query, request.when);
    answer(run, query, servers, |shared, whole| there(shared, request, whole), |shared| here(shared, request))
}

fn plan(shared: &Shared<'_>, request: &Search) -> Result<Plan, Error> {
    Ok(plan::lower(shared.runnable()?, request.limits, Some(shared.recent.range))?)
}

/// Lets the server answer.
fn there(shared: &Shared<'_>, request: &Search, whole: &Whole<'_>) -> Result<Answer, Error> {
    let plan = planned(plan(shared, request), whole.reasons)?;
    let shown = plan.as_ref().map(local::matches_of).unwrap_or_default();
    let limit = request.limits.traces.unwrap_or(0);
    let asked = SearchRequest {
        query: whole.text.to_owned(),
        range: Some(shared.recent.range),
        limit: Some(limit),
        spans_per_spanset: Some(request.limits.spans_per_spanset.unwrap_or(0)),
        fields: shown.fields.clone(),
    };
    let parts = Parts::of(shared.run.observer);
    let tell_part = |so_far: &dyn Fn() -> SearchResult| {
        parts.iter().for_each(|parts| parts.tell(|| Some(shown.with(so_far()))));
    };
    let search = |call: Call<'_>| whole.server.search(&asked, call, &tell_part);
    let told = shared.run.ask(whole.server, Doing::Searching, search)?;
    // All were asked for, and did not come.
    let is_cut = limit == 0 && told.value.more;
    let mut notes: Vec<Note> = tell_reasons(whole.reasons).collect();
    let level = if is_cut { Level::Warning } else { Level::Note };
    notes.extend(told.notes.iter().map(|note| of_server(level, note)));
    notes.extend(tell(shared, &told.value));
    let found = shown.with(told.value);
    Ok(Answer { found, notes, read: ReadReport::default(), is_complete: !is_cut })
}

/// Runs the search here, over what every source has of the traces that matter.
fn here(shared: &Shared<'_>, request: &Search) -> Result<Answer, Error> {
    let plan = plan(shared, request)?;
    let gathered = gather::gather(shared, shared.recent.range, request.limits.traces.unwrap_or(0))?;
    let mut answer = local::here(shared.run, plan, &gathered.inputs, gathered.inspected)?;
    answer.notes.extend(gathered.notes());
    answer.is_complete &= !gathered.incomplete;
    if let Found::Search(matches) = &mut answer.found {
        matches.result.more |= gathered.more && !matches.result.traces.is_empty();
        let note = tell(shared, &matches.result);
        answer.notes.extend(note);
    }
    Ok(answer)
}

/// Says what the answer itself does not show.
fn tell(shared: &Shared<'_>, result: &SearchResult) -> Option<Note> {
    let range = shared.recent.range;
    if result.traces.is_empty() {
        Some(Note::NothingIn { start: range.start, end: range.end })
    } else {
        // A server that gives as many as were asked for may have no others.
        result.more.then_some(Note::PerhapsMoreTraces(result.traces.len()))
    }
}
