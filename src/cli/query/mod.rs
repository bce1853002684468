//! `traceql query`: runs a query over trace files.

#[cfg(feature = "remote")]
mod again;
mod metrics;
mod options;
#[cfg(feature = "remote")]
mod recent;
#[cfg(feature = "remote")]
mod remote;
mod search;
#[cfg(feature = "remote")]
mod share;

use std::{io, path::Path};

use clap::{Args, ValueEnum};
use traceql_grammar::{
    diagnostic::{Class, Code, Diagnostic},
    query::{Body, Query as Checked},
    vocab::release::Release,
};

#[cfg(feature = "remote")]
use super::time::Span;
use super::{
    Exit, Failure, Outcome,
    inputs::without_quotes,
    sources::{Sources, tell_damage},
    ui::Ui,
    watch::Shown,
};
use crate::output::diagnostic::{
    Judged,
    human::{self, Style},
};

/// Runs a search or a metrics query over trace files and Tempo servers
///
/// A search prints the traces in which something matches, metrics print series: `table` draws them.
///
/// A SOURCE is a file, a directory, a glob or `-` for stdin: OTLP as JSON or protobuf, what Tempo's API answers for a
/// trace, JSON of Jaeger, Zipkin, New Relic or Go's stdouttrace, told by content, .gz and .zst too; a block of Tempo's, a
/// tenant's folder or a whole bucket's. Several are read as one, whatever their formats.
///
/// A SOURCE is also a URL: `s3://`, `gs://` or `az://` with a bucket and what in it, a file, a block or a folder of them. Credentials, region and endpoint come from the variables that the tools of these services know
/// (AWS_PROFILE, AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_CONNECTION_STRING, …) and from
/// ~/.aws; AWS_SKIP_SIGNATURE=true, GOOGLE_SKIP_SIGNATURE=true or AZURE_SKIP_SIGNATURE=true asks as nobody.
///
/// A SOURCE is also a Tempo server: `http://` or `https://`, with what stands before `/api`, also a Grafana's
/// `…/api/datasources/proxy/uid/X`. It runs the query; what its release does not take, or with `--exact` answers otherwise
/// than traceql, runs here over the traces that its search finds. Beside other sources all of that runs here, over the
/// spans of each trace from everywhere. Without times the last hour is asked for. The token of who asks comes from
/// $TRACEQL_TOKEN or `--token-file`, and goes to every server that is named.
///
/// A SOURCE is also a context (`traceql context --help`): a server by name, with all that it takes to ask it, who asks
/// among it. Where neither a SOURCE nor $TRACEQL_SOURCE is given, the default context is the source.
///
/// The samples of metrics stand for the time from the one before up to their own, as Tempo's do. Without times the range
/// over files is that of the data.
///
/// `--watch` prints of a search the traces that are new, in every format; JSON and metrics are a whole answer for each run,
/// on a terminal in the place of the one before.
///
/// Exit status: 0 if something was found, 1 if not, 2 for wrong usage, 3 if the query is invalid, 4 if the answer may
/// be incomplete (something damaged was skipped, there were too many series or candidates, or a server says so), 5 if a
/// source cannot be read, is damaged, or does not answer, 130 after Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Query {
    /// What to search for, or to measure
    // A query may begin with a minus: `-1 < .x` is a mistake to point out, not an option.
    #[arg(allow_hyphen_values = true)]
    query: String,

    #[command(flatten)]
    sources: Sources,

    /// How to print the answer; a pipe gets `table` too: of a search as wide as it needs to be, charts 100 columns
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,

    #[command(flatten)]
    options: Options,

    /// How many traces a server is asked for where the query runs here; 0 for all. Where there are more, the answer is
    /// incomplete
    #[cfg(feature = "remote")]
    #[arg(
        long, value_name = "N", value_parser = count, default_value = "1000", allow_negative_numbers = true,
        help_heading = super::remote::SERVERS
    )]
    candidates: usize,

    /// Run the query again and again, so long apart, until Ctrl-C: searches print the traces that are new, metrics all
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "SPAN")]
    watch: Option<Span>,

    /// Print the URL of the query in Grafana instead of running it
    #[cfg(feature = "remote")]
    #[arg(long, conflicts_with = "watch", help_heading = super::remote::SERVERS)]
    share: bool,
}

