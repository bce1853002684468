//! Pages of literals: numbers, durations, texts and regular expressions.

use std::borrow::Cow;

use traceql_grammar::{
    ops::Op,
    token::Token,
    value::{Type, format_duration},
};

use super::{
    Context,
    words::{MOST_VALUES, compared, value},
};
use crate::{
    catalog::Value,
    ide::{
        documentation::{code, titled},
        fields::{grouped, is_same_literal, spans, values},
    },
};

/// Writes the page of a literal.
pub(super) fn page(context: &Context<'_>, index: usize) -> Option<String> {
    let lexeme = context.lexemes.get(index)?;
    let written = context.text.get(lexeme.span.range())?;
    let found = compared(context, index);
    let mut parts = Vec::new();
    match &lexeme.token {
        Token::Duration(ns) => {
            let usual = format_duration(*ns);
            let same = if usual == written { String::new() } else { format!(", or {}", code(&usual)) };
            parts.push(format!("A duration: {} ns{same}.", grouped((*ns).into())));
        }
        Token::Int(_) | Token::Float(_) => {
            let is_int = matches!(lexeme.token, Token::Int(_));
            let is_beside_duration = found.as_ref().is_some_and(|(found, _)| found.field.ty() == Type::Duration);
            parts.push(match (is_beside_duration, is_int) {
                (true, _) => format!("A number beside a duration counts nanoseconds: {written} ns."),
                (false, true) => "Type: int.".to_owned(),
                (false, false) => "Type: float.".to_owned(),
            });
        }
        Token::String(pattern) => match &found {
            Some((_, Op::Match | Op::NotMatch)) => {
                parts.push("A regular expression, which has to match the whole text.".to_owned());
                parts.extend(matched(context, index, pattern));
            }
            _ => parts.push("Type: string.".to_owned()),
        },
        _ => return None,
    }
    parts.extend(count(context, index));
    Some(titled(written, &parts.join("\n\n")))
}

/// Tells how many spans have the value that a literal stands for, if the data tells.
pub(super) fn count(context: &Context<'_>, index: usize) -> Option<String> {
    let (found, op) = compared(context, index)?;
    if !matches!(op, Op::Eq | Op::Ne) {
        return None;
    }
    let lexeme = context.lexemes.get(index)?;
    let literal = context.text.get(lexeme.span.range())?;
    let field = code(context.text.get(found.span.clone())?);
    if matches!(lexeme.token, Token::Word("nil")) {
        return None;
    }
    let known = values(&found.field, context.catalog);
    if known.entries.is_empty() {
        return None;
    }
    match known.entries.iter().find(|value| is_same_literal(&value.literal, literal)) {
        Some(value) => {
            let count = value.count?;
            let have = if count == 1 { "has" } else { "have" };
            Some(format!("{} {have} this value of {field}.", spans(count)))
        }
        None if known.is_pending => None,
        None if known.entries.len() == 1 => Some(format!("It is not the one value of {field} that is known.")),
        None => Some(format!("It is not among the {} values of {field} that are known.", known.entries.len())),
    }
}

/// Lists the values in the data that a simple pattern matches.
fn matched(context: &Context<'_>, index: usize, pattern: &str) -> Option<String> {
    let (found, op) = compared(context, index)?;
    let simple = Simple::read(pattern)?;
    let known = values(&found.field, context.catalog);
    if known.entries.is_empty() {
        return None;
    }
    let is_wanted = |value: &&Value| {
        let lexemes = traceql_grammar::token::lex(&value.literal).lexemes;
        matches!(lexemes.as_slice(), [only] if matches!(&only.token, Token::String(text) if simple.matches(text)))
    };
    let matching: Vec<&Value> = known.entries.iter().filter(is_wanted).collect();
    let excluded = if op == Op::NotMatch { ", which are left out" } else { "" };
    if matching.is_empty() {
        return Some("It matches no value that is known.".to_owned());
    }
    let mut lines = vec![format!("Values that it matches{excluded}:"), String::new()];
    lines.extend(matching.iter().take(MOST_VALUES).map(|found| value(found)));
    if let Some(more) = matching.len().checked_sub(MOST_VALUES).filter(|more| *more > 0) {
        lines.push(format!("- and {more} more"));
    }
    Some(lines.join("\n"))
}

/// A pattern that needs no engine: alternatives of plain texts, each with `.*` at its ends or not.
struct Simple<'p>(Vec<Alternative<'p>>);

struct Alternative<'p> {
    text: Cow<'p, str>,
    is_open_before: bool,
    is_open_behind: bool,
}

impl<'p> Simple<'p> {
    /// Reads a pattern; `None` if it is not that simple.
    fn read(pattern: &'p str) -> Option<Simple<'p>> {
        let alternative = |part: &'p str| {
            let begun = part.strip_prefix(".*");
            let rest = begun.unwrap_or(part);
            let ended = rest.strip_suffix(".*").filter(|rest| !rest.ends_with('\\'));
            let text = plain(ended.unwrap_or(rest))?;
            Some(Alternative { text, is_open_before: begun.is_some(), is_open_behind: ended.is_some() })
        };
        pattern.split('|').map(alternative).collect::<Option<Vec<_>>>().map(Simple)
    }

    fn matches(&self, text: &str) -> bool {
        self.0.iter().any(|part| match (part.is_open_before, part.is_open_behind) {
            (false, false) => text == part.text,
            (false, true) => text.starts_with(&*part.text),
            (true, false) => text.ends_with(&*part.text),
            (true, true) => text.contains(&*part.text),
        })
    }
}

/// Returns the text that a pattern without any special signs matches.
fn plain(pattern: &str) -> Option<Cow<'_, str>> {
    let is_special = |c: char| ".+*?()[]{}^$".contains(c);
    if !pattern.contains(|c: char| c == '\\' || is_special(c)) {
        return Some(Cow::Borrowed(pattern));
    }
    let mut text = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(c) = letters.next() {
        match c {
            '\\' => text.push(letters.next().filter(char::is_ascii_punctuation)?),
            c if is_special(c) => return None,
            c => text.push(c),
        }
    }
    Some(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> Option<bool> {
        Some(Simple::read(pattern)?.matches(text))
    }

    #[test]
    fn simple_patterns_match_whole_texts() {
        let cases = [
            ("cart|shop", "shop", Some(true)),
            ("cart|shop", "shops", Some(false)),
            ("GET .*", "GET /", Some(true)),
            (".*/cart", "GET /cart", Some(true)),
            (".*/cart.*", "GET /cart/1", Some(true)),
            (r"a\.b", "a.b", Some(true)),
            (r"a\.b", "axb", Some(false)),
            (r"a\|b", "b", None),
            ("a.b", "axb", None),
            (r"\d", "1", None),
            (r"a\.*", "a..", None),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
