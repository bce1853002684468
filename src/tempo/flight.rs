//! Questions under way: how one thread waits for them, and how several of them go out at a time.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::timeout};

use super::{
    error::{Kind, RemoteError},
    reply::Reply,
    transport::{Transport, Wanted},
};
use crate::{model::progress::Progress, source::Runtime};

/// How often is looked whether somebody still waits.
const TICK: Duration = Duration::from_millis(50);

/// How often a question is begun again with what the server says that it takes: each time it says something new.
pub(super) const ATTEMPTS: usize = 8;

/// Who waits for an answer.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Set from outside when nobody waits any more: the answer is an error then, soon.
    pub cancel: &'a AtomicBool,
    /// Is told how far it is, on the thread that waits.
    pub progress: &'a dyn Fn(Progress),
}

impl<'a> Call<'a> {
    /// Waits without looking how far it is.
    pub fn quiet(cancel: &'a AtomicBool) -> Call<'a> {
        Call { cancel, progress: &|_| {} }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Behind `/api`.
    pub(super) path: Vec<String>,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) wanted: Wanted,
}

impl Question {
    /// Asks for JSON.
    pub(super) fn new(path: &[&str], parameters: Vec<(&'static str, String)>) -> Question {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Question { path, parameters, wanted: Wanted::Json }
    }
}

/// What several requests are made for.
pub(super) trait Work {
    /// Tells requests apart.
    type Key: Send + 'static;

    /// Gives the next request, if there is one by now.
    fn next(&mut self) -> Option<(Self::Key, Question)>;

    /// Takes an answer; they come in any order.
    ///
    /// # Errors
    ///
    /// The whole cannot be answered.
    fn take(&mut self, key: Self::Key, reply: Result<Reply, RemoteError>) -> Result<Flow, RemoteError>;

    /// Tells how far it is.
    fn progress(&self) -> Progress;
}

/// Whether more is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    /// What is under way is given up.
    Enough,
}

/// Waits for one answer.
///
/// # Errors
///
/// What the work says, or that nobody waits any more.
pub(super) fn wait<T>(
    runtime: &Runtime,
    call: Call<'_>,
    url: &str,
    work: impl Future<Output = Result<T, RemoteError>>,
) -> Result<T, RemoteError> {
    let threads = runtime.get().map_err(|error| {
        let problem = format!("no threads for requests can be had: {error}");
        RemoteError::new(Kind::Settings, url, problem, "close other programs")
    })?;
    threads.block_on(async {
        let mut work = pin!(work);
        loop {
            if call.cancel.load(Ordering::Relaxed) {
                return Err(RemoteError::new(
                    Kind::Cancelled,
                    url,
                    "given up before the answer was there",
                    "ask again",
                ));
            }
            if let Ok(answer) = timeout(TICK, work.as_mut()).await {
                return answer;
            }
        }
    })
}

/// Asks some requests at a time until there are no more, or enough.
///
/// # Errors
///
/// As [`wait`].
pub(super) fn run<W: Work>(
    runtime: &Runtime,
    transport: &Arc<Transport>,
    in_flight: usize,
    call: Call<'_>,
    work: &mut W,
) -> Result<(), RemoteError> {
    wait(runtime, call, transport.url(), async {
        // What is under way ends with it. What was made of answers counts until all of them are there.
        let (mut flight, mut counted) = (JoinSet::new(), Vec::new());
        loop {
            while flight.len() < in_flight.max(1)
                && let Some((key, question)) = work.next()
            {
                let transport = Arc::clone(transport);
                flight.spawn(async move { (key, transport.get(&question).await) });
            }
            let Some(landed) = flight.join_next().await else { return Ok(()) };
            let (key, reply) = landed.map_err(|error| {
                let problem = format!("a request was given up: {error}");
                RemoteError::new(Kind::Broken, transport.url(), problem, "try again")
            })?;
            counted.extend(reply.as_ref().ok().and_then(|reply| reply.body.reserved()));
            let flow = work.take(key, reply)?;
            (call.progress)(work.progress());
            if flow == Flow::Enough {
                return Ok(());
            }
        }
    })
}
