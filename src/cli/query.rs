//! `traceql query`: runs a search over trace files.

use std::{env, io, path::Path};

use clap::{Args, ValueEnum};
use traceql_grammar::{
    diagnostic::{Class, Code, Diagnostic},
    vocab::release::Release,
};

use super::{
    Exit, Failure, Outcome,
    inputs::without_quotes,
    progress::Progress,
    time::{self, Span, Time},
    ui::Ui,
};
use crate::{
    exec::Search,
    model::result::SearchResult,
    output::{
        diagnostic::{
            Judged,
            human::{self, Style},
        },
        search::{flat, json, table},
        text,
    },
    plan::{self, Limits, LowerError, Plan, TimeRange},
    source::{self, Input, ReadOptions, ReadReport, SourceError},
};

/// The variable that names the source where the command line does not.
const SOURCE_VARIABLE: &str = "TRACEQL_SOURCE";

/// Searches trace files and prints the traces in which something matches
///
/// A SOURCE is a file, a directory, a glob or `-` for stdin: OTLP as JSON or protobuf, told by content, .gz and .zst
/// too. Several are read as one.
///
/// Exit status: 0 if something was found, 1 if not, 2 for wrong usage, 3 if the query is invalid, 4 if the answer may
/// be incomplete (something damaged was skipped), 5 if a source cannot be read or is damaged.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Query {
    /// What to search for
    // A query may begin with a minus: `-1 < .x` is a mistake to point out, not an option.
    #[arg(allow_hyphen_values = true)]
    query: String,

    /// What to search in; without one, $TRACEQL_SOURCE
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,

    /// How to print the answer; a pipe gets `table` too, its lines as long as they need to be
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,

    /// Leave out traces that end before: RFC 3339, Unix seconds, `now-1h` or `-1h`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    start: Option<Time>,

    /// Leave out traces that start after
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    end: Option<Time>,

    /// The same as `--start now-SPAN`
    #[arg(long, value_name = "SPAN", conflicts_with = "start", allow_hyphen_values = true)]
    since: Option<Span>,

    /// How many traces to print, the newest; 0 for all
    #[arg(long, value_name = "N", default_value = "20", value_parser = count, allow_negative_numbers = true)]
    limit: usize,

    /// How many spans to print of each spanset, the first; 0 for all
    #[arg(long, value_name = "N", default_value = "3", value_parser = count, allow_negative_numbers = true)]
    spss: usize,

    /// Skip what is damaged instead of stopping at it
    #[arg(long)]
    keep_going: bool,
}

const EXAMPLES: &str = "\
Examples:
  traceql query '{ status = error } | select(name, resource.service.name)' traces.jsonl
  traceql query '{ duration > 1s && kind = server }' --since 1h --limit 0 /var/log/otel/
  traceql query '{ .http.route = \"/cart\" } >> { status = error }' 'dump/**/*.gz' --format json | jq .";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A headline for each trace, its spans in columns below
    Table,
    /// Tempo's response of /api/search
    Json,
    /// One JSON object for each span
    Jsonl,
    /// A header, and one record for each span
    Csv,
}

pub(super) fn run(command: &Query, ui: &mut Ui) -> Outcome {
    let plan = plan(command, ui)?;
    let inputs = source::find(&sources(command)?).map_err(failed)?;
    let columns = flat::Columns::new(plan.shown_keys(), plan.shown_fields());
    let (result, report) = search(plan, &inputs, command.keep_going, ui)?;
    let style = table::Style { color: ui.out_color, width: ui.out_width };
    match command.format {
        Format::Table => table::write(ui.out(), &result, style),
        Format::Json => json::write(ui.out(), &result),
        Format::Jsonl => flat::write_jsonl(ui.out(), &result, &columns),
        Format::Csv => flat::write_csv(ui.out(), &result, &columns),
    }?;
    ui.flush()?;
    tell(&result, &report, ui);
    Ok(match (report.damaged, result.traces.is_empty()) {
        (1.., _) => Exit::Incomplete,
        (0, true) => Exit::Nothing,
        (0, false) => Exit::Found,
    })
}

/// Reads how many are wanted.
fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "give a whole number; 0 = no limit".to_owned())
}

/// Makes the plan for the query, or says what is wrong with it.
fn plan(command: &Query, ui: &mut Ui) -> Result<Plan, Failure> {
    let checked = traceql_grammar::check(&command.query, Release::Main);
    let errors: Vec<Diagnostic> = checked.diagnostics.into_iter().filter(stops).collect();
    if !errors.is_empty() {
        let judged = Judged { text: command.query.clone(), file: None, diagnostics: errors, verdict: checked.verdict };
        if Path::new(&command.query).exists() {
            return Err(Failure::new(Exit::Usage, format!("`{}` is a file, not a query", command.query))
                .with_hint("the query comes first, then the sources"));
        }
        let sources = command.sources.iter().map(String::as_str);
        if let Some(failure) = without_quotes(&command.query, sources) {
            return Err(failure);
        }
        human::write(&mut io::stderr(), &[judged], Style { color: ui.err_color, width: ui.err_width() })?;
        return Err(Failure::Silent(Exit::Query));
    }
    let limits = Limits { traces: Some(command.limit), spans_per_spanset: Some(command.spss) };
    plan::lower(&checked.query, limits, range(command)?).map_err(|error| match error {
        LowerError::NotASearch => Failure::new(Exit::Usage, "metrics queries cannot be run yet, only searches")
            .with_hint("without the metrics stage, from its `|` on, the query finds the spans that it measures"),
        error => Failure::new(Exit::Query, error.to_string()),
    })
}

