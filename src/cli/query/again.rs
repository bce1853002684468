//! `--watch`: runs a query again and again, and shows what is new.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Exit, Failure, Outcome, Query, Session, Shown, Span, Ui, once};

/// The time between two looks at whether Ctrl-C came.
const TICK: Duration = Duration::from_millis(50);

/// The shortest pause: people read no faster, and servers have other work too.
const SHORTEST: Duration = Duration::from_millis(100);

/// Turns down what can be read only once.
pub(super) fn can_be_read_again(command: &Query) -> Result<(), Failure> {
    if command.sources.named().iter().any(|source| source == "-") {
        return Err(Failure::new(Exit::Usage, "stdin cannot be read again and again")
            .with_hint("name a file, or leave `--watch` out"));
    }
    Ok(())
}

/// Runs until Ctrl-C, and ends as the last run did. A source that fails once it has answered is told, and asked again.
pub(super) fn run(command: &Query, session: &Session, pause: Span, ui: &mut Ui) -> Outcome {
    let pause = Duration::from_nanos(pause.0).max(SHORTEST);
    let cancel = ui.cancel.clone();
    // Ctrl-C ends the loop at any point of it.
    let _watching = cancel.watch();
    let mut shown = Shown::of_many_runs();
    let mut last = None;
    loop {
        let begun = Instant::now();
        let again = if last.is_some() { command.sources.open_again(session, ui) } else { Ok(()) };
        let exit = match again.and_then(|()| once(command, session, &mut shown, ui)) {
            Ok(exit) => exit,
            // Before the first answer something is wrong that stays wrong.
            Err(failure) if last.is_none() => return Err(failure),
            Err(Failure::Silent(Exit::Interrupted)) => return Ok(last.unwrap_or(Exit::Interrupted)),
            Err(failure @ Failure::Message { exit: Exit::Source, .. }) => failure.tell(ui),
            Err(failure) => return Err(failure),
        };
        last = Some(exit);
        ui.notes = false;
        shown.next();
        let pause = pause.saturating_sub(begun.elapsed()).max(SHORTEST);
        let begun = Instant::now();
        while begun.elapsed() < pause {
            if cancel.is_cancelled() {
                return Ok(exit);
            }
            thread::sleep(TICK.min(pause));
        }
    }
}
