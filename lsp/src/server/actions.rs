//! Code actions: the fixes of what is wrong, one by one and all of them, and other ways to write a query.

use std::collections::HashMap;

use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CreateFile, CreateFileOptions, Diagnostic,
    DocumentChangeOperation, DocumentChanges, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier, Range,
    ResourceOp, TextDocumentEdit, TextEdit, WorkspaceEdit,
};
use traceql_grammar::diagnostic::Applicability;

use super::{
    abilities::Abilities, documents::Snapshot, findings::is_error, formatting::text_edit, machine::Machine,
    reading::Reading, state::State, uri,
};
use crate::{
    document::{
        Document,
        edit::{FileEdit, in_file},
    },
    ide::rewrite::{NewFile, Rewrite, RewriteKind, rewrites},
    lint::{About, Finding, fix::fixed_where},
};

/// The title of the action that mends a whole file.
const FIX_ALL: &str = "Fix everything in this file that can be fixed";

/// Returns what can be done at a place.
pub(super) fn at(state: &State, snapshot: &Snapshot, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let (reading, abilities) = (state.reading(snapshot), state.abilities());
    let machine = &*state.parts.machine;
    let findings = state.wanted(reading);
    let places = snapshot.places();
    let offset = |position| places.offset(&snapshot.text, position);
    let span = offset(params.range.start)..offset(params.range.end);
    let is_wanted = |kind: &CodeActionKind| match &params.context.only {
        Some(only) => only.iter().any(|wanted| is_within(kind, wanted)),
        // The whole file is mended only on request.
        None => *kind != CodeActionKind::SOURCE_FIX_ALL,
    };
    let mut actions = Vec::new();
    if is_wanted(&CodeActionKind::QUICKFIX) {
        let near = findings.iter().filter(|finding| touches(&finding.span, &span));
        actions.extend(near.filter_map(|finding| quick_fix(snapshot, reading, finding, &params.context.diagnostics)));
    }
    if is_wanted(&CodeActionKind::REFACTOR_REWRITE) || is_wanted(&CodeActionKind::REFACTOR_EXTRACT) {
        let found = rewrites(&reading.analysis, span).into_iter().filter(|rewrite| is_wanted(&kind(rewrite)));
        let found = found.filter_map(|rewrite| rewritten(snapshot, rewrite, abilities, machine));
        // The fix of a finding may be a rewrite too.
        let is_new =
            |rewrite: &CodeAction| actions.iter().all(|fix| fix.title != rewrite.title && fix.edit != rewrite.edit);
        let found: Vec<CodeAction> = found.filter(is_new).collect();
        actions.extend(found);
    }
    if is_wanted(&CodeActionKind::SOURCE_FIX_ALL) {
        // Nothing is fixed that is not told.
        if !findings.is_empty() {
            actions.extend(fix_all(snapshot, reading, state.settings().is_lint_off));
        }
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

/// Returns the edits of a file that make a finding's fix; `None` if it has none that can be written there.
fn file_edits(snapshot: &Snapshot, reading: &Reading, finding: &Finding) -> Option<Vec<FileEdit>> {
    let fix = finding.diagnostic.fix.as_ref()?;
    let About::Query { holder, target } = finding.about else {
        let of_file = fix.edits.iter().map(|edit| FileEdit { span: edit.span.range(), text: edit.text.clone() });
        return Some(of_file.collect());
    };
    let found = reading.document().holders.get(holder)?.targets.get(target)?.sent()?;
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| edit.span);
    in_file(found, &snapshot.text, &edits)
}

fn quick_fix(snapshot: &Snapshot, reading: &Reading, finding: &Finding, told: &[Diagnostic]) -> Option<CodeAction> {
    let fix = finding.diagnostic.fix.as_ref()?;
    let edits = file_edits(snapshot, reading, finding)?;
    let range = snapshot.places().range(&snapshot.text, &finding.span);
    let code = NumberOrString::String(finding.diagnostic.code.row().name.to_owned());
    let is_of = |found: &&Diagnostic| found.range == range && found.code.as_ref() == Some(&code);
    let mended: Vec<Diagnostic> = told.iter().filter(is_of).cloned().collect();
    Some(CodeAction {
        title: capitalized(&fix.title),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: (!mended.is_empty()).then_some(mended),
        edit: Some(edit(snapshot, edits)),
        is_preferred: Some(fix.applicability == Applicability::Safe),
        ..CodeAction::default()
    })
}

fn fix_all(snapshot: &Snapshot, reading: &Reading, is_lint_off: bool) -> Option<CodeAction> {
    let choose = &mut |_: &str, _: &Document, mut findings: Vec<Finding>| {
        findings.retain(|finding| !is_lint_off || is_error(finding));
        findings
    };
    let (name, options) = (reading.analysis.name(), reading.analysis.options());
    let mended = fixed_where(name, &snapshot.text, &reading.known, options, false, choose);
    if mended.text == *snapshot.text {
        return None;
    }
    Some(CodeAction {
        title: FIX_ALL.to_owned(),
        kind: Some(CodeActionKind::SOURCE_FIX_ALL),
        edit: Some(edit(snapshot, vec![difference(&snapshot.text, &mended.text)])),
        ..CodeAction::default()
    })
}

/// Returns the kind of a rewrite.
fn kind(rewrite: &Rewrite) -> CodeActionKind {
    match rewrite.kind {
        RewriteKind::Inline => CodeActionKind::REFACTOR_REWRITE,
        RewriteKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
    }
}

/// Returns a rewrite as an action; `None` if the client cannot make the file that belongs to it.
fn rewritten(snapshot: &Snapshot, rewrite: Rewrite, abilities: Abilities, machine: &dyn Machine) -> Option<CodeAction> {
    let kind = Some(kind(&rewrite));
    let edit = match rewrite.new_file {
        Some(file) if abilities.creates_files => creation(snapshot, file, machine)?,
        Some(_) => return None,
        None => edit(snapshot, rewrite.edits),
    };
    Some(CodeAction { title: rewrite.title, kind, edit: Some(edit), ..CodeAction::default() })
}

/// Maximum number of files of one name, told apart by numbers.
const MOST_COPIES: usize = 100;

/// Returns the edit that makes a file beside a document, under a name that no file has.
fn creation(snapshot: &Snapshot, file: NewFile, machine: &dyn Machine) -> Option<WorkspaceEdit> {
    let path = uri::path(&snapshot.uri)?;
    let (stem, end) = file.name.rsplit_once('.')?;
    let numbered = (2..MOST_COPIES).map(|number| format!("{stem}-{number}.{end}"));
    let mut paths = std::iter::once(file.name.clone()).chain(numbered).map(|name| path.with_file_name(name));
    let uri = uri::uri(&paths.find(|path| machine.read(path).is_none())?)?;
    let options = CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) };
    let create = CreateFile { uri: uri.clone(), options: Some(options), annotation_id: None };
    let text = TextEdit { range: Range::default(), new_text: file.text };
    let write = TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
        edits: vec![OneOf::Left(text)],
    };
    let operations =
        vec![DocumentChangeOperation::Op(ResourceOp::Create(create)), DocumentChangeOperation::Edit(write)];
    let document_changes = Some(DocumentChanges::Operations(operations));
    Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() })
}

