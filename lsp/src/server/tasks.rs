//! Commands that take a while: their progress is shown, and they can be given up.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tower_lsp::ls_types::{
    ProgressParams, ProgressParamsValue, ProgressToken, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd,
    notification::Progress,
};

use super::client::Client;
use crate::stop::Stop;

/// The commands that run now and whose progress is shown, by the tokens of the client.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    running: Mutex<HashMap<ProgressToken, Stop>>,
}

/// A command that runs. It is given up when this is dropped.
#[derive(Debug)]
pub(super) struct Task<'t> {
    tasks: &'t Tasks,
    client: &'t Client,
    token: Option<ProgressToken>,
    stop: Stop,
}

impl Tasks {
    /// Begins a command; with a token of the client, it is shown under a title.
    pub(super) fn begin<'t>(&'t self, client: &'t Client, title: &str, token: Option<ProgressToken>) -> Task<'t> {
        let stop = Stop::new();
        if let Some(token) = &token {
            self.running().insert(token.clone(), stop.clone());
            let begin =
                WorkDoneProgressBegin { title: title.to_owned(), cancellable: Some(true), ..Default::default() };
            tell(client, token, WorkDoneProgress::Begin(begin));
        }
        Task { tasks: self, client, token, stop }
    }

    /// Gives the command of a token up; one that does not run any more is passed over.
    pub(super) fn cancel(&self, token: &ProgressToken) {
        let stop = self.running().get(token).cloned();
        if let Some(stop) = stop {
            stop.stop();
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ProgressToken, Stop>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Task<'_> {
    /// Returns the token by which the command is given up.
    pub(super) fn stop(&self) -> Stop {
        self.stop.clone()
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        // The client may have cancelled the request, whose handler is gone then.
        self.stop.stop();
        if let Some(token) = &self.token {
            self.tasks.running().remove(token);
            tell(self.client, token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None }));
        }
    }
}

fn tell(client: &Client, token: &ProgressToken, progress: WorkDoneProgress) {
    let value = ProgressParamsValue::WorkDone(progress);
    client.notify::<Progress>(&ProgressParams { token: token.clone(), value });
}
