//! `traceql trace`: one trace as a waterfall.

use std::{io, path::Path};

use clap::{Args, ValueEnum};

use super::{
    Exit, Failure, Outcome,
    ask::{ask, exit, tell},
    convert::tell_losses,
    sources::Sources,
    ui::Ui,
};
use crate::{
    exec::Lookup,
    model::{
        batch::Batch,
        ids::TraceId,
        trace_id::{NoId, SHORTEST_PREFIX, TypedId},
    },
    output::{
        losses::Losses,
        text::counted,
        trace::{html, json, table},
        traces,
    },
    session::{self, Found, Located, Request},
    source::ReadReport,
};

/// Shows one trace as a waterfall, with its critical path
///
/// Spans that lie in several sources come together. In a Tempo block the trace is looked up: what cannot hold it is not
/// read. A Tempo server (`http://…`) is asked for the trace; it knows whole ids only.
///
/// Exit status: 0 if the trace was found, 1 if not, 2 for wrong usage, 4 if something damaged was skipped or a server gives
/// only a part, 5 if a source cannot be read, is damaged, or does not answer.
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
  traceql trace 5737d2 'dump/**/*.gz' --format html > trace.html
  traceql trace 5737d2 traces.jsonl --format jaeger > trace.jaeger.json
  traceql trace 5737d25876a424f643baca19e47e042d http://tempo:3200";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each span; `●` and solid bars are the critical path, `✗` is an error. A pipe gets 100 columns
    Table,
    /// Tempo's answer of /api/v2/traces
    Json,
    /// OTLP JSON, as collectors write it
    Otlp,
    /// Jaeger's JSON, as its UI loads it
    Jaeger,
    /// One page for a browser that needs nothing else, of at most 300 kB
    Html,
}

pub(super) fn run(command: &Trace, ui: &mut Ui) -> Outcome {
    only_for_tables(command)?;
    let id = typed_id(command)?;
    let session = command.sources.open(ui)?;
    let answer = ask(&session, &Request::Trace(session::Trace { id }), ui)?;
    let Found::Trace(found) = &answer.found else { return Ok(exit(&answer)) };
    let batch = match &found.lookup {
        Lookup::Found(batch) => Some(&**batch),
        Lookup::Several { ids, more } => return Err(several(&command.id, ids, *more)),
        Lookup::Nothing => None,
    };
    let (mut left_out, mut lost) = (None, None);
    match (command.format, batch) {
        (Format::Json, batch) => json::write(ui.out(), batch, answer.read.bytes)?,
        (Format::Table, Some(batch)) => {
            let style = table::Style { color: ui.out_color, width: ui.out_width };
            let below = table::Below { events: command.events, attributes: command.attributes };
            table::write(ui.out(), batch, below, style)?;
        }
        (Format::Html, Some(batch)) => left_out = html::write(ui.out(), batch)?,
        (Format::Otlp, Some(batch)) => lost = Some(write_as(traces::Format::OtlpJson, batch, ui)?),
        (Format::Jaeger, Some(batch)) => lost = Some(write_as(traces::Format::Jaeger, batch, ui)?),
        (Format::Table | Format::Html | Format::Otlp | Format::Jaeger, None) => {}
    }
    ui.flush()?;
    tell(&answer.notes, ui);
    if let Some(left_out) = left_out {
        ui.warn(&format!("{left_out}; `--format json` has everything"));
    }
    if let Some((title, losses)) = lost {
        tell_losses(title, &losses, ui);
    }
    if batch.is_none() {
        tell_nothing(command, id, found, &answer.read, ui);
    }
    Ok(exit(&answer))
}

/// Writes the trace of a batch as `convert` does; gives the format's name and what it has no place for.
fn write_as(format: traces::Format, batch: &Batch, ui: &mut Ui) -> io::Result<(&'static str, Losses)> {
    Ok((format.title(), traces::write_one(ui.out(), batch, 0, format)?))
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
fn tell_nothing(command: &Trace, typed: TypedId, found: &Located, read: &ReadReport, ui: &Ui) {
    let (spans, traces) = (counted(found.spans, "span"), counted(read.looked_up, "trace"));
    let among = match (found.spans, read.looked_up) {
        (_, 0) => spans,
        (0, _) => traces,
        _ => format!("{spans} and {traces} in blocks"),
    };
    let id = command.id.trim();
    match (found.servers.join(", "), found.spans + read.looked_up) {
        (servers, _) if servers.is_empty() => ui.note(&format!("no trace has the id `{id}` among {among}")),
        (servers, 0) => ui.note(&format!("no trace of {servers} has the id `{id}`")),
        (servers, _) => ui.note(&format!("no trace of {servers} has the id `{id}`, and none among {among}")),
    }
    match typed.digits() {
        ..32 if !found.servers.is_empty() => ui.note("servers find traces by their whole ids only"),
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
