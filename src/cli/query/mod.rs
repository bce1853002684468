//! `traceql query`: runs a query over trace files and servers.

mod again;
mod metrics;
mod options;
mod search;
mod share;

use clap::{Args, ValueEnum};
use traceql_grammar::query::Body;

use super::{
    Exit, Failure, Outcome,
    ask::{ask, checked, exit, tell},
    servers::QueryFlags,
    sources::Sources,
    time::Span,
    ui::Ui,
    watch::Shown,
};
use crate::{
    output::csv::Csv,
    session::{Found, Request, Session, Settings},
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

    /// With `--format csv`, write a `'` before text that a spreadsheet would run: text that begins with `=`, `+`, `-` or `@`
    #[arg(long)]
    csv_safe: bool,

    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    servers: QueryFlags,

    /// Run the query again and again, so long apart, until Ctrl-C: searches print the traces that are new, metrics all
    #[arg(long, value_name = "SPAN")]
    watch: Option<Span>,
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

pub(super) use options::Options;

pub(super) fn run(command: &Query, ui: &mut Ui) -> Outcome {
    if command.servers.share() {
        return share::run(command, ui);
    }
    if command.watch.is_some() {
        again::can_be_read_again(command)?;
    }
    let session = command.open(ui)?;
    match command.watch {
        Some(pause) => again::run(command, &session, pause, ui),
        None => once(command, &session, &mut Shown::default(), ui),
    }
}

impl Query {
    fn open(&self, ui: &mut Ui) -> Result<Session, Failure> {
        let candidates = self.servers.candidates().unwrap_or(Settings::default().candidates);
        self.sources.open_asking(candidates, ui)
    }

    fn csv(&self) -> Csv {
        Csv { is_safe: self.csv_safe }
    }

    /// Makes the request of the query, which is a search or a metrics query.
    fn request(&self, session: &Session) -> Result<Request, Failure> {
        let query = checked(&self.query, session, self.sources.names())?;
        Ok(match &query.query.body {
            Body::Search(_) => {
                search::has_format(self.format)?;
                Request::Search(self.options.search(query)?)
            }
            Body::Metrics(_) => Request::Metrics(metrics::for_format(self.options.metrics(query)?, self.format)),
        })
    }
}

/// Runs the query one time.
fn once(command: &Query, session: &Session, shown: &mut Shown, ui: &mut Ui) -> Outcome {
    let request = command.request(session)?;
    let mut answer = ask(session, &request, ui)?;
    let exit = exit(&answer);
    match &mut answer.found {
        Found::Search(matches) => search::write(command, matches, shown, ui)?,
        Found::Metrics(result) => metrics::write(command, result, shown, ui)?,
        _ => {}
    }
    answer.notes.retain(|note| metrics::is_told(note, command.format));
    tell(&answer.notes, ui);
    shown.done_with(answer, ui);
    Ok(exit)
}
