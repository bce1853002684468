//! The threads that carry requests over the network: to object stores, and to Tempo servers.
//!
//! A thread that asks waits; nothing here may be called from inside of the runtime.

use std::{
    io,
    sync::{Arc, OnceLock},
};

use tokio::runtime::{self, Builder};

/// Enough to read what comes from some connections; the work on it is done by the threads that asked.
const THREADS: usize = 2;

/// Threads for requests, which are made when they are needed first. Copies share them; they end with the last copy.
#[derive(Clone, Debug, Default)]
pub struct Runtime(Arc<OnceLock<io::Result<Threads>>>);

#[derive(Debug)]
struct Threads(Option<runtime::Runtime>);

impl Runtime {
    /// Returns the threads.
    ///
    /// # Errors
    ///
    /// The system gives none.
    pub(crate) fn get(&self) -> Result<&runtime::Runtime, String> {
        let made = self.0.get_or_init(|| {
            // Fails if another one was first, which is as good.
            let _ = rustls::crypto::CryptoProvider::install_default(rustls::crypto::ring::default_provider());
            let threads =
                Builder::new_multi_thread().worker_threads(THREADS).thread_name("requests").enable_all().build();
            threads.map(|threads| Threads(Some(threads)))
        });
        match made {
            Ok(Threads(Some(threads))) => Ok(threads),
            Ok(Threads(None)) => Err("they have ended".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Lets the threads end by themselves: the last copy may be dropped by one of them, which must not wait for itself.
impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}
