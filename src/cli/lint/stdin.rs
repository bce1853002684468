//! Stdin as the only file.

use std::{io, path::Path};

use super::{
    Exit, Failure, Lint, Outcome,
    look::{Judged, Looker},
    read,
    tell::{self, Sink},
};
use crate::cli::ui::Ui;

/// Looks at stdin. With `--fix` the mended text goes to stdout, and what is left to stderr.
pub(super) fn run(command: &Lint, looker: &Looker<'_>, ui: &mut Ui) -> Outcome {
    if command.paths.len() > 1 {
        return Err(Failure::new(Exit::Usage, "stdin is linted by itself, and other paths are named too"));
    }
    if command.changed_since.is_some() {
        return Err(Failure::new(Exit::Usage, "`--changed-since` asks git about files, and stdin is none"));
    }
    let text = read::text(io::stdin().lock(), 0).map_err(|unread| {
        let failure = Failure::new(Exit::Source, format!("<stdin>: {unread}"));
        match unread.cure() {
            Some(cure) => failure.with_hint(cure),
            None => failure,
        }
    })?;
    let is_excluded = |name: &String| looker.settings.is_excluded(Path::new(name));
    if command.force_exclude && command.stdin_filename.as_ref().is_some_and(is_excluded) {
        if command.fix {
            write!(ui.out(), "{text}")?;
        }
        return Ok(Exit::Found);
    }
    let name = command.stdin_filename.as_deref().unwrap_or_else(|| guessed(&text));
    let Judged { mut looked, mended } = looker.judge(name, &text, None);
    let shown = command.stdin_filename.as_deref().unwrap_or("<stdin>");
    looked.name = shown.to_owned();
    if let Some(source) = &mut looked.source {
        source.name = shown.to_owned();
        source.file = command.stdin_filename.clone();
    }
    if command.fix {
        write!(ui.out(), "{}", mended.as_deref().unwrap_or(&text))?;
    }
    let sink = if command.fix { Sink::Err } else { Sink::Out };
    tell::tell(command, looker, vec![looked], None, sink, ui)
}

/// Returns a name for a text that has none: JSON, or else a query.
fn guessed(text: &str) -> &'static str {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}')).is_ok();
    if is_json { "stdin.json" } else { "stdin.traceql" }
}