/// Tells whether a finding keeps the query from being run here: more is run than Tempo does.
fn stops(diagnostic: &Diagnostic) -> bool {
    match diagnostic.code.row().class {
        Class::Parse | Class::Validate => true,
        Class::Unsupported => !matches!(diagnostic.code, Code::ParentUnsupported | Code::ScalarUnsupported),
        Class::Lint => false,
    }
}

fn range(command: &Query) -> Result<Option<TimeRange>, Failure> {
    let start = command.start.or(command.since.map(|span| Time::Ago(span.0)));
    if start.is_none() && command.end.is_none() {
        return Ok(None);
    }
    let now = time::now();
    let range = TimeRange {
        start: start.map_or(0, |time| time.resolve(now)),
        end: command.end.map_or(u64::MAX, |time| time.resolve(now)),
    };
    if range.start > range.end {
        return Err(Failure::new(Exit::Usage, "`--start` lies after `--end`").with_hint("exchange them"));
    }
    Ok(Some(range))
}

/// Returns what to search in.
fn sources(command: &Query) -> Result<Vec<String>, Failure> {
    let mut sources = command.sources.clone();
    if sources.is_empty() {
        sources.extend(env::var(SOURCE_VARIABLE).ok().filter(|source| !source.is_empty()));
    }
    if sources.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing to search in").with_hint(format!(
            "name a file, a directory, a glob or `-` for stdin behind the query, or set {SOURCE_VARIABLE}"
        )));
    }
    if let Some(source) = sources.iter().find(|source| source.contains("://")) {
        return Err(Failure::new(Exit::Usage, format!("{source}: only files can be searched yet"))
            .with_hint("Tempo servers and object stores come later; search a dump of the traces"));
    }
    Ok(sources)
}

fn search(plan: Plan, inputs: &[Input], keep_going: bool, ui: &Ui) -> Result<(SearchResult, ReadReport), Failure> {
    let search = Search::new(plan);
    let progress = Progress::new(inputs, ui);
    let options = ReadOptions { projection: search.plan().projection(), keep_going };
    let report = source::read(inputs, &options, &|bytes| progress.advance(bytes), &|fragment| search.observe(fragment));
    let answer = report.map_err(failed).and_then(|report| match search.finish(report.bytes) {
        Ok(result) => Ok((result, report)),
        Err(error) => Err(Failure::new(Exit::Query, error.to_string())),
    });
    // Before anything else is written.
    progress.clear();
    answer
}

fn failed(error: SourceError) -> Failure {
    Failure::new(Exit::Source, format!("{}{}: {}", error.file, error.place, error.problem)).with_hint(error.cure)
}

/// Says what the answer itself does not show.
fn tell(result: &SearchResult, report: &ReadReport, ui: &Ui) {
    for damage in &report.first_damages {
        ui.warn(&format!("skipped {}{}: {}", damage.file, damage.place, damage.problem));
    }
    let described = report.first_damages.len() as u64;
    if report.damaged > described {
        ui.warn(&format!("… and {} more skipped", report.damaged - described));
    }
    if report.reversed > 0 {
        let spans = if report.reversed == 1 { "1 span ends" } else { &format!("{} spans end", report.reversed) };
        ui.warn(&format!("{spans} before the start; the duration counts as 0"));
    }
    let inspected = result.inspected;
    if result.traces.is_empty() {
        let (traces, spans) = (text::counted(inspected.traces, "trace"), text::counted(inspected.spans, "span"));
        ui.note(&format!("nothing matches among {traces} with {spans}"));
        if let Some(left_out) = inspected.left_out.filter(|left_out| left_out.traces > 0) {
            let which = match (left_out.traces, inspected.traces) {
                (1, 1) => "the trace lies".to_owned(),
                (out, all) if out == all => "all of them lie".to_owned(),
                (1, _) => "1 of them lies".to_owned(),
                (out, _) => format!("{out} of them lie"),
            };
            // Whole seconds, outwards.
            let (start, end) = (
                text::rfc3339_seconds(left_out.start),
                text::rfc3339_seconds(left_out.end.saturating_add(999_999_999)),
            );
            ui.note(&format!("{which} outside of the time range; the data goes from {start} to {end}"));
        }
    } else if result.more {
        ui.note(&format!("more traces match than the newest {} shown; `--limit 0` shows all", result.traces.len()));
    }
}
