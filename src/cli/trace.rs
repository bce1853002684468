//! `traceql trace`: one trace as a waterfall.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::{
    Exit, Failure, Outcome,
    sources::{Sources, tell_damage},
    ui::Ui,
};
use crate::{
    exec::{Lookup, TraceLookup},
    model::{
        ids::TraceId,
        projection::Projection,
        trace_id::{NoId, SHORTEST_PREFIX, TypedId},
    },
    output::{
        text::counted,
        trace::{html, json, table},
    },
    source::ReadReport,
};

/// Shows one trace as a waterfall, with its critical path
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Trace {
    /// The trace's id in hex, without leading zeros if you like, or its first digits: at least 6, if no other trace
    /// begins with them
    id: String,

    #[command(flatten)]
    sources: Sources,

    /// How to print the trace
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,

    /// Table: show the events of each span, on the time axis and as lines
    #[arg(long)]
    events: bool,

    /// Table: show ids, attributes and links of each span; what its resource and scope hold where they come first
    #[arg(long)]
    attributes: bool,
}

const EXAMPLES: &str = "\
Examples:
  traceql trace 5737d25876a424f643baca19e47e042d traces.jsonl
  traceql trace 5737d2 /var/log/otel/ --events --attributes
  traceql trace 5737d2 'dump/**/*.gz' --format html > trace.html";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each span; `●` and solid bars are the critical path, `✗` is an error. A pipe gets 100 columns
    Table,
    /// Tempo's answer of /api/v2/traces
    Json,
    /// One page for a browser that needs nothing else, of at most 300 kB
    Html,
}

pub(super) fn run(command: &Trace, ui: &mut Ui) -> Outcome {
    only_for_tables(command)?;
    let typed = typed_id(command)?;
    let (found, spans, report) = find_trace(&command.sources, typed, ui)?;
    let batch = match &found {
        Lookup::Found(batch) => Some(&**batch),
        Lookup::Several { ids, more } => return Err(several(&command.id, ids, *more)),
        Lookup::Nothing => None,
    };
    let mut left_out = None;
    match (command.format, batch) {
        (Format::Json, batch) => json::write(ui.out(), batch, report.bytes)?,
        (Format::Table, Some(batch)) => {
            let style = table::Style { color: ui.out_color, width: ui.out_width };
            let below = table::Below { events: command.events, attributes: command.attributes };
            table::write(ui.out(), batch, below, style)?;
        }
        (Format::Html, Some(batch)) => left_out = html::write(ui.out(), batch)?,
        (Format::Table | Format::Html, None) => {}
    }
    ui.flush()?;
    tell_damage(&report, ui);
    if let Some(left_out) = left_out {
        ui.warn(&format!("{left_out}; `--format json` has everything"));
    }
    if batch.is_none() {
        tell_nothing(command, typed, spans, ui);
    }
    Ok(match (report.damaged, batch) {
        (1.., _) => Exit::Incomplete,
        (0, None) => Exit::Nothing,
        (0, Some(_)) => Exit::Found,
    })
}

/// Finds the trace in the sources; tells too how many spans were looked at.
fn find_trace(sources: &Sources, typed: TypedId, ui: &Ui) -> Result<(Lookup, u64, ReadReport), Failure> {
    let inputs = sources.find()?;
    let lookup = TraceLookup::new(typed);
    let report = sources.read(&inputs, &Projection::everything(), ui, &|fragment| lookup.observe(&fragment))?;
    let (found, spans) = lookup.finish();
    Ok((found, spans, report))
}

/// Reads the id.
fn typed_id(command: &Trace) -> Result<TypedId, Failure> {
    let text = command.id.trim();
    TypedId::parse(text).map_err(|error| {
        let failure = Failure::new(Exit::Usage, format!("`{}` is no trace id: {error}", command.id.escape_debug()));
        if Path::new(&command.id).exists() {
            return Failure::new(Exit::Usage, format!("`{}` is a file, not a trace id", command.id))
                .with_hint("the id comes first, then the sources");
        }
        failure.with_hint(match error {
            NoId::Character('{') => "to find traces by what they hold use `traceql query`; it prints their ids",
            _ => "an id has up to 32 digits from 0 to f; `traceql query '{ }'` prints ids",
        })
    })
}

/// Turns down what only tables show.
fn only_for_tables(command: &Trace) -> Result<(), Failure> {
    let option = match command {
        Trace { format: Format::Table, .. } => return Ok(()),
        Trace { events: true, .. } => "--events",
        Trace { attributes: true, .. } => "--attributes",
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, format!("`{option}` is for tables; every other format has all there is"))
        .with_hint(format!("leave `{option}` or `--format` out")))
}

/// Says that several traces begin with the digits.
fn several(typed: &str, ids: &[TraceId], more: bool) -> Failure {
    let mut names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    if more {
        names.push("…".to_owned());
    }
    Failure::new(Exit::Usage, format!("several traces begin with `{typed}`: {}", names.join(", ")))
        .with_hint("type more digits")
}

/// Says that there is no such trace.
fn tell_nothing(command: &Trace, typed: TypedId, spans: u64, ui: &Ui) {
    ui.note(&format!("no trace has the id `{}` among {}", command.id.trim(), counted(spans, "span")));
    match typed.digits() {
        ..SHORTEST_PREFIX => {
            ui.note(&format!("the first digits of an id find it too, if they are at least {SHORTEST_PREFIX}"));
        }
        16 => ui.note(&format!(
            "if it is a span's id, `traceql query '{{ span:id = \"{}\" }}'` finds the trace",
            command.id.trim().to_lowercase()
        )),
        _ => {}
    }
}
