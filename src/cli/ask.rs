//! What every command does that asks a session: checks the query, waits, says what is to be said, and ends.

use std::path::Path;

use traceql_grammar::{CheckOptions, Checked, check};

use super::{Exit, Failure, inputs::without_quotes, progress::Progress, ui::Ui};
use crate::{
    model::note::{Level, Note},
    output::notes::sentence,
    session::{Answer, Request, Session, Settings, run},
};

/// Checks a query that is to be run over the sources of a session. `names` are the sources as they were typed.
///
/// # Errors
///
/// It can be run nowhere.
pub(super) fn checked<'n>(
    text: &str,
    session: &Session,
    names: impl Iterator<Item = &'n str>,
) -> Result<Checked, Failure> {
    let checked = check(text, CheckOptions::default());
    match session.refuses(&checked) {
        None => Ok(checked),
        Some(error) => Err(misplaced(text, names).unwrap_or_else(|| error.into())),
    }
}

/// Checks a query before sources are opened, where it must be one that runs here.
///
/// # Errors
///
/// It cannot be run here.
pub(super) fn checked_early<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Result<Checked, Failure> {
    checked(text, &Session::new(Settings::default())?, names)
}

/// Says that what stands in the place of a query is something else.
fn misplaced<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<Failure> {
    if Path::new(text).exists() {
        let failure = Failure::new(Exit::Usage, format!("`{text}` is a file, not a query"));
        return Some(failure.with_hint("the query comes first, then the sources"));
    }
    without_quotes(text, names)
}

/// Asks a session, with progress on stderr, until it answers or Ctrl-C comes.
///
/// # Errors
///
/// There is no answer.
pub(super) fn ask(session: &Session, request: &Request, ui: &Ui) -> Result<Answer, Failure> {
    Ok(run(session, request, &ui.cancel, &Progress::new(ui))?)
}

/// Says what is to be said beside an answer, after it was printed.
pub(super) fn tell(notes: &[Note], ui: &Ui) {
    for note in notes {
        match note.level() {
            Level::Note => ui.note(&sentence(note)),
            Level::Warning => ui.warn(&sentence(note)),
        }
    }
}

/// Returns how a run with an answer ends.
pub(super) fn exit(answer: &Answer) -> Exit {
    match (answer.is_complete, answer.found.is_empty()) {
        (false, _) => Exit::Incomplete,
        (true, true) => Exit::Nothing,
        (true, false) => Exit::Found,
    }
}