const EXAMPLES: &str = "\
Examples:
  traceql query '{ status = error } | select(name, kind)' traces.jsonl
  traceql query '{ duration > 1s && kind = server }' /var/log/otel/ --since 1h
  traceql query '{ .http.route = \"/cart\" } >> { status = error }' 'dump/**/*.gz'
  traceql query '{ } | quantile_over_time(duration, .99) by (name)' traces.jsonl
  traceql query '{ } | rate() by (name) | topk(5)' traces.jsonl --format csv
  AWS_PROFILE=prod traceql query '{ status = error }' s3://tempo/single-tenant
  traceql query '{ status = error }' http://tempo:3200 --since 3h --watch 10s
  traceql query '{ parent.kind = server }' http://tempo:3200 dump.jsonl --tenant a";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A headline for each trace, its spans in columns below; metrics: a chart
    Table,
    /// Tempo's response of /api/search, /api/metrics/query_range or, with `--instant`, /api/metrics/query
    Json,
    /// One JSON object for each span, or for each series and time
    Jsonl,
    /// A header, and one record for each span, or for each series and time
    Csv,
    /// Metrics: Prometheus' response of /api/v1/query_range or, with `--instant`, /api/v1/query
    Prometheus,
}

pub(super) use options::{Options, bad_times, count};
#[cfg(feature = "remote")]
pub(super) use recent::{Recent, recent};

pub(super) fn run(command: &Query, ui: &mut Ui) -> Outcome {
    #[cfg(feature = "remote")]
    if command.share {
        return share::run(command, ui);
    }
    #[cfg(feature = "remote")]
    if let Some(pause) = command.watch {
        return again::run(command, pause, ui);
    }
    once(command, &mut Shown::default(), ui)
}

/// Runs the query one time.
fn once(command: &Query, shown: &mut Shown, ui: &mut Ui) -> Outcome {
    #[cfg(feature = "remote")]
    {
        let remotes = super::remote::servers(&command.sources, ui)?;
        if !remotes.is_empty() {
            return remote::run(command, &remotes, shown, ui);
        }
    }
    let query = checked(&command.query, &command.sources, ui)?;
    match &query.body {
        Body::Search(_) => search::run(command, &query, shown, ui),
        Body::Metrics(_) => metrics::run(command, &query, shown, ui),
    }
}

/// Checks a query that is to be run over sources, and says what is wrong with it.
pub(super) fn checked(query: &str, sources: &Sources, ui: &Ui) -> Result<Checked, Failure> {
    let checked = traceql_grammar::check(query, Release::Main);
    let errors: Vec<Diagnostic> = checked.diagnostics.into_iter().filter(stops).collect();
    if !errors.is_empty() {
        let judged = Judged { text: query.to_owned(), file: None, diagnostics: errors, verdict: checked.verdict };
        if Path::new(query).exists() {
            return Err(Failure::new(Exit::Usage, format!("`{query}` is a file, not a query"))
                .with_hint("the query comes first, then the sources"));
        }
        if let Some(failure) = without_quotes(query, sources.names()) {
            return Err(failure);
        }
        human::write(&mut io::stderr(), &[judged], Style { color: ui.err_color, width: ui.err_width() })?;
        return Err(Failure::Silent(Exit::Query));
    }
    Ok(checked.query)
}

/// Tells whether a finding keeps the query from being run here: more is run than Tempo does.
fn stops(diagnostic: &Diagnostic) -> bool {
    match diagnostic.code.row().class {
        Class::Parse | Class::Validate => true,
        Class::Unsupported => !matches!(diagnostic.code, Code::ParentUnsupported | Code::ScalarUnsupported),
        Class::Lint => false,
    }
}
