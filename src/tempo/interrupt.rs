//! Ctrl-C, for those who wait for a server.

use crate::source::runtime::runtime;

/// Calls a function each time that the user presses Ctrl-C, instead of ending the process, with how often that was; does
/// nothing if the system does not tell.
pub fn on_interrupt(mut told: impl FnMut(u32) + Send + 'static) {
    let Ok(runtime) = runtime() else { return };
    runtime.spawn(async move {
        let mut times = 0;
        while tokio::signal::ctrl_c().await.is_ok() {
            times += 1;
            told(times);
        }
    });
}
