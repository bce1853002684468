//! A query over servers, alone or beside other sources: they answer, or give the traces over which the query runs here.

use traceql_grammar::{
    Verdict, check,
    query::{Body, Query as Checked},
    vocab::release::Release,
};

use super::{
    super::{
        remote::{Gathered, Remote, Wanted, gather},
        sources::tell_damage,
        watch::Shown,
    },
    Exit, Failure, Format, Outcome, Query, Ui, checked, metrics,
    recent::Recent,
    search,
};
use crate::{
    exec::{Metrics, Search},
    model::{
        result::SearchResult,
        series::{Form, MetricsResult, Unit},
    },
    output::{search::flat::Columns, text},
    plan::{
        Plan, TimeRange,
        remote::{Reason, Server, Split},
    },
    source::{Input, ReadReport},
    tempo::{MetricsRequest, RequestTimes, SearchRequest, Shape},
};

/// A query that was shared out.
struct Shared<'s> {
    command: &'s Query,
    query: Checked,
    recent: Recent,
    splits: Vec<(&'s Remote, Split)>,
    /// What other sources have.
    local: Vec<Input>,
}

/// Runs a query over servers.
pub(super) fn run(command: &Query, remotes: &[Remote], shown: &mut Shown, ui: &mut Ui) -> Outcome {
    no_release_takes(command, ui)?;
    let recent = command.options.recent()?;
    let local = command.sources.find_beside_servers()?;
    let is_shared = remotes.len() > 1 || !local.is_empty();
    let exact = command.sources.remote().exact;
    let (mut splits, mut servers) = (Vec::new(), Vec::new());
    for remote in remotes {
        let (server, split) = remote.split(&command.query, exact, is_shared)?;
        if let Split::Never { .. } = split {
            checked(&command.query, &command.sources, ui)?;
        }
        servers.push(server);
        splits.push((remote, split));
    }
    let query = understood(&command.query, servers.first());
    let shared = Shared { command, query, recent, splits, local };
    let whole = match (&shared.splits[..], is_shared) {
        ([(remote, Split::Whole { text, notes })], false) => Some((*remote, text.as_str(), notes.as_slice())),
        _ => None,
    };
    let exit = match (&shared.query.body, whole, servers.first()) {
        (Body::Search(_), Some((remote, text, notes)), _) => shared.search_there(remote, text, notes, shown, ui),
        (Body::Search(_), ..) => shared.search_here(shown, ui),
        (Body::Metrics(_), Some((remote, text, notes)), Some(server)) => {
            shared.measure_there(remote, server.release, (text, notes), shown, ui)
        }
        (Body::Metrics(_), ..) => shared.measure_here(shown, ui),
    }?;
    if recent.is_usual {
        ui.note("the last hour was asked for; `--since 24h` asks for a day");
    }
    Ok(exit)
}

/// Says what is wrong with a query that no release takes, before anybody is asked.
fn no_release_takes(command: &Query, ui: &Ui) -> Result<(), Failure> {
    if Release::ALL.iter().all(|release| check(&command.query, *release).verdict != Verdict::Ok) {
        // What runs here although no Tempo runs it is no mistake.
        checked(&command.query, &command.sources, ui)?;
    }
    Ok(())
}

/// Reads a query as the newest release does, or, where that does not take it, as the server does.
fn understood(text: &str, server: Option<&Server>) -> Checked {
    let newest = check(text, Release::Main);
    match server {
        Some(server) if matches!(newest.verdict, Verdict::ParseError | Verdict::ValidateError) => {
            check(text, server.release).query
        }
        _ => newest.query,
    }
}

