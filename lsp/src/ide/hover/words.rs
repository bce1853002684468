//! Pages of words, operators and fields.

use traceql_grammar::{
    ops::{Op, UnaryOp},
    query::FieldKey,
    token::Token,
    value::{Kind, Status},
    vocab::{functions::Function, hints, literals, scopes::Scope},
};

use super::Context;
use crate::{
    catalog::Value,
    ide::{
        documentation::{attribute, code, documentation_of, function, hint, intrinsic, page, sentence, titled},
        fields::{FieldAt, compared_with, enclosing, is_listed, spans, spans_with, values},
        signature::begins_stage,
        usage::is_comparison,
    },
};

/// Maximum number of values that are listed.
pub(super) const MOST_VALUES: usize = 8;

/// Writes the page of a word that is no field; `None` for others.
pub(super) fn word(context: &Context<'_>, index: usize) -> Option<String> {
    let token = |index: Option<usize>| context.lexemes.get(index?).map(|lexeme| &lexeme.token);
    let (before, behind) = (token(index.checked_sub(1)), token(Some(index + 1)));
    let word = match token(Some(index))? {
        Token::By if begins_stage(context.lexemes, index) => "by",
        Token::By => {
            let example = "{ } | rate() by (resource.service.name)";
            return Some(titled("by (field, …)", &page("one series for each value", Some(example), None)));
        }
        Token::With => {
            let doc = "hints to Tempo, which change how it finds an answer";
            return Some(titled("with (hint=value, …)", &page(doc, Some("{ } with (most_recent=true)"), None)));
        }
        Token::Word(word) => word,
        _ => return None,
    };
    if matches!(before, Some(Token::Scope(_))) {
        return None;
    }
    let is_in_hints = enclosing(context.lexemes, index)
        .is_some_and(|open| token(open.checked_sub(1)).is_some_and(|token| *token == Token::With));
    if is_in_hints && matches!(before, Some(Token::OpenParen | Token::Comma)) {
        let row = hints::find(word)?;
        return Some(titled(row.name, &hint(row)));
    }
    if behind == Some(&Token::OpenParen)
        && let Some(function_row) = Function::from_name(word).map(Function::row)
    {
        return Some(titled(function_row.signature, &function(function_row)));
    }
    if word == "parent" {
        let doc = "the parent span; only its presence can be asked for";
        return Some(titled(word, &page(doc, Some("{ parent = nil }"), None)));
    }
    let value = status(word).or_else(|| kind(word)).map(|doc| titled(word, &page(&doc, None, None)));
    let value =
        value.or_else(|| literals::find(word).and_then(|row| documentation_of(&format!("literal:{}", row.word))));
    let mut page = value?;
    if let Some(count) = super::literal::count(context, index) {
        page.push_str(&format!("\n\n{count}"));
    }
    Some(page)
}

fn status(word: &str) -> Option<String> {
    let doc = match Status::ALL.into_iter().find(|status| status.word() == word)? {
        Status::Error => "the span failed",
        Status::Ok => "the span was marked as successful",
        Status::Unset => "the span was given no status, as most spans that did not fail",
    };
    Some(format!("{}\n\nType: status", sentence(doc)))
}

fn kind(word: &str) -> Option<String> {
    let doc = match Kind::ALL.into_iter().find(|kind| kind.word() == word)? {
        Kind::Unspecified => "the span was given no kind",
        Kind::Internal => "work inside of a service",
        Kind::Server => "the receiving side of a call",
        Kind::Client => "the calling side of a call",
        Kind::Producer => "puts a message into a queue",
        Kind::Consumer => "takes a message out of a queue",
    };
    Some(format!("{}\n\nType: kind", sentence(doc)))
}

/// Writes the page of an operator, in the meaning that it has at its place.
pub(super) fn operator(context: &Context<'_>, index: usize) -> Option<String> {
    let ends_operand = index.checked_sub(1).is_some_and(|before| context.lexemes[before].token.ends_operand());
    let op = match context.lexemes.get(index)?.token {
        Token::Op(op) => op,
        Token::Minus if ends_operand => Op::Sub,
        Token::Minus => {
            let doc = "the negative of a number or a duration";
            return Some(titled(UnaryOp::Neg.text(), &page(doc, Some("{ -span.offset > 10 }"), None)));
        }
        Token::Bang => {
            let doc = "the opposite of a condition";
            return Some(titled(UnaryOp::Not.text(), &page(doc, Some("{ !(status = error) }"), None)));
        }
        _ => return None,
    };
    let row = op.row();
    if op.as_spanset().is_some() && is_between_spansets(context, index) {
        let doc = match op {
            Op::And => "the spans of both sides, in traces that have both",
            Op::Or => "the spans of both sides, in traces that have either",
            _ => row.doc.split_once("between spansets: ").map_or(row.doc, |(_, doc)| doc),
        };
        let doc = format!("{}\n\nTakes spansets", sentence(doc));
        let example = format!("{{ name = \"GET /\" }} {op} {{ status = error }}", op = op.text());
        return Some(titled(op.text(), &page(&doc, Some(&example), Some(row.since))));
    }
    let doc = row.doc.split_once("; between spansets:").map_or(row.doc, |(doc, _)| doc);
    let doc = match op {
        Op::And => "both conditions hold".to_owned(),
        Op::Or => "either condition holds, or both do".to_owned(),
        _ if is_comparison(op) && !matches!(op, Op::Match | Op::NotMatch) => format!("the left side {doc}"),
        _ => doc.to_owned(),
    };
    let (takes, example) = match op {
        Op::And | Op::Or => ("conditions", format!("{{ status = error {} duration > 1s }}", op.text())),
        Op::Match | Op::NotMatch => {
            ("a text, and a regular expression on the right side", format!("{{ name {} \"GET .*\" }}", op.text()))
        }
        Op::Eq | Op::Ne => ("two values of one type, or `nil`", format!("{{ status {} error }}", op.text())),
        _ if is_comparison(op) => ("numbers, durations and texts", format!("{{ duration {} 100ms }}", op.text())),
        _ if op.as_arithmetic().is_some() => {
            ("numbers and durations", format!("{{ span.sent {} span.received > 10 }}", op.text()))
        }
        // The others stand between spansets only.
        _ => return documentation_of(&format!("operator:{}", op.text())),
    };
    let since = op.as_arithmetic().map(|_| row.since);
    let doc = format!("{}\n\nTakes {takes}", sentence(&doc));
    Some(titled(op.text(), &page(&doc, Some(&example), since)))
}

