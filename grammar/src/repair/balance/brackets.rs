//! Closing brackets: those that fit, those that are missing, those that close nothing.

use super::{Balance, Bracket, Input, Lexeme, Token, slice};
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    span::Span,
};

impl<'t> Balance<'t, '_> {
    /// A closing bracket where an operand must stand: fine in `{ }` and `f()`, else something is missing.
    pub(super) fn close_early(&mut self, lexeme: Lexeme<'t>, input: &mut Input<'t>) {
        let opened =
            matches!(self.output.last(), Some(last) if matches!(last.token, Token::OpenBrace | Token::OpenParen));
        let fits = match self.frames.last().map(|frame| frame.bracket) {
            Some(Bracket::Brace) => lexeme.token == Token::CloseBrace,
            Some(Bracket::Arguments | Bracket::Hints) => lexeme.token == Token::CloseParen,
            Some(Bracket::Group) | None => false,
        };
        if !(opened && fits) {
            let stray = self.frames.is_empty();
            if !stray {
                self.missing_before(&lexeme);
            } else {
                // A stray bracket is reported as such; it is no operand either.
                self.stray(lexeme.span);
                return;
            }
        }
        self.operator(lexeme, input);
    }

    /// Closes the innermost bracket of this kind; what is open inside it is closed first.
    pub(super) fn close(&mut self, bracket: Bracket, span: Span) {
        let brace = bracket == Bracket::Brace;
        let open = if brace { self.braces } else { self.frames.len() - self.braces };
        if open == 0 {
            if !(brace && self.open_missing(span)) {
                self.stray(span);
            }
            return;
        }
        while let Some(frame) = self.frames.last() {
            if (frame.bracket == Bracket::Brace) == brace {
                break;
            }
            // `{ (.a = 1 }`: the bracket inside was forgotten.
            self.close_missing(Span::at(self.end_of_output()));
        }
        let Some(frame) = self.frames.pop() else { return };
        self.braces -= usize::from(brace);
        self.after_call = frame.bracket == Bracket::Arguments;
        if frame.bracket == Bracket::Hints {
            self.hints_at = self.output.iter().rposition(|lexeme| lexeme.token == Token::With);
        }
        self.emit(if brace { Token::CloseBrace } else { Token::CloseParen }, span);
        self.operand_next = false;
    }

    /// `.a = 1 }`: puts the brace before the condition that this one closes; false if there is no condition.
    fn open_missing(&mut self, close: Span) -> bool {
        let border = |token: &Token<'t>| {
            matches!(token, Token::Pipe | Token::OpenBrace | Token::CloseBrace | Token::OpenParen | Token::CloseParen)
        };
        let at = self.output.iter().rposition(|lexeme| border(&lexeme.token)).map_or(0, |border| border + 1);
        // What joins the condition to the spanset before it stays outside.
        let joined = at > 0 && matches!(self.output.get(at), Some(first) if matches!(first.token, Token::Op(_)));
        let at = at + usize::from(joined);
        let Some(first) = self.output.get(at).map(|lexeme| lexeme.span) else { return false };
        if matches!(self.output[at..].first(), Some(first) if !first.token.begins_operand()) {
            return false;
        }
        let found = Diagnostic::new(Code::UnbalancedBracket, "`}` closes a brace that was never opened", close)
            .also(first, "the condition begins here")
            .help("write `{` before the condition")
            .fix("open the brace", vec![Edit::insert(first.start, "{ ")]);
        self.report(found);
        self.output.insert(at, Lexeme { token: Token::OpenBrace, span: Span::at(first.start as usize) });
        self.emit(Token::CloseBrace, close);
        self.operand_next = false;
        true
    }

    pub(super) fn stray(&mut self, span: Span) {
        let what = self.text.get(span.range()).unwrap_or_default();
        let found =
            Diagnostic::new(Code::UnbalancedBracket, format!("nothing is open that `{what}` could close"), span)
                .help("remove it")
                .fix("remove the bracket", vec![Edit::remove(span)]);
        self.report(found);
    }

    /// Closes the innermost bracket, which the text forgot.
    pub(super) fn close_missing(&mut self, at: Span) {
        let Some(frame) = self.frames.pop() else { return };
        if self.operand_next {
            let empty = matches!(frame.bracket, Bracket::Brace | Bracket::Arguments)
                && self.output.last().is_some_and(|last| last.span == frame.span);
            if !empty {
                self.emit(Token::Missing, at);
            }
        }
        let brace = frame.bracket == Bracket::Brace;
        self.braces -= usize::from(brace);
        let (token, close) = if brace { (Token::CloseBrace, " }") } else { (Token::CloseParen, ")") };
        let open = self.text.get(frame.span.range()).unwrap_or_default();
        let found = Diagnostic::new(Code::UnbalancedBracket, format!("`{open}` is never closed"), frame.span)
            .label("opened here")
            .help(format!("add `{}`", close.trim()))
            .fix("close the bracket", vec![Edit::insert(at.start, close)]);
        self.report(found);
        self.emit(token, at);
        self.after_call = frame.bracket == Bracket::Arguments;
        self.operand_next = false;
    }

    /// The text is over: what is open is closed.
    pub(super) fn finish(&mut self) {
        // Behind the last token, not behind the text: that may end in a comment.
        let at = Span::at(self.end_of_output());
        let opened =
            matches!(self.output.last(), Some(last) if matches!(last.token, Token::OpenBrace | Token::OpenParen));
        if self.operand_next && !opened {
            match self.output.last() {
                Some(last) => {
                    let before = slice(self.text, last);
                    let found =
                        Diagnostic::new(Code::MissingOperand, format!("nothing stands behind `{before}`"), last.span)
                            .label("the query ends after this");
                    self.report(found);
                    self.emit(Token::Missing, at);
                    self.operand_next = false;
                }
                // Only stray brackets: they have been reported.
                None => return self.emit(Token::Missing, at),
            }
        }
        while !self.frames.is_empty() {
            self.close_missing(at);
        }
    }
}