impl Shared<'_> {
    fn search_there(&self, remote: &Remote, text: &str, notes: &[Reason], shown: &mut Shown, ui: &mut Ui) -> Outcome {
        let options = &self.command.options;
        search::has_format(self.command)?;
        let plan = planned(options.search_in(&self.query, Some(self.recent.range)), notes)?;
        let keys = plan.iter().flat_map(Plan::shown_keys);
        let fields = || plan.iter().flat_map(Plan::shown_fields);
        let columns = Columns::new(keys, fields());
        let (limit, spans) = options.wanted();
        let request = SearchRequest {
            query: text.to_owned(),
            range: Some(self.recent.range),
            limit: Some(limit),
            spans_per_spanset: Some(spans),
            fields: fields().cloned().collect(),
        };
        let mut answer = remote.ask("searching", |server, call| server.search(&request, call))?;
        let is_nothing = answer.value.traces.is_empty();
        search::write(self.command, &mut answer.value, &columns, shown, ui)?;
        tell_reasons(notes, ui);
        // Who asked for all has not got all.
        let is_cut = limit == 0 && answer.value.more;
        for note in answer.notes {
            if is_cut { ui.warn(&note) } else { ui.note(&note) }
        }
        self.tell_search(&answer.value, shown, ui);
        let exit = if is_cut { Exit::Incomplete } else { found(is_nothing) };
        shown.done_with(answer.value);
        Ok(exit)
    }

    fn search_here(&self, shown: &mut Shown, ui: &mut Ui) -> Outcome {
        search::has_format(self.command)?;
        let plan = self.command.options.search_in(&self.query, Some(self.recent.range))?;
        let gathered = self.gather(self.recent.range, self.command.options.wanted().0, ui)?;
        let columns = Columns::new(plan.shown_keys(), plan.shown_fields());
        let search = Search::new(plan).of_inputs(gathered.inputs.len());
        let needs = (search.plan().projection(), search.plan().pruning());
        let observe = |fragment| search.observe(fragment);
        let report = self.command.sources.scan(&gathered.inputs, needs, &search, ui, &observe)?;
        let bytes = report.bytes.saturating_add(gathered.inspected);
        let mut result = search.finish(bytes).map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
        let is_nothing = result.traces.is_empty();
        result.more |= gathered.more && !is_nothing;
        search::write(self.command, &mut result, &columns, shown, ui)?;
        tell_damage(&report, ui);
        gathered.tell(ui);
        self.tell_search(&result, shown, ui);
        let exit = doubted(&gathered, &report, found(is_nothing));
        shown.done_with(result);
        Ok(exit)
    }

    fn measure_there(
        &self,
        remote: &Remote,
        release: Release,
        (text, notes): (&str, &[Reason]),
        shown: &mut Shown,
        ui: &mut Ui,
    ) -> Outcome {
        let options = &self.command.options;
        let plan = planned(options.metrics_of_servers(&self.query, self.recent.range), notes)?;
        let unknown = Shape { names: Vec::new(), unit: Unit::Number, form: Form::Lines, empty: f64::NAN };
        let is_seen = matches!(self.command.format, Format::Json) && options.exemplars != Some(0);
        let mut times = options.samples(&self.query);
        if let RequestTimes::Range { exemplars, .. } = &mut times
            && !is_seen
        {
            // None at all cannot be asked for.
            *exemplars = Some(1);
        }
        let request = MetricsRequest {
            query: text.to_owned(),
            start: self.recent.range.start,
            end: self.recent.range.end,
            times,
            shape: plan.as_ref().map_or(unknown, Shape::of),
            release: Some(release),
        };
        let mut answer = remote.ask("measuring on", |server, call| server.metrics(&request, call))?;
        if !is_seen {
            answer.value.series.iter_mut().for_each(|series| series.exemplars.clear());
        }
        metrics::write(self.command, &answer.value, shown, ui)?;
        tell_reasons(notes, ui);
        answer.notes.iter().for_each(|note| ui.note(note));
        if options.max_series.is_some() {
            ui.note("`--max-series` changes nothing here: the server decides how many series it gives");
        }
        metrics::tell_completeness(&answer.value.completeness, true, ui);
        self.tell_metrics(&answer.value, ui);
        let exit = metrics::exit(&answer.value);
        shown.done_with(answer.value);
        Ok(exit)
    }

    fn measure_here(&self, shown: &mut Shown, ui: &mut Ui) -> Outcome {
        let options = &self.command.options;
        let plan =
            metrics::for_format(options.metrics_of_servers(&self.query, self.recent.range)?, self.command.format);
        // The first sample is about the step before the range.
        let range = plan.spans().unwrap_or(self.recent.range);
        let gathered = self.gather(range, 0, ui)?;
        let metrics = Metrics::new(plan);
        let needs = (metrics.plan().projection(), metrics.plan().pruning());
        let observe = |fragment| metrics.observe(fragment);
        let report = self.command.sources.scan(&gathered.inputs, needs, &metrics, ui, &observe)?;
        let bytes = report.bytes.saturating_add(gathered.inspected);
        let sampling = metrics.plan().sampling_hints().join("`, `");
        let result = metrics.finish(bytes).map_err(metrics::no_answer)?;
        metrics::write(self.command, &result, shown, ui)?;
        tell_damage(&report, ui);
        gathered.tell(ui);
        metrics::tell_sampling(&sampling, ui);
        metrics::tell_completeness(&result.completeness, false, ui);
        self.tell_metrics(&result, ui);
        let exit = doubted(&gathered, &report, metrics::exit(&result));
        shown.done_with(result);
        Ok(exit)
    }

    fn gather(&self, range: TimeRange, limit: usize, ui: &Ui) -> Result<Gathered, Failure> {
        let Query { query, sources, candidates, .. } = self.command;
        let exact = sources.remote().exact;
        let wanted = Wanted { query, exact, range, limit, candidates: *candidates };
        gather(&wanted, &self.splits, self.local.clone(), sources, ui)
    }

    /// Says what the answer itself does not show.
    fn tell_search(&self, result: &SearchResult, shown: &Shown, ui: &Ui) {
        if !shown.is_first() {
            // What is left of the answer is what is new.
        } else if result.traces.is_empty() {
            ui.note(&format!("nothing matches {}", self.when()));
        } else if result.more {
            let traces = result.traces.len();
            // A server that gives as many as were asked for may have no others.
            ui.note(&format!("there may be more traces than the {traces} shown; `--limit 0` shows all"));
        }
    }

    fn tell_metrics(&self, result: &MetricsResult, ui: &Ui) {
        if result.series.is_empty() {
            ui.note(&format!("there are no series {}", self.when()));
        }
    }

    fn when(&self) -> String {
        let range = self.recent.range;
        // Whole seconds, outwards.
        let end = text::rfc3339_seconds(range.end.saturating_add(999_999_999));
        format!("from {} to {end}", text::rfc3339_seconds(range.start))
    }
}

/// Takes the plan that says what an answer shows. An old server takes queries that have none here: `notes` say so.
fn planned<P>(plan: Result<P, Failure>, notes: &[Reason]) -> Result<Option<P>, Failure> {
    match plan {
        Err(Failure::Message { exit: Exit::Query, .. }) if !notes.is_empty() => Ok(None),
        plan => plan.map(Some),
    }
}

fn tell_reasons(notes: &[Reason], ui: &Ui) {
    notes.iter().for_each(|note| ui.note(&note.text));
}

fn found(is_empty: bool) -> Exit {
    if is_empty { Exit::Nothing } else { Exit::Found }
}

fn doubted(gathered: &Gathered, report: &ReadReport, exit: Exit) -> Exit {
    if gathered.incomplete || report.damaged > 0 { Exit::Incomplete } else { exit }
}
