//! Brings the traces here over which a query runs: servers find them, and give each as a whole.

use std::{collections::HashSet, sync::Arc};

use traceql_grammar::{CheckOptions, Checked, check, vocab::release::Release};

use crate::{
    exec::Search as Collecting,
    model::{ids::TraceId, note::Note},
    plan::{
        self, Limits, TimeRange,
        remote::{SearchRequest, Server, Split, split},
    },
    source::Input,
};

use super::{
    super::{Backend, Doing, Error, When, run::Run},
    Part, Shared,
};

/// Inputs that a query runs over, and notes about them.
#[derive(Default)]
pub(in crate::session) struct Gathered {
    /// Inputs of other sources, and the traces of the servers.
    pub(in crate::session) inputs: Vec<Input>,
    /// How many bytes the servers looked at.
    pub(in crate::session) inspected: u64,
    /// Whether traces may be missing that matter.
    pub(in crate::session) incomplete: bool,
    /// Whether more traces match than the answer may have.
    pub(in crate::session) more: bool,
    explanations: Vec<Note>,
    doubts: Vec<Note>,
}

impl Gathered {
    /// Returns what the answer itself does not show: explanations, then doubts.
    pub(in crate::session) fn notes(&self) -> impl Iterator<Item = Note> {
        self.explanations.iter().chain(&self.doubts).cloned()
    }

    /// Says why a server is not left to answer, each reason once.
    fn because(&mut self, part: &Part<'_>, is_alone: bool) {
        let Split::Here { reasons, candidates } = &part.split else { return };
        let server = (!is_alone).then(|| part.server.name().to_owned());
        for reason in reasons {
            self.explain(Note::RunsHere { server: server.clone(), reason: reason.text.clone() });
        }
        if candidates.everything {
            self.explain(Note::AllTraces(part.server.name().to_owned()));
        }
    }

    fn explain(&mut self, note: Note) {
        if !self.explanations.contains(&note) {
            self.explanations.push(note);
        }
    }

    fn doubt(&mut self, note: Note) {
        self.doubts.push(note);
        self.incomplete = true;
    }
}

/// Gathers the traces that a query finds, all of them.
///
/// # Errors
///
/// As [`gather`].
pub(in crate::session) fn gather_for(
    run: &Run<'_>,
    query: &Checked,
    when: When,
    servers: &[Arc<dyn Backend>],
) -> Result<Gathered, Error> {
    let shared = Shared::out(run, query, when, servers)?;
    let mut gathered = gather(&shared, shared.recent.range, 0)?;
    shared.skipped.notes().into_iter().for_each(|note| gathered.doubt(note));
    Ok(gathered)
}

/// Asks every server which traces matter in a range, and every one for each of them: a trace may have spans in several. The
/// traces of other sources are asked for too. `limit` is how many traces the answer may have; 0 for all.
///
/// # Errors
///
/// A server does not answer, or an input cannot be read.
pub(super) fn gather(shared: &Shared<'_>, range: TimeRange, limit: usize) -> Result<Gathered, Error> {
    let (run, candidates) = (shared.run, shared.run.session.settings().candidates);
    let mut gathered = Gathered::default();
    let is_alone = shared.splits.len() == 1 && shared.local.is_empty();
    let mut ids = Ids::default();
    for part in &shared.splits {
        gathered.because(part, is_alone);
        let (text, most) = match &part.split {
            // The server knows which ones the answer has.
            Split::Whole { text, .. } if limit > 0 => (text, limit),
            Split::Whole { text, .. } => (text, candidates),
            Split::Here { candidates: found, .. } => (&found.text, candidates),
            Split::Never { .. } => continue,
        };
        let asked = SearchRequest {
            query: text.clone(),
            range: Some(range),
            limit: Some(most),
            spans_per_spanset: Some(1),
            fields: Vec::new(),
        };
        let found = match run.ask(part.server, Doing::Searching, |call| part.server.search(&asked, call, &|_| {})) {
            Ok(found) => found.value,
            Err(error) => {
                shared.skipped.skip(part.server, error)?;
                continue;
            }
        };
        gathered.inspected += found.inspected.bytes;
        if found.more && matches!(part.split, Split::Whole { .. }) && limit > 0 {
            gathered.more = true;
        } else if found.more {
            let server = Some(part.server.name().to_owned());
            gathered.doubt(Note::CandidatesCut { server, found: found.traces.len(), most });
        }
        ids.add(found.traces.iter().map(|found| found.id));
    }
    shared.skipped.leave_something(shared.servers, !shared.local.is_empty())?;
    let expected = ids.all.len();
    if !shared.local.is_empty() {
        let (found, more) = ids_of(shared, range)?;
        if more {
            gathered.doubt(Note::CandidatesCut { server: None, found: found.len(), most: candidates });
        }
        ids.add(found);
    }
    fetch(shared, &ids.all, expected, &mut gathered)?;
    if is_alone && let Some(part) = shared.splits.first() {
        let (server, traces) = (part.server.name().to_owned(), gathered.inputs.len() as u64);
        gathered.explain(Note::RanOver { server, traces });
    } else if !shared.splits.is_empty() {
        gathered.explain(Note::AskedFor(ids.all.len() as u64));
    }
    // First what is here: of a span that comes twice the first copy counts.
    gathered.inputs.splice(0..0, shared.local.iter().cloned());
    Ok(gathered)
}

