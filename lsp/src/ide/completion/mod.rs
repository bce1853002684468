//! Completion: the words that may stand at the cursor, best first.
//!
//! ```text
//! text before the cursor ─► cursor (tokens, half-typed word) ─► place ─► words / fields / values ─► order ─► Item
//! ```
//!
//! The place is told from the tokens before the cursor alone, so that a query that is broken behind it, or right at it, gets
//! the same answers as one that is whole.

mod around;
mod cursor;
mod fields;
mod insert;
mod narrow;
mod order;
mod place;
mod values;
mod words;

use std::{cell::Cell, ops::Range, sync::Arc};

use traceql_grammar::{
    ops::Op,
    token::{Lexeme, Token, lex},
    vocab::release::Release,
};

use self::{
    cursor::{Cursor, Word, WordKind},
    insert::Piece,
    order::Typed,
    place::Place,
};
use super::{Analysis, usage::Usage};
use crate::{
    catalog::{Catalog, Known},
    document::edit::FileEdit,
};

pub use super::documentation::documentation_of;

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
    /// The text that is inserted, as a query has it.
    pub insert: String,
    /// The same with tab stops, `$1` and `${1:text}`, if it has any.
    pub snippet: Option<String>,
    /// The bytes of the query that it replaces.
    pub span: Range<usize>,
    /// The edit of the file, as the file writes texts; `None` where the file cannot hold the word as it is written.
    pub edit: Option<FileEdit>,
    /// The text of [`Item::edit`] with tab stops, if it has any.
    pub edit_snippet: Option<String>,
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

/// The words that may stand at a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// The words, best first.
    pub items: Vec<Item>,
    /// Whether a longer word, or a catalog that knows more, has words that are not among them.
    pub is_incomplete: bool,
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
    /// The part of it before the cursor, against which words are held.
    typed: &'a Typed<'a>,
    /// The names and values of the file's queries.
    own: &'a Usage,
    /// The names and values of the workspace's queries.
    workspace: &'a Usage,
    /// The data.
    catalog: &'a dyn Catalog,
    /// Whether the catalog was asked for more than it knows.
    is_pending: &'a Cell<bool>,
    /// The release that the file is for.
    release: Release,
    /// Whether the query stands for what is inside of braces.
    is_condition: bool,
}

impl Context<'_> {
    /// Returns a closing bracket, unless it stands behind the cursor already.
    fn missing(&self, close: &'static str) -> &'static str {
        let next = self.cursor.behind.first().map(|lexeme| &lexeme.token);
        let is_there = matches!((next, close), (Some(Token::CloseBrace), "}") | (Some(Token::CloseParen), ")"));
        if is_there { "" } else { close }
    }

    /// Returns what the catalog knows, and keeps in mind whether more is on its way.
    fn known<T>(&self, known: Known<T>) -> Arc<[T]> {
        self.is_pending.set(self.is_pending.get() || known.is_pending);
        known.entries
    }
}

/// Returns the documentation of a word; `None` if there is nothing to say.
pub fn documentation(item: &Item) -> Option<String> {
    documentation_of(&item.id)
}

/// Returns the words that may stand at a byte of the file, best first. `workspace` has the names and values of other files.
pub fn completion(analysis: &Analysis, offset: usize, catalog: &dyn Catalog, workspace: &Usage) -> Completion {
    let Some(query) = analysis.query_at(offset) else { return Completion::default() };
    let found = query.found;
    let Some(cursor) = Cursor::new(&found.text, query.at) else { return Completion::default() };
    let own = Usage::without(analysis.document(), Some((found, &cursor.word.span)));
    let mut candidates = Vec::new();
    let release = analysis.options().release;
    let is_condition = found.is_condition;
    let place = place::place(cursor.text, &cursor.before, is_condition);
    let word = match (&place, cursor.word.kind) {
        (Place::Value { op: Op::Match | Op::NotMatch, .. }, WordKind::Text(quote)) => {
            around::alternative(cursor.text, &cursor.word, quote)
        }
        _ => cursor.word.clone(),
    };
    let is_behind_colon = word.kind == WordKind::Name && cursor.text[..word.span.start].ends_with(':');
    let Some(replaced) = around::replaced(&cursor, &word, &place).filter(|_| !is_behind_colon) else {
        return Completion::default();
    };
    let is_pending = Cell::new(false);
    let typed = Typed::new(&word);
    let context = Context {
        cursor: &cursor,
        word: &word,
        typed: &typed,
        own: &own,
        workspace,
        catalog,
        is_pending: &is_pending,
        release,
        is_condition,
    };
    if word.kind == WordKind::Operator {
        candidates = behind_operator(&context, query.at);
    }
    candidates.extend(order::ordered(at_place(&context, &place), &typed));
    // Names of the conventions come once a letter is typed.
    let is_incomplete = is_pending.get() || word.typed.is_empty() || candidates.len() >= MOST_ITEMS;
    let items = candidates.into_iter().take(MOST_ITEMS).enumerate().map(|(rank, mut candidate)| {
        let span = candidate.span.clone().unwrap_or_else(|| replaced.clone());
        around::without_what_follows(&mut candidate, &cursor.text[span.end..]);
        let edit = insert::edit(found, analysis.text(), span.clone(), &candidate.pieces);
        let has_stops = candidate.pieces.iter().any(|piece| matches!(piece, Piece::Stop(..)));
        let (edit, edit_snippet) = edit.unzip();
        Item {
            rank,
            insert: insert::plain(&candidate.pieces),
            snippet: if has_stops { insert::snippet(&candidate.pieces, &[]) } else { None },
            span,
            edit,
            edit_snippet: edit_snippet.flatten(),
            label: candidate.label,
            kind: candidate.kind,
            detail: candidate.detail,
            is_deprecated: candidate.is_deprecated,
            id: candidate.id,
        }
    });
    Completion { items: items.collect(), is_incomplete }
}

/// Returns the words behind an operator that the cursor touches.
fn behind_operator(context: &Context<'_>, at: usize) -> Vec<Candidate> {
    let span = context.word.span.clone();
    let is_behind_operand = context.cursor.before.last().is_some_and(|last| last.token.ends_operand());
    // `!` is the begin of `!=` there, not a negation.
    if (context.word.typed == "!" && is_behind_operand) || around::is_operand_next(context.cursor) {
        return Vec::new();
    }
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
    let word = Word { span: at..at, typed: "", kind: WordKind::Name, is_open: false };
    let typed = Typed::new(&word);
    let mut candidates = at_place(&Context { word: &word, typed: &typed, ..*context }, &place);
    for candidate in &mut candidates {
        candidate.span = Some(at..at);
    }
    order::ordered(candidates, &typed)
}

/// Returns the number of spans that have a name or value, in words; nothing where it is not known.
fn counted(spans: Option<u64>) -> String {
    match spans {
        Some(1) => "1 span".to_owned(),
        Some(count) => format!("{count} spans"),
        None => String::new(),
    }
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
        Place::Operand { close } => fields::operands(context, close),
        Place::Field { is_number } => fields::fields(context, *is_number),
        Place::Value { .. } | Place::HintValue(_) => values::values(context, place),
        _ => words::words(context, place),
    }
}
