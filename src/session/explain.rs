//! How a query is done, and what it takes when it is run.

use std::{sync::Arc, time::Instant};

use crate::{
    exec::{Collector, Metrics as Measuring, Search as Searching},
    model::{
        explain::{Explained as Explanation, Ran},
        profile::Profile,
    },
    source::ReadReport,
};

use super::{
    Answer, Backend, Error, Explain, Explained, Found, metrics,
    run::{Run, damage},
    search, servers,
};

/// Explains a query.
pub(super) fn run(run: &Run<'_>, request: &Explain) -> Result<Answer, Error> {
    let servers = run.servers();
    let is_run = request.is_run && servers.is_empty();
    let (mut explained, ran) = match &request.of {
        Explained::Search(request) => {
            let plan = search::plan(run, request)?;
            let explained = plan.explain(&request.query.query, request.query.text());
            let shown = search::matches_of(&plan);
            let as_found = |result| shown.with(result);
            (explained, is_run.then(|| ran(run, Searching::new(plan), &as_found)).transpose()?)
        }
        Explained::Metrics(request) => {
            let plan = metrics::plan(run, request)?.without_exemplars();
            let explained = plan.explain(&request.query.query, request.query.text());
            (explained, is_run.then(|| ran(run, Measuring::new(plan), &Found::Metrics)).transpose()?)
        }
    };
    if !servers.is_empty() {
        explained = shared(run, request, &servers, explained)?;
    }
    let (ran, read) = ran.unzip();
    let read: ReadReport = read.unwrap_or_default();
    let (notes, is_complete) = (damage(&read), read.damaged == 0);
    Ok(Answer { found: Found::Explained(explained, ran), notes, read, is_complete })
}

/// Adds what runs on which server, and what here. Servers are asked for their release, and nothing is run.
fn shared(
    run: &Run<'_>,
    request: &Explain,
    servers: &[Arc<dyn Backend>],
    explained: Explanation,
) -> Result<Explanation, Error> {
    let query = match &request.of {
        Explained::Search(search) => &search.query,
        Explained::Metrics(metrics) => &metrics.query,
    };
    let local = run.has_data();
    let mut all = Vec::new();
    for server in servers {
        let (like, split) = servers::split_for(run, &**server, query.text(), local || servers.len() > 1)?;
        all.extend(split.explain(server.name(), like));
    }
    Ok(explained.with_servers(all, local))
}

/// Runs a query and takes the time.
fn ran<C>(
    run: &Run<'_>,
    collector: C,
    as_found: &(dyn Fn(C::Answer) -> Found + Sync),
) -> Result<(Ran, ReadReport), Error>
where
    C: Collector + Send,
    C::Answer: Send,
    C::Error: Send,
    Error: From<C::Error>,
{
    let inputs = run.inputs(false)?;
    let begun = Instant::now();
    let profile = Profile::new(move || nanoseconds(begun));
    let read = run.read_into(&inputs, &collector, Some(&profile), None)?;
    let read_at = nanoseconds(begun);
    let found = as_found(run.on_threads(|| collector.finish(read.bytes))?);
    let total = nanoseconds(begun);
    let (found, more) = match found {
        Found::Search(matches) => (matches.result.traces.len(), matches.result.more),
        Found::Metrics(result) => (result.series.len(), false),
        _ => (0, false),
    };
    let (threads, answer) = (run.on_threads(rayon::current_num_threads), total.saturating_sub(read_at));
    Ok((Ran { sources: profile.finish(), threads, total, answer, found, more }, read))
}

fn nanoseconds(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
