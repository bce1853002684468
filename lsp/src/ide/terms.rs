//! The terms of a query: its tokens, each with what it means.
//!
//! Terms are told from the tokens alone, so that a query that is half typed has them too.

use std::ops::Range;

use traceql_grammar::{
    ops::Op,
    template::occurrences,
    token::{AttributeName, Lexeme, Token, lex},
    value::{Kind, Status},
    vocab::{functions::Function, intrinsics::Intrinsic, literals, scopes::Scope},
};

/// A token of a query, or a scope with the word behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term<'t> {
    /// Its bytes in the query.
    pub span: Range<usize>,
    /// The byte at which its name begins, behind the scope and its point or colon; where there is none, the term's begin.
    pub name: usize,
    /// Its meaning.
    pub meaning: Meaning<'t>,
}

/// The meanings of terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning<'t> {
    /// `by`, `with`, `true`, `false` and `nil`.
    Keyword,
    /// The name of a function before its parenthesis.
    Function(Function),
    /// An attribute; without a name where nothing stands behind the point, or a variable does.
    Attribute(AttributeName<'t>),
    /// An intrinsic, with its scope or without it.
    Intrinsic(Intrinsic),
    /// The bare word `parent`.
    Parent,
    /// A word for a status or a kind.
    Constant,
    /// The name of a hint.
    Hint,
    /// A number, a duration, or a word for a number.
    Number,
    /// A string.
    Text,
    /// A string that is a regular expression.
    Regexp,
    /// An operator.
    Operator,
    /// The sign between stages.
    Pipe,
    /// One of `{`, `}`, `(` and `)`.
    Bracket(char),
    /// A comment.
    Comment,
    /// A variable of a dashboard.
    Variable,
    /// Anything else.
    Other,
}

impl Meaning<'_> {
    /// Tells whether the term is a name that can stand at several places.
    pub(super) fn is_name(&self) -> bool {
        matches!(self, Meaning::Attribute(_) | Meaning::Intrinsic(_) | Meaning::Function(_))
    }
}

/// Returns the terms of a query in order. With `has_variables`, `$x` and its like are the variables of a dashboard.
pub(super) fn terms(text: &str, has_variables: bool) -> Vec<Term<'_>> {
    let lexed = lex(text);
    let lexemes = &lexed.lexemes;
    let mut reader =
        Reader { lexemes, hints: None, depth: 0, has_variables, variables: variables(text, has_variables) };
    let mut terms: Vec<Term<'_>> = Vec::with_capacity(lexemes.len() + lexed.comments.len());
    let mut at = 0;
    while at < lexemes.len() {
        at += reader.read(at, &mut terms);
    }
    let comments = lexed.comments.iter().map(|comment| term(comment.range(), Meaning::Comment));
    terms.extend(comments);
    terms.sort_by_key(|term| term.span.start);
    terms
}

/// Returns the term at a place of a query, one that ends there included. A name comes before what touches it.
pub(super) fn term_at<'a, 't>(terms: &'a [Term<'t>], at: usize) -> Option<&'a Term<'t>> {
    let touching = || terms.iter().filter(|term| term.span.start <= at && at <= term.span.end);
    touching().find(|term| term.meaning.is_name()).or_else(|| touching().next_back())
}

