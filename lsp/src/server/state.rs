//! Everything that the server knows at a time, and the work that goes on behind the answers.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use serde_json::Value;
use tokio::sync::{Notify, Semaphore};
use tower_lsp::{
    jsonrpc::{Error, ErrorCode, Result},
    ls_types::{
        Diagnostic, MessageType, ShowMessageParams, Uri,
        notification::ShowMessage,
        request::{InlayHintRefreshRequest, WorkspaceDiagnosticRefresh},
    },
};

use super::{
    Parts,
    abilities::Abilities,
    client::Client,
    configs::{Configs, NAME, Rules},
    documents::{Documents, Snapshot},
    findings,
    outlines::Outlines,
    pulls::Reports,
    reading::Reading,
    settings::{self, Settings},
    tasks::Tasks,
    tokens::Tokens,
    uri,
    usages::Usages,
};
use crate::{
    catalog::{Catalog, Nothing},
    lint::Finding,
};

/// Maximum number of documents that are judged at a time.
const JUDGES: usize = 2;

/// Maximum number of commands that ask a source at a time. Others wait: the threads that they take are those from which
/// messages are read and other requests answered.
const RUNS: usize = 3;

/// The state of the server.
pub(super) struct State {
    /// The client.
    pub(super) client: Client,
    /// The parts of the server.
    pub(super) parts: Parts,
    /// The open documents.
    pub(super) documents: Documents,
    /// The configurations beside them.
    pub(super) configs: Configs,
    /// Findings of files that are not open.
    pub(super) reports: Reports,
    /// The commands that run.
    pub(super) tasks: Tasks,
    /// Is told when the status may have changed.
    pub(super) news: Arc<Notify>,
    /// Names and values that the workspace's queries have.
    pub(super) usages: Usages,
    /// Symbols of files that are not open.
    pub(super) outlines: Outlines,
    /// The last semantic tokens of documents.
    pub(super) tokens: Tokens,
    abilities: OnceLock<Abilities>,
    settings: Mutex<Settings>,
    folders: Mutex<Vec<PathBuf>>,
    client_process: OnceLock<u32>,
    judges: Arc<Semaphore>,
    /// Permits for commands that take a while.
    pub(super) runs: Arc<Semaphore>,
}

impl State {
    /// Makes the state at the begin of a session.
    pub(super) fn new(client: Client, parts: Parts) -> State {
        State {
            client,
            parts,
            documents: Documents::default(),
            configs: Configs::default(),
            reports: Reports::default(),
            tasks: Tasks::default(),
            news: Arc::new(Notify::new()),
            usages: Usages::default(),
            outlines: Outlines::default(),
            tokens: Tokens::default(),
            abilities: OnceLock::new(),
            settings: Mutex::new(Settings::default()),
            folders: Mutex::new(Vec::new()),
            client_process: OnceLock::new(),
            judges: Arc::new(Semaphore::new(JUDGES)),
            runs: Arc::new(Semaphore::new(RUNS)),
        }
    }

    /// Returns what the client can do; nothing before it has said so.
    pub(super) fn abilities(&self) -> Abilities {
        self.abilities.get().copied().unwrap_or_default()
    }

    /// Keeps what the client can do and which process it is.
    pub(super) fn meet(&self, abilities: Abilities, process: Option<u32>) {
        // A second `initialize` is refused before it comes here.
        let _ = self.abilities.set(abilities);
        if let Some(process) = process {
            let _ = self.client_process.set(process);
        }
    }

    /// Tells whether the client has named its process, and that one runs no more.
    pub(super) fn is_client_gone(&self) -> bool {
        self.client_process.get().is_some_and(|process| !self.parts.machine.is_running(*process))
    }

    /// Returns the settings.
    pub(super) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    /// Takes the settings as the client writes them, and tells it what is wrong with them; returns whether they are others now.
    pub(super) fn take_settings(&self, value: &Value) -> bool {
        for message in settings::mistakes(value) {
            self.client.notify::<ShowMessage>(&ShowMessageParams { typ: MessageType::WARNING, message });
        }
        self.set_settings(Settings::read(value))
    }

    /// Replaces the settings; tells whether they are others now.
    pub(super) fn set_settings(&self, settings: Settings) -> bool {
        let mut current = lock(&self.settings);
        let is_new = *current != settings;
        *current = settings;
        if is_new {
            self.news.notify_one();
        }
        is_new
    }

