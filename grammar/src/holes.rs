//! Holes: the places of declared template variables.
//!
//! The lexer reads an expanded text, in which every hole is replaced by its value, or by a stand-in where there is none.
//! The tokens then get their places in the text as it is written: one that lies in a hole, or partly in it, covers it. From
//! there on everything works on the written text. A hole without a value (an *open* one) is a missing operand, about which
//! nothing is ever reported.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    diagnostic::{Class, Code, Diagnostic},
    span::Span,
    template::{Variable, VariableKind, occurrences},
    token::{self, AttributeName, Lexed, Lexeme, Token},
    vocab::scopes::Scope,
};

/// Text in the place of a value that is not given. It reads as a number, or as a part of the name, text or number around it.
const STAND_IN: &str = "1";

/// Bytes by which values may lengthen a text. Beyond them holes are open, so that a long value in many holes costs no more.
const MOST_VALUES: usize = 1 << 20;

/// A text with its holes filled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Holes {
    expanded: String,
    /// In order of the text, at least one.
    holes: Vec<Hole>,
}

#[derive(Clone, Debug, PartialEq)]
struct Hole {
    /// The place in the written text.
    span: Span,
    /// The place in the expanded text.
    filled: Span,
    /// Whether there is no value.
    open: bool,
    /// Whether it stands for a part of a query.
    part: bool,
}

