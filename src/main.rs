//! The `traceql` binary: what holds for the process as a whole, the allocator, signals and the end.

use std::{io::Write, mem};

use traceql::{cli, model::cancel::Cancel};

// Decoding spans is mostly allocation: this about halves it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let cancel = Cancel::new();
    let signals = signals::cancel(&cancel);
    let ended = cli::run(std::env::args_os(), &cancel);
    // Large answers take as long to be freed as to be found.
    mem::forget(ended.leftovers);
    // A failure was told by the code that wrote.
    let _ = std::io::stdout().flush();
    signals.obey();
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

/// Ctrl-C and requests to end: work that watches the token ends soon, anything else at once.
#[cfg(unix)]
mod signals {
    use std::{
        mem::MaybeUninit,
        ptr,
        sync::{
            Arc,
            atomic::{AtomicI32, Ordering},
        },
    };

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        low_level,
    };
    use traceql::model::cancel::Cancel;

    /// The status of a process that Ctrl-C has ended.
    const INTERRUPTED: i32 = 130;

    /// The signal that has cancelled the work; 0 for none.
    pub(super) struct Caught(Arc<AtomicI32>);

    impl Caught {
        /// Ends the process as a request to end does, if one has cancelled the work. Ctrl-C has a status of its own.
        pub(super) fn obey(self) {
            match self.0.load(Ordering::Relaxed) {
                0 | SIGINT => {}
                signal => {
                    let _ = low_level::emulate_default_handler(signal);
                }
            }
        }
    }

    /// Lets the signals cancel the token.
    pub(super) fn cancel(cancel: &Cancel) -> Caught {
        let caught = Arc::new(AtomicI32::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let (cancel, caught, is_ignored) = (cancel.clone(), Arc::clone(&caught), is_ignored(signal));
            let handler = move || match (cancel.is_watched(), cancel.is_cancelled()) {
                // A shell lets what it starts in the background ignore Ctrl-C, and `nohup` what closes the terminal.
                (_, _) if is_ignored && signal != SIGINT => {}
                (true, false) => {
                    caught.store(signal, Ordering::Relaxed);
                    cancel.cancel();
                }
                (true, true) => low_level::exit(INTERRUPTED),
                (false, _) if is_ignored => {}
                // As without a handler: shells see that the process was interrupted, and end their loops.
                (false, _) => {
                    let _ = low_level::emulate_default_handler(signal);
                }
            };
            // SAFETY: the handler only reads and stores numbers, and ends the process. Where the system takes no handler,
            // the signal ends the process as it does anyway.
            let _ = unsafe { low_level::register(signal, handler) };
        }
        Caught(caught)
    }

    /// Tells whether a signal is ignored.
    fn is_ignored(signal: i32) -> bool {
        let mut old = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: nothing is set, and what is asked for has room; where that fails it stays zero, which is the default.
        let old = unsafe {
            libc::sigaction(signal, ptr::null(), old.as_mut_ptr());
            old.assume_init()
        };
        old.sa_sigaction == libc::SIG_IGN
    }
}

/// Signals end the process.
#[cfg(not(unix))]
mod signals {
    pub(super) struct Caught;

    impl Caught {
        pub(super) fn obey(self) {}
    }

    pub(super) fn cancel(_: &traceql::model::cancel::Cancel) -> Caught {
        Caught
    }
}
