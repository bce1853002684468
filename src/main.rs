//! The `traceql` binary.

use std::process::ExitCode;

// Decoding spans is mostly allocation: this about halves it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    traceql::cli::run(std::env::args_os())
}
