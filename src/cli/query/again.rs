//! `--watch`: runs a query again and again, and shows what is new.

use std::{
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use super::{
    super::{
        finish,
        interrupt::{end_with, giving_up},
        sources::Source,
        time::Span,
        watch::Shown,
    },
    Exit, Failure, Outcome, Query, Ui, once,
};

/// How often is looked whether Ctrl-C came.
const TICK: Duration = Duration::from_millis(50);

/// The shortest pause: nobody reads faster, and servers have other work too.
const SHORTEST: Duration = Duration::from_millis(100);

/// Runs until Ctrl-C, and ends as the last run did. A source that fails once it has answered is told, and asked again.
pub(super) fn run(command: &Query, pause: Span, ui: &mut Ui) -> Outcome {
    if command.sources.given()?.contains(&Source::Data("-".to_owned())) {
        return Err(Failure::new(Exit::Usage, "stdin cannot be read again and again")
            .with_hint("name a file, or leave `--watch` out"));
    }
    let pause = Duration::from_nanos(pause.0).max(SHORTEST);
    let mut shown = Shown::of_many_runs();
    let mut last = None;
    loop {
        let begun = Instant::now();
        let exit = match once(command, &mut shown, ui) {
            Ok(exit) => exit,
            // Before the first answer something is wrong that stays wrong.
            Err(failure) if last.is_none() => return Err(failure),
            Err(Failure::Silent(Exit::Interrupted)) => return Ok(last.unwrap_or(Exit::Interrupted)),
            Err(failure @ Failure::Message { exit: Exit::Source, .. }) => finish(Err(failure), ui),
            Err(failure) => return Err(failure),
        };
        last = Some(exit);
        ui.notes = false;
        shown.next();
        end_with(exit);
        if sleeps_to_the_end(pause.saturating_sub(begun.elapsed()).max(SHORTEST)) {
            continue;
        }
        return Ok(exit);
    }
}

/// Waits; false if Ctrl-C came meanwhile.
fn sleeps_to_the_end(pause: Duration) -> bool {
    giving_up(|cancel| {
        let begun = Instant::now();
        while begun.elapsed() < pause {
            if cancel.load(Ordering::Relaxed) {
                return false;
            }
            thread::sleep(TICK.min(pause));
        }
        true
    })
}
