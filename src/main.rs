//! The `traceql` binary: what holds for the process as a whole, the allocator, Ctrl-C and the end.

use std::{io::Write, mem};

use traceql::{cli, model::cancel::Cancel};

// Decoding spans is mostly allocation: this about halves it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let cancel = Cancel::new();
    interrupt::cancels(&cancel);
    let ended = cli::run(std::env::args_os(), &cancel);
    // Large answers take as long to be freed as to be found.
    mem::forget(ended.leftovers);
    // A failure was told by the code that wrote.
    let _ = std::io::stdout().flush();
    leave(ended.status);
}

/// Ends the process at once.
///
/// The allocator would first give its pages back one by one, which takes as long as a small query.
#[cfg(unix)]
fn leave(status: u8) -> ! {
    // SAFETY: it takes any number and does not return; what is left undone are handlers of others, of which none is here.
    unsafe { libc::_exit(status.into()) }
}

/// Ends the process.
#[cfg(not(unix))]
fn leave(status: u8) -> ! {
    std::process::exit(status.into())
}

/// Ctrl-C: work that watches the token ends soon, anything else at once.
#[cfg(unix)]
mod interrupt {
    use std::sync::atomic::{AtomicBool, Ordering};

    use signal_hook::{
        consts::{SIGALRM, SIGINT},
        low_level,
    };
    use traceql::model::cancel::Cancel;

    /// The status of a process that Ctrl-C has ended.
    const INTERRUPTED: i32 = 130;

    /// Seconds after which the process ends even where work goes on.
    const PATIENCE: u32 = 2;

    pub(super) fn cancels(cancel: &Cancel) {
        static PRESSED: AtomicBool = AtomicBool::new(false);
        let cancel = cancel.clone();
        let pressed = move || {
            let again = PRESSED.swap(true, Ordering::Relaxed);
            cancel.cancel();
            if again || !cancel.is_watched() {
                low_level::exit(INTERRUPTED);
            }
            // SAFETY: it takes any number, and may be called in a handler.
            unsafe { libc::alarm(PATIENCE) };
        };
        // SAFETY: the handlers only read and store numbers, set a timer, and end the process. Where the system takes no
        // handler, Ctrl-C ends the process as it does anyway.
        unsafe {
            let _ = low_level::register(SIGINT, pressed);
            let _ = low_level::register(SIGALRM, || low_level::exit(INTERRUPTED));
        }
    }
}

/// Ctrl-C ends the process.
#[cfg(not(unix))]
mod interrupt {
    pub(super) fn cancels(_: &traceql::model::cancel::Cancel) {}
}
