//! `traceql explain`: what a diagnostic code means, and how a query is done.

mod code;
mod query;

use clap::{Args, ValueEnum};

use super::{Exit, Failure, Outcome, query::Options, sources::Sources, ui::Ui};

/// Explains a diagnostic code, or how a query is done and what it takes
///
/// With a code: what it means, an example, and how to mend it. Without anything: lists all codes.
///
/// With a query: the plan. What picks spans or traces by their first columns, what statistics, dictionaries and page
/// indexes of Tempo blocks are asked to rule out, the columns that are read, the stages.
///
/// With sources the query is run too, its answer is thrown away, and what it took is shown: bytes, rows that were ruled out
/// and by what, pages and bytes of each column, time of each step, summed over all threads.
///
/// Where a Tempo server is among the sources, nothing is run: what it is sent is shown, what runs here, and why.
///
/// JSON: `query`, `plan`, and with sources `run` (`seconds`, `threads`, `found`, `bytes`, `size`) and `sources`. Sizes are
/// bytes, times are seconds. What a source cannot tell is left out.
///
/// Exit status: 0 if something was explained, 2 for wrong usage, 3 if the query is invalid, 4 if something damaged was
/// skipped, 5 if a source cannot be read or is damaged.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Explain {
    /// A code by number or name (`TQ0301`, `type-mismatch`), or a query
    #[arg(value_name = "CODE|QUERY", allow_hyphen_values = true)]
    subject: Option<String>,

    #[command(flatten)]
    sources: Sources,

    /// How to print what becomes of a query
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,

    #[command(flatten)]
    options: Options,
}

const EXAMPLES: &str = "\
Examples:
  traceql explain TQ0301
  traceql explain | grep tempo-
  traceql explain '{ span.http.route = \"/cart\" } >> { status = error }'
  traceql explain '{ name = \"GET /\" && duration > 1s }' blocks/ --since 1h
  traceql explain '{ } | rate() by (name)' blocks/ --format json | jq .run.bytes
  traceql explain '{ parent.kind = server }' http://tempo:3200";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One JSON object
    Json,
}

pub(super) fn run(command: &Explain, ui: &mut Ui) -> Outcome {
    match &command.subject {
        None => code::list(ui),
        Some(text) if !is_code(text) => query::run(command, text, ui),
        Some(text) => {
            if command.sources.names().next().is_some() {
                return Err(Failure::new(Exit::Usage, format!("`{text}` is no query, and codes need no source"))
                    .with_hint("a query has braces: `traceql explain '{ status = error }' traces.jsonl`"));
            }
            code::show(text, ui)
        }
    }
}

/// Tells by its form whether something is meant as a code: numbers and names have letters, digits and hyphens only.
fn is_code(text: &str) -> bool {
    text.trim().chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}
