//! Semantic tokens: whole, of a part, and as the difference to the last answer.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tower_lsp::ls_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensDelta, SemanticTokensEdit,
    SemanticTokensFullDeltaResult, SemanticTokensFullOptions, SemanticTokensLegend, SemanticTokensOptions,
    SemanticTokensServerCapabilities, Uri, WorkDoneProgressOptions,
};

use super::{documents::Snapshot, place::number, reading::Reading};
use crate::ide::tokens::{Token, TokenKind, tokens, tokens_in};

/// The bit of the first modifier of the legend.
const DEPRECATED: u32 = 1;

/// The bit of the second modifier of the legend.
const DEFAULT_LIBRARY: u32 = 1 << 1;

/// Numbers that a token has in the protocol.
const NUMBERS: usize = 5;

/// The last answers, document by document.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    last_id: u64,
    answers: HashMap<Uri, (String, Arc<Vec<SemanticToken>>)>,
}

/// Returns what the server offers.
pub(super) fn offered() -> SemanticTokensServerCapabilities {
    SemanticTokensServerCapabilities::SemanticTokensOptions(SemanticTokensOptions {
        work_done_progress_options: WorkDoneProgressOptions::default(),
        legend: SemanticTokensLegend {
            token_types: TokenKind::ALL.map(type_of).to_vec(),
            token_modifiers: vec![SemanticTokenModifier::DEPRECATED, SemanticTokenModifier::DEFAULT_LIBRARY],
        },
        range: Some(true),
        full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
    })
}

impl Tokens {
    /// Returns the tokens of a document.
    pub(super) fn whole(&self, snapshot: &Snapshot, reading: &Reading) -> SemanticTokens {
        let data = written(snapshot, tokens(&reading.analysis));
        let id = self.keep(&snapshot.uri, Arc::new(data.clone()));
        SemanticTokens { result_id: Some(id), data }
    }

    /// Returns what has changed since an answer; all tokens if that is not the last one.
    pub(super) fn changed(
        &self,
        snapshot: &Snapshot,
        reading: &Reading,
        previous: &str,
    ) -> SemanticTokensFullDeltaResult {
        let known =
            self.kept().answers.get(&snapshot.uri).filter(|(id, _)| id == previous).map(|(_, data)| Arc::clone(data));
        let Some(old) = known else { return self.whole(snapshot, reading).into() };
        let new = Arc::new(written(snapshot, tokens(&reading.analysis)));
        let edits = difference(&old, &new).into_iter().collect();
        SemanticTokensDelta { result_id: Some(self.keep(&snapshot.uri, new)), edits }.into()
    }

    /// Forgets a document.
    pub(super) fn forget(&self, address: &Uri) {
        self.kept().answers.remove(address);
    }

    /// Keeps an answer; returns its name.
    fn keep(&self, address: &Uri, data: Arc<Vec<SemanticToken>>) -> String {
        let mut kept = self.kept();
        kept.last_id += 1;
        let id = kept.last_id.to_string();
        kept.answers.insert(address.clone(), (id.clone(), data));
        id
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the tokens in a part of a document.
pub(super) fn part(snapshot: &Snapshot, reading: &Reading, span: Range<usize>) -> SemanticTokens {
    SemanticTokens { result_id: None, data: written(snapshot, tokens_in(&reading.analysis, span)) }
}

/// Writes tokens as the protocol does: each counts from the one before it.
fn written(snapshot: &Snapshot, tokens: Vec<Token>) -> Vec<SemanticToken> {
    let (mut line, mut column) = (0, 0);
    let written = tokens.into_iter().map(|token| {
        let range = snapshot.places().range(&snapshot.text, &token.span);
        let start = range.start;
        let delta_start = if start.line == line { start.character - column } else { start.character };
        let delta_line = start.line - line;
        (line, column) = (start.line, start.character);
        SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character.saturating_sub(start.character),
            token_type: TokenKind::ALL.iter().position(|kind| *kind == token.kind).map_or(0, number),
            token_modifiers_bitset: modifiers(&token),
        }
    });
    written.collect()
}

fn modifiers(token: &Token) -> u32 {
    let deprecated = if token.is_deprecated { DEPRECATED } else { 0 };
    let of_language = matches!(token.kind, TokenKind::Function | TokenKind::Intrinsic | TokenKind::Constant);
    deprecated | if of_language { DEFAULT_LIBRARY } else { 0 }
}

/// Returns the type by which editors colour a kind.
fn type_of(kind: TokenKind) -> SemanticTokenType {
    match kind {
        TokenKind::Keyword => SemanticTokenType::KEYWORD,
        TokenKind::Function => SemanticTokenType::FUNCTION,
        TokenKind::Scope => SemanticTokenType::NAMESPACE,
        TokenKind::Attribute => SemanticTokenType::PROPERTY,
        TokenKind::Intrinsic => SemanticTokenType::VARIABLE,
        TokenKind::Constant => SemanticTokenType::ENUM_MEMBER,
        TokenKind::Hint => SemanticTokenType::PARAMETER,
        TokenKind::Number => SemanticTokenType::NUMBER,
        TokenKind::String => SemanticTokenType::STRING,
        TokenKind::Regexp => SemanticTokenType::REGEXP,
        TokenKind::Operator => SemanticTokenType::OPERATOR,
        TokenKind::Comment => SemanticTokenType::COMMENT,
        TokenKind::Variable => SemanticTokenType::MACRO,
    }
}

/// Returns the edit that makes new tokens of old ones; `None` if they are the same.
fn difference(old: &[SemanticToken], new: &[SemanticToken]) -> Option<SemanticTokensEdit> {
    if old == new {
        return None;
    }
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    Some(SemanticTokensEdit {
        start: number(start * NUMBERS),
        delete_count: number((old.len() - tail - start) * NUMBERS),
        data: Some(new[start..new.len() - tail].to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(delta_start: u32) -> SemanticToken {
        SemanticToken { delta_start, ..SemanticToken::default() }
    }

    #[test]
    fn the_difference_is_the_part_between_what_is_alike() {
        let old = [1, 2, 3, 4].map(token);
        assert_eq!(difference(&old, &old), None);
        let edit = difference(&old, &[1, 9, 9, 3, 4].map(token)).unwrap();
        assert_eq!((edit.start, edit.delete_count, edit.data), (5, 5, Some([9, 9].map(token).to_vec())));
        let edit = difference(&[7, 7].map(token), &[7].map(token)).unwrap();
        assert_eq!((edit.start, edit.delete_count, edit.data), (5, 5, Some(Vec::new())));
    }
}
