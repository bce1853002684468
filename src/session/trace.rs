//! One trace, by its id or the first digits of it.

use crate::{exec::TraceLookup, model::note::Note};

use super::{
    Answer, Error, Found, Located, Trace,
    run::{Run, damage},
    servers,
};

/// Finds the trace.
pub(super) fn run(run: &Run<'_>, request: Trace) -> Result<Answer, Error> {
    let servers = run.servers();
    let mut inputs = run.inputs(false)?;
    let (mut typed, mut partial) = (request.id, Vec::<Note>::new());
    if !servers.is_empty() {
        typed = servers::fetch_trace(run, &servers, typed, &mut inputs, &mut partial)?;
    }
    let lookup = TraceLookup::new(typed);
    let read = run.look_up(&inputs, typed, &|fragment| lookup.observe(&fragment))?;
    let (lookup, spans) = lookup.finish();
    let is_complete = read.damaged == 0 && partial.is_empty();
    let mut notes = damage(&read);
    notes.extend(partial);
    let servers = servers.iter().map(|server| server.name().to_owned()).collect();
    Ok(Answer { found: Found::Trace(Located { lookup, servers, spans }), notes, read, is_complete })
}