/// Trace ids, each once, in the order in which they were found.
#[derive(Default)]
struct Ids {
    all: Vec<TraceId>,
    known: HashSet<TraceId>,
}

impl Ids {
    fn add(&mut self, ids: impl IntoIterator<Item = TraceId>) {
        for id in ids {
            if self.known.insert(id) {
                self.all.push(id);
            }
        }
    }
}

/// Asks every server for every trace; of the first `expected` each is known to be with some server.
fn fetch(shared: &Shared<'_>, ids: &[TraceId], expected: usize, gathered: &mut Gathered) -> Result<(), Error> {
    let mut found = HashSet::new();
    for Part { server, .. } in shared.splits.iter().filter(|part| !shared.skipped.has(part.server)) {
        let (mut partial, before) = (None, gathered.inputs.len());
        let asked = shared.run.ask(*server, Doing::Fetching, |call| {
            server.traces(ids, call, &mut |id, trace| {
                let Some(trace) = trace else { return };
                found.insert(id);
                gathered.inspected += trace.inspected.bytes;
                gathered.inputs.push(trace.input);
                partial = trace.partial.map(|words| (id, words)).or(partial.take());
            })
        });
        asked.or_else(|error| shared.skipped.skip(*server, error))?;
        // They come in any order, which must not show.
        if let Some(new) = gathered.inputs.get_mut(before..) {
            new.sort_by(|a, b| a.name().cmp(b.name()));
        }
        if let Some((id, words)) = partial {
            let (server, trace) = (server.name().to_owned(), Some(id.to_string()));
            gathered.doubt(Note::TraceInPart { server, trace, words });
        }
    }
    let lost = ids.iter().take(expected).filter(|id| !found.contains(*id)).count();
    if lost > 0 {
        gathered.doubt(Note::TracesLost(lost as u64));
    }
    Ok(())
}

/// Finds the traces that matter in what is read here; tells too whether there are more than may be asked for.
fn ids_of(shared: &Shared<'_>, range: TimeRange) -> Result<(Vec<TraceId>, bool), Error> {
    let settings = shared.run.session.settings();
    let like = Server { release: Release::Main, exact: settings.exact, shared: true };
    let text = match split(shared.text, like) {
        Split::Here { candidates, .. } => candidates.text,
        Split::Whole { text, .. } => text,
        Split::Never { .. } => return Ok((Vec::new(), false)),
    };
    let query = check(&text, CheckOptions::default()).query;
    let limits = Limits { traces: Some(settings.candidates), spans_per_spanset: Some(1) };
    let plan = plan::lower(&query, limits, Some(range))?;
    let search = Collecting::new(plan).of_inputs(shared.local.len());
    let (found, _) = shared.run.collect(&shared.local, search, 0, None)?;
    Ok((found.traces.iter().map(|found| found.id).collect(), found.more))
}
