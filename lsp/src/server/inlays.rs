//! Inlay hints: types and units beside the text of a document.

use tower_lsp::ls_types::{InlayHint, InlayHintKind, InlayHintLabel, Range};

use super::{documents::Snapshot, reading::Reading};
use crate::{
    catalog::Catalog,
    ide::inlay::{Inlay, InlayKind, inlay},
};

/// Returns the hints of a part of a document.
pub(super) fn part(snapshot: &Snapshot, reading: &Reading, range: Range, catalog: &dyn Catalog) -> Vec<InlayHint> {
    let offset = |position| snapshot.places().offset(&snapshot.text, position);
    let found = inlay(&reading.analysis, offset(range.start)..offset(range.end), catalog);
    found.into_iter().map(|inlay| written(snapshot, inlay)).collect()
}

fn written(snapshot: &Snapshot, inlay: Inlay) -> InlayHint {
    let kind = match inlay.kind {
        InlayKind::Type => Some(InlayHintKind::TYPE),
        // The protocol has types and parameters.
        InlayKind::Unit => None,
    };
    InlayHint {
        position: snapshot.places().position(&snapshot.text, inlay.at),
        label: InlayHintLabel::String(inlay.label),
        kind,
        text_edits: None,
        tooltip: None,
        padding_left: None,
        padding_right: None,
        data: None,
    }
}