/// Returns an edit of the document.
pub(super) fn edit(snapshot: &Snapshot, edits: Vec<FileEdit>) -> WorkspaceEdit {
    let edits: Vec<TextEdit> = edits.into_iter().map(|edit| text_edit(snapshot, edit)).collect();
    let changes = HashMap::from([(snapshot.uri.clone(), edits)]);
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}

/// Returns the edit of the least part of a text that makes another of it.
pub(super) fn difference(old: &str, new: &str) -> FileEdit {
    let alike = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let start = alike(&mut old.chars().zip(new.chars()));
    let tail = alike(&mut old[start..].chars().rev().zip(new[start..].chars().rev()));
    FileEdit { span: start..old.len() - tail, text: new[start..new.len() - tail].to_owned() }
}

/// Tells whether a kind is another one or a part of it: `quickfix.x` is within `quickfix`.
fn is_within(kind: &CodeActionKind, wanted: &CodeActionKind) -> bool {
    let rest = kind.as_str().strip_prefix(wanted.as_str());
    wanted.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn touches(a: &std::ops::Range<usize>, b: &std::ops::Range<usize>) -> bool {
    a.start <= b.end && b.start <= a.end
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_the_least_part() {
        let found = difference("{ a = ü }", "{ a = öü }");
        assert_eq!(found, FileEdit { span: 6..6, text: "ö".to_owned() });
        assert_eq!(difference("aaa", "aa"), FileEdit { span: 2..3, text: String::new() });
    }

    #[test]
    fn kinds_are_parts_of_others() {
        let within = |kind: &'static str, wanted: &'static str| {
            is_within(&CodeActionKind::from(kind), &CodeActionKind::from(wanted))
        };
        assert!(within("quickfix", "quickfix") && within("source.fixAll", "source") && within("x", ""));
        assert!(!within("source", "source.fixAll") && !within("quickfixes", "quickfix"));
    }
}
