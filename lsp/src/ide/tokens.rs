//! Tokens: the words of a file's queries, for an editor that colours them.

use std::ops::Range;

use traceql_grammar::{
    template::occurrences,
    vocab::conventions::{Reason, find},
};

use super::{
    Analysis,
    terms::{Meaning, Term},
    terms_of,
};
use crate::document::{
    holder::{Found, HolderKind},
    source_map::Written,
};

/// A part of a query as it stands in the file. It never holds a line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// The kind of part.
    pub kind: TokenKind,
    /// Whether the conventions have another name for the attribute.
    pub is_deprecated: bool,
}

/// The kinds of parts of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `by`, `with`, `true`, `false` and `nil`.
    Keyword,
    /// A function.
    Function,
    /// The scope of an attribute or intrinsic, without its point or colon.
    Scope,
    /// The name of an attribute.
    Attribute,
    /// The name of an intrinsic.
    Intrinsic,
    /// A word for a status or a kind.
    Constant,
    /// The name of a hint.
    Hint,
    /// A number or a duration.
    Number,
    /// A string.
    String,
    /// A string that is a regular expression.
    Regexp,
    /// An operator, or the sign between stages.
    Operator,
    /// A comment.
    Comment,
    /// A variable of a dashboard.
    Variable,
}

impl TokenKind {
    /// Every kind, in order.
    pub const ALL: [TokenKind; 13] = [
        TokenKind::Keyword,
        TokenKind::Function,
        TokenKind::Scope,
        TokenKind::Attribute,
        TokenKind::Intrinsic,
        TokenKind::Constant,
        TokenKind::Hint,
        TokenKind::Number,
        TokenKind::String,
        TokenKind::Regexp,
        TokenKind::Operator,
        TokenKind::Comment,
        TokenKind::Variable,
    ];
}

/// Returns the tokens of every query in a file, in order and without overlaps.
pub fn tokens(analysis: &Analysis) -> Vec<Token> {
    tokens_in(analysis, 0..analysis.text().len())
}

/// Returns the tokens that touch a part of the file.
pub fn tokens_in(analysis: &Analysis, span: Range<usize>) -> Vec<Token> {
    let file = analysis.text();
    let mut tokens = Vec::new();
    for (holder, _, found) in analysis.written() {
        if found.span.end < span.start || span.end < found.span.start {
            continue;
        }
        for term in terms_of(holder, found) {
            for (part, kind) in parts(&term, &found.text, holder.kind != HolderKind::File) {
                let is_deprecated = kind == TokenKind::Attribute && is_deprecated(&term.meaning);
                let lines = lines(found, file, part);
                tokens.extend(lines.into_iter().map(|span| Token { span, kind, is_deprecated }));
            }
        }
    }
    tokens.retain(|token| token.span.start <= span.end && span.start <= token.span.end);
    tokens.sort_by_key(|token| (token.span.start, token.span.end));
    let mut end = 0;
    tokens.retain(|token| {
        let is_behind = end <= token.span.start;
        end = if is_behind { token.span.end } else { end };
        is_behind
    });
    tokens
}

/// Returns the parts of a term that are coloured each in its way.
fn parts(term: &Term<'_>, text: &str, has_variables: bool) -> Vec<(Range<usize>, TokenKind)> {
    let span = term.span.clone();
    let kind = match term.meaning {
        Meaning::Keyword => TokenKind::Keyword,
        Meaning::Function(_) => TokenKind::Function,
        Meaning::Attribute(_) => TokenKind::Attribute,
        Meaning::Intrinsic(_) | Meaning::Parent => TokenKind::Intrinsic,
        Meaning::Constant => TokenKind::Constant,
        Meaning::Hint => TokenKind::Hint,
        Meaning::Number => TokenKind::Number,
        Meaning::Text => TokenKind::String,
        Meaning::Regexp => TokenKind::Regexp,
        Meaning::Operator | Meaning::Pipe => TokenKind::Operator,
        Meaning::Comment => return vec![(span, TokenKind::Comment)],
        Meaning::Variable => return vec![(span, TokenKind::Variable)],
        Meaning::Bracket(_) | Meaning::Other => return Vec::new(),
    };
    let scope = text.get(span.start..term.name).unwrap_or_default().trim_end_matches([' ', '\t', '\r', '\n', '.', ':']);
    let scope = span.start..span.start + scope.len();
    let mut parts = vec![(scope, TokenKind::Scope)];
    let mut at = term.name;
    if has_variables {
        for variable in occurrences(text.get(at..span.end).unwrap_or_default()) {
            let variable = variable.span.range();
            let variable = term.name + variable.start..term.name + variable.end;
            parts.extend([(at..variable.start, kind), (variable.clone(), TokenKind::Variable)]);
            at = variable.end;
        }
    }
    parts.push((at..span.end, kind));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

/// Returns the bytes of the file that a part of a query comes from, line by line.
fn lines(found: &Found, file: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let segments = found.map.segments();
    let first = segments.partition_point(|segment| segment.text.end <= part.start);
    let touched = segments[first..].iter().take_while(|segment| segment.text.start < part.end);
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for segment in touched {
        let text = segment.text.start.max(part.start)..segment.text.end.min(part.end);
        let piece = found.map.to_file(text);
        let is_break = segment.written == Written::Escaped && file.get(piece.clone()).is_none_or(has_break);
        if segment.written == Written::Made || is_break {
            continue;
        }
        match pieces.last_mut().filter(|last| last.end == piece.start) {
            Some(last) => last.end = piece.end,
            None => pieces.push(piece),
        }
    }
    pieces.into_iter().flat_map(|piece| without_breaks(file, piece)).collect()
}

fn has_break(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

/// Returns the parts of a piece of the file that lie on one line each.
fn without_breaks(file: &str, piece: Range<usize>) -> Vec<Range<usize>> {
    let mut at = piece.start;
    let lines = file.get(piece).unwrap_or_default().split(['\n', '\r']).map(|line| {
        let start = at;
        at += line.len() + 1;
        start..start + line.len()
    });
    lines.filter(|line| !line.is_empty()).collect()
}

/// Tells whether the conventions have another name for an attribute.
fn is_deprecated(meaning: &Meaning<'_>) -> bool {
    let Meaning::Attribute(attribute) = meaning else { return false };
    let row = attribute.name.as_deref().and_then(find);
    row.and_then(|row| row.deprecated).is_some_and(|deprecated| deprecated.reason != Reason::Moved)
}
