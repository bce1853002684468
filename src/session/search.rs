//! Searches over what is read.

use crate::{
    exec::Search as Collecting,
    model::{note::Note, result::SearchResult},
    plan::{self, Plan},
    source::Input,
};

use super::{
    Answer, Error, Found, Matches, Search,
    run::{Run, damage, runnable},
    servers,
};

/// Answers a search.
pub(super) fn run(run: &Run<'_>, request: &Search) -> Result<Answer, Error> {
    let servers = run.servers();
    if !servers.is_empty() {
        return servers::search(run, request, &servers);
    }
    let plan = plan(run, request)?;
    let inputs = run.inputs(false)?;
    let mut answer = here(run, plan, &inputs, 0)?;
    if let Found::Search(matches) = &answer.found {
        let notes = notes(&matches.result);
        answer.notes.extend(notes);
    }
    Ok(answer)
}

/// Makes the plan of a search over what is read.
pub(super) fn plan(run: &Run<'_>, request: &Search) -> Result<Plan, Error> {
    let query = runnable(&request.query)?;
    Ok(plan::lower(query, request.limits, request.when.range(run.now)?)?)
}

/// Runs a search over inputs; `bytes` is what servers looked at before. The notes are about damage only.
pub(super) fn here(run: &Run<'_>, plan: Plan, inputs: &[Input], bytes: u64) -> Result<Answer, Error> {
    let shown = matches_of(&plan);
    let as_found = |result| shown.with(result);
    let search = Collecting::new(plan).of_inputs(inputs.len());
    let (result, read) = run.collect(inputs, search, bytes, Some(&as_found))?;
    let (notes, is_complete) = (damage(&read), read.damaged == 0);
    Ok(Answer { found: as_found(result), notes, read, is_complete })
}

/// Returns an answer without traces: what the query shows of traces and spans.
pub(super) fn matches_of(plan: &Plan) -> Matches {
    Matches {
        keys: plan.shown_keys().into_iter().map(str::to_owned).collect(),
        fields: plan.shown_fields().cloned().collect(),
        result: SearchResult::default(),
    }
}

/// Says what the answer itself does not show.
fn notes(result: &SearchResult) -> Vec<Note> {
    let inspected = result.inspected;
    if !result.traces.is_empty() {
        return result.more.then_some(Note::MoreTraces(result.traces.len())).into_iter().collect();
    }
    let mut notes = vec![Note::NothingMatches(inspected)];
    if let Some(left_out) = inspected.left_out.filter(|left_out| left_out.traces > 0) {
        let (traces, of) = (left_out.traces, inspected.traces);
        notes.push(Note::OutsideOfRange { traces, of, start: left_out.start, end: left_out.end });
    }
    notes
}