/// Returns the places of a query's stages: what stands between the signs that part them.
pub(super) fn stages(terms: &[Term<'_>]) -> Vec<Range<usize>> {
    let mut stages: Vec<Range<usize>> = Vec::new();
    let (mut depth, mut is_behind_pipe) = (0usize, true);
    for term in terms {
        match term.meaning {
            Meaning::Comment => continue,
            Meaning::Pipe if depth == 0 => {
                is_behind_pipe = true;
                continue;
            }
            Meaning::Bracket('{' | '(') => depth += 1,
            Meaning::Bracket(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        match stages.last_mut().filter(|_| !is_behind_pipe) {
            Some(stage) => stage.end = term.span.end,
            None => stages.push(term.span.clone()),
        }
        is_behind_pipe = false;
    }
    stages
}

/// Returns the places of variables.
fn variables(text: &str, has_variables: bool) -> Vec<Range<usize>> {
    if has_variables { occurrences(text).map(|found| found.span.range()).collect() } else { Vec::new() }
}

fn term(span: Range<usize>, meaning: Meaning<'_>) -> Term<'_> {
    Term { name: span.start, span, meaning }
}

/// Reads the tokens of a query one after the other.
struct Reader<'a, 't> {
    lexemes: &'a [Lexeme<'t>],
    /// The depth of brackets of the list of hints around the reader.
    hints: Option<usize>,
    depth: usize,
    has_variables: bool,
    variables: Vec<Range<usize>>,
}

impl<'t> Reader<'_, 't> {
    /// Reads the term that begins with a token; returns how many tokens it has.
    fn read(&mut self, at: usize, terms: &mut Vec<Term<'t>>) -> usize {
        let lexeme = &self.lexemes[at];
        let span = lexeme.span.range();
        if self.has_variables
            && let Some(count) = self.read_variable(at, terms)
        {
            return count;
        }
        if let Token::Scope(scope) = lexeme.token {
            let word = match self.lexemes.get(at + 1) {
                Some(Lexeme { token: Token::Word(word), span }) => Intrinsic::from_scoped(scope, word).zip(Some(span)),
                _ => None,
            };
            if let Some((intrinsic, word)) = word {
                let (name, end) = (word.range().start, word.range().end);
                terms.push(Term { span: span.start..end, name, meaning: Meaning::Intrinsic(intrinsic) });
                return 2;
            }
        }
        let meaning = self.meaning(at);
        let name = match &lexeme.token {
            Token::Attribute(attribute) => span.start + scope_length(attribute),
            _ => span.start,
        };
        terms.push(Term { span, name, meaning });
        1
    }

    /// Reads a variable outside of strings with what touches it; `None` if there is none at a token.
    fn read_variable(&self, at: usize, terms: &mut Vec<Term<'t>>) -> Option<usize> {
        let lexeme = &self.lexemes[at];
        let span = lexeme.span.range();
        if matches!(lexeme.token, Token::String(_)) {
            return None;
        }
        let next = self.variables.partition_point(|found| found.end <= span.start);
        let variable = self.variables.get(next).filter(|found| found.start < span.end)?.clone();
        let mut end = span.end.max(variable.end);
        let behind = &self.lexemes[at + 1..];
        let mut count = behind.iter().take_while(|lexeme| lexeme.span.range().start < end).count();
        // `span.${x}.y` is one name.
        while let Some(Lexeme { token: Token::Attribute(_) | Token::Word(_), span }) = behind.get(count)
            && span.range().start == end
        {
            end = span.range().end;
            count += 1;
        }
        let (name, meaning) = match &lexeme.token {
            Token::Attribute(attribute) => {
                let name = span.start + scope_length(attribute);
                (name, Meaning::Attribute(AttributeName { name: None, ..attribute.clone() }))
            }
            _ => (span.start, Meaning::Variable),
        };
        let end = if meaning == Meaning::Variable { variable.end } else { end };
        terms.push(Term { span: span.start..end, name, meaning });
        Some(count + 1)
    }

    /// Returns what a token means.
    fn meaning(&mut self, at: usize) -> Meaning<'t> {
        let next = self.lexemes.get(at + 1).map(|lexeme| &lexeme.token);
        match &self.lexemes[at].token {
            Token::By => Meaning::Keyword,
            Token::With => {
                self.hints = Some(self.depth + 1);
                Meaning::Keyword
            }
            Token::OpenBrace => self.opened('{'),
            Token::OpenParen => self.opened('('),
            Token::CloseBrace => self.closed('}'),
            Token::CloseParen => self.closed(')'),
            Token::Pipe => Meaning::Pipe,
            Token::Minus | Token::Bang | Token::Op(_) => Meaning::Operator,
            Token::Int(_) | Token::Float(_) | Token::Duration(_) => Meaning::Number,
            Token::Attribute(attribute) => match (attribute.name.as_deref(), attribute.scope) {
                (Some(name), Scope::Any) if attribute.of_parent => {
                    let intrinsic = Intrinsic::from_bare(name).map(Meaning::Intrinsic);
                    intrinsic.unwrap_or_else(|| Meaning::Attribute(attribute.clone()))
                }
                _ => Meaning::Attribute(attribute.clone()),
            },
            Token::String(_) => {
                let before = at.checked_sub(1).map(|before| &self.lexemes[before].token);
                let is_regexp = matches!(before, Some(Token::Op(Op::Match | Op::NotMatch)));
                if is_regexp { Meaning::Regexp } else { Meaning::Text }
            }
            Token::Word(word) => match Function::from_name(word).filter(|_| next == Some(&Token::OpenParen)) {
                Some(function) => Meaning::Function(function),
                None if self.hints == Some(self.depth) && next == Some(&Token::Op(Op::Eq)) => Meaning::Hint,
                None => word_meaning(word),
            },
            _ => Meaning::Other,
        }
    }

    fn opened(&mut self, bracket: char) -> Meaning<'t> {
        self.depth += 1;
        Meaning::Bracket(bracket)
    }

    fn closed(&mut self, bracket: char) -> Meaning<'t> {
        self.depth = self.depth.saturating_sub(1);
        self.hints = self.hints.filter(|hints| *hints <= self.depth);
        Meaning::Bracket(bracket)
    }
}

/// Returns what a word alone means.
fn word_meaning<'t>(word: &str) -> Meaning<'t> {
    if let Some(row) = literals::find(word) {
        return if row.reserved { Meaning::Keyword } else { Meaning::Number };
    }
    let is_status = Status::ALL.into_iter().any(|status| status.word() == word);
    if is_status || Kind::ALL.into_iter().any(|kind| kind.word() == word) {
        return Meaning::Constant;
    }
    match Intrinsic::from_bare(word) {
        Some(intrinsic) => Meaning::Intrinsic(intrinsic),
        None if word == "parent" => Meaning::Parent,
        None => Meaning::Other,
    }
}

/// Returns the length of what stands before an attribute's name: `parent.span.`.
fn scope_length(attribute: &AttributeName<'_>) -> usize {
    let parent = if attribute.of_parent { "parent.".len() } else { 0 };
    let has_point = !(attribute.of_parent && attribute.scope == Scope::Any);
    parent + attribute.scope.word().len() + usize::from(has_point)
}
