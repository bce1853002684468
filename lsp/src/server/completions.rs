//! Completion: the words that may stand at the cursor.

use tower_lsp::ls_types::{
    CompletionItem, CompletionItemKind, CompletionItemTag, CompletionList, CompletionTextEdit, Documentation,
    InsertTextFormat, MarkupContent, MarkupKind, Position, TextEdit,
};

use super::{abilities::Abilities, documents::Snapshot, reading::Reading};
use crate::{
    catalog::Catalog,
    document::edit::FileEdit,
    ide::{
        completion::{self, Item, ItemKind},
        usage::Usage,
    },
};

/// Characters behind which a client asks for words by itself. Letters are not named: they always do.
pub(super) const TRIGGERS: [&str; 14] = ["{", "(", "|", "&", ".", ":", "=", "~", "\"", "`", "<", ">", ",", " "];

/// Returns the words at a place of a document.
pub(super) fn at(
    snapshot: &Snapshot,
    reading: &Reading,
    position: Position,
    catalog: &dyn Catalog,
    workspace: &Usage,
    abilities: Abilities,
) -> CompletionList {
    let offset = snapshot.places().offset(&snapshot.text, position);
    let found = completion::completion(&reading.analysis, offset, catalog, workspace);
    let items = found.items.into_iter().filter_map(|item| written(snapshot, offset, item, abilities));
    CompletionList { is_incomplete: found.is_incomplete, items: items.collect() }
}

/// Adds its documentation to a word.
pub(super) fn resolved(mut item: CompletionItem) -> CompletionItem {
    let id = item.data.as_ref().and_then(|data| data.as_str());
    if let Some(value) = id.and_then(completion::documentation_of) {
        item.documentation = Some(Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value }));
    }
    item
}

/// Writes a word for the client; `None` if the document cannot hold it, or the client cannot replace what is there.
fn written(snapshot: &Snapshot, offset: usize, item: Item, abilities: Abilities) -> Option<CompletionItem> {
    let FileEdit { span, text } = item.edit?;
    // Clients filter by the text between the begin of the edit and the cursor.
    let is_around = span.start <= offset && offset <= span.end;
    if !is_around || snapshot.text.get(span.clone())?.contains(['\n', '\r']) {
        return None;
    }
    let range = snapshot.places().range(&snapshot.text, &span);
    let snippet = item.edit_snippet.filter(|_| abilities.takes_snippets);
    let format = if snippet.is_some() { InsertTextFormat::SNIPPET } else { InsertTextFormat::PLAIN_TEXT };
    let is_deprecated = item.is_deprecated;
    Some(CompletionItem {
        label: item.label,
        kind: Some(kind(item.kind)),
        detail: Some(item.detail).filter(|detail| !detail.is_empty()),
        tags: (is_deprecated && abilities.takes_tags).then(|| vec![CompletionItemTag::DEPRECATED]),
        deprecated: (is_deprecated && !abilities.takes_tags).then_some(true),
        sort_text: Some(format!("{:03}", item.rank)),
        filter_text: Some(filter(&snapshot.text[span.start..offset], &text)),
        insert_text_format: Some(format),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: snippet.unwrap_or(text) })),
        data: Some(item.id).filter(|id| !id.is_empty()).map(Into::into),
        ..CompletionItem::default()
    })
}

/// Returns the text by which a client filters: it has to begin as what is typed does, also where a word replaces quotes.
fn filter(typed: &str, text: &str) -> String {
    let quotes = typed.len() - typed.trim_start_matches(['\\', '"', '`', '\'']).len();
    let quotes = &typed[..quotes];
    if text.starts_with(quotes) { text.to_owned() } else { format!("{quotes}{text}") }
}

fn kind(kind: ItemKind) -> CompletionItemKind {
    match kind {
        ItemKind::Snippet => CompletionItemKind::SNIPPET,
        ItemKind::Function => CompletionItemKind::FUNCTION,
        ItemKind::Scope => CompletionItemKind::MODULE,
        ItemKind::Intrinsic => CompletionItemKind::FIELD,
        ItemKind::Attribute => CompletionItemKind::PROPERTY,
        ItemKind::Value => CompletionItemKind::VALUE,
        ItemKind::Operator => CompletionItemKind::OPERATOR,
        ItemKind::Keyword => CompletionItemKind::KEYWORD,
        ItemKind::Hint => CompletionItemKind::CONSTANT,
    }
}
