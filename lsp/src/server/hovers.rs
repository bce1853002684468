//! Hover: what stands at a place of a document, in words.

use tower_lsp::ls_types::{Hover, HoverContents, Position};

use super::{documents::Snapshot, markup::markup, reading::Reading};
use crate::{catalog::Catalog, ide::hover::hover};

/// Explains what stands at a place of a document.
pub(super) fn at(
    snapshot: &Snapshot,
    reading: &Reading,
    position: Position,
    catalog: &dyn Catalog,
    takes_markdown: bool,
) -> Option<Hover> {
    let offset = snapshot.places().offset(&snapshot.text, position);
    let found = hover(&reading.analysis, offset, catalog)?;
    let range = snapshot.places().range(&snapshot.text, &found.span);
    Some(Hover { contents: HoverContents::Markup(markup(found.markdown, takes_markdown)), range: Some(range) })
}
