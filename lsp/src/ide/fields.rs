//! Fields of a query, found by their tokens, and what the data has of them.

use std::{ops::Range, sync::Arc};

use traceql_grammar::{
    ops::Op,
    query::{Field, FieldKey},
    token::{Lexeme, Token, lex},
    value::Type,
    vocab::{intrinsics::Intrinsic, literals, scopes::Scope},
};

use super::usage::is_comparison;
use crate::catalog::{Catalog, Known, Value};

/// A field at its place in a query.
#[derive(Clone, Debug)]
pub(super) struct FieldAt {
    /// The field.
    pub field: Field,
    /// The bytes of the query.
    pub span: Range<usize>,
}

/// Returns the field to which a token belongs.
pub(super) fn field_at(text: &str, lexemes: &[Lexeme<'_>], index: usize) -> Option<FieldAt> {
    let lexeme = lexemes.get(index)?;
    let before = index.checked_sub(1).and_then(|before| lexemes.get(before));
    let mut span = lexeme.span.range();
    match (&lexeme.token, before.map(|before| &before.token)) {
        (Token::Scope(_), _) => span.end = lexemes.get(index + 1)?.span.range().end,
        (Token::Word(_), Some(Token::Scope(_))) => span.start = before?.span.range().start,
        (Token::Word(word), _) => drop(Intrinsic::from_bare(word)?),
        (Token::Attribute(attribute), _) => drop(attribute.name.as_ref()?),
        _ => return None,
    }
    let field = traceql_grammar::field(text.get(span.clone())?).ok()?;
    Some(FieldAt { field, span })
}

/// Returns the field that a literal is compared with, and the operator between them.
pub(super) fn compared_with(text: &str, lexemes: &[Lexeme<'_>], index: usize) -> Option<(FieldAt, Op)> {
    let comparison = |at: Option<usize>| match lexemes.get(at?)?.token {
        Token::Op(op) if is_comparison(op) => Some(op),
        _ => None,
    };
    if let Some(op) = comparison(index.checked_sub(1)) {
        return Some((field_at(text, lexemes, index.checked_sub(2)?)?, op));
    }
    let op = comparison(Some(index + 1))?;
    Some((field_at(text, lexemes, index + 2)?, op))
}

/// Returns the index of the innermost bracket that is open before a token.
pub(super) fn enclosing(lexemes: &[Lexeme<'_>], index: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, lexeme) in lexemes.iter().enumerate().take(index).rev() {
        match lexeme.token {
            Token::CloseBrace | Token::CloseParen => depth += 1,
            Token::OpenBrace | Token::OpenParen if depth == 0 => return Some(at),
            Token::OpenBrace | Token::OpenParen => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the same value of the span itself: values are known of spans, whosever parents they are.
fn own(field: &Field) -> Field {
    Field { of_parent: false, key: field.key.clone() }
}

/// Tells whether the values of a field are worth a list: ids, places in a tree and lengths of time hardly come twice.
pub(super) fn is_listed(field: &Field) -> bool {
    use Intrinsic::{
        LinkSpanId, LinkTraceId, NestedSetLeft, NestedSetParent, NestedSetRight, ParentId, SpanId, TraceId,
    };
    match &field.key {
        FieldKey::Intrinsic(id) => {
            let is_id = matches!(id, TraceId | SpanId | ParentId | LinkTraceId | LinkSpanId);
            let is_place = matches!(id, NestedSetLeft | NestedSetRight | NestedSetParent);
            !is_id && !is_place && id.row().ty != Type::Duration
        }
        FieldKey::Parent => false,
        FieldKey::Attribute(..) => true,
    }
}

/// Returns the values of a field in the data, the most frequent first.
pub(super) fn values(field: &Field, catalog: &dyn Catalog) -> Known<Value> {
    if !is_listed(field) {
        return Known::default();
    }
    let known = catalog.values(&own(field).to_string(), None);
    let FieldKey::Attribute(Scope::Any, name) = &field.key else { return known };
    if !known.entries.is_empty() {
        return known;
    }
    // A catalog may know the values by scope only.
    let of_scope = |scope| catalog.values(&Field::attribute(scope, name.as_str()).to_string(), None);
    let scopes = [Scope::Span, Scope::Resource].map(of_scope);
    let is_pending = known.is_pending || scopes.iter().any(|known| known.is_pending);
    let entries = scopes.into_iter().map(|known| known.entries).find(|entries| !entries.is_empty());
    Known { entries: entries.unwrap_or_else(|| Arc::from([])), is_pending }
}

/// Returns the number of spans that have an attribute, if the catalog tells.
pub(super) fn spans_with(field: &Field, catalog: &dyn Catalog) -> Option<u64> {
    let FieldKey::Attribute(scope, name) = &field.key else { return None };
    let names = catalog.names(None);
    let is_it = |of: Scope| of == *scope || *scope == Scope::Any && matches!(of, Scope::Span | Scope::Resource);
    let mut counts = names.entries.iter().filter(|known| is_it(known.scope) && known.name == *name);
    let first = counts.next()?.count;
    // A span may have the name in both scopes: their sum could be too large.
    if counts.next().is_some() { None } else { first }
}

/// Tells whether two literals are the same value, however they are written.
pub(super) fn is_same_literal(a: &str, b: &str) -> bool {
    let (a, b) = (lex(a).lexemes, lex(b).lexemes);
    a.len() == b.len() && !a.is_empty() && a.iter().zip(&b).all(|(a, b)| a.token == b.token)
}

/// Returns the type of a literal.
pub(super) fn literal_type(literal: &str) -> Type {
    match lex(literal).lexemes.first().map(|lexeme| &lexeme.token) {
        Some(Token::String(_)) => Type::String,
        Some(Token::Int(_)) => Type::Int,
        Some(Token::Float(_)) => Type::Float,
        Some(Token::Duration(_)) => Type::Duration,
        Some(Token::Word(word)) => literals::find(word).map_or(Type::Any, |row| row.value.ty()),
        _ => Type::Any,
    }
}

/// Writes a number of spans.
pub(super) fn spans(count: u64) -> String {
    if count == 1 { "1 span".to_owned() } else { format!("{} spans", grouped(count.into())) }
}

/// Writes a number with commas between thousands.
pub(super) fn grouped(number: i128) -> String {
    let text = number.to_string();
    let digits = text.trim_start_matches('-');
    let mut written = text[..text.len() - digits.len()].to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 12, 999, 1_000, -5_400_000].map(grouped), ["0", "12", "999", "1,000", "-5,400,000"]);
    }

    #[test]
    fn literals_are_the_same_in_other_quotes_and_units() {
        assert!(is_same_literal("\"a\"", "`a`"));
        assert!(is_same_literal("1000ms", "1s"));
        assert!(!is_same_literal("500", "\"500\""));
    }
}
