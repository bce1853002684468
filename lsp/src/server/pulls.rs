//! Findings that the client asks for, of a document and of the workspace.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::{
    Diagnostic, DocumentDiagnosticReport, DocumentDiagnosticReportResult, FullDocumentDiagnosticReport,
    PreviousResultId, ProgressToken, RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, Uri, WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport, notification::Notification,
};

use super::{documents::Snapshot, state::State, uri};

/// Maximum number of files of a workspace that are judged while they are not open.
const MAX_FILES: usize = 10_000;

/// Maximum number of findings in a part of an answer, beside those of its last file.
const PART: usize = 500;

/// Names of the findings of files that are not open. Neither texts nor findings are kept: clients keep those that they were
/// told, and ask with their names.
#[derive(Debug, Default)]
pub(super) struct Reports {
    files: Mutex<Files>,
}

/// The names by file.
#[derive(Debug, Default)]
struct Files {
    listed: Option<Vec<PathBuf>>,
    judged: HashMap<PathBuf, String>,
}

/// A part of an answer, sent before the rest.
enum Part {}

impl Notification for Part {
    type Params = PartParams;
    const METHOD: &'static str = "$/progress";
}

/// The part with the name that the client gave the answer.
#[derive(Debug, Deserialize, Serialize)]
struct PartParams {
    token: ProgressToken,
    value: WorkspaceDiagnosticReport,
}

impl Reports {
    /// Forgets everything.
    pub(super) fn forget(&self) {
        *self.files() = Files::default();
    }

    /// Forgets a file that has changed, came or went.
    pub(super) fn forget_file(&self, path: &Path) {
        let mut files = self.files();
        // One that is listed stays so: where it is gone, nothing is found in it.
        files.listed.take_if(|listed| listed.binary_search_by(|known| known.as_path().cmp(path)).is_err());
        files.judged.remove(path);
    }

    /// Returns the files of the workspace that may hold queries.
    pub(super) fn list(&self, state: &State) -> Vec<PathBuf> {
        if let Some(listed) = &self.files().listed {
            return listed.clone();
        }
        let machine = &state.parts.machine;
        let mut listed: Vec<PathBuf> = state.folders().iter().flat_map(|folder| machine.files(folder)).collect();
        listed.sort();
        listed.dedup();
        listed.truncate(MAX_FILES);
        self.files().listed = Some(listed.clone());
        listed
    }

    /// Returns the report of a file; `None` for one without findings of which the client knows none.
    fn of(
        &self,
        state: &State,
        path: &Path,
        address: Uri,
        previous: Option<&str>,
    ) -> Option<WorkspaceDocumentDiagnosticReport> {
        let known = self.files().judged.get(path).cloned();
        if previous.is_some() && known.as_deref() == previous {
            return known.map(|id| unchanged(address, None, id));
        }
        if previous.is_none() && known.is_some_and(|id| id == name(&[])) {
            return None;
        }
        let text = state.parts.machine.read(path).unwrap_or_default();
        let encoding = state.abilities().encoding;
        let snapshot = Snapshot::new(address.clone(), 0, String::new(), text.into(), encoding);
        let diagnostics = state.diagnostics(&snapshot);
        self.files().judged.insert(path.to_owned(), name(&diagnostics));
        let is_news = !diagnostics.is_empty() || previous.is_some();
        is_news.then(|| report(address, None, diagnostics, previous))
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the report of an open document.
pub(super) fn of_document(
    state: &State,
    snapshot: &Snapshot,
    previous: Option<&str>,
) -> DocumentDiagnosticReportResult {
    let items = state.diagnostics(snapshot);
    let id = name(&items);
    let report = if previous == Some(&*id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id: id },
        })
    } else {
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
        })
    };
    DocumentDiagnosticReportResult::Report(report)
}

/// Returns the report of a document that is not open.
pub(super) fn nothing() -> DocumentDiagnosticReportResult {
    DocumentDiagnosticReportResult::Report(DocumentDiagnosticReport::Full(
        RelatedFullDocumentDiagnosticReport::default(),
    ))
}

/// Returns the reports of every file in the workspace, of what is open beside them, and of what the client knows of files that
/// are in it no more. With a token the client gets them in parts; then the answer has nothing, as the protocol wants it.
pub(super) fn of_workspace(
    state: &State,
    open: &[Arc<Snapshot>],
    previous: &[PreviousResultId],
    token: Option<&ProgressToken>,
) -> WorkspaceDiagnosticReportResult {
    let mut known: HashMap<PathBuf, &PreviousResultId> =
        previous.iter().map(|known| (place(&known.uri), known)).collect();
    let mut items = Vec::new();
    for snapshot in open {
        let diagnostics = state.diagnostics(snapshot);
        let previous = known.remove(&place(&snapshot.uri)).map(|known| &*known.value);
        items.push(report(snapshot.uri.clone(), Some(snapshot.version), diagnostics, previous));
    }
    let open: HashSet<PathBuf> = open.iter().map(|snapshot| place(&snapshot.uri)).collect();
    let (mut findings, mut has_parts) = (0, false);
    let send = |items| {
        let Some(token) = token.cloned() else { return };
        let value = WorkspaceDiagnosticReport { items };
        state.client.notify::<Part>(&PartParams { token, value });
    };
    for path in state.reports.list(state).into_iter().filter(|path| !open.contains(path)) {
        let Some(address) = uri::uri(&path) else { continue };
        let previous = known.remove(&path).map(|known| &*known.value);
        let Some(item) = state.reports.of(state, &path, address, previous) else { continue };
        findings += match &item {
            WorkspaceDocumentDiagnosticReport::Full(full) => full.full_document_diagnostic_report.items.len(),
            WorkspaceDocumentDiagnosticReport::Unchanged(_) => 1,
        };
        items.push(item);
        if token.is_some() && findings >= PART {
            send(std::mem::take(&mut items));
            (findings, has_parts) = (0, true);
        }
    }
    // Files that the client has findings of, and that are gone.
    let gone = known.into_values().filter(|known| known.value != name(&[]));
    items.extend(gone.map(|known| report(known.uri.clone(), None, Vec::new(), None)));
    if has_parts {
        send(std::mem::take(&mut items));
    }
    WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items })
}

fn report(
    uri: Uri,
    version: Option<i32>,
    items: Vec<Diagnostic>,
    previous: Option<&str>,
) -> WorkspaceDocumentDiagnosticReport {
    let id = name(&items);
    if previous == Some(&*id) {
        return unchanged(uri, version, id);
    }
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version: version.map(i64::from),
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
    })
}

fn unchanged(uri: Uri, version: Option<i32>, id: String) -> WorkspaceDocumentDiagnosticReport {
    WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
        uri,
        version: version.map(i64::from),
        unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id: id },
    })
}

/// Returns what tells a document from others: a client may write the address of a file in another way than the server.
fn place(address: &Uri) -> PathBuf {
    uri::path(address).unwrap_or_else(|| address.as_str().into())
}

/// Returns a name for findings: those of the same name are the same.
fn name(items: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(items).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
