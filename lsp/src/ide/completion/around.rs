//! The text around the half-typed word: what a completed word replaces, and what stands behind it already.

use std::ops::Range;

use traceql_grammar::token::{Lexeme, Token};

use super::{
    Candidate, ItemKind,
    cursor::{Cursor, Word, WordKind},
    insert::Piece,
    place::Place,
};

/// Returns the bytes that a word of this place replaces: the half-typed word, and the token that begins right behind it if
/// both cannot stand there. `None` where no word can be put without breaking what is there.
pub(super) fn replaced(cursor: &Cursor<'_>, word: &Word<'_>, place: &Place<'_>) -> Option<Range<usize>> {
    let Some(next) = cursor.behind.first() else { return Some(word.span.clone()) };
    let gap = cursor.text.get(word.span.end..word.span.end + next.span.range().start).unwrap_or_default();
    let is_empty = word.typed.is_empty() && word.kind == WordKind::Name;
    let with = |count: usize| word.span.start..word.span.end + cursor.behind[count - 1].span.range().end;
    match place {
        Place::Operator { .. } | Place::AfterSpanset { .. } | Place::AfterAggregate(_) if gap.is_empty() => {
            let is_operator = matches!(next.token, Token::Op(_) | Token::Bang);
            Some(if is_operator { with(1) } else { word.span.clone() })
        }
        Place::Value { .. } if is_empty && is_operand(&next.token) && !gap.contains('\n') => {
            Some(with(names(&cursor.behind).max(1)))
        }
        Place::Start | Place::Stage { .. } | Place::Spanset
            if is_empty && gap.is_empty() && matches!(next.token, Token::OpenBrace | Token::OpenParen) =>
        {
            None
        }
        Place::Start | Place::Stage { .. } | Place::Operand { .. } | Place::Field { .. } | Place::Hint
            if is_empty && gap.is_empty() && names(&cursor.behind) > 0 =>
        {
            Some(with(names(&cursor.behind)))
        }
        _ => Some(word.span.clone()),
    }
}

/// Tells whether an operator or an operand stands behind the cursor, so that no operand fits between.
pub(super) fn is_operand_next(cursor: &Cursor<'_>) -> bool {
    let is_operator =
        |next: &Lexeme<'_>| next.span.range().start == 0 && matches!(next.token, Token::Op(_) | Token::Bang);
    cursor.behind.first().is_some_and(|next| is_operand(&next.token) || is_operator(next))
}

/// Leaves out of a call or a hint what stands behind it already.
pub(super) fn without_what_follows(candidate: &mut Candidate, behind: &str) {
    let sign = match candidate.kind {
        ItemKind::Function | ItemKind::Keyword => '(',
        ItemKind::Hint => '=',
        _ => return,
    };
    if !behind.trim_start().starts_with(sign) || candidate.label.starts_with(sign) {
        return;
    }
    let cut = candidate.pieces.iter().position(|piece| matches!(piece, Piece::Text(text) if text.contains(sign)));
    let Some(index) = cut else { return };
    candidate.pieces.truncate(index + 1);
    if let Some(Piece::Text(text)) = candidate.pieces.last_mut() {
        let end = text.find(sign).unwrap_or(text.len());
        text.truncate(text[..end].trim_end().len());
    }
}

/// Returns the alternative of a regular expression at the cursor as a word of its own: `cart` in `"^(check|cart)$"`.
pub(super) fn alternative<'t>(text: &'t str, word: &Word<'t>, quote: char) -> Word<'t> {
    const OPENS: [char; 3] = ['|', '(', '^'];
    const CLOSES: [char; 3] = ['|', ')', '$'];
    let begin = word.span.start + quote.len_utf8();
    let at = begin + word.typed.len();
    let is_open = word.span.end <= at || !text[..word.span.end].ends_with(quote);
    let end = if is_open { word.span.end.max(at) } else { word.span.end - quote.len_utf8() };
    let start = signs(word.typed, &OPENS).last().map_or(0, |sign| sign + 1);
    let start = if word.typed[start..].starts_with("?:") { start + 2 } else { start };
    let rest = text.get(at..end).unwrap_or_default();
    let length = signs(rest, &CLOSES).next().unwrap_or(rest.len());
    Word { span: begin + start..at + length, typed: &word.typed[start..], is_open, ..word.clone() }
}

/// Returns the places of signs that no backslash stands before.
fn signs<'t>(text: &'t str, wanted: &'t [char]) -> impl Iterator<Item = usize> + 't {
    let mut is_escaped = false;
    text.char_indices().filter_map(move |(at, c)| {
        let is_sign = !is_escaped && wanted.contains(&c);
        is_escaped = !is_escaped && c == '\\';
        is_sign.then_some(at)
    })
}

fn is_operand(token: &Token<'_>) -> bool {
    is_name(token) || matches!(token, Token::String(_) | Token::Int(_) | Token::Float(_) | Token::Duration(_))
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token, Token::Word(_) | Token::By | Token::With | Token::Scope(_) | Token::Attribute(_))
}

/// Returns the number of tokens at the begin that are one name.
fn names(behind: &[Lexeme<'_>]) -> usize {
    let mut end = behind.first().map_or(0, |first| first.span.range().start);
    let touching = behind.iter().take_while(|lexeme| {
        let is_part = is_name(&lexeme.token) && lexeme.span.range().start == end;
        end = lexeme.span.range().end;
        is_part
    });
    touching.count()
}