impl Holes {
    /// Finds the holes of a text; `None` if it has none.
    pub(crate) fn find(text: &str, variables: &[Variable]) -> Option<Holes> {
        if variables.is_empty() {
            return None;
        }
        let declared: HashMap<&str, &Variable> =
            variables.iter().rev().map(|known| (known.name.as_str(), known)).collect();
        let (mut expanded, mut holes, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
        for found in occurrences(text) {
            let special = found.format.and_then(|format| declared.get(format!("{}:{format}", found.name).as_str()));
            let Some(variable) = special.or_else(|| declared.get(found.name)) else { continue };
            let place = found.span.range();
            expanded.push_str(text.get(at..place.start).unwrap_or_default());
            at = place.end;
            let begin = expanded.len();
            let fits = |value: &&String| begin + value.len() <= text.len() + MOST_VALUES;
            let value = variable.value.as_ref().filter(fits);
            expanded.push_str(value.map_or(STAND_IN, String::as_str));
            holes.push(Hole {
                span: found.span,
                filled: Span::new(begin, expanded.len()),
                open: value.is_none(),
                part: variable.kind == VariableKind::Part,
            });
        }
        expanded.push_str(text.get(at..).unwrap_or_default());
        (!holes.is_empty()).then_some(Holes { expanded, holes })
    }

    /// Cuts the text into tokens. An open hole is [`Token::Missing`], together with what touches it and would be one word
    /// with its value; inside text and names it is as it is written.
    pub(crate) fn lex<'t>(&'t self, text: &'t str) -> Lexed<'t> {
        let mut lexed = token::lex(&self.expanded);
        let mut lexemes: Vec<Lexeme<'t>> = Vec::with_capacity(lexed.lexemes.len());
        // Where the token before ends in the expanded text.
        let mut end = u32::MAX;
        for Lexeme { token, span: filled } in lexed.lexemes {
            let span = self.written(filled);
            let token = if self.is_filled_by_stand_in(filled) { self.unknown(&token, span, text) } else { token };
            let glued = end == filled.start;
            end = filled.end;
            match lexemes.last_mut() {
                Some(last)
                    if glued
                        && (token == Token::Missing || last.token == Token::Missing)
                        && is_word(&token)
                        && is_word(&last.token) =>
                {
                    *last = Lexeme { token: Token::Missing, span: last.span.to(span) };
                }
                _ => lexemes.push(Lexeme { token, span }),
            }
        }
        lexed
            .diagnostics
            .retain(|found| !(is_about_spelling(found.code) && self.is_filled_by_stand_in(found.primary.span)));
        for found in &mut lexed.diagnostics {
            each_span(found, |span| self.written(span));
        }
        let comments = lexed.comments.into_iter().map(|comment| self.written(comment)).collect();
        Lexed { lexemes, comments, diagnostics: lexed.diagnostics }
    }

    /// Puts open holes that stand for a part of a query where the order of operands and operators allows them: as an
    /// operand, as an operator, or as nothing.
    pub(crate) fn place<'t>(&self, lexemes: Vec<Lexeme<'t>>) -> Vec<Lexeme<'t>> {
        let mut placed: Vec<Lexeme<'t>> = Vec::with_capacity(lexemes.len());
        let mut input = lexemes.into_iter().peekable();
        let mut braces = 0usize;
        while let Some(mut lexeme) = input.next() {
            match lexeme.token {
                Token::OpenBrace => braces += 1,
                Token::CloseBrace => braces = braces.saturating_sub(1),
                _ => {}
            }
            if lexeme.token != Token::Missing || !self.is_part(lexeme.span) {
                placed.push(lexeme);
                continue;
            }
            // `$function(…)` is one thing.
            if input.peek().is_some_and(|next| next.token == Token::OpenParen && next.span.start == lexeme.span.end) {
                let mut depth = 0usize;
                for next in input.by_ref() {
                    lexeme.span = lexeme.span.to(next.span);
                    match next.token {
                        Token::OpenParen => depth += 1,
                        Token::CloseParen if depth <= 1 => break,
                        Token::CloseParen => depth -= 1,
                        _ => {}
                    }
                }
            }
            let behind_operand = placed.last().is_some_and(|last| last.token.ends_operand());
            let before_operand = input.peek().is_some_and(|next| {
                next.token.begins_operand() && next.token != Token::Minus && next.token != Token::Missing
            });
            match (behind_operand, before_operand) {
                (false, false) => placed.push(lexeme),
                // It begins or ends with the operator that is missing.
                (true, false) | (false, true) => {}
                (true, true) => {
                    let stage = matches!(input.peek(), Some(next) if matches!(next.token, Token::Word(_) | Token::By));
                    lexeme.token = if stage && braces == 0 { Token::Pipe } else { Token::Op(crate::ops::Op::And) };
                    placed.push(lexeme);
                }
            }
        }
        placed
    }

    /// Tells whether a place of the written text holds an open hole or a part of one.
    pub(crate) fn is_open(&self, span: Span) -> bool {
        self.within(span, |hole| hole.span, false).iter().any(|hole| hole.open)
    }

    /// Tells whether a place of the written text holds a hole or a part of one.
    pub(crate) fn overlaps(&self, span: Span) -> bool {
        !self.within(span, |hole| hole.span, false).is_empty()
    }

    /// Tells whether a hole without a value stands for a part of a query.
    pub(crate) fn has_open_part(&self) -> bool {
        self.holes.iter().any(|hole| hole.open && hole.part)
    }

    /// Tells whether a hole begins at an offset of the written text.
    pub(crate) fn begin_at(&self, start: u32) -> bool {
        self.holes.binary_search_by_key(&start, |hole| hole.span.start).is_ok()
    }

    /// Tells whether a place of the written text overlaps a hole or begins or ends at one.
    pub(crate) fn touches(&self, span: Span) -> bool {
        !self.within(span, |hole| hole.span, true).is_empty()
    }

    /// Returns the places of the holes.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Span> {
        self.holes.iter().map(|hole| hole.span)
    }

    /// Takes back what cannot be said with holes in the text: findings beside an open part of a query, or about the order of
    /// stages if there is one, and fixes that touch any hole. Moves places to the bounds of characters.
    ///
    /// Returns whether the order of the tokens is known nevertheless: nothing was taken back that is about it.
    pub(crate) fn take_back(&self, text: &str, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let is_open_part = |hole: &Hole| hole.open && hole.part;
        let mut understood = true;
        if self.holes.iter().any(is_open_part) {
            diagnostics.retain(|found| {
                let about_order = matches!(found.code, Code::WrongStage | Code::CompareStages);
                let place = with_blanks(text, found.primary.span);
                let beside = self.within(place, |hole| hole.span, true).iter().any(is_open_part);
                // No value cures another variable.
                let stays = found.code == Code::TemplateVariable || !about_order && !beside;
                understood &= stays || about_order || found.code.row().class != Class::Parse;
                stays
            });
        }
        for found in diagnostics {
            if found.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(|edit| self.touches(edit.span))) {
                found.fix = None;
            }
            each_span(found, |span| on_characters(text, span));
        }
        understood
    }

    /// Returns the holes that overlap a place, or also those that touch it.
    fn within(&self, span: Span, place: fn(&Hole) -> Span, touching: bool) -> &[Hole] {
        let before = |hole: &Hole| if touching { place(hole).end < span.start } else { place(hole).end <= span.start };
        let from = self.holes.partition_point(before);
        let holes = self.holes.get(from..).unwrap_or_default();
        let inside = |hole: &Hole| if touching { place(hole).start <= span.end } else { place(hole).start < span.end };
        &holes[..holes.partition_point(inside)]
    }

    /// Tells whether a place of the expanded text holds a stand-in.
    fn is_filled_by_stand_in(&self, filled: Span) -> bool {
        self.within(filled, |hole| hole.filled, false).iter().any(|hole| hole.open)
    }

    /// Tells whether a place of the written text is an open hole for a part of a query and nothing more.
    fn is_part(&self, span: Span) -> bool {
        self.within(span, |hole| hole.span, false).iter().any(|hole| hole.part && hole.open && hole.span == span)
    }

    /// Returns the place in the written text of a place in the expanded one.
    fn written(&self, filled: Span) -> Span {
        let behind = |at: u32, passed: usize| match passed.checked_sub(1).and_then(|last| self.holes.get(last)) {
            Some(last) => last.span.end + (at - last.filled.end),
            None => at,
        };
        let passed = self.holes.partition_point(|hole| hole.filled.end <= filled.start);
        let start = match self.holes.get(passed) {
            Some(hole) if hole.filled.start <= filled.start => hole.span.start,
            _ => behind(filled.start, passed),
        };
        let passed = self.holes.partition_point(|hole| hole.filled.end < filled.end);
        let end = match self.holes.get(passed) {
            Some(hole) if hole.filled.start < filled.end => hole.span.end,
            _ => behind(filled.end, passed),
        };
        Span::new(start as usize, end as usize)
    }

    /// Returns what a token with a stand-in in it is; `span` is its place in the written text.
    fn unknown<'t>(&self, token: &Token<'t>, span: Span, text: &'t str) -> Token<'t> {
        let written = text.get(span.range()).unwrap_or_default();
        match token {
            Token::String(_) => {
                Token::String(Cow::Borrowed(written.get(1..written.len().saturating_sub(1)).unwrap_or_default()))
            }
            Token::Attribute(AttributeName { of_parent, scope, name: Some(_), quoting }) => {
                let (of_parent, scope, quoting) = (*of_parent, *scope, *quoting);
                let parent = if of_parent { "parent.".len() } else { 0 };
                let point = if scope == Scope::Any { usize::from(!of_parent) } else { scope.word().len() + 1 };
                let prefix = Span::new(span.start as usize, span.start as usize + parent + point);
                // Otherwise a hole gives the scope too, or a part of it.
                let known = self.within(prefix, |hole| hole.span, false).is_empty();
                match written.get(parent + point..) {
                    Some(name) if known => {
                        Token::Attribute(AttributeName { of_parent, scope, name: Some(Cow::Borrowed(name)), quoting })
                    }
                    _ => Token::Missing,
                }
            }
            _ => Token::Missing,
        }
    }
}

