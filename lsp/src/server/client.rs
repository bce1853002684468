//! The client as the server talks to it: notifications, and requests that never wait for ever.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_lsp::ls_types::{
    Diagnostic, PublishDiagnosticsParams, Uri,
    notification::{Notification, PublishDiagnostics},
    request::Request,
};

use super::outbox::Outbox;

/// Begin of the ids of requests, so that they are told apart in a log.
const ID: &str = "traceql-";

/// The client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    outbox: Outbox,
    last: AtomicU64,
    waiting: Mutex<HashMap<String, oneshot::Sender<Result<Value, Value>>>>,
    patience: Duration,
}

/// A request that got no usable answer.
#[derive(Debug, PartialEq)]
pub(super) enum NoAnswer {
    /// The client does not answer.
    Late,
    /// The client refuses.
    Refused(Value),
    /// The answer has another form than the protocol says.
    Unreadable,
}

impl Client {
    /// Makes a client that gets `patience` for each answer.
    pub(super) fn new(patience: Duration) -> Client {
        let shared = Shared {
            outbox: Outbox::default(),
            last: AtomicU64::new(0),
            waiting: Mutex::new(HashMap::new()),
            patience,
        };
        Client { shared: Arc::new(shared) }
    }

    /// Returns the queue of messages to it.
    pub(super) fn outbox(&self) -> &Outbox {
        &self.shared.outbox
    }

    /// Sends a notification.
    pub(super) fn notify<N: Notification>(&self, params: &N::Params)
    where
        N::Params: Serialize,
    {
        self.shared.outbox.send(message(N::METHOD, params));
    }

    /// Sends what is wrong with a document. Older findings that wait still are left out.
    pub(super) fn publish(&self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        let key = uri.as_str().to_owned();
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        self.shared.outbox.send_latest(key, message(PublishDiagnostics::METHOD, &params));
    }

    /// Sends a request; the answer comes in a while, or it does not. No handler of a message may wait for it.
    ///
    /// # Errors
    ///
    /// The client answers with an error, with something else, or not in time.
    pub(super) async fn request<R: Request>(&self, params: R::Params) -> Result<R::Result, NoAnswer>
    where
        R::Params: Serialize,
    {
        let id = format!("{ID}{}", self.shared.last.fetch_add(1, Ordering::Relaxed) + 1);
        let (sender, receiver) = oneshot::channel();
        self.waiting().insert(id.clone(), sender);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": R::METHOD, "params": params});
        self.shared.outbox.send(body.to_string());
        let answer = tokio::time::timeout(self.shared.patience, receiver).await;
        self.waiting().remove(&id);
        match answer {
            Ok(Ok(Ok(value))) => serde_json::from_value(value).map_err(|_| NoAnswer::Unreadable),
            Ok(Ok(Err(error))) => Err(NoAnswer::Refused(error)),
            Ok(Err(_)) | Err(_) => Err(NoAnswer::Late),
        }
    }

    /// Hands an answer to the request that waits for it; an answer to no request is dropped.
    pub(super) fn answered(&self, mut answer: Value) {
        let Some(id) = answer.get("id").and_then(Value::as_str) else { return };
        let Some(sender) = self.waiting().remove(id) else { return };
        let result = match answer.get_mut("error").filter(|error| !error.is_null()) {
            Some(error) => Err(error.take()),
            None => Ok(answer.get_mut("result").map(Value::take).unwrap_or_default()),
        };
        // Fails if the request has been given up just now.
        let _ = sender.send(result);
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Result<Value, Value>>>> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a notification as text.
fn message(method: &str, params: &impl Serialize) -> String {
    let message = Message { jsonrpc: "2.0", method, params };
    // Types of the protocol have names as keys, so that nothing fails here.
    serde_json::to_string(&message).unwrap_or_default()
}

/// A notification.
#[derive(Serialize)]
struct Message<'a, P> {
    jsonrpc: &'static str,
    method: &'a str,
    params: &'a P,
}
