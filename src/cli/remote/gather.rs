//! Brings the traces here over which a query runs: servers find them, and give each as a whole.

use std::collections::HashSet;

use traceql_grammar::vocab::release::Release;

use super::Remote;
use crate::{
    cli::{Exit, Failure, sources::Sources, ui::Ui},
    exec::Search,
    model::ids::TraceId,
    output::text::counted,
    plan::{
        self, Limits, TimeRange,
        remote::{Server, Split, split},
    },
    source::Input,
    tempo::SearchRequest,
};

/// Which traces are wanted.
pub(in crate::cli) struct Wanted<'w> {
    /// The query as it was written.
    pub(in crate::cli) query: &'w str,
    /// Whether Tempo's answer will not do where ours differs on purpose.
    pub(in crate::cli) exact: bool,
    /// When.
    pub(in crate::cli) range: TimeRange,
    /// How many traces the answer may have; 0 for all.
    pub(in crate::cli) limit: usize,
    /// How many traces each server may be asked for; 0 for all.
    pub(in crate::cli) candidates: usize,
}

/// What a query runs over.
#[derive(Default)]
pub(in crate::cli) struct Gathered {
    /// What other sources have, and the traces of the servers.
    pub(in crate::cli) inputs: Vec<Input>,
    /// How many bytes the servers looked at.
    pub(in crate::cli) inspected: u64,
    /// Whether traces may be missing that matter.
    pub(in crate::cli) incomplete: bool,
    /// Whether more traces match than the answer may have.
    pub(in crate::cli) more: bool,
    notes: Vec<String>,
    warnings: Vec<String>,
}

impl Gathered {
    /// Says what the answer itself does not show.
    pub(in crate::cli) fn tell(&self, ui: &Ui) {
        self.notes.iter().for_each(|note| ui.note(note));
        self.warnings.iter().for_each(|warning| ui.warn(warning));
    }

    /// Says why servers are not left to answer, each reason once.
    fn because(&mut self, remote: &Remote, split: &Split, is_alone: bool) {
        let Split::Here { reasons, candidates } = split else { return };
        let of = if is_alone { String::new() } else { format!(", for {}", remote.name) };
        for reason in reasons {
            self.note(format!("the query runs here{of}: {}", reason.text));
        }
        if candidates.everything {
            self.note(format!("nothing in the query tells {} which traces matter: it gives all", remote.name));
        }
    }

    fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    fn doubt(&mut self, text: String) {
        self.warnings.push(text);
        self.incomplete = true;
    }
}

