//! What other languages write, turned into what TraceQL means by it.
//!
//! Every rule looks at the tokens from the current one on and either leaves them alone or replaces them, with a diagnostic
//! and mostly a fix. A rule must never touch what is legal.

mod conditions;
mod durations;
mod names;
mod promql;
mod stages;

use super::{Lexeme, MOST_DIAGNOSTICS, Token};
use crate::{diagnostic::Diagnostic, span::Span};

/// Turns foreign constructs into TraceQL.
pub(super) fn translate<'t>(
    text: &'t str,
    input: Vec<Lexeme<'t>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Lexeme<'t>> {
    let output = Vec::with_capacity(input.len() + 8);
    let mut habits = Habits { text, input, partners: None, at: 0, output, later: Vec::new(), braces: 0, diagnostics };
    while habits.at < habits.input.len() {
        habits.step();
    }
    habits.finish_later();
    habits.output
}

/// Tokens to be put out when the input has come to a place, in place of what stands there.
struct Later<'t> {
    /// The input token before which they are put out.
    at: usize,
    tokens: Vec<Lexeme<'t>>,
    /// The input token with which to go on.
    resume: usize,
}

struct Habits<'t, 'd> {
    text: &'t str,
    input: Vec<Lexeme<'t>>,
    /// For each bracket the index of the one that closes or opens it; found when first asked for.
    partners: Option<Vec<usize>>,
    at: usize,
    output: Vec<Lexeme<'t>>,
    /// The innermost last.
    later: Vec<Later<'t>>,
    /// How many braces are open in the output.
    braces: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// No bracket closes this one.
const NO_PARTNER: usize = usize::MAX;

impl<'t> Habits<'t, '_> {
    fn step(&mut self) {
        if self.later.last().is_some_and(|later| later.at <= self.at)
            && let Some(later) = self.later.pop()
        {
            self.output.extend(later.tokens);
            self.at = self.at.max(later.resume);
            return;
        }
        // Rules may look far ahead; that each of them reports something keeps the whole linear.
        if self.diagnostics.len() >= MOST_DIAGNOSTICS {
            return self.keep();
        }
        let translated = match &self.input[self.at].token {
            Token::Word(word) => {
                let word = *word;
                self.name(word) || self.condition_word(word) || self.promql(word) || self.stage_word(word)
            }
            Token::Op(_) => self.operator(),
            Token::Int(_) | Token::Float(_) | Token::Duration(_) => self.duration(),
            Token::Attribute(_) => self.attribute(),
            Token::Bang => self.negated_spanset(),
            Token::Scope(_) => self.scope_and_name(),
            Token::By => self.leading_by() || self.bare_by(),
            Token::Unknown(_) => self.unknown(),
            _ => false,
        };
        if !translated {
            self.keep();
        }
    }

    /// Passes the current token on as it is.
    fn keep(&mut self) {
        let lexeme = self.input[self.at].clone();
        match lexeme.token {
            Token::OpenBrace => self.braces += 1,
            Token::CloseBrace => self.braces = self.braces.saturating_sub(1),
            _ => {}
        }
        self.output.push(lexeme);
        self.at += 1;
    }

    fn finish_later(&mut self) {
        while let Some(later) = self.later.pop() {
            self.output.extend(later.tokens);
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    fn emit(&mut self, token: Token<'t>, span: Span) {
        self.output.push(Lexeme { token, span });
    }

    /// Returns the token `ahead` places behind the current one.
    fn peek(&self, ahead: usize) -> Option<&Token<'t>> {
        self.input.get(self.at + ahead).map(|lexeme| &lexeme.token)
    }

    /// Returns the place of the token `ahead` places behind the current one; the end of the text if there is none.
    fn place(&self, ahead: usize) -> Span {
        self.input.get(self.at + ahead).map_or(Span::at(self.text.trim_end().len()), |lexeme| lexeme.span)
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Tells whether the token `ahead` places behind the current one touches the one before it.
    fn adjacent(&self, ahead: usize) -> bool {
        self.place(ahead - 1).end == self.place(ahead).start
    }

    /// Tells whether an operand stands before the current token, so that an operator is expected.
    fn after_operand(&self) -> bool {
        self.output.last().is_some_and(|last| last.token.ends_operand())
    }

    /// Returns the index of the bracket that belongs to the one at `index`.
    fn partner(&mut self, index: usize) -> Option<usize> {
        if self.partners.is_none() {
            self.partners = Some(partners(&self.input));
        }
        self.partners.as_ref().and_then(|partners| partners.get(index).copied()).filter(|p| *p != NO_PARTNER)
    }

    /// Returns the index of the first token from `index` on that ends a stage or a condition at the same depth: `|`, a
    /// closing bracket, or the end; with `conditions` also `&&` and `||` and the words for them.
    fn end_of_part(&mut self, mut index: usize, conditions: bool) -> usize {
        while let Some(lexeme) = self.input.get(index) {
            match &lexeme.token {
                Token::OpenBrace | Token::OpenParen => match self.partner(index) {
                    Some(partner) => index = partner,
                    None => return self.input.len(),
                },
                Token::Pipe | Token::CloseBrace | Token::CloseParen | Token::With => return index,
                Token::Op(crate::ops::Op::And | crate::ops::Op::Or) if conditions => return index,
                Token::Comma if conditions => return index,
                Token::Word(word) if conditions && conditions::joining(word).is_some() => return index,
                _ => {}
            }
            index += 1;
        }
        index
    }

    /// Returns the end of the text before the input token `index`.
    fn end_before(&self, index: usize) -> u32 {
        match index.checked_sub(1).and_then(|before| self.input.get(before)) {
            Some(before) => before.span.end,
            None => 0,
        }
    }
}

/// Finds the pairs of brackets.
fn partners(lexemes: &[Lexeme<'_>]) -> Vec<usize> {
    let mut partners = vec![NO_PARTNER; lexemes.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, lexeme) in lexemes.iter().enumerate() {
        let opening = match lexeme.token {
            Token::OpenBrace | Token::OpenParen => {
                open.push(at);
                continue;
            }
            Token::CloseBrace => Token::OpenBrace,
            Token::CloseParen => Token::OpenParen,
            _ => continue,
        };
        if let Some(other) = open.pop_if(|other| lexemes[*other].token == opening) {
            partners[at] = other;
            partners[other] = at;
        }
    }
    partners
}
