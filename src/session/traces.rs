//! All traces, whole, one batch after the other.

use std::collections::HashSet;

use parking_lot::Mutex;

use crate::{
    exec::Search as Collecting,
    model::{assemble::assemble, batch::Fragment, ids::TraceId, projection::Projection},
    plan::{self, Limits},
    source::{Input, ReadOptions},
};

use super::{
    Answer, Error, Found, Traces,
    run::{Run, damage, runnable},
    servers,
    sources::only_queries,
};

/// Hands whole traces to the observer: a trace whose spans lie in several inputs comes out once.
pub(super) fn run(run: &Run<'_>, request: &Traces) -> Result<Answer, Error> {
    let servers = run.servers();
    let mut gathered = servers::Gathered::default();
    let inputs = match (servers.first(), &request.query) {
        (None, _) => run.inputs(request.query.is_some())?,
        (Some(server), None) => return Err(Error::NotASource(only_queries(&**server))),
        (Some(_), Some(query)) => {
            gathered = servers::gather_for(run, query, request.when, &servers)?;
            std::mem::take(&mut gathered.inputs)
        }
    };
    let wanted = wanted(run, request, &inputs)?;
    let fragments = Mutex::new(Vec::new());
    let everything = Projection::everything();
    let options = ReadOptions::loose(&everything, run.session.settings().keep_going);
    let keep = |fragment| {
        if let Some(fragment) = of_wanted(fragment, wanted.as_ref()) {
            fragments.lock().push(fragment);
        }
    };
    let read = run.read(&inputs, options, &|_| {}, &keep)?;
    let fragments = fragments.into_inner();
    let batches = run.on_threads(|| assemble(&fragments));
    drop(fragments);
    let (mut traces, mut spans) = (0, 0);
    for batch in batches {
        run.go_on()?;
        traces += batch.traces.len() as u64;
        spans += batch.spans.len() as u64;
        if run.observer.traces(batch).is_break() {
            break;
        }
    }
    let is_complete = read.damaged == 0 && !gathered.incomplete;
    let mut notes = damage(&read);
    notes.extend(gathered.notes());
    Ok(Answer { found: Found::Traces { traces, spans }, notes, read, is_complete })
}

/// Finds the ids of the traces that are wanted; `None` for all.
fn wanted(run: &Run<'_>, request: &Traces, inputs: &[Input]) -> Result<Option<HashSet<TraceId>>, Error> {
    let Some(query) = &request.query else { return Ok(None) };
    let limits = Limits { traces: None, spans_per_spanset: Some(1) };
    let plan = plan::lower(runnable(query)?, limits, request.when.range(run.now)?)?;
    let (found, _) = run.collect(inputs, Collecting::new(plan).of_inputs(inputs.len()), 0, None)?;
    Ok(Some(found.traces.iter().map(|trace| trace.id).collect()))
}

/// Keeps of a fragment the spans of traces that are wanted; `None` if there are none.
fn of_wanted(fragment: Fragment, wanted: Option<&HashSet<TraceId>>) -> Option<Fragment> {
    let Some(wanted) = wanted else { return Some(fragment) };
    let rows = (0..).zip(&fragment.trace).filter(|(_, id)| wanted.contains(id)).map(|(row, _)| row);
    let rows: Vec<u32> = rows.collect();
    match rows.len() {
        0 => None,
        all if all == fragment.trace.len() => Some(fragment),
        _ => Some(fragment.copy_of(rows)),
    }
}
