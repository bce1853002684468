//! The cursor in a query: the tokens before it, the half-typed word, and the tokens behind it.

use std::ops::Range;

use traceql_grammar::{
    diagnostic::Code,
    token::{Lexeme, Token, ends_attribute_name, lex},
};

/// A cursor in a query.
pub(super) struct Cursor<'t> {
    /// The whole query.
    pub text: &'t str,
    /// The tokens before the half-typed word.
    pub before: Vec<Lexeme<'t>>,
    /// The half-typed word.
    pub word: Word<'t>,
    /// The tokens behind the word. Their places count from its end.
    pub behind: Vec<Lexeme<'t>>,
}

/// A half-typed word; empty where the cursor touches none.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    /// The bytes that are replaced.
    pub span: Range<usize>,
    /// The part before the cursor; of a string the part behind its quote.
    pub typed: &'t str,
    /// The kind of word.
    pub kind: WordKind,
    /// Whether a string lacks its closing quote.
    pub is_open: bool,
}

/// The kinds of half-typed words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordKind {
    /// A name, a number, or nothing.
    Name,
    /// A string with its opening quote.
    Text(char),
    /// An operator that may become a longer one. The tokens before the word do not hold it.
    Operator,
}

impl<'t> Cursor<'t> {
    /// Reads what stands around a place of a query; `None` inside of a comment.
    pub(super) fn new(text: &'t str, at: usize) -> Option<Cursor<'t>> {
        let (head, rest) = text.split_at_checked(at)?;
        let lexed = lex(head);
        if lexed
            .comments
            .last()
            .is_some_and(|comment| is_open_comment(&head[comment.range()], comment.range().end == at))
        {
            return None;
        }
        let mut before = lexed.lexemes;
        let open = lexed.diagnostics.iter().filter(|found| found.code == Code::UnterminatedString);
        let open = open.map(|found| found.primary.span.range().start);
        let open = open.filter(|start| head[*start..].starts_with('`') || !head[*start..].contains('\n')).min();
        let word = match open.and_then(|start| open_text(head, rest, start, &mut before)) {
            Some(word) => word,
            None => name(head, rest, &mut before),
        };
        let behind = text.get(word.span.end..).map(|rest| lex(rest).lexemes).unwrap_or_default();
        Some(Cursor { text, before, word, behind })
    }
}

/// Tells whether a cursor at the end of the text is inside of a comment.
fn is_open_comment(comment: &str, ends_at_cursor: bool) -> bool {
    let is_closed = comment.starts_with("/*") && comment.len() > 3 && comment.ends_with("*/");
    ends_at_cursor && !is_closed
}

/// Takes an open string off the tokens; `None` where the quote belongs to an attribute's name.
fn open_text<'t>(head: &'t str, rest: &'t str, start: usize, before: &mut Vec<Lexeme<'t>>) -> Option<Word<'t>> {
    let is_text = |lexeme: &Lexeme<'_>| lexeme.span.range().start == start && matches!(lexeme.token, Token::String(_));
    let index = before.iter().rposition(is_text)?;
    before.truncate(index);
    let quote = head[start..].chars().next()?;
    let end = head.len() + closing(rest, quote).unwrap_or_default();
    Some(Word {
        span: start..end,
        typed: &head[start + quote.len_utf8()..],
        kind: WordKind::Text(quote),
        is_open: false,
    })
}

/// Returns the place behind the quote that closes a string. A quote behind what looks like the rest of a query opens
/// another string.
fn closing(rest: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let end = rest.find(|c: char| {
        let is_end = !is_escaped && (c == quote || c == '\n');
        is_escaped = !is_escaped && c == '\\' && quote != '`';
        is_end
    })?;
    let inside = &rest[..end];
    let is_query = ["&&", "||", " }", "= ", "} |"].iter().any(|part| inside.contains(part));
    (rest[end..].starts_with(quote) && !is_query).then(|| end + quote.len_utf8())
}

/// Takes the name, number or operator that touches the cursor off the tokens.
fn name<'t>(head: &'t str, rest: &'t str, before: &mut Vec<Lexeme<'t>>) -> Word<'t> {
    let at = head.len();
    let empty = Word { span: at..at, typed: "", kind: WordKind::Name, is_open: false };
    let touches = |before: &[Lexeme<'_>], at: usize| before.last().is_some_and(|last| last.span.range().end == at);
    if !touches(before, at) {
        return empty;
    }
    let Some(last) = before.last() else { return empty };
    let is_attribute = matches!(last.token, Token::Attribute(_));
    let kind = match last.token {
        Token::Op(_) | Token::Bang | Token::Unknown('&') => WordKind::Operator,
        Token::Pipe if is_in_braces(before) => WordKind::Operator,
        Token::Word(_) | Token::By | Token::With | Token::Scope(_) | Token::Attribute(_) => WordKind::Name,
        Token::Int(_) | Token::Float(_) | Token::Duration(_) | Token::Invalid => WordKind::Name,
        _ => return empty,
    };
    let mut start = last.span.range().start;
    before.pop();
    if kind == WordKind::Operator {
        return Word { span: start..at, typed: &head[start..], kind, is_open: false };
    }
    // `http.route` without a scope is a word and an attribute, `span:name` a scope and a word, `10x` a number and a word.
    while touches(before, start)
        && before.last().is_some_and(|last| {
            let is_number = matches!(last.token, Token::Int(_) | Token::Float(_) | Token::Duration(_));
            matches!(last.token, Token::Word(_) | Token::Scope(_)) || is_number
        })
    {
        start = before.pop().map_or(start, |last| last.span.range().start);
    }
    let typed = &head[start..];
    Word { span: start..at + tail(rest, typed, is_attribute), typed, kind, is_open: false }
}

/// Returns how much of the text behind the cursor belongs to the word.
fn tail(rest: &str, typed: &str, is_attribute: bool) -> usize {
    let ends_name = |c: char| c == '"' || ends_attribute_name(c);
    let is_in_quotes = is_attribute && typed.matches('"').count() % 2 == 1;
    if is_in_quotes {
        return closing(rest, '"').unwrap_or_default();
    }
    if is_attribute {
        return rest.find(ends_name).unwrap_or(rest.len());
    }
    let is_letter = |c: char| c == '_' || c.is_alphanumeric();
    let letters = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
    match rest[letters..].chars().next() {
        Some('.') => rest.find(ends_name).unwrap_or(rest.len()),
        Some(':') => letters + 1 + rest[letters + 1..].find(|c| !is_letter(c)).unwrap_or(rest.len() - letters - 1),
        _ => letters,
    }
}

/// Tells whether the last bracket that is open is a brace.
fn is_in_braces(before: &[Lexeme<'_>]) -> bool {
    let last = before.iter().rfind(|lexeme| matches!(lexeme.token, Token::OpenBrace | Token::CloseBrace));
    last.is_some_and(|lexeme| lexeme.token == Token::OpenBrace)
}
