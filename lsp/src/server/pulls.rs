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
        files.listed = None;
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

/// Returns the reports of every file in the workspace, and of what is open beside them. With a token the client gets them in
/// parts, and the answer has the last of them.
pub(super) fn of_workspace(
    state: &State,
    open: &[Arc<Snapshot>],
    previous: &[PreviousResultId],
    token: Option<&ProgressToken>,
) -> WorkspaceDiagnosticReportResult {
    let known: HashMap<&str, &str> = previous.iter().map(|known| (known.uri.as_str(), &*known.value)).collect();
    let known = |address: &Uri| known.get(address.as_str()).copied();
    let mut items = Vec::new();
    for snapshot in open {
        let diagnostics = state.diagnostics(snapshot);
        items.push(report(snapshot.uri.clone(), Some(snapshot.version), diagnostics, known(&snapshot.uri)));
    }
    let open: HashSet<&str> = open.iter().map(|snapshot| snapshot.uri.as_str()).collect();
    let mut findings = 0;
    for path in state.reports.list(state) {
        let Some(address) = uri::uri(&path).filter(|address| !open.contains(address.as_str())) else { continue };
        let previous = known(&address);
        let Some(item) = state.reports.of(state, &path, address, previous) else { continue };
        findings += match &item {
            WorkspaceDocumentDiagnosticReport::Full(full) => full.full_document_diagnostic_report.items.len(),
            WorkspaceDocumentDiagnosticReport::Unchanged(_) => 1,
        };
        items.push(item);
        if let Some(token) = token.filter(|_| findings >= PART) {
            let value = WorkspaceDiagnosticReport { items: std::mem::take(&mut items) };
            state.client.notify::<Part>(&PartParams { token: token.clone(), value });
            findings = 0;
        }
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

/// Returns a name for findings: those of the same name are the same.
fn name(items: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(items).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
