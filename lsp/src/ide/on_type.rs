//! Indentation of a line of a query file while it is typed: where the formatter would begin the line.

use traceql_grammar::{
    span::Span,
    token::{Lexeme, Token, lex},
};

use super::Analysis;
use crate::document::{edit::FileEdit, holder::HolderKind};

/// Blanks of one step of indentation.
const STEP: usize = 2;

/// A bracket that is open.
#[derive(Clone, Copy)]
struct Open {
    /// Whether it is a brace.
    is_brace: bool,
    /// Blanks at the begin of the line that it stands in.
    indentation: usize,
    /// Whether something stands behind it, on its own level.
    has_content: bool,
}

/// Returns the edit that indents the line of a place behind which `typed` was typed: a line break, a bracket that closes, or
/// `|`. `None` if it stands right, or if more than the typed character is on the line: that was put there on purpose.
pub fn on_type(analysis: &Analysis, offset: usize, typed: char) -> Option<FileEdit> {
    if !analysis.document().holders.iter().all(|holder| holder.kind == HolderKind::File) {
        return None;
    }
    let text = analysis.text();
    let before = text.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    let line = line.split(['\n', '\r']).next().unwrap_or(line);
    let content = line.trim_start_matches([' ', '\t']);
    let is_alone = match typed {
        '\n' => true,
        _ => before[start..].trim_start_matches([' ', '\t']).chars().eq([typed]),
    };
    if start == 0 || !is_alone || is_in_token(text, start) {
        return None;
    }
    let wanted = indentation(&text[..start], content.chars().next());
    let old = &line[..line.len() - content.len()];
    let new = " ".repeat(wanted);
    (old != new).then(|| FileEdit { span: start..start + old.len(), text: new })
}

/// Tells whether a line begins inside of a string or a comment.
fn is_in_token(text: &str, start: usize) -> bool {
    let lexed = lex(text);
    let strings = lexed.lexemes.iter().map(|lexeme| lexeme.span);
    let mut spans = strings.chain(lexed.comments.iter().copied()).map(Span::range);
    spans.any(|span| span.start < start && start < span.end)
}

/// Returns the blanks before the line that follows a text and begins with this character.
fn indentation(before: &str, first: Option<char>) -> usize {
    let lexemes = lex(before).lexemes;
    let mut open: Vec<Open> = Vec::new();
    let mut has_content = false;
    for lexeme in &lexemes {
        match lexeme.token {
            Token::OpenBrace | Token::OpenParen => {
                let is_brace = lexeme.token == Token::OpenBrace;
                mark(&mut open, &mut has_content);
                open.push(Open { is_brace, indentation: blanks(before, lexeme), has_content: false });
            }
            Token::CloseBrace | Token::CloseParen => drop(open.pop()),
            _ => mark(&mut open, &mut has_content),
        }
    }
    let is_expression = open.iter().any(|bracket| bracket.is_brace);
    match open.last() {
        Some(bracket) if matches!(first, Some('}' | ')')) => bracket.indentation,
        Some(bracket) if is_expression || !bracket.has_content => bracket.indentation + STEP,
        // A stage after the first one of a group.
        Some(bracket) => bracket.indentation + 2 * STEP,
        None if has_content => STEP,
        None => 0,
    }
}

/// Notes that something stands on the innermost level.
fn mark(open: &mut [Open], has_content: &mut bool) {
    match open.last_mut() {
        Some(bracket) => bracket.has_content = true,
        None => *has_content = true,
    }
}

/// Returns the blanks at the begin of a token's line.
fn blanks(text: &str, lexeme: &Lexeme<'_>) -> usize {
    let at = lexeme.span.range().start;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len()
}
