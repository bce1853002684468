//! One trace of servers, alone or beside what other sources have of it.

use super::{super::sources::Sources, Remote};
use crate::{
    cli::{Failure, ui::Ui},
    exec::{Lookup, TraceLookup},
    model::{ids::TraceId, trace_id::TypedId},
    source::Input,
};

/// Where the spans of a trace are.
pub(in crate::cli) struct Fetched {
    /// What other sources have, and what the servers gave.
    pub(in crate::cli) inputs: Vec<Input>,
    /// The id that was meant.
    pub(in crate::cli) id: TypedId,
    /// What servers say is missing.
    pub(in crate::cli) partial: Vec<String>,
}

/// Asks servers for a trace. They know whole ids only; where other sources have a trace that begins with what was typed,
/// servers are asked for that one.
///
/// # Errors
///
/// A server does not answer, or an input cannot be read.
pub(in crate::cli) fn fetch_trace(
    remotes: &[Remote],
    sources: &Sources,
    typed: TypedId,
    ui: &Ui,
) -> Result<Fetched, Failure> {
    let mut inputs = sources.find_beside_servers()?;
    let mut id = typed.whole();
    if !inputs.is_empty() {
        let lookup = TraceLookup::new(typed);
        sources.look_up(&inputs, typed, ui, &|fragment| lookup.observe(&fragment))?;
        match lookup.finish().0 {
            Lookup::Found(batch) => id = batch.traces.first().map_or(id, |trace| trace.id),
            // Whoever looks again says so.
            Lookup::Several { .. } => return Ok(Fetched { inputs, id: typed, partial: Vec::new() }),
            Lookup::Nothing => {}
        }
    }
    let mut partial = Vec::new();
    for remote in remotes {
        let trace = remote.ask("asking", |server, call| server.trace(id, None, call))?;
        let Some(trace) = trace else { continue };
        partial.extend(trace.partial.map(|words| format!("{}: the trace is not whole: {words}", remote.name)));
        inputs.push(trace.input);
    }
    Ok(Fetched { inputs, id: exactly(id, typed), partial })
}

/// Types an id with all of its digits.
fn exactly(id: TraceId, typed: TypedId) -> TypedId {
    TypedId::parse(&format!("{:032x}", id.0)).unwrap_or(typed)
}
