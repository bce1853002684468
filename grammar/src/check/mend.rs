//! What messages about types say, and how a literal of the wrong type is mended.

use crate::{
    diagnostic::{Diagnostic, Edit},
    ops::BinaryOp,
    span::Span,
    token::{Token, lex},
    value::{Kind, Status, Type, Value},
};

/// Says which operators a type has.
pub(super) fn operators_of(ty: Type) -> String {
    let operators = match ty {
        Type::Bool => "`&&`, `||`, `=` and `!=`",
        Type::Int | Type::Float | Type::Duration => "arithmetic and comparisons",
        Type::String => "comparisons, `=~` and `!~`",
        _ => "`=` and `!=`",
    };
    format!("{} has {operators}", ty.with_article())
}

/// How a message says what an operator does: "cannot be … a string".
pub(super) fn combined(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::And | BinaryOp::Or => "joined with",
        BinaryOp::Match | BinaryOp::NotMatch => "matched against",
        BinaryOp::Compare(_) => "compared with",
        BinaryOp::Arithmetic(_) => "combined with",
    }
}

/// What a field of this type is usually compared with.
pub(super) fn example(ty: Type) -> &'static str {
    match ty {
        Type::Duration => "> 100ms",
        Type::String => "= \"…\"",
        Type::Status => "= error",
        Type::Kind => "= server",
        _ => "> 1",
    }
}

/// Returns the status that a word or an OTLP name means, in any case: `Error`, `STATUS_CODE_ERROR`.
pub(super) fn status_meant(text: &str) -> Option<&'static str> {
    Status::ALL.into_iter().map(Status::word).find(|word| is_name_of(text, word, &["STATUS_CODE_", "STATUS_"]))
}

/// Returns the kind that a word or an OTLP name means, in any case: `Server`, `SPAN_KIND_SERVER`.
pub(super) fn kind_meant(text: &str) -> Option<&'static str> {
    Kind::ALL.into_iter().map(Kind::word).find(|word| is_name_of(text, word, &["SPAN_KIND_", "KIND_"]))
}

fn is_name_of(text: &str, word: &str, prefixes: &[&str]) -> bool {
    let text = text.to_ascii_uppercase();
    let rest = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(&text);
    rest.eq_ignore_ascii_case(word)
}

/// Lists the words for a status.
pub(super) fn status_words() -> String {
    listed(Status::ALL.into_iter().map(Status::word))
}

/// Lists the words for a kind.
pub(super) fn kind_words() -> String {
    listed(Kind::ALL.into_iter().map(Kind::word))
}

/// Lists words as a sentence does.
fn listed(words: impl Iterator<Item = &'static str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Adds the fix for a literal of the wrong type: `status = "error"`, `duration > "1s"`, `name = 1`.
///
/// `other` is the type on the other side; `written` is the literal as it stands at `at`.
pub(super) fn with_mended_literal(
    found: Diagnostic,
    other: Type,
    literal: &Value,
    at: Span,
    written: &str,
) -> Diagnostic {
    match (other, literal) {
        (Type::Status, Value::String(text)) => match status_meant(text) {
            Some(word) => unquoted(found, "compare with the status word", at, word),
            None => found.help(format!("the words for a status are {}, without quotes", status_words())),
        },
        (Type::Kind, Value::String(text)) => match kind_meant(text) {
            Some(word) => unquoted(found, "compare with the kind word", at, word),
            None => found.help(format!("the words for a kind are {}, without quotes", kind_words())),
        },
        (Type::Int | Type::Float | Type::Duration, Value::String(text)) => {
            let lexed = lex(text);
            let number = matches!(lexed.lexemes.as_slice(), [only] if matches!(only.token, Token::Int(_) | Token::Float(_) | Token::Duration(_)));
            if number && lexed.diagnostics.is_empty() {
                unquoted(found, "remove the quotes", at, text)
            } else {
                found.help("a number stands without quotes")
            }
        }
        (Type::String, literal) if !matches!(literal, Value::String(_) | Value::Nil) => {
            let quoted = format!("\"{written}\"");
            found
                .help(format!("text stands in quotes: {quoted}"))
                .fix("put it in quotes", vec![Edit::replace(at, quoted)])
        }
        _ => found,
    }
}

fn unquoted(found: Diagnostic, title: &str, at: Span, word: &str) -> Diagnostic {
    found.help(format!("write `{word}`, without quotes")).fix(title, vec![Edit::replace(at, word)])
}
