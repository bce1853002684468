//! What other languages write.

use crate::{diagnostic::Diagnostic, token::Lexeme};

/// Turns foreign constructs into TraceQL.
pub(super) fn translate<'t>(
    _text: &'t str,
    lexemes: Vec<Lexeme<'t>>,
    _diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Lexeme<'t>> {
    lexemes
}
