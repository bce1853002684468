//! Formatting: a query file as a whole, and in other files the queries that are asked for.

use std::ops::Range;

use tower_lsp::ls_types::{Position, TextEdit};
use traceql_grammar::{
    CheckOptions,
    diagnostic::Edit,
    format_with,
    span::Span,
    template::{Variable, VariableKind, occurrences},
};

use super::{actions::difference, documents::Snapshot, reading::Reading};
use crate::{
    document::{
        edit::{FileEdit, in_file},
        holder::{Found, Holder, HolderKind},
    },
    ide::on_type,
};

/// Returns the edits that format a document; none for a file that holds more than a query.
pub(super) fn whole(snapshot: &Snapshot, reading: &Reading) -> Vec<TextEdit> {
    let is_query = reading.document().holders.iter().all(|holder| holder.kind == HolderKind::File);
    if is_query { part(snapshot, reading, 0..snapshot.text.len()) } else { Vec::new() }
}

/// Returns the edits that format the queries in a part of a document.
pub(super) fn part(snapshot: &Snapshot, reading: &Reading, span: Range<usize>) -> Vec<TextEdit> {
    let release = reading.analysis.options().release;
    let formatted = |holder: &Holder, found: &Found| {
        let mut options = CheckOptions::of(release);
        if holder.kind != HolderKind::File {
            let variables = occurrences(&found.text).map(|each| Variable::new(each.name, VariableKind::Part));
            options.variables.extend(variables);
        }
        let new = format_with(&found.text, &options).ok()?;
        let text = &found.text[..found.text.trim_end().len()];
        let FileEdit { span, text: changed } = difference(text, &new);
        let span = Span { start: u32::try_from(span.start).ok()?, end: u32::try_from(span.end).ok()? };
        (text != new).then(|| in_file(found, &snapshot.text, &[Edit::replace(span, changed)])).flatten()
    };
    let edits = reading.queries(span).filter_map(|(holder, _, found)| formatted(holder, found)).flatten();
    edits.map(|edit| text_edit(snapshot, edit)).collect()
}

/// Returns the edits that indent the line in which something was typed, in a query file.
pub(super) fn on_type(snapshot: &Snapshot, reading: &Reading, position: Position, typed: &str) -> Vec<TextEdit> {
    let offset = snapshot.places().offset(&snapshot.text, position);
    let edit = typed.chars().next().and_then(|typed| on_type::on_type(&reading.analysis, offset, typed));
    edit.map(|edit| text_edit(snapshot, edit)).into_iter().collect()
}

/// Returns an edit in the form of the protocol.
pub(super) fn text_edit(snapshot: &Snapshot, edit: FileEdit) -> TextEdit {
    TextEdit { range: snapshot.places().range(&snapshot.text, &edit.span), new_text: edit.text }
}
