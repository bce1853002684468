//! Waits for what requests to stores bring.

use tokio::runtime::Runtime;

use crate::source::{error::Refusal, runtime};

/// Returns the runtime, which is made when it is asked for first.
pub(super) fn runtime() -> Result<&'static Runtime, Refusal> {
    runtime::runtime()
        .map_err(|error| Refusal::new(format!("no threads for requests can be had: {error}"), "close other programs"))
}

/// Waits for what a request brings.
pub(super) fn wait<T, E: From<Refusal>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    runtime()?.block_on(work)
}
