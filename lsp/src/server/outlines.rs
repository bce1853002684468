//! Symbols of a document, and of the workspace.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tower_lsp::ls_types::{
    DocumentSymbol, DocumentSymbolResponse, Location, Range, SymbolInformation, SymbolKind, Uri,
    WorkspaceSymbolResponse,
};

use super::{
    documents::Snapshot,
    reading::Reading,
    state::State,
    workspace::{closed, read},
};
use crate::{
    document::holder::HolderKind,
    ide::{
        Analysis,
        symbols::{self, Symbol, outline, rank, symbols},
    },
};

/// Maximum number of symbols of an answer about the workspace.
const MOST_SYMBOLS: usize = 500;

/// The holders of queries in files that are not open. Their texts are not kept.
#[derive(Debug, Default)]
pub(super) struct Outlines {
    files: Mutex<HashMap<PathBuf, Arc<Vec<Entry>>>>,
}

/// A holder of queries.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    container: String,
    kind: SymbolKind,
    range: Range,
}

impl Outlines {
    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.files().clear();
    }

    /// Forgets a file that has changed, came or went.
    pub(super) fn forget_file(&self, path: &Path) {
        self.files().remove(path);
    }

    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<Vec<Entry>>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the symbols of a document, one in the other if the client takes them so.
pub(super) fn of_document(snapshot: &Snapshot, reading: &Reading, is_nested: bool) -> DocumentSymbolResponse {
    let found = symbols(&reading.analysis);
    if is_nested {
        return DocumentSymbolResponse::Nested(found.into_iter().map(|symbol| nested(snapshot, symbol)).collect());
    }
    let mut flat = Vec::new();
    for symbol in found {
        let name = symbol.name.clone();
        flat.push(information(&snapshot.uri, entry(snapshot, &symbol)));
        for child in symbol.children {
            let entry = Entry { container: name.clone(), ..entry(snapshot, &child) };
            flat.push(information(&snapshot.uri, entry));
        }
    }
    DocumentSymbolResponse::Flat(flat)
}

/// Returns the holders of queries in the workspace whose names fit, the best first.
pub(super) fn of_workspace(state: &State, open: &[Arc<Snapshot>], wanted: &str) -> WorkspaceSymbolResponse {
    let mut found: Vec<(usize, Uri, Entry)> = Vec::new();
    let mut add = |address: &Uri, entries: &[Entry]| {
        for entry in entries {
            if let Some(rank) = rank(&entry.name, wanted) {
                found.push((rank, address.clone(), entry.clone()));
            }
        }
    };
    for snapshot in open {
        add(&snapshot.uri, &entries(snapshot, &state.reading(snapshot).analysis));
    }
    for (path, address) in closed(state, open) {
        let known = state.outlines.files().get(&path).cloned();
        let known = known.unwrap_or_else(|| {
            let mut found = Vec::new();
            read(state, &path, address.clone(), |_| true, &mut |file| found = entries(file.snapshot, file.analysis));
            let found = Arc::new(found);
            state.outlines.files().insert(path, Arc::clone(&found));
            found
        });
        add(&address, &known);
    }
    found.sort_by(|(a, _, first), (b, _, second)| a.cmp(b).then_with(|| first.name.cmp(&second.name)));
    found.truncate(MOST_SYMBOLS);
    WorkspaceSymbolResponse::Flat(found.into_iter().map(|(_, address, entry)| information(&address, entry)).collect())
}

fn entries(snapshot: &Snapshot, analysis: &Analysis) -> Vec<Entry> {
    outline(analysis).iter().map(|symbol| entry(snapshot, symbol)).collect()
}

fn entry(snapshot: &Snapshot, symbol: &Symbol) -> Entry {
    Entry {
        name: symbol.name.clone(),
        container: symbol.detail.clone(),
        kind: kind(symbol.kind),
        range: snapshot.places().range(&snapshot.text, &symbol.span),
    }
}

#[expect(deprecated, reason = "the type has no other way to be made")]
fn information(address: &Uri, entry: Entry) -> SymbolInformation {
    SymbolInformation {
        name: entry.name,
        kind: entry.kind,
        tags: None,
        deprecated: None,
        location: Location { uri: address.clone(), range: entry.range },
        container_name: Some(entry.container).filter(|container| !container.is_empty()),
    }
}

#[expect(deprecated, reason = "the type has no other way to be made")]
fn nested(snapshot: &Snapshot, symbol: Symbol) -> DocumentSymbol {
    let children: Vec<_> = symbol.children.into_iter().map(|child| nested(snapshot, child)).collect();
    DocumentSymbol {
        name: symbol.name,
        detail: Some(symbol.detail).filter(|detail| !detail.is_empty()),
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: snapshot.places().range(&snapshot.text, &symbol.span),
        selection_range: snapshot.places().range(&snapshot.text, &symbol.selection),
        children: Some(children).filter(|children| !children.is_empty()),
    }
}

/// Returns the kind by which editors draw a symbol.
fn kind(kind: symbols::SymbolKind) -> SymbolKind {
    match kind {
        symbols::SymbolKind::Query => SymbolKind::STRING,
        symbols::SymbolKind::Stage => SymbolKind::FUNCTION,
        symbols::SymbolKind::Holder(holder) => match holder {
            HolderKind::File | HolderKind::SavedQuery => SymbolKind::FILE,
            HolderKind::AlertRule | HolderKind::RecordingRule => SymbolKind::EVENT,
            HolderKind::Link | HolderKind::Correlation | HolderKind::DerivedField | HolderKind::ExploreUrl => {
                SymbolKind::INTERFACE
            }
            HolderKind::Panel | HolderKind::LibraryPanel => SymbolKind::CLASS,
            HolderKind::Terraform | HolderKind::CodeBlock | HolderKind::Command => SymbolKind::MODULE,
        },
    }
}
