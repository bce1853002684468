//! `traceql tags`: the attributes that spans have.

use clap::{Args, ValueEnum};

use super::{
    Outcome,
    ask::{ask, exit, tell},
    catalog::{Format, Selection, style},
    count::count,
    ui::Ui,
};
use crate::{
    model::catalog::TagScope,
    output::catalog::{flat, json, table},
    session::{Found, Request, TagsRequest},
};

/// Lists the attributes that spans have, by scope
///
/// For each: how many spans have it, how many different values, and the most frequent of them. An attribute counts where
/// `!= nil` finds it. Names stand as a query spells them. A Tempo server (`http://…`) lists the names of the last hour, if no
/// times are given, and counts nothing; neither is then counted what other sources have.
///
/// Exit status: 0 if something was found, 1 if not, 2 for wrong usage, 3 if the query is invalid, 4 if something damaged
/// was skipped, 5 if a source cannot be read or is damaged.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Tags {
    #[command(flatten)]
    selection: Selection,

    /// List only these
    #[arg(long, value_name = "SCOPE")]
    scope: Option<Scope>,

    /// How many attributes of each scope to print, those that most spans have; a table has 100 if not given, 0 for all
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    limit: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  traceql tags traces.jsonl
  traceql tags /var/log/otel/ --since 1h --query '{ status = error }'
  traceql tags 'dump/**/*.gz' --scope resource --format csv
  traceql tags http://tempo:3200 --since 24h";

/// How many attributes of a scope a table has.
const ROWS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scope {
    Span,
    Resource,
    Event,
    Link,
    Instrumentation,
    Intrinsic,
}

impl From<Scope> for TagScope {
    fn from(scope: Scope) -> TagScope {
        match scope {
            Scope::Span => TagScope::Span,
            Scope::Resource => TagScope::Resource,
            Scope::Event => TagScope::Event,
            Scope::Link => TagScope::Link,
            Scope::Instrumentation => TagScope::Instrumentation,
            Scope::Intrinsic => TagScope::Intrinsic,
        }
    }
}

pub(super) fn run(command: &Tags, ui: &mut Ui) -> Outcome {
    let Tags { selection, scope, limit } = command;
    let scope = scope.map(TagScope::from);
    let query = selection.query()?;
    let session = selection.sources.open(ui)?;
    let mut answer = ask(&session, &Request::Tags(TagsRequest { query, scope, when: selection.when() }), ui)?;
    let exit = exit(&answer);
    let Found::Tags(tags) = &mut answer.found else { return Ok(exit) };
    let is_table = selection.format == Format::Table;
    let hidden = tags.limit(limit.unwrap_or(if is_table { ROWS } else { 0 }));
    let style = style(ui);
    match selection.format {
        Format::Table => table::write_tags(ui.out(), tags, style),
        Format::Json => json::write_tags(ui.out(), tags, scope),
        Format::Jsonl => flat::write_tags_jsonl(ui.out(), tags),
        Format::Csv => flat::write_tags_csv(ui.out(), tags, selection.csv()),
    }?;
    ui.flush()?;
    tell(&answer.notes, ui);
    if hidden > 0 {
        ui.note(&format!("{hidden} more attributes; `--limit 0` shows all"));
    }
    Ok(exit)
}
