//! `tempo-after-select`: what only stages behind `select` read is absent for them in Tempo.

use std::collections::HashSet;

use super::{
    Findings,
    reads::{Reader, Reads},
    walk::{Part, Selection},
};
use crate::{
    MOST_DIAGNOSTICS,
    diagnostic::Edit,
    query::{Field, FieldKey, Stage, StageKind},
    span::Span,
    vocab::scopes::Scope,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Selection(selection) = part else { return };
    let reads = Reads::of(selection.pipeline);
    let fetched: HashSet<&Field> = reads.first().iter().map(|read| read.field).collect();
    let behind = &reads.fields[reads.before_select..];
    let unread = behind.iter().filter(|read| read.reader != Reader::Select && !is_fetched(read.field, &fetched));
    let mut late: Vec<(Span, String)> = unread.map(|read| (read.span, format!("`{}`", read.field))).collect();
    if !reads.relations.iter().any(|(_, before)| *before) {
        late.extend(reads.relations.iter().map(|(span, _)| (*span, "the place in the trace".to_owned())));
    }
    late.sort_by_key(|(span, _)| *span);
    let Some(((span, what), others)) = late.split_first() else { return };
    let mut found = findings
        .diagnostic(*span, format!("{what} is absent behind `select`, in Tempo"))
        .label("no stage before the `select` reads this")
        .help("write `select` behind the stages that choose spans");
    for (span, what) in others.iter().take(MOST_DIAGNOSTICS) {
        found = found.also(*span, format!("{what} too"));
    }
    if let Some(edits) = select_last(*selection, reads.selects, findings) {
        found = found.fix("move `select` to the end", edits);
    }
    findings.add(found);
}

/// Tells whether a read in the first fetch covers the field; one without scope covers the span and the resource.
fn is_fetched(field: &Field, fetched: &HashSet<&Field>) -> bool {
    if fetched.contains(field) {
        return true;
    }
    match &field.key {
        FieldKey::Attribute(Scope::Span | Scope::Resource, name) if !field.of_parent => {
            fetched.contains(&Field::attribute(Scope::Any, name.as_str()))
        }
        _ => false,
    }
}

/// Returns the edits that put every `select` behind the other stages, if each is a stage of the outermost pipeline.
fn select_last(selection: Selection<'_>, selects: usize, findings: &Findings<'_>) -> Option<Vec<Edit>> {
    let stages = &selection.pipeline.stages;
    let is_select = |stage: &Stage| matches!(stage.kind, StageKind::Select(_));
    let last = stages.last().filter(|_| stages.iter().filter(|stage| is_select(stage)).count() == selects)?;
    let mut moved = String::new();
    let mut edits = Vec::new();
    for (stage, next) in stages.iter().zip(stages.iter().skip(1)).filter(|(stage, _)| is_select(stage)) {
        edits.push(Edit::remove(Span { start: stage.span.start, end: next.span.start }));
        moved.push_str(" | ");
        moved.push_str(findings.text_of(stage.span));
    }
    edits.push(Edit::insert(last.span.end, moved));
    Some(edits)
}
