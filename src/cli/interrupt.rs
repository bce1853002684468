//! Ctrl-C: what waits for a server is given up, whatever else is under way ends at once.

use std::{
    process,
    sync::{
        Once,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

use super::Exit;
use crate::tempo::on_interrupt;

/// Set when nobody waits any more; what asks a server looks at it.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Whether somebody looks at [`GIVEN_UP`] now.
static LOOKED_AT: AtomicBool = AtomicBool::new(false);

/// How the process ends where nobody looks.
static STATUS: AtomicU8 = AtomicU8::new(Exit::Interrupted as u8);

/// Does something that looks at what it is given, and ends soon when that is set.
pub(super) fn giving_up<T>(work: impl FnOnce(&'static AtomicBool) -> T) -> T {
    static HEARD: Once = Once::new();
    HEARD.call_once(|| {
        on_interrupt(|times| {
            GIVEN_UP.store(true, Ordering::Relaxed);
            if times > 1 || !LOOKED_AT.load(Ordering::Relaxed) {
                process::exit(STATUS.load(Ordering::Relaxed).into());
            }
        });
    });
    LOOKED_AT.store(true, Ordering::Relaxed);
    let done = work(&GIVEN_UP);
    LOOKED_AT.store(false, Ordering::Relaxed);
    done
}

/// Says how the process ends if Ctrl-C comes while nobody looks.
pub(super) fn end_with(exit: Exit) {
    STATUS.store(exit as u8, Ordering::Relaxed);
}