    /// Returns the folders of the workspace.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        lock(&self.folders).clone()
    }

    /// Adds folders to the workspace and takes others out.
    pub(super) fn change_folders(&self, added: Vec<PathBuf>, removed: &[PathBuf]) {
        let mut folders = lock(&self.folders);
        folders.retain(|folder| !removed.contains(folder) && !added.contains(folder));
        folders.extend(added);
    }

    /// Returns how a document is read and judged.
    pub(super) fn rules(&self, address: &Uri) -> Rules {
        self.configs.rules(uri::path(address).as_deref(), &self.settings(), &*self.parts.machine)
    }

    /// Returns what a document holds, and what is wrong with it.
    pub(super) fn reading<'s>(&self, snapshot: &'s Snapshot) -> &'s Arc<Reading> {
        snapshot.reading(|| Reading::new(&snapshot.uri, &snapshot.language, &snapshot.text, self.rules(&snapshot.uri)))
    }

    /// Returns the names and values of the source that the settings choose.
    pub(super) fn catalog(&self) -> Arc<dyn Catalog> {
        match &self.parts.runner {
            Some(runner) => runner.catalog(self.settings().source.as_deref()),
            None => Arc::new(Nothing),
        }
    }

    /// Returns what is wrong with a document, in the form of the protocol.
    pub(super) fn diagnostics(&self, snapshot: &Snapshot) -> Vec<Diagnostic> {
        if uri::path(&snapshot.uri).is_some_and(|path| path.file_name().is_some_and(|name| name == NAME)) {
            return findings::of_config(snapshot);
        }
        let reading = self.reading(snapshot);
        findings::of_queries(snapshot, reading.document(), &self.wanted(reading), self.abilities())
    }

    /// Returns the findings that the configuration and the settings want to be told.
    pub(super) fn wanted<'r>(&self, reading: &'r Reading) -> Vec<&'r Finding> {
        if reading.is_excluded {
            return Vec::new();
        }
        let is_lint_off = self.settings().is_lint_off;
        reading.findings().iter().filter(|finding| !is_lint_off || findings::is_error(finding)).collect()
    }

    /// Judges a document beside other work, and sends what is wrong with it unless the client has changed it meanwhile.
    pub(super) fn judge(self: &Arc<State>, address: &Uri) {
        if self.abilities().pulls {
            return;
        }
        let Some(snapshot) = self.documents.get(address) else { return };
        let state = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(permit) = Arc::clone(&state.judges).acquire_owned().await else { return };
            if !state.documents.is_current(&snapshot) {
                return;
            }
            let (judging, judged) = (Arc::clone(&state), Arc::clone(&snapshot));
            let diagnostics = blocking(move || judging.diagnostics(&judged)).await;
            drop(permit);
            let Ok(diagnostics) = diagnostics else { return };
            if state.documents.is_current(&snapshot) {
                state.client.publish(snapshot.uri.clone(), diagnostics, Some(snapshot.version));
            }
        });
    }

    /// Reads the files of the workspace beside other work, for the names and values in them.
    pub(super) fn index(self: &Arc<State>) {
        let state = Arc::clone(self);
        tokio::spawn(async move {
            // A panic loses the names and values of the files that were not read yet.
            let _ = blocking(move || {
                state.usages.forget();
                state.reports.list(&state).iter().for_each(|path| state.usages.read(&state, path));
            })
            .await;
        });
    }

    /// Reads files of the workspace again, beside other work.
    pub(super) fn index_again(self: &Arc<State>, paths: Vec<PathBuf>) {
        let state = Arc::clone(self);
        tokio::spawn(async move {
            // As above.
            let _ = blocking(move || {
                let listed: HashSet<PathBuf> = state.reports.list(&state).into_iter().collect();
                // Clients tell of files too that the workspace leaves out.
                let paths = paths.iter().filter(|path| listed.contains(*path));
                paths.for_each(|path| state.usages.read(&state, path));
            })
            .await;
        });
    }

    /// Reads and judges every document anew, because of something beside them.
    pub(super) fn judge_all(self: &Arc<State>) {
        self.reports.forget();
        self.outlines.forget();
        for address in self.documents.renew() {
            self.judge(&address);
        }
        if self.abilities().refreshes_findings {
            let client = self.client.clone();
            tokio::spawn(async move {
                // A client that refuses asks again by itself, or not at all.
                let _ = client.request::<WorkspaceDiagnosticRefresh>(()).await;
            });
        }
        if self.abilities().refreshes_inlays {
            let client = self.client.clone();
            tokio::spawn(async move {
                let _ = client.request::<InlayHintRefreshRequest>(()).await;
            });
        }
    }
}

/// Code of an error of a request that was understood and failed: `RequestFailed` of the protocol.
const FAILED: i64 = -32803;

/// Returns the error of a request that was understood and failed.
pub(super) fn failed(why: String) -> Error {
    Error { code: ErrorCode::ServerError(FAILED), message: why.into(), data: None }
}

/// Runs work on a thread that may take its time. A panic in it is an error of the request that it is for.
///
/// # Errors
///
/// The work panicked.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let caught = tokio::task::spawn_blocking(move || catch_unwind(AssertUnwindSafe(work)));
    match caught.await {
        Ok(Ok(answer)) => Ok(answer),
        _ => Err(Error::internal_error()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
