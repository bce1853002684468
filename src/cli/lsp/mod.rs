//! `traceql lsp`: a language server for editors, on stdin and stdout.

mod desk;
mod engine;

use std::sync::Arc;

use clap::Args;
use tokio::{
    io::{stdin, stdout},
    runtime::Builder,
};
use traceql_lsp::server::{Ending, Parts, serve};

use super::{Exit, Failure, Outcome, sources::Sources, ui::Ui};
use desk::Desk;
use engine::Engine;

/// Threads that look at documents and run queries, at most.
const THREADS: usize = 8;

/// Serves an editor: a language server on stdin and stdout
///
/// It underlines mistakes in `.traceql` files, dashboards, rules and Markdown while they are typed, completes words,
/// attributes and the values of the SOURCES, explains, fixes, renames and formats, and runs queries. `traceql.toml` counts as
/// it does for `lint`. Editors start it themselves: docs/editors.md says how.
///
/// Exit status: 0 if the editor ends it, or is gone; 1 if the editor ends it without `shutdown`, as the protocol has it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Lsp {
    /// Speak over stdin and stdout; this is what happens anyway, and some editors say it
    #[arg(long)]
    stdio: bool,

    #[command(flatten)]
    sources: Sources,
}

const EXAMPLES: &str = "\
Examples:
  traceql lsp
  traceql lsp traces.jsonl
  traceql lsp http://tempo:3200";

pub(super) fn run(command: Lsp, ui: &mut Ui) -> Outcome {
    if command.sources.named().iter().any(|source| source == "-") {
        return Err(
            Failure::new(Exit::Usage, "`-` cannot be read here: the editor speaks over stdin").with_hint("name a file")
        );
    }
    let runtime = Builder::new_multi_thread().worker_threads(1).max_blocking_threads(THREADS).enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(Exit::Source, format!("the system gives no threads: {error}")))?;
    let mut parts = Parts::new(Arc::new(Desk), env!("CARGO_PKG_VERSION"));
    let folder = desk::cache().map(|cache| cache.join("traceql").join("catalog"));
    parts.runner = Some(Arc::new(Engine::new(command.sources, ui.secrets.clone(), folder)));
    let ending = runtime.block_on(serve(stdin(), stdout(), parts));
    // A thread may wait for the editor still, which has no more to say.
    runtime.shutdown_background();
    Ok(if ending == Ending::ExitWithoutShutdown { Exit::Nothing } else { Exit::Found })
}
