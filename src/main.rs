//! The `traceql` binary.

use std::io::Write;

// Decoding spans is mostly allocation: this about halves it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let status = traceql::cli::run(std::env::args_os());
    // Whoever wrote has told already if that failed.
    let _ = std::io::stdout().flush();
    leave(status);
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
