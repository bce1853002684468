//! `traceql convert`: writes traces in another format.

#[cfg(feature = "tempo-block")]
mod block;
mod file;
mod sink;
mod target;

use std::{ops::ControlFlow, path::PathBuf};

use clap::Args;
use parking_lot::Mutex;

use super::{Exit, Outcome, ask::tell, progress::Progress, sources::Files, ui::Ui};
use crate::{
    model::batch::Batch,
    output::{losses::Losses, text::counted},
    session::{self, Found, Observer, Request, Traces},
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
    let session = command.sources.open(ui)?;
    let gathering = Gathering { batches: Mutex::default(), progress: Progress::new(ui) };
    let answer = session::run(&session, &Request::Traces(Traces::default()), &ui.cancel, &gathering)?;
    tell(&answer.notes, ui);
    let exit = if answer.is_complete { Exit::Found } else { Exit::Incomplete };
    let Found::Traces { traces, spans } = answer.found else { return Ok(exit) };
    if traces == 0 {
        ui.note("there are no traces; nothing is written");
        return Ok(exit.max(Exit::Nothing));
    }
    let Written { place, title, losses } = sink.write(gathering.batches.into_inner(), ui)?;
    tell_losses(title, &losses, ui);
    if let Some(place) = place {
        let (traces, spans) = (counted(traces, "trace"), counted(spans, "span"));
        ui.note(&format!("{traces} with {spans} written to {}", place.display()));
    }
    Ok(exit)
}

/// Keeps the traces until all are there: nothing is written where there are none.
struct Gathering {
    batches: Mutex<Vec<Batch>>,
    progress: Progress,
}

impl Observer for Gathering {
    fn reading(&self, total: Option<u64>) {
        self.progress.reading(total);
    }

    fn read(&self, bytes: u64) {
        self.progress.read(bytes);
    }

    fn done(&self) {
        self.progress.done();
    }

    fn traces(&self, traces: Batch) -> ControlFlow<()> {
        self.batches.lock().push(traces);
        ControlFlow::Continue(())
    }
}

/// Says what a format, which has this name for people, had no place for.
pub(super) fn tell_losses(title: &str, losses: &Losses, ui: &Ui) {
    for (loss, n) in losses.iter() {
        ui.warn(&format!("{title}: {}", loss.sentence(n)));
    }
}
