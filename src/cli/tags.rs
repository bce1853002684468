//! `traceql tags`: the attributes that spans have.

use clap::{Args, ValueEnum};

#[cfg(feature = "remote")]
use super::remote::add_tags;
use super::{
    Exit, Failure, Outcome,
    catalog::{Format, Selection, no_plan, style},
    query::count,
    sources::tell_damage,
    ui::Ui,
};
use crate::{
    exec::TagCounts,
    model::catalog::TagScope,
    output::{
        catalog::{flat, json, table},
        text::counted,
    },
    plan,
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
    let query = selection.query(ui)?;
    let plan = plan::lower_tags(&query, scope, selection.range()?).map_err(|error| no_plan(&error))?;
    #[cfg(feature = "remote")]
    let remotes = super::remote::servers(&selection.sources, ui)?;
    #[cfg(feature = "remote")]
    let inputs = if remotes.is_empty() { selection.sources.find() } else { selection.sources.find_beside_servers() }?;
    #[cfg(not(feature = "remote"))]
    let inputs = selection.sources.find()?;
    let counts = TagCounts::new(plan);
    let needs = (counts.plan().projection(), counts.plan().pruning());
    let report = selection.sources.scan(&inputs, needs, &counts, ui, &|fragment| counts.observe(fragment))?;
    let mut tags = counts.finish(report.bytes).map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
    #[cfg(feature = "remote")]
    if !remotes.is_empty() {
        add_tags(&remotes, scope, &selection.of_servers(ui)?, &mut tags)?;
    }
    let is_table = selection.format == Format::Table;
    let hidden = tags.limit(limit.unwrap_or(if is_table { ROWS } else { 0 }));
    let style = style(ui);
    match selection.format {
        Format::Table => table::write_tags(ui.out(), &tags, style),
        Format::Json => json::write_tags(ui.out(), &tags, scope),
        Format::Jsonl => flat::write_tags_jsonl(ui.out(), &tags),
        Format::Csv => flat::write_tags_csv(ui.out(), &tags),
    }?;
    ui.flush()?;
    tell_damage(&report, ui);
    #[cfg(feature = "remote")]
    let is_of_servers = !remotes.is_empty();
    #[cfg(not(feature = "remote"))]
    let is_of_servers = false;
    if is_of_servers && tags.tags.is_empty() {
        ui.note("nobody lists any attribute for the time that was asked for");
    } else if tags.selected == 0 && tags.tags.is_empty() {
        selection.tell_nothing_selected(tags.inspected.spans, ui);
    } else if tags.tags.is_empty() {
        let what = match scope {
            Some(TagScope::Event) => "event",
            Some(TagScope::Link) => "link",
            Some(TagScope::Resource) => "resource",
            Some(TagScope::Instrumentation) => "instrumentation scope",
            Some(TagScope::Span | TagScope::Intrinsic) | None => "span",
        };
        ui.note(&format!("no {what} has attributes, among {}", counted(tags.selected, "span")));
    } else if hidden > 0 {
        ui.note(&format!("{hidden} more attributes; `--limit 0` shows all"));
    }
    Ok(match (report.damaged, tags.tags.is_empty()) {
        (1.., _) => Exit::Incomplete,
        (0, true) => Exit::Nothing,
        (0, false) => Exit::Found,
    })
}
