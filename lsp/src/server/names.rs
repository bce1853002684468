//! The places of a name: in a document, in the workspace, and to give it another name.

use std::{collections::HashMap, sync::Arc};

use tower_lsp::{
    jsonrpc::Result,
    ls_types::{
        DocumentChanges, DocumentHighlight, DocumentHighlightKind, Location, MessageType, OneOf,
        OptionalVersionedTextDocumentIdentifier, Position, PrepareRenameResponse, ShowMessageParams, TextDocumentEdit,
        TextEdit, Uri, WorkspaceEdit, notification::ShowMessage,
    },
};

use super::{
    documents::Snapshot,
    formatting::text_edit,
    reading::Reading,
    state::{State, failed},
    workspace::{File, each},
};
use crate::ide::{
    highlight::{HighlightKind, highlight},
    references::{references, subject_at},
    rename::{NewName, Renamed, prepare_rename, rename},
};

/// Returns the places in a document that belong to what is at a place of it.
pub(super) fn highlights(snapshot: &Snapshot, reading: &Reading, position: Position) -> Vec<DocumentHighlight> {
    let offset = snapshot.places().offset(&snapshot.text, position);
    let found = highlight(&reading.analysis, offset).into_iter().map(|found| DocumentHighlight {
        range: snapshot.places().range(&snapshot.text, &found.span),
        kind: Some(match found.kind {
            HighlightKind::Same => DocumentHighlightKind::READ,
            HighlightKind::Likely | HighlightKind::Bracket => DocumentHighlightKind::TEXT,
        }),
    });
    found.collect()
}

/// Returns the places in the workspace of the name at a place of a document.
pub(super) fn places(
    state: &State,
    open: &[Arc<Snapshot>],
    address: &Uri,
    position: Position,
) -> Option<Vec<Location>> {
    let (subject, _) = {
        let (snapshot, offset) = place(open, address, position)?;
        subject_at(&state.reading(snapshot).analysis, offset)?
    };
    let mut locations = Vec::new();
    each(state, open, &subject.needles(), |file| {
        let places = references(file.analysis, &subject).into_iter();
        locations.extend(places.map(|place| Location {
            uri: file.snapshot.uri.clone(),
            range: file.snapshot.places().range(&file.snapshot.text, &place.span),
        }));
    });
    Some(locations)
}

/// Returns the attribute at a place of a document, for the client to ask for a new name.
///
/// # Errors
///
/// The word there is no attribute.
pub(super) fn prepared(
    snapshot: &Snapshot,
    reading: &Reading,
    position: Position,
) -> Result<Option<PrepareRenameResponse>> {
    let offset = snapshot.places().offset(&snapshot.text, position);
    let found = prepare_rename(&reading.analysis, offset).map_err(failed)?;
    Ok(found.map(|found| PrepareRenameResponse::RangeWithPlaceholder {
        range: snapshot.places().range(&snapshot.text, &found.span),
        placeholder: found.placeholder,
    }))
}

/// Returns the edits that give the attribute at a place of a document another name everywhere in the workspace.
///
/// # Errors
///
/// The word there is no attribute, or a file cannot hold the name.
pub(super) fn renamed(
    state: &State,
    open: &[Arc<Snapshot>],
    address: &Uri,
    position: Position,
    name: &str,
) -> Result<Option<WorkspaceEdit>> {
    let Some((snapshot, offset)) = place(open, address, position) else { return Ok(None) };
    let Some(found) = prepare_rename(&state.reading(snapshot).analysis, offset).map_err(failed)? else {
        return Ok(None);
    };
    let new = NewName::read(name).map_err(failed)?;
    let (mut edits, mut left) = (Edits::default(), 0);
    let mut refusal = None;
    each(state, open, &found.subject.needles(), |file| match rename(file.analysis, &found.subject, &new) {
        Ok(renamed) => {
            left += renamed.left.len();
            edits.add(file, renamed);
        }
        Err(reason) => refusal = refusal.take().or(Some(format!("{}: {reason}", file.analysis.name()))),
    });
    if let Some(reason) = refusal {
        return Err(failed(reason));
    }
    if left > 0 {
        let filters = if left == 1 {
            "1 filter of a search form keeps".to_owned()
        } else {
            format!("{left} filters of search forms keep")
        };
        let message = format!("{filters} the old name; change it in Grafana");
        state.client.notify::<ShowMessage>(&ShowMessageParams { typ: MessageType::WARNING, message });
    }
    Ok(Some(edits.written(state.abilities().takes_versions)))
}

/// Returns a document that is open, with the offset of a place in it.
fn place<'o>(open: &'o [Arc<Snapshot>], address: &Uri, position: Position) -> Option<(&'o Snapshot, usize)> {
    let snapshot = open.iter().find(|snapshot| snapshot.uri == *address)?;
    Some((snapshot, snapshot.places().offset(&snapshot.text, position)))
}

/// Edits of files, each with its version if the client has it open.
#[derive(Default)]
struct Edits {
    files: Vec<(Uri, Option<i32>, Vec<TextEdit>)>,
}

impl Edits {
    fn add(&mut self, file: &File<'_>, renamed: Renamed) {
        if !renamed.edits.is_empty() {
            let edits = renamed.edits.into_iter().map(|edit| text_edit(file.snapshot, edit)).collect();
            self.files.push((file.snapshot.uri.clone(), file.version, edits));
        }
    }

    /// Returns the edits in the form of the protocol, with versions if the client takes them.
    fn written(self, has_versions: bool) -> WorkspaceEdit {
        if !has_versions {
            let changes: HashMap<_, _> = self.files.into_iter().map(|(uri, _, edits)| (uri, edits)).collect();
            return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
        }
        let documents = self.files.into_iter().map(|(uri, version, edits)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        });
        let changes = DocumentChanges::Edits(documents.collect());
        WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
    }
}
