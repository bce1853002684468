//! The search to which values are narrowed: the conditions around the cursor that are whole.

use traceql_grammar::{
    Verdict, check,
    ops::Op,
    token::{Lexeme, Token},
    vocab::release::Release,
};

use super::Context;

/// Maximum length of a search, in bytes.
const LONGEST: usize = 4096;

/// Returns a search of the other conditions in the filter around the cursor; `None` where there are none, or where an `||`
/// stands between them.
pub(super) fn narrowed(context: &Context<'_>) -> Option<String> {
    let cursor = context.cursor;
    let open = cursor.before.iter().rposition(|lexeme| lexeme.token == Token::OpenBrace);
    let begin = match open {
        Some(index) => index + 1,
        None if context.is_condition => 0,
        None => return None,
    };
    let (mut conditions, depth) = before(cursor.text, cursor.before.get(begin..)?)?;
    let rest = cursor.text.get(cursor.word.span.end..)?;
    conditions.extend(behind(rest, &cursor.behind, depth)?);
    if conditions.is_empty() {
        return None;
    }
    let query = format!("{{ {} }}", conditions.join(" && "));
    (query.len() <= LONGEST && check(&query, Release::Main).verdict == Verdict::Ok).then_some(query)
}

/// Returns the conditions that end before the cursor, and the number of brackets that are open there.
fn before<'t>(text: &'t str, tokens: &[Lexeme<'t>]) -> Option<(Vec<&'t str>, usize)> {
    let mut conditions = Vec::new();
    let mut depth = 0_usize;
    let mut begin = tokens.first().map_or(0, |lexeme| lexeme.span.range().start);
    for lexeme in tokens {
        let span = lexeme.span.range();
        match lexeme.token {
            Token::OpenParen => depth += 1,
            Token::CloseParen => depth = depth.saturating_sub(1),
            Token::Op(Op::Or) if depth == 0 => return None,
            Token::Op(Op::And) if depth == 0 => {
                conditions.push(text.get(begin..span.start)?.trim());
                begin = span.end;
            }
            _ => {}
        }
    }
    Some((conditions, depth))
}

/// Returns the conditions that begin behind the cursor, in the same filter.
fn behind<'t>(text: &'t str, tokens: &[Lexeme<'t>], mut depth: usize) -> Option<Vec<&'t str>> {
    let mut conditions = Vec::new();
    let mut begin = None;
    for lexeme in tokens {
        let span = lexeme.span.range();
        match lexeme.token {
            Token::OpenParen => depth += 1,
            Token::CloseParen => depth = depth.saturating_sub(1),
            Token::Op(Op::Or) if depth == 0 => return None,
            Token::Op(Op::And) if depth == 0 => {
                if let Some(begin) = begin {
                    conditions.push(text.get(begin..span.start)?.trim());
                }
                begin = Some(span.end);
            }
            Token::CloseBrace => {
                if let Some(begin) = begin {
                    conditions.push(text.get(begin..span.start)?.trim());
                }
                return Some(conditions);
            }
            _ => {}
        }
    }
    Some(conditions)
}
