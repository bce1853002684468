//! The runtime that carries requests over the network: to object stores, and to Tempo servers.
//!
//! Whoever asks waits on a thread of its own; nothing here may be called from inside of the runtime.

use std::{io, sync::OnceLock};

use tokio::runtime::{Builder, Runtime};

/// Enough to read what comes from some connections; the work on it is done by the threads that asked.
const THREADS: usize = 2;

/// Returns the runtime, which is made when it is asked for first.
///
/// # Errors
///
/// The system gives no threads.
pub(crate) fn runtime() -> Result<&'static Runtime, &'static io::Error> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        // Fails if somebody else was first, which is as good.
        let _ = rustls::crypto::CryptoProvider::install_default(rustls::crypto::ring::default_provider());
        Builder::new_multi_thread().worker_threads(THREADS).thread_name("requests").enable_all().build()
    });
    made.as_ref()
}
