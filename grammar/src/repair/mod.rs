//! Tokens into tokens that the grammar takes: brackets in pairs, operands and operators in turn.
//!
//! Passes, in order:
//!
//! 1. `habits` turns what other languages write (`==`, `and`, `sum by (x) (…)`) into what TraceQL means by it;
//! 2. `balance` closes and drops brackets, puts [`Token::Missing`] where an operand is missing, and drops what cannot be
//!    read.
//!
//! Each change leaves a diagnostic, and a fix where the change is what the author meant. The generated parser then sees no
//! error at all, so nothing that was half built is thrown away.

mod balance;
mod habits;

use crate::{
    MOST_DIAGNOSTICS,
    diagnostic::{Code, Diagnostic},
    span::Span,
    token::{Lexed, Lexeme, Token},
};

/// Tokens that the grammar takes.
pub(crate) struct Repaired<'t> {
    /// The tokens; empty if there is nothing to parse.
    pub lexemes: Vec<Lexeme<'t>>,
    /// What was wrong, those of the lexer included.
    pub diagnostics: Vec<Diagnostic>,
}

/// Repairs the tokens of `text`. With `all`, all of them are read however many faults there are: some may be taken back.
pub(crate) fn repair<'t>(text: &'t str, lexed: Lexed<'t>, all: bool) -> Repaired<'t> {
    let mut diagnostics = lexed.diagnostics;
    if lexed.lexemes.is_empty() {
        if diagnostics.is_empty() {
            let found = Diagnostic::new(Code::EmptyQuery, "the query is empty", Span::at(text.len()))
                .help("`{ }` matches every span");
            diagnostics.push(found);
        }
        return Repaired { lexemes: Vec::new(), diagnostics };
    }
    let lexemes = habits::translate(text, lexed.lexemes, &mut diagnostics);
    let lexemes = balance::balance(text, lexemes, all, &mut diagnostics);
    diagnostics.truncate(MOST_DIAGNOSTICS);
    Repaired { lexemes, diagnostics }
}

/// Returns the text of a token, as it stands in the query.
fn slice<'t>(text: &'t str, lexeme: &Lexeme<'_>) -> &'t str {
    text.get(lexeme.span.range()).unwrap_or_default()
}
