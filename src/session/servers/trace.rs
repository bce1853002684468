//! One trace of servers, alone or beside what other sources have of it.

use std::sync::Arc;

use crate::{
    exec::{Lookup, TraceLookup},
    model::{ids::TraceId, note::Note, trace_id::TypedId},
    source::Input,
};

use super::{
    super::{Backend, Doing, Error, run::Run},
    Skipped,
};

/// Asks servers for a trace, adds what they have to the inputs, and returns the id that was meant. Servers know whole ids
/// only; where other sources have a trace that begins with what was typed, servers are asked for that one.
///
/// # Errors
///
/// A server does not answer, or an input cannot be read.
pub(in crate::session) fn fetch_trace(
    run: &Run<'_>,
    servers: &[Arc<dyn Backend>],
    typed: TypedId,
    inputs: &mut Vec<Input>,
    notes: &mut Vec<Note>,
) -> Result<TypedId, Error> {
    let mut id = typed.whole();
    if !inputs.is_empty() {
        let lookup = TraceLookup::new(typed);
        run.look_up(inputs, typed, &|fragment| lookup.observe(&fragment))?;
        match lookup.finish().0 {
            Lookup::Found(batch) => id = batch.traces.first().map_or(id, |trace| trace.id),
            // The lookup that follows says so.
            Lookup::Several { .. } => return Ok(typed),
            Lookup::Nothing => {}
        }
    }
    let skipped = Skipped::new(run);
    for server in servers {
        let asked = run.ask(&**server, Doing::Asking, |call| {
            server.traces(&[id], call, &mut |_, trace| {
                let Some(trace) = trace else { return };
                let name = || server.name().to_owned();
                let partial = trace.partial.map(|words| Note::TraceInPart { server: name(), trace: None, words });
                notes.extend(partial);
                inputs.push(trace.input);
            })
        });
        asked.or_else(|error| skipped.skip(&**server, error))?;
    }
    skipped.leave_something(servers.len(), run.has_data())?;
    notes.extend(skipped.notes());
    Ok(exactly(id, typed))
}

/// Types an id with all of its digits.
fn exactly(id: TraceId, typed: TypedId) -> TypedId {
    TypedId::parse(&format!("{:032x}", id.0)).unwrap_or(typed)
}
