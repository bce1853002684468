//! `traceql convert`: writes traces in another format.

#[cfg(feature = "tempo-block")]
mod block;
mod file;
mod sink;
mod target;

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use clap::Args;

use super::{
    Exit, Outcome,
    sources::{Files, tell_damage},
    ui::Ui,
};
use crate::{
    model::{assemble::assemble, batch::Batch, projection::Projection},
    output::{losses::Losses, text::counted},
};

#[cfg(feature = "tempo-block")]
use self::block::BlockArgs;
use self::{
    sink::{Sink, Written},
    target::Target,
};

/// Writes traces in another format
///
/// All sources are read as one: a trace whose spans lie in several of them comes out whole. OTLP holds all that a span
/// has; what another format has no place for is counted on stderr, which is no failure.
///
/// OUT appears when it is complete; nothing half-written is left.
///
/// Exit status: 0 if traces were written, 1 if there are none (and so no OUT), 2 for wrong usage, 4 if something damaged
/// was skipped or OUT cannot be written, 5 if a source cannot be read or is damaged.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Convert {
    #[command(flatten)]
    sources: Files,

    /// The file to write, `-` for stdout; with `.gz` or `.zst` at the end it is packed
    #[arg(long, short, value_name = "OUT")]
    out: PathBuf,

    /// The format; if not given, OUT's name says it: .jsonl, .ndjson or .json (OTLP JSON), .binpb, .pb or .bin (OTLP
    /// protobuf), .jaeger.json, .zipkin.json; stdout gets OTLP JSON
    #[arg(long, value_name = "FORMAT")]
    to: Option<Target>,

    /// Replace OUT if it exists
    #[arg(long)]
    force: bool,

    #[cfg(feature = "tempo-block")]
    #[command(flatten)]
    block: BlockArgs,
}

const EXAMPLES: &str = "\
Examples:
  traceql convert 'dump/**/*.json.gz' -o traces.binpb.zst
  traceql convert traces.jsonl -o traces.jaeger.json
  traceql convert traces.binpb -o - | jq '.resourceSpans[].resource'
  traceql convert traces.jsonl --to tempo-block -o blocks";

pub(super) fn run(command: &Convert, ui: &mut Ui) -> Outcome {
    // Before reading, which may take long.
    let sink = Sink::new(command)?;
    let inputs = command.sources.find()?;
    let fragments = Mutex::new(Vec::new());
    let report = command.sources.read(&inputs, &Projection::everything(), ui, &|fragment| {
        fragments.lock().unwrap_or_else(PoisonError::into_inner).push(fragment);
    })?;
    let fragments = fragments.into_inner().unwrap_or_else(PoisonError::into_inner);
    let batches = assemble(&fragments);
    drop(fragments);
    tell_damage(&report, ui);
    let exit = if report.damaged > 0 { Exit::Incomplete } else { Exit::Found };
    if batches.is_empty() {
        ui.note("there are no traces; nothing is written");
        return Ok(exit.max(Exit::Nothing));
    }
    let count = |of: fn(&Batch) -> usize| batches.iter().map(of).sum::<usize>() as u64;
    let (traces, spans) = (count(|batch| batch.traces.len()), count(|batch| batch.spans.len()));
    let Written { place, title, losses } = sink.write(batches, ui)?;
    tell_losses(title, &losses, ui);
    if let Some(place) = place {
        let (traces, spans) = (counted(traces, "trace"), counted(spans, "span"));
        ui.note(&format!("{traces} with {spans} written to {}", place.display()));
    }
    Ok(exit)
}

/// Says what a format, which has this name for people, had no place for.
pub(super) fn tell_losses(title: &str, losses: &Losses, ui: &Ui) {
    for (loss, n) in losses.iter() {
        ui.warn(&format!("{title}: {}", loss.sentence(n)));
    }
}
