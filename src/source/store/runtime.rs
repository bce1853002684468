//! The runtime that carries the requests.

use std::{io, sync::OnceLock};

use tokio::runtime::{Builder, Runtime};

use crate::source::error::Refusal;

/// Enough to read what comes from some connections; the work on it is done by the threads that asked.
const THREADS: usize = 2;

/// Returns the runtime, which is made when it is asked for first.
pub(super) fn runtime() -> Result<&'static Runtime, Refusal> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        // Fails if somebody else was first, which is as good.
        let _ = rustls::crypto::CryptoProvider::install_default(rustls::crypto::ring::default_provider());
        Builder::new_multi_thread().worker_threads(THREADS).thread_name("store").enable_all().build()
    });
    made.as_ref()
        .map_err(|error| Refusal::new(format!("no threads for requests can be had: {error}"), "close other programs"))
}

/// Waits for what a request brings.
pub(super) fn wait<T, E: From<Refusal>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    runtime()?.block_on(work)
}
