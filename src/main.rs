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
    use std::{mem::MaybeUninit, ptr};

    use signal_hook::{consts::SIGINT, low_level};
    use traceql::model::cancel::Cancel;

    /// The status of a process that Ctrl-C has ended.
    const INTERRUPTED: i32 = 130;

    pub(super) fn cancels(cancel: &Cancel) {
        let (cancel, is_ignored) = (cancel.clone(), is_ignored());
        let pressed = move || match (cancel.is_watched(), cancel.is_cancelled()) {
            (true, false) => cancel.cancel(),
            (true, true) => low_level::exit(INTERRUPTED),
            // A shell lets what it starts in the background ignore Ctrl-C.
            (false, _) if is_ignored => {}
            // As without a handler: shells see that the process was interrupted, and end their loops.
            (false, _) => {
                let _ = low_level::emulate_default_handler(SIGINT);
            }
        };
        // SAFETY: the handler only reads and stores numbers, and ends the process. Where the system takes no handler, Ctrl-C
        // ends the process as it does anyway.
        let _ = unsafe { low_level::register(SIGINT, pressed) };
    }

    /// Tells whether Ctrl-C is ignored.
    fn is_ignored() -> bool {
        let mut old = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: nothing is set, and what is asked for has room; where that fails it stays zero, which is the default.
        let old = unsafe {
            libc::sigaction(SIGINT, ptr::null(), old.as_mut_ptr());
            old.assume_init()
        };
        old.sa_sigaction == libc::SIG_IGN
    }
}

/// Ctrl-C ends the process.
#[cfg(not(unix))]
mod interrupt {
    pub(super) fn cancels(_: &traceql::model::cancel::Cancel) {}
}
