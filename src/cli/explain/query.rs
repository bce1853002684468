//! How a query is done, and what it takes when it is run.

use std::time::Instant;

use traceql_grammar::query::{Body, Query};

use super::{
    super::{
        query::{bad_times, checked},
        sources::tell_damage,
        ui::DEFAULT_WIDTH,
    },
    Exit, Explain, Failure, Format, Outcome, Ui,
};
#[cfg(feature = "remote")]
use crate::cli::{
    remote::{Remote, servers},
    sources::Source,
};
use crate::{
    exec::{Metrics, MetricsError, Search},
    model::{
        explain::{Explained, Ran},
        profile::Profile,
    },
    output::explain::{json, table},
    source::ReadReport,
};

pub(super) fn run(command: &Explain, text: &str, ui: &mut Ui) -> Outcome {
    // What the plan quotes stands in the canonical layout.
    let text = traceql_grammar::format(text).unwrap_or_else(|_| text.to_owned());
    let query = checked(&text, &command.sources, ui)?;
    #[cfg(feature = "remote")]
    let remotes = match command.sources.names().next() {
        Some(_) => servers(&command.sources, ui)?,
        None => Vec::new(),
    };
    #[cfg(feature = "remote")]
    let is_run = command.sources.names().next().is_some() && remotes.is_empty();
    #[cfg(not(feature = "remote"))]
    let is_run = command.sources.names().next().is_some();
    #[cfg_attr(not(feature = "remote"), expect(unused_mut, reason = "only servers change it"))]
    let (mut explained, ran) = match &query.body {
        Body::Search(_) => search(command, &query, &text, is_run, ui)?,
        Body::Metrics(_) => metrics(command, &query, &text, is_run, ui)?,
    };
    #[cfg(feature = "remote")]
    if !remotes.is_empty() {
        explained = shared(command, &text, &remotes, explained)?;
    }
    let ran = ran.as_ref();
    let style = table::Style { color: ui.out_color, width: ui.out_width.unwrap_or(DEFAULT_WIDTH) };
    match command.format {
        Format::Table => table::write(ui.out(), &explained, ran.map(|(ran, _)| ran), style),
        Format::Json => json::write(ui.out(), &explained, ran.map(|(ran, _)| ran)),
    }?;
    ui.flush()?;
    let Some((_, report)) = ran else { return Ok(Exit::Found) };
    tell_damage(report, ui);
    Ok(if report.damaged > 0 { Exit::Incomplete } else { Exit::Found })
}

/// Adds who does what where there are servers. They are asked for their release, and nothing is run.
#[cfg(feature = "remote")]
fn shared(command: &Explain, text: &str, remotes: &[Remote], explained: Explained) -> Result<Explained, Failure> {
    let local = command.sources.given()?.iter().any(|source| matches!(source, Source::Data(_)));
    let is_shared = local || remotes.len() > 1;
    let mut servers = Vec::new();
    for remote in remotes {
        let (server, split) = remote.split(text, command.sources.remote().exact, is_shared)?;
        servers.extend(split.explain(&remote.name, server));
    }
    Ok(explained.with_servers(servers, local))
}

type Explanation = (Explained, Option<(Ran, ReadReport)>);

fn search(command: &Explain, query: &Query, text: &str, is_run: bool, ui: &Ui) -> Result<Explanation, Failure> {
    let plan = command.options.search(query)?;
    let explained = plan.explain(query, text);
    if !is_run {
        return Ok((explained, None));
    }
    let inputs = command.sources.find()?;
    let (search, watched) = (Search::new(plan), Watched::begin());
    let (projection, pruning) = (search.plan().projection(), search.plan().pruning());
    let observe = |fragment| search.observe(fragment);
    let profile = Some(&watched.profile);
    let report = command.sources.watch(&inputs, (projection, pruning), &search, profile, ui, &observe)?;
    let read = watched.now();
    let result = search.finish(report.bytes).map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
    Ok((explained, Some((watched.finish(read, result.traces.len(), result.more), report))))
}

fn metrics(command: &Explain, query: &Query, text: &str, is_run: bool, ui: &Ui) -> Result<Explanation, Failure> {
    let plan = command.options.metrics(query)?.without_exemplars();
    let explained = plan.explain(query, text);
    if !is_run {
        return Ok((explained, None));
    }
    let inputs = command.sources.find()?;
    let (metrics, watched) = (Metrics::new(plan), Watched::begin());
    let (projection, pruning) = (metrics.plan().projection(), metrics.plan().pruning());
    let observe = |fragment| metrics.observe(fragment);
    let profile = Some(&watched.profile);
    let report = command.sources.watch(&inputs, (projection, pruning), &metrics, profile, ui, &observe)?;
    let read = watched.now();
    let result = metrics.finish(report.bytes).map_err(|error| match error {
        MetricsError::Times(error) => bad_times(error),
        error => Failure::new(Exit::Query, error.to_string()),
    })?;
    Ok((explained, Some((watched.finish(read, result.series.len(), false), report))))
}

/// A run whose time is taken.
struct Watched {
    begun: Instant,
    profile: Profile,
}

impl Watched {
    fn begin() -> Watched {
        let begun = Instant::now();
        Watched { begun, profile: Profile::new(move || nanoseconds(begun)) }
    }

    fn now(&self) -> u64 {
        nanoseconds(self.begun)
    }

    /// Sums up; `read` is when everything was read.
    fn finish(self, read: u64, found: usize, more: bool) -> Ran {
        let total = self.now();
        let threads = rayon::current_num_threads();
        Ran { sources: self.profile.finish(), threads, total, answer: total.saturating_sub(read), found, more }
    }
}

fn nanoseconds(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
