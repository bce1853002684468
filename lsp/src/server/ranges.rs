//! Parts of a document that can be folded, and parts around a place that can be selected.

use tower_lsp::ls_types::{FoldingRange, FoldingRangeKind, Position, Range, SelectionRange};

use super::{documents::Snapshot, reading::Reading};
use crate::ide::{
    folding::{Fold, FoldKind, folding},
    selection::selection,
};

/// Returns the parts of a document that can be folded. A client that folds whole lines only keeps those that end with the
/// line; of others the last line stays.
pub(super) fn folds(snapshot: &Snapshot, reading: &Reading, is_lines_only: bool) -> Vec<FoldingRange> {
    let mut folds: Vec<FoldingRange> = Vec::new();
    for Fold { span, kind } in folding(&reading.analysis) {
        let Range { start, end } = snapshot.places().range(&snapshot.text, &span);
        let kind = Some(if kind == FoldKind::Comment { FoldingRangeKind::Comment } else { FoldingRangeKind::Region });
        if !is_lines_only {
            folds.push(FoldingRange {
                start_line: start.line,
                start_character: Some(start.character),
                end_line: end.line,
                end_character: Some(end.character),
                kind,
                collapsed_text: None,
            });
            continue;
        }
        let rest = snapshot.text.get(span.end..).unwrap_or_default();
        let rest = rest.split(['\n', '\r']).next().unwrap_or_default();
        let end_line = if rest.trim().is_empty() { end.line } else { end.line.saturating_sub(1) };
        let is_known = folds.last().is_some_and(|fold| fold.start_line == start.line);
        if end_line > start.line && !is_known {
            folds.push(FoldingRange { start_line: start.line, end_line, kind, ..FoldingRange::default() });
        }
    }
    folds
}

/// Returns the parts around each of these places, the smallest with those around it.
pub(super) fn selections(snapshot: &Snapshot, reading: &Reading, positions: &[Position]) -> Vec<SelectionRange> {
    let around = |position: &Position| {
        let offset = snapshot.places().offset(&snapshot.text, *position);
        let spans = selection(&reading.analysis, offset);
        let larger = spans.iter().rev().fold(None, |parent, span| {
            let range = snapshot.places().range(&snapshot.text, span);
            Some(SelectionRange { range, parent: parent.map(Box::new) })
        });
        // Every place needs an answer, one outside of queries too.
        larger.unwrap_or_else(|| SelectionRange { range: Range::new(*position, *position), parent: None })
    };
    positions.iter().map(around).collect()
}
