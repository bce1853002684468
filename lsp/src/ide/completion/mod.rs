//! Completion: the words that may stand at the cursor, best first.
//!
//! ```text
//! text before the cursor ─► cursor (tokens, half-typed word) ─► place ─► words / fields / values ─► order ─► Item
//! ```
//!
//! The place is told from the tokens before the cursor alone, so that a query that is broken behind it, or right at it, gets
//! the same answers as one that is whole.

mod cursor;
mod documentation;
mod fields;
mod insert;
mod narrow;
mod order;
mod own;
mod place;
mod values;
mod words;

use std::ops::Range;

use traceql_grammar::{
    token::{Lexeme, Token, lex},
    vocab::release::Release,
};

use self::{
    cursor::{Cursor, Word, WordKind},
    insert::Piece,
    own::Own,
    place::Place,
};
use super::Analysis;
use crate::{catalog::Catalog, document::edit::FileEdit};

pub use documentation::{documentation, documentation_of};

/// Maximum number of items of an answer.
pub const MOST_ITEMS: usize = 200;

/// A word that may stand at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The word as a list shows it.
    pub label: String,
    /// The kind of word.
    pub kind: ItemKind,
    /// A few words beside it: a type, a signature.
    pub detail: String,
    /// The text that is inserted, as a query has it. A snippet has tab stops: `$1`, `${1:text}`.
    pub insert: String,
    /// Whether [`Item::insert`] is a snippet.
    pub is_snippet: bool,
    /// The edit of the file, as the file writes texts; `None` where the file cannot hold the word as it is written.
    pub edit: Option<FileEdit>,
    /// Whether the text of [`Item::edit`] is a snippet.
    pub is_edit_snippet: bool,
    /// Whether the word should not be used any more.
    pub is_deprecated: bool,
    /// The place in the list, from 0.
    pub rank: usize,
    /// The name by which [`documentation_of`] finds the word again; empty if there is no documentation.
    pub id: String,
}

/// The kinds of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// A filter, a pipe or another frame of a query.
    Snippet,
    /// A function or a stage.
    Function,
    /// A scope: `span.`.
    Scope,
    /// An intrinsic.
    Intrinsic,
    /// An attribute.
    Attribute,
    /// A value.
    Value,
    /// An operator.
    Operator,
    /// A bracket or another word of the grammar.
    Keyword,
    /// A hint.
    Hint,
}

/// A word before it is put in order.
#[derive(Clone, Debug)]
struct Candidate {
    label: String,
    kind: ItemKind,
    detail: String,
    pieces: Vec<Piece>,
    is_deprecated: bool,
    id: String,
    /// The text that the typed one is held against.
    key: String,
    /// Its place among words that fit equally well; low ones come first.
    score: usize,
    /// The bytes that are replaced, where they are not the half-typed word.
    span: Option<Range<usize>>,
}

impl Candidate {
    fn new(label: impl Into<String>, kind: ItemKind, score: usize) -> Candidate {
        let label = label.into();
        let pieces = vec![Piece::Text(label.clone())];
        let (detail, id, key) = (String::new(), String::new(), label.clone());
        Candidate { label, kind, detail, pieces, is_deprecated: false, id, key, score, span: None }
    }

    fn detail(mut self, detail: impl Into<String>) -> Candidate {
        self.detail = detail.into();
        self
    }

    fn id(mut self, id: impl Into<String>) -> Candidate {
        self.id = id.into();
        self
    }

    /// Inserts a snippet in place of the label.
    fn snippet(mut self, snippet: &str) -> Candidate {
        self.pieces = insert::pieces(snippet);
        self
    }
}

/// Facts that the makers of words need.
struct Context<'a> {
    /// The cursor.
    cursor: &'a Cursor<'a>,
    /// The half-typed word.
    word: &'a Word<'a>,
    /// The names and values of the file's queries.
    own: &'a Own,
    /// The data.
    catalog: &'a dyn Catalog,
    /// The release that the file is for.
    release: Release,
    /// Whether the query stands for what is inside of braces.
    is_condition: bool,
}

/// Returns the words that may stand at a byte of the file, best first.
pub fn completion(analysis: &Analysis, offset: usize, catalog: &dyn Catalog) -> Vec<Item> {
    let Some(query) = analysis.query_at(offset) else { return Vec::new() };
    let found = query.found;
    let Some(cursor) = Cursor::new(&found.text, query.at) else { return Vec::new() };
    let own = Own::read(analysis, query, cursor.word.span.clone());
    let mut candidates = Vec::new();
    let word = cursor.word.clone();
    let release = analysis.options().release;
    let is_condition = found.is_condition;
    let context = Context { cursor: &cursor, word: &word, own: &own, catalog, release, is_condition };
    if word.kind == WordKind::Operator {
        candidates = behind_operator(&context, query.at);
    }
    candidates
        .extend(order::ordered(at_place(&context, &place::place(cursor.text, &cursor.before, is_condition)), &word));
    let mut items: Vec<Item> = Vec::with_capacity(candidates.len().min(MOST_ITEMS));
    for candidate in candidates.into_iter().take(MOST_ITEMS) {
        let span = candidate.span.clone().unwrap_or_else(|| word.span.clone());
        let edit = insert::edit(found, analysis.text(), span, &candidate.pieces);
        let is_edit_snippet = edit.as_ref().is_some_and(|(_, is_snippet)| *is_snippet);
        let is_snippet = candidate.pieces.iter().any(|piece| matches!(piece, Piece::Stop(..)));
        let snippet = if is_snippet { insert::snippet(&candidate.pieces, &[]) } else { None };
        items.push(Item {
            rank: items.len(),
            is_snippet,
            insert: snippet.unwrap_or_else(|| insert::plain(&candidate.pieces)),
            edit: edit.map(|(edit, _)| edit),
            is_edit_snippet,
            label: candidate.label,
            kind: candidate.kind,
            detail: candidate.detail,
            is_deprecated: candidate.is_deprecated,
            id: candidate.id,
        });
    }
    items
}

/// Returns the words behind an operator that the cursor touches.
fn behind_operator(context: &Context<'_>, at: usize) -> Vec<Candidate> {
    let span = context.word.span.clone();
    let mut before: Vec<Lexeme<'_>> = context.cursor.before.clone();
    before.extend(lex(context.word.typed).lexemes.into_iter().map(|lexeme| {
        let inside = lexeme.span.range();
        let span = traceql_grammar::span::Span::new(span.start + inside.start, span.start + inside.end);
        Lexeme { token: lexeme.token, span }
    }));
    if !before.last().is_some_and(|last| matches!(last.token, Token::Op(_) | Token::Bang)) {
        return Vec::new();
    }
    let place = place::place(context.cursor.text, &before, context.is_condition);
    let word = Word { span: at..at, typed: "", kind: WordKind::Name };
    let mut candidates = at_place(&Context { word: &word, ..*context }, &place);
    for candidate in &mut candidates {
        candidate.span = Some(at..at);
    }
    order::ordered(candidates, &word)
}

/// Returns the words of a place.
fn at_place(context: &Context<'_>, place: &Place<'_>) -> Vec<Candidate> {
    if matches!(context.word.kind, WordKind::Text(_)) {
        return match place {
            Place::Value { .. } | Place::HintValue(_) => values::values(context, place),
            _ => Vec::new(),
        };
    }
    match place {
        Place::Nowhere => Vec::new(),
        Place::Operand => fields::fields(context, true, false),
        Place::Field { is_number } => fields::fields(context, false, *is_number),
        Place::Value { .. } | Place::HintValue(_) => values::values(context, place),
        _ => words::words(context, place),
    }
}
