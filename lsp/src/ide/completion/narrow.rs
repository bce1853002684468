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

/// Returns a search for the spans that the cursor is about: the stages before it, and the other conditions in the filter
/// around it. `None` where neither narrows anything, or where an `||` stands between the conditions.
pub(super) fn narrowed(context: &Context<'_>) -> Option<String> {
    let stages = stages_before(context);
    let conditions = conditions_around(context);
    let query = match (stages, conditions.filter(|conditions| !conditions.is_empty())) {
        (Some(stages), Some(conditions)) => format!("{stages} | {{ {} }}", conditions.join(" && ")),
        (Some(stages), None) => stages.to_owned(),
        (None, Some(conditions)) => format!("{{ {} }}", conditions.join(" && ")),
        (None, None) => return None,
    };
    (query.len() <= LONGEST && check(&query, Release::Main).verdict == Verdict::Ok).then_some(query)
}

/// Returns the stages before that of the cursor, if the query has them outside of brackets.
fn stages_before<'t>(context: &Context<'t>) -> Option<&'t str> {
    let mut depth = 0_usize;
    let mut end = None;
    for lexeme in &context.cursor.before {
        match lexeme.token {
            Token::OpenParen | Token::OpenBrace => depth += 1,
            Token::CloseParen | Token::CloseBrace => depth = depth.saturating_sub(1),
            Token::Pipe if depth == 0 => end = Some(lexeme.span.range().start),
            _ => {}
        }
    }
    let stages = context.cursor.text.get(..end?)?.trim();
    // All spans are those of `{ }`.
    let is_narrow = stages.chars().any(|c| !matches!(c, '{' | '}' | ' '));
    is_narrow.then_some(stages)
}

/// Returns the other conditions in the filter around the cursor; `None` where there is no filter, or an `||` in it.
fn conditions_around<'t>(context: &Context<'t>) -> Option<Vec<&'t str>> {
    let cursor = context.cursor;
    let open = cursor.before.iter().rposition(|lexeme| matches!(lexeme.token, Token::OpenBrace | Token::CloseBrace));
    let begin = match open {
        Some(index) if cursor.before[index].token == Token::OpenBrace => index + 1,
        Some(_) => return None,
        None if context.is_condition => 0,
        None => return None,
    };
    let (mut conditions, depth) = before(cursor.text, cursor.before.get(begin..)?)?;
    let rest = cursor.text.get(cursor.word.span.end..)?;
    conditions.extend(behind(rest, &cursor.behind, depth)?);
    Some(conditions)
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