/// Tells whether an operator stands behind a spanset: a filter, or a group that no function's name precedes.
fn is_between_spansets(context: &Context<'_>, index: usize) -> bool {
    let lexemes = context.lexemes;
    let is_in_filter = match enclosing(lexemes, index) {
        Some(_) => {
            let mut at = index;
            std::iter::from_fn(|| {
                at = enclosing(lexemes, at)?;
                Some(at)
            })
            .any(|open| lexemes[open].token == Token::OpenBrace)
        }
        None => false,
    };
    if is_in_filter || context.is_condition {
        return false;
    }
    let Some(before) = index.checked_sub(1) else { return false };
    match lexemes[before].token {
        Token::CloseBrace => true,
        Token::CloseParen => {
            let open = enclosing(lexemes, before);
            let name = open.and_then(|open| lexemes.get(open.checked_sub(1)?));
            !name.is_some_and(|name| matches!(name.token, Token::Word(_) | Token::By | Token::With))
        }
        _ => false,
    }
}

/// Writes the page of a field, with what the data has of it.
pub(super) fn field(context: &Context<'_>, found: &FieldAt) -> String {
    let written = context.text.get(found.span.clone()).unwrap_or_default();
    let mut parts = Vec::new();
    match &found.field.key {
        FieldKey::Intrinsic(id) => {
            let row = id.row();
            let since = if written.contains(':') { row.scoped_since } else { row.bare_since };
            parts.push(intrinsic(row, since));
        }
        FieldKey::Parent => parts.push(sentence("the parent span")),
        FieldKey::Attribute(scope, name) => {
            let unknown = || "An attribute that OpenTelemetry's conventions do not know.".to_owned();
            parts.push(attribute(name).unwrap_or_else(unknown));
            parts.push(in_scope(*scope, found.field.of_parent));
        }
    }
    if found.field.of_parent && !matches!(found.field.key, FieldKey::Attribute(..)) {
        parts.push("That of the parent span.".to_owned());
    }
    if is_listed(&found.field) {
        parts.push(seen(context, found));
    }
    titled(written, &parts.join("\n\n"))
}

fn in_scope(scope: Scope, of_parent: bool) -> String {
    let row = scope.row();
    let word = if row.word.is_empty() { "none".to_owned() } else { code(row.word) };
    let parent = if of_parent { ", of the parent span" } else { "" };
    page(&format!("Scope: {word}, {}{parent}", row.doc), None, Some(row.since))
}

/// Writes the values that the data has of a field.
fn seen(context: &Context<'_>, found: &FieldAt) -> String {
    let known = values(&found.field, context.catalog);
    let having = spans_with(&found.field, context.catalog);
    let have =
        having.map(|count| if count == 1 { "1 span has it".to_owned() } else { format!("{} have it", spans(count)) });
    if known.entries.is_empty() {
        let values = if known.is_pending { "its values are being looked up" } else { "nothing is known of its values" };
        return sentence(&have.map_or_else(|| values.to_owned(), |have| format!("{have}; {values}")));
    }
    let mut lines =
        vec![have.map_or_else(|| "Values in the data:".to_owned(), |have| format!("{have}, with these values:"))];
    lines.push(String::new());
    lines.extend(known.entries.iter().take(MOST_VALUES).map(value));
    if let Some(more) = known.entries.len().checked_sub(MOST_VALUES).filter(|more| *more > 0) {
        lines.push(format!("- and {more} more"));
    }
    lines.join("\n")
}

/// Writes a value with its number of spans as a line of a list.
pub(super) fn value(value: &Value) -> String {
    match value.count {
        Some(count) => format!("- {}: {}", code(&value.literal), spans(count)),
        None => format!("- {}", code(&value.literal)),
    }
}

/// Returns the field with which a token is compared.
pub(super) fn compared(context: &Context<'_>, index: usize) -> Option<(FieldAt, Op)> {
    compared_with(context.text, context.lexemes, index)
}