/// Asks every server which traces matter, and every one for each of them: a trace may have spans in several. `local` is
/// what the other sources have: its traces are asked for too.
///
/// # Errors
///
/// A server does not answer, or an input cannot be read.
pub(in crate::cli) fn gather(
    wanted: &Wanted<'_>,
    splits: &[(&Remote, Split)],
    local: Vec<Input>,
    sources: &Sources,
    ui: &Ui,
) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    let is_alone = splits.len() == 1 && local.is_empty();
    let mut ids = Ids::default();
    for (remote, split) in splits {
        gathered.because(remote, split, is_alone);
        let (text, most) = match split {
            // The server knows which ones the answer has.
            Split::Whole { text, .. } if wanted.limit > 0 => (text, wanted.limit),
            Split::Whole { text, .. } => (text, wanted.candidates),
            Split::Here { candidates, .. } => (&candidates.text, wanted.candidates),
            Split::Never { .. } => continue,
        };
        let request = SearchRequest {
            query: text.clone(),
            range: Some(wanted.range),
            limit: Some(most),
            spans_per_spanset: Some(1),
            fields: Vec::new(),
        };
        let found = remote.ask("searching", |server, call| server.search(&request, call))?.value;
        gathered.inspected += found.inspected.bytes;
        if found.more && matches!(split, Split::Whole { .. }) && wanted.limit > 0 {
            gathered.more = true;
        } else if found.more {
            gathered.doubt(cut(&remote.name, found.traces.len(), most));
        }
        ids.add(found.traces.iter().map(|found| found.id));
    }
    let expected = ids.all.len();
    if !local.is_empty() {
        let (found, more) = ids_of(wanted, &local, sources, ui)?;
        if more {
            gathered.doubt(cut("what is read here", found.len(), wanted.candidates));
        }
        ids.add(found);
    }
    fetch(splits, &ids.all, expected, &mut gathered)?;
    if is_alone && let Some((remote, _)) = splits.first() {
        let traces = counted(gathered.inputs.len() as u64, "trace");
        gathered.note(format!("the query ran over {traces} that {} found and gave", remote.name));
    } else if !splits.is_empty() {
        let traces = counted(ids.all.len() as u64, "trace");
        gathered.note(format!("every server was asked for {traces} that may matter"));
    }
    // First what is here: of a span that comes twice the first copy counts.
    gathered.inputs.splice(0..0, local);
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
fn fetch(
    splits: &[(&Remote, Split)],
    ids: &[TraceId],
    expected: usize,
    gathered: &mut Gathered,
) -> Result<(), Failure> {
    let mut found = HashSet::new();
    for (remote, _) in splits {
        let (mut partial, before) = (None, gathered.inputs.len());
        remote.ask("fetching traces from", |server, call| {
            server.traces(ids, None, call, &mut |id, trace| {
                let Some(trace) = trace else { return };
                found.insert(id);
                gathered.inspected += trace.inspected.bytes;
                gathered.inputs.push(trace.input);
                partial = trace.partial.map(|words| (id, words)).or(partial.take());
            })
        })?;
        // They come in any order, which must not show.
        if let Some(new) = gathered.inputs.get_mut(before..) {
            new.sort_by(|a, b| a.name().cmp(b.name()));
        }
        if let Some((id, words)) = partial {
            gathered.doubt(format!("{}: trace {id} is not whole: {words}", remote.name));
        }
    }
    let lost = ids.iter().take(expected).filter(|id| !found.contains(*id)).count();
    if lost > 0 {
        let traces = counted(lost as u64, "trace");
        gathered.doubt(format!("{traces} that a search found cannot be had by id, and are missing; try again"));
    }
    Ok(())
}

/// Finds the traces that matter in what is read here; tells too whether there are more than may be asked for.
fn ids_of(wanted: &Wanted<'_>, local: &[Input], sources: &Sources, ui: &Ui) -> Result<(Vec<TraceId>, bool), Failure> {
    let like = Server { release: Release::Main, exact: wanted.exact, shared: true };
    let text = match split(wanted.query, like) {
        Split::Here { candidates, .. } => candidates.text,
        Split::Whole { text, .. } => text,
        Split::Never { .. } => return Ok((Vec::new(), false)),
    };
    let query = traceql_grammar::check(&text, Release::Main).query;
    let limits = Limits { traces: Some(wanted.candidates), spans_per_spanset: Some(1) };
    let plan = plan::lower(&query, limits, Some(wanted.range))
        .map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
    let search = Search::new(plan).of_inputs(local.len());
    let needs = (search.plan().projection(), search.plan().pruning());
    let report = sources.scan(local, needs, &search, ui, &|fragment| search.observe(fragment))?;
    let found = search.finish(report.bytes).map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
    Ok((found.traces.iter().map(|found| found.id).collect(), found.more))
}

/// Says that there may be more traces than were looked at.
fn cut(name: &str, found: usize, most: usize) -> String {
    let traces = counted(found as u64, "trace");
    let cure = match most {
        0 => "a shorter time has fewer".to_owned(),
        most => format!("`--candidates {}` looks at more, a shorter time has fewer", most.saturating_mul(10)),
    };
    format!("{name} may have more than the {traces} that were looked at, so that some may be missing; {cure}")
}
