//! `traceql context use` and `remove`.

use clap::Args;

use super::{contexts::Contexts, edit};
use crate::cli::{Exit, Outcome, ui::Ui};

/// Chooses the default context
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  traceql context use prod")]
pub(super) struct Use {
    /// The context
    name: String,
}

/// Takes a context out of the file
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  traceql context remove dev")]
pub(super) struct Remove {
    /// The context
    name: String,
}

pub(super) fn run_use(command: &Use, ui: &Ui) -> Outcome {
    let (contexts, lock) = Contexts::load_to_change()?;
    let name = &contexts.named(&command.name)?.name;
    contexts.place.write(&edit::with_default(&contexts.text, name), &lock)?;
    ui.note(&format!("`{name}` is the default context"));
    Ok(Exit::Found)
}

pub(super) fn run_remove(command: &Remove, ui: &Ui) -> Outcome {
    let (contexts, lock) = Contexts::load_to_change()?;
    let name = &contexts.named(&command.name)?.name;
    contexts.place.write(&edit::without_context(&contexts.text, name), &lock)?;
    let was_default = contexts.config.default.as_deref() == Some(name);
    let others = contexts.config.contexts.len() > 1;
    ui.note(&match (was_default, others) {
        (true, true) => format!("`{name}` is removed; there is no default now: `traceql context use NAME` chooses one"),
        _ => format!("`{name}` is removed"),
    });
    Ok(Exit::Found)
}
