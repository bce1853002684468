//! The notification `traceql/status`: the source that is asked, and how far that is.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;
use tower_lsp::ls_types::notification::Notification;

use super::state::{State, blocking};

/// Least time between two notifications.
const PAUSE: Duration = Duration::from_millis(250);

/// The notification.
enum Changed {}

impl Notification for Changed {
    type Params = Value;
    const METHOD: &'static str = "traceql/status";
}

/// Returns the status as clients get it. This may open sources, which takes a while.
fn status(state: &State) -> Value {
    let sources = state.parts.runner.as_ref().map_or_else(Vec::new, |runner| runner.sources());
    let status = state.catalog().status();
    json!({
        "source": status.source.or_else(|| state.settings().source),
        "sources": sources,
        "names": status.names,
        "pending": status.is_pending,
        "failure": status.failure,
    })
}

/// Tells the client the status each time after it has changed, until the session ends.
pub(super) fn watch(state: &Arc<State>) {
    if let Some(runner) = &state.parts.runner {
        let news = Arc::clone(&state.news);
        runner.watch(Arc::new(move || news.notify_one()));
    }
    let (news, state) = (Arc::clone(&state.news), Arc::downgrade(state));
    tokio::spawn(async move {
        let mut last = None;
        loop {
            news.notified().await;
            let Some(state) = state.upgrade() else { return };
            let client = state.client.clone();
            let Ok(status) = blocking(move || status(&state)).await else { continue };
            if last.as_ref() != Some(&status) {
                client.notify::<Changed>(&status);
                last = Some(status);
            }
            sleep(PAUSE).await;
        }
    });
}