/// Tells whether a token becomes one with what it touches.
fn is_word(token: &Token<'_>) -> bool {
    use Token::{Attribute, By, Duration, Float, Int, Invalid, Missing, Scope, Unknown, With, Word};
    let number = matches!(token, Int(_) | Float(_) | Duration(_));
    number || matches!(token, Word(_) | By | With | Attribute(_) | Scope(_) | Invalid | Missing | Unknown(':'))
}

/// Tells whether a finding of the lexer is about letters that a value may bring or not.
fn is_about_spelling(code: Code) -> bool {
    matches!(
        code,
        Code::BadNumber | Code::BadDuration | Code::BadEscape | Code::BadNameEscape | Code::UnexpectedCharacter
    )
}

/// Replaces every place that a finding names.
fn each_span(found: &mut Diagnostic, replace: impl Fn(Span) -> Span) {
    found.primary.span = replace(found.primary.span);
    found.secondary.iter_mut().for_each(|label| label.span = replace(label.span));
    for edit in found.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
        edit.span = replace(edit.span);
    }
}

/// Returns a place with the white space around it.
fn with_blanks(text: &str, span: Span) -> Span {
    let Span { start, end } = on_characters(text, span);
    let before = text.get(..start as usize).unwrap_or_default().trim_end().len();
    let behind = text.get(end as usize..).unwrap_or_default();
    Span::new(before, end as usize + behind.len() - behind.trim_start().len())
}

/// Returns the smallest span around a place whose ends lie in the text and between characters.
fn on_characters(text: &str, span: Span) -> Span {
    let Span { start, end } = Span::new(span.start as usize, span.end as usize);
    let (mut start, mut end) = ((start as usize).min(text.len()), (end as usize).min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Span::new(start, end)
}
