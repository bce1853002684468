//! Findings that the client asks for, of a document and of the workspace.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tower_lsp::ls_types::{
    Diagnostic, DocumentDiagnosticReport, DocumentDiagnosticReportResult, FullDocumentDiagnosticReport,
    PreviousResultId, RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, Uri, WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::{documents::Snapshot, state::State, uri};

/// Maximum number of files of a workspace that are judged while they are not open.
const MAX_FILES: usize = 10_000;

/// Findings of files that are not open. Their texts are not kept.
#[derive(Debug, Default)]
pub(super) struct Reports {
    files: Mutex<Files>,
}

/// The kept reports of files.
#[derive(Debug, Default)]
struct Files {
    listed: Option<Vec<PathBuf>>,
    judged: HashMap<PathBuf, Arc<Vec<Diagnostic>>>,
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

    /// Returns what is wrong with a file.
    fn of(&self, state: &State, path: &Path, address: &Uri) -> Arc<Vec<Diagnostic>> {
        if let Some(known) = self.files().judged.get(path) {
            return Arc::clone(known);
        }
        let text = state.parts.machine.read(path).unwrap_or_default();
        let encoding = state.abilities().encoding;
        let snapshot = Snapshot::new(address.clone(), 0, String::new(), text.into(), encoding);
        let diagnostics = Arc::new(state.diagnostics(&snapshot));
        self.files().judged.insert(path.to_owned(), Arc::clone(&diagnostics));
        diagnostics
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

/// Returns the reports of every file in the workspace, and of what is open beside them.
pub(super) fn of_workspace(
    state: &State,
    open: &[Arc<Snapshot>],
    previous: &[PreviousResultId],
) -> WorkspaceDiagnosticReportResult {
    let known: HashMap<&str, &str> = previous.iter().map(|known| (known.uri.as_str(), &*known.value)).collect();
    let mut items = Vec::new();
    for snapshot in open {
        items.push(report(snapshot.uri.clone(), Some(snapshot.version), state.diagnostics(snapshot), &known));
    }
    let open: HashSet<&str> = open.iter().map(|snapshot| snapshot.uri.as_str()).collect();
    for path in state.reports.list(state) {
        let Some(address) = uri::uri(&path).filter(|address| !open.contains(address.as_str())) else { continue };
        let diagnostics = state.reports.of(state, &path, &address);
        if !diagnostics.is_empty() || known.contains_key(address.as_str()) {
            items.push(report(address, None, diagnostics.to_vec(), &known));
        }
    }
    WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items })
}

fn report(
    uri: Uri,
    version: Option<i32>,
    items: Vec<Diagnostic>,
    known: &HashMap<&str, &str>,
) -> WorkspaceDocumentDiagnosticReport {
    let version = version.map(i64::from);
    let id = name(&items);
    if known.get(uri.as_str()) == Some(&&*id) {
        return WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
            uri,
            version,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id: id },
        });
    }
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
    })
}

/// Returns a name for findings: those of the same name are the same.
fn name(items: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(items).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
