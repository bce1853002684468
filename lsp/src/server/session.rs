//! One session with a client: reading, the order of messages, and the end.
//!
//! ```text
//! input ─► reader ─► session ─► handlers ─► outbox ─► writer ─► output
//!                       └──► answers to requests of the server
//! ```
//!
//! Handlers start in the order of their messages, and each runs up to its first wait before the next one starts. Nothing in
//! this chain waits for the client: the outbox has no end, and the reader goes on while handlers work.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, BufReader},
    sync::mpsc,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use tower_lsp::{
    LspService,
    jsonrpc::{Error, Id, Request, Response},
};
use tower_service::Service;

use super::{
    Parts,
    backend::Backend,
    client::Client,
    frame::{self, Frame},
    state::State,
};

/// Maximum number of messages that the reader may be ahead.
const AHEAD: usize = 64;

/// The notification that a command is given up; the library does not know it.
const CANCEL_PROGRESS: &str = "window/workDoneProgress/cancel";

/// Maximum time in which the last messages are written.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The reason why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client asked for it, after `shutdown` as it should.
    Exit,
    /// The client asked for it without `shutdown`.
    ExitWithoutShutdown,
    /// The client closed the input.
    InputClosed,
    /// The client does not take messages any more.
    OutputClosed,
    /// The process of the client is gone.
    ClientGone,
}

/// Serves one client until it leaves.
pub async fn serve<I, O>(input: I, output: O, parts: Parts) -> Ending
where
    I: AsyncRead + Unpin + Send + 'static,
    O: AsyncWrite + Unpin + Send + 'static,
{
    let client = Client::new(parts.patience);
    let look = parts.look_for_client;
    let state = Arc::new(State::new(client.clone(), parts));
    let backend = Backend::new(Arc::clone(&state));
    let service = LspService::build(|_| backend).custom_method(CANCEL_PROGRESS, Backend::cancel_progress);
    let (service, _socket) = service.finish();
    let (sender, mut frames) = mpsc::channel(AHEAD);
    let reader = tokio::spawn(read(input, sender));
    let writing = client.clone();
    let mut writer = tokio::spawn(async move { writing.outbox().write_to(output).await });
    let mut session = Session { service, client: client.clone(), is_shut_down: false };
    let mut looking = interval(look);
    looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ending = loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                None => break Ending::InputClosed,
                Some(frame) => if let Some(ending) = session.take(frame) { break ending },
            },
            _ = &mut writer => break Ending::OutputClosed,
            _ = looking.tick() => if state.is_client_gone() { break Ending::ClientGone },
        }
    };
    reader.abort();
    client.outbox().close();
    if ending != Ending::OutputClosed && timeout(LAST_WORDS, &mut writer).await.is_err() {
        writer.abort();
    }
    ending
}

/// Hands on what comes in, until the input ends or nobody wants it.
async fn read(input: impl AsyncRead + Unpin, sender: mpsc::Sender<Frame>) {
    let mut input = BufReader::new(input);
    while let Ok(Some(frame)) = frame::read(&mut input).await {
        if sender.send(frame).await.is_err() {
            return;
        }
    }
}

/// The state of a session between messages.
struct Session {
    service: LspService<Backend>,
    client: Client,
    is_shut_down: bool,
}

impl Session {
    /// Takes a message; returns why the session ends, if it does.
    fn take(&mut self, frame: Frame) -> Option<Ending> {
        let mut message = match frame {
            Frame::Broken(why) => {
                send(&self.client, &Response::from_error(Id::Null, refused(Error::parse_error(), why)));
                return None;
            }
            Frame::Message(bytes) => match serde_json::from_slice::<Value>(&bytes) {
                Ok(message) => message,
                Err(_) => {
                    send(&self.client, &Response::from_error(Id::Null, Error::parse_error()));
                    return None;
                }
            },
        };
        if message.get("method").is_none() && (message.get("result").is_some() || message.get("error").is_some()) {
            self.client.answered(message);
            return None;
        }
        let id = match message.get("id") {
            None => None,
            Some(Value::String(id)) => Some(Id::String(id.clone())),
            Some(id) => Some(id.as_i64().map_or(Id::Null, Id::Number)),
        };
        let Some(method) = message.get("method").and_then(Value::as_str).map(str::to_owned) else {
            let id = id.unwrap_or_default();
            send(&self.client, &Response::from_error(id, Error::invalid_request()));
            return None;
        };
        if method == "exit" {
            return Some(if self.is_shut_down { Ending::Exit } else { Ending::ExitWithoutShutdown });
        }
        self.is_shut_down |= method == "shutdown";
        let mut request = Request::build(method);
        if let Some(params @ (Value::Object(_) | Value::Array(_))) = message.get_mut("params").map(Value::take) {
            request = request.params(params);
        }
        if let Some(id) = id.clone() {
            request = request.id(id);
        }
        self.start(request.finish(), id);
        None
    }

    /// Runs a handler up to its first wait, and the rest of it beside others.
    fn start(&mut self, request: Request, id: Option<Id>) {
        let mut handler = self.service.call(request);
        let first = catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(&mut Context::from_waker(Waker::noop()))));
        let client = self.client.clone();
        match first {
            Ok(Poll::Ready(result)) => answer(&client, id, result.ok().flatten()),
            Ok(Poll::Pending) => {
                let handler: JoinHandle<_> = tokio::spawn(handler);
                tokio::spawn(async move {
                    match handler.await {
                        Ok(result) => answer(&client, id, result.ok().flatten()),
                        Err(_) => failed(&client, id),
                    }
                });
            }
            Err(_) => failed(&client, id),
        }
    }
}

/// Answers a request. One without an answer is one that nobody knows.
fn answer(client: &Client, id: Option<Id>, response: Option<Response>) {
    match (response, id) {
        (Some(response), _) => send(client, &response),
        (None, Some(id)) => send(client, &Response::from_error(id, Error::method_not_found())),
        (None, None) => {}
    }
}

/// Answers a request whose handler panicked.
fn failed(client: &Client, id: Option<Id>) {
    if let Some(id) = id {
        send(client, &Response::from_error(id, Error::internal_error()));
    }
}

/// Returns an error that says why.
fn refused(mut error: Error, why: &'static str) -> Error {
    error.message = why.into();
    error
}

fn send(client: &Client, response: &Response) {
    client.outbox().send(json!(response).to_string());
}
