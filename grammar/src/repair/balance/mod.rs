//! Brackets in pairs, operands and operators in turn: a walk over the tokens that knows which of the two comes next.

mod brackets;
mod strays;

use super::{Lexeme, MOST_DIAGNOSTICS, Token, slice};
use crate::{
    MAX_NESTING,
    diagnostic::{Code, Diagnostic, Edit},
    ops::Op,
    span::Span,
    vocab::functions::{Function, Parameters},
};

/// What an open bracket is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// `{`
    Brace,
    /// `(` around a pipeline or an expression.
    Group,
    /// `(` of a call or a `by` list.
    Arguments,
    /// `(` of `with`.
    Hints,
}

struct Frame {
    bracket: Bracket,
    span: Span,
}

/// How deep parentheses and prefix operators are handed on: deeper than the grammar takes, so that it reports them, and not
/// by much, so that a text of nothing else costs little.
const DEEPEST: usize = 2 * MAX_NESTING;

/// Repairs brackets and the order of operands and operators.
///
/// With `all`, all tokens are read. Without it, those behind so many faults that no more findings are kept are left out.
pub(super) fn balance<'t>(
    text: &'t str,
    lexemes: Vec<Lexeme<'t>>,
    all: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Lexeme<'t>> {
    let mut balance = Balance {
        text,
        output: Vec::with_capacity(lexemes.len() + 4),
        frames: Vec::new(),
        braces: 0,
        dropped: 0,
        dropped_groups: 0,
        prefixes: 0,
        faults: 0,
        operand_next: true,
        after_call: false,
        hints_at: None,
        diagnostics,
    };
    let mut input = Input { lexemes: lexemes.into_iter().peekable() };
    while let Some(lexeme) = input.lexemes.next() {
        if balance.faults >= MOST_DIAGNOSTICS && !all {
            break;
        }
        if balance.operand_next {
            balance.operand(lexeme, &mut input);
        } else {
            balance.operator(lexeme, &mut input);
        }
    }
    balance.finish();
    balance.output
}

struct Input<'t> {
    lexemes: std::iter::Peekable<std::vec::IntoIter<Lexeme<'t>>>,
}

impl<'t> Input<'t> {
    fn peek(&mut self) -> Option<&Token<'t>> {
        self.lexemes.peek().map(|lexeme| &lexeme.token)
    }
}

struct Balance<'t, 'd> {
    text: &'t str,
    output: Vec<Lexeme<'t>>,
    frames: Vec<Frame>,
    /// How many of `frames` are braces.
    braces: usize,
    /// How many braces that nested too deep have been dropped and are still open.
    dropped: usize,
    /// How many parentheses that nested too deep have been dropped and are still open.
    dropped_groups: usize,
    /// How many prefix operators stand before the next operand.
    prefixes: usize,
    /// How many findings there were, whether they are kept or not.
    faults: usize,
    /// Whether an operand must come next, or else an operator.
    operand_next: bool,
    /// Whether the token before closed the arguments of a call, so that `by (…)` may follow.
    after_call: bool,
    /// Where in `output` the hints begin that the token before closed.
    hints_at: Option<usize>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'t> Balance<'t, '_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.faults += 1;
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    fn emit(&mut self, token: Token<'t>, span: Span) {
        self.output.push(Lexeme { token, span });
    }

    fn open(&mut self, bracket: Bracket, token: Token<'t>, span: Span) {
        self.braces += usize::from(bracket == Bracket::Brace);
        self.frames.push(Frame { bracket, span });
        self.emit(token, span);
        self.operand_next = true;
    }

    fn brace_too_deep(&mut self, span: Span) {
        if self.dropped == 0 {
            let found = Diagnostic::new(Code::NestingTooDeep, "braces nest more than 256 deep", span)
                .help("braces do not nest at all; parentheses group conditions");
            self.report(found);
        }
        self.dropped += 1;
    }

    /// Handles a token where an operand must stand.
    fn operand(&mut self, lexeme: Lexeme<'t>, input: &mut Input<'t>) {
        let span = lexeme.span;
        match lexeme.token {
            Token::OpenBrace if self.braces >= MAX_NESTING => self.brace_too_deep(span),
            Token::OpenBrace => self.open(Bracket::Brace, Token::OpenBrace, span),
            Token::OpenParen if self.frames.len() >= DEEPEST => self.dropped_groups += 1,
            Token::OpenParen => self.open(Bracket::Group, Token::OpenParen, span),
            Token::Minus | Token::Bang => self.prefix(lexeme),
            Token::Word(_) | Token::By if input.peek() == Some(&Token::OpenParen) && self.frames.len() >= DEEPEST => {
                input.lexemes.next();
                self.dropped_groups += 1;
            }
            Token::Word(_) | Token::By if input.peek() == Some(&Token::OpenParen) => self.call(lexeme, input),
            Token::By => {
                self.bare_by(span);
                self.emit(Token::Missing, span);
                self.operand_next = false;
            }
            Token::Scope(scope) => self.scoped(scope, span, input),
            Token::Attribute(ref name) if name.name.is_none() => self.nameless(&lexeme),
            Token::Word(_)
            | Token::Attribute(_)
            | Token::Int(_)
            | Token::Float(_)
            | Token::Duration(_)
            | Token::String(_)
            | Token::Invalid
            | Token::Missing => {
                self.emit(lexeme.token, span);
                self.operand_next = false;
            }
            Token::CloseBrace | Token::CloseParen => self.close_early(lexeme, input),
            Token::Unknown('#') => self.foreign_comment(span, input),
            // It separates as well as a space does, once it has been reported.
            Token::Unknown(c) if c.is_whitespace() => self.unknown(c, span, input),
            Token::Unknown(c) => {
                self.unknown(c, span, input);
                self.emit(Token::Missing, span);
                self.operand_next = false;
            }
            Token::Op(_) | Token::Comma | Token::Pipe | Token::With => {
                self.missing_before(&lexeme);
                self.operator(lexeme, input);
            }
            // The lexer turns both into other things.
            Token::Number(_) | Token::Comment => {}
        }
    }

    /// Handles a token behind an operand.
    fn operator(&mut self, lexeme: Lexeme<'t>, input: &mut Input<'t>) {
        let span = lexeme.span;
        let after_call = std::mem::take(&mut self.after_call);
        let hints = self.hints_at.take();
        if let Some(at) = hints
            && !matches!(lexeme.token, Token::With | Token::Pipe | Token::CloseParen | Token::CloseBrace)
        {
            self.misplaced_hints(at);
        }
        match lexeme.token {
            Token::Op(_) | Token::Minus => {
                self.emit(lexeme.token, span);
                self.operand_next = true;
            }
            Token::CloseBrace if self.dropped > 0 => self.dropped -= 1,
            Token::CloseBrace => self.close(Bracket::Brace, span),
            Token::CloseParen if self.dropped_groups > 0 => self.dropped_groups -= 1,
            Token::CloseParen => self.close(Bracket::Group, span),
            Token::Comma => self.comma(span, input),
            Token::Pipe => self.pipe(span, input),
            Token::By if after_call && input.peek() == Some(&Token::OpenParen) => self.call(lexeme, input),
            Token::With if self.braces == 0 => self.with(lexeme, input),
            Token::Bang => self.bang(span, input),
            Token::Unknown(c) => self.unknown(c, span, input),
            _ => self.juxtaposed(lexeme, after_call, input),
        }
    }

    /// `-` or `!` before an operand.
    fn prefix(&mut self, lexeme: Lexeme<'t>) {
        let goes_on = self.output.last().is_some_and(|last| matches!(last.token, Token::Minus | Token::Bang));
        self.prefixes = if goes_on { self.prefixes + 1 } else { 1 };
        if self.prefixes <= DEEPEST {
            self.output.push(lexeme);
        }
    }

    /// `name(` or `by (`: the parenthesis opens a list.
    fn call(&mut self, lexeme: Lexeme<'t>, input: &mut Input<'t>) {
        self.output.push(lexeme);
        if let Some(paren) = input.lexemes.next() {
            self.open(Bracket::Arguments, paren.token, paren.span);
        }
    }

    /// `by` with nothing behind it that could stand in parentheses.
    fn bare_by(&mut self, span: Span) {
        let found = Diagnostic::new(Code::MissingParentheses, "`by` needs parentheses", span)
            .help("write `by (…)` with the fields inside");
        self.report(found);
    }

    /// `span:` must have a word behind it.
    fn scoped(&mut self, scope: &'t str, span: Span, input: &mut Input<'t>) {
        self.operand_next = false;
        if let Some(word) = input.lexemes.next_if(|next| matches!(next.token, Token::Word(_))) {
            self.emit(Token::Scope(scope), span);
            self.output.push(word);
            return;
        }
        let found = Diagnostic::new(Code::UnknownIntrinsic, format!("`{scope}:` needs the name of an intrinsic"), span)
            .help(format!("attributes stand behind a point: `{scope}.…`"));
        self.report(found);
        self.emit(Token::Missing, span);
    }

    /// `span.` without a name behind it.
    fn nameless(&mut self, lexeme: &Lexeme<'t>) {
        self.operand_next = false;
        let scope = slice(self.text, lexeme);
        let found = Diagnostic::new(
            Code::BadAttributeName,
            format!("`{scope}` needs an attribute's name right behind it"),
            lexeme.span,
        );
        self.report(found.label("a name with spaces stands in quotes: `span.\"a b\"`"));
        self.emit(Token::Missing, lexeme.span);
    }

    /// `x > 1 && < 2`: the second comparison is of the same.
    fn repeat_left(&mut self, lexeme: &Lexeme<'t>) -> bool {
        let compares = |token: &Token<'_>| matches!(token, Token::Op(op) if op.as_compare().is_some());
        let [.., name, comparison, _, join] = self.output.as_slice() else { return false };
        let named = matches!(name.token, Token::Word(_) | Token::Attribute(_));
        let joined = matches!(join.token, Token::Op(Op::And | Op::Or));
        let scoped = self.output.len() > 4 && matches!(self.output[self.output.len() - 5].token, Token::Scope(_));
        if !(named && joined && !scoped && compares(&comparison.token) && compares(&lexeme.token)) {
            return false;
        }
        let name = name.clone();
        let text = slice(self.text, &name);
        let what = slice(self.text, lexeme);
        let found = Diagnostic::new(Code::MissingOperand, format!("nothing stands before `{what}`"), lexeme.span)
            .also(name.span, "this is most likely meant")
            .help(format!("write `{text} {what} …`"))
            .fix("repeat the left side", vec![Edit::insert(lexeme.span.start, format!("{text} "))]);
        self.report(found);
        self.output.push(name);
        self.operand_next = false;
        true
    }

    /// Reports that nothing stands before an operator, a comma or a pipe, and puts something there.
    fn missing_before(&mut self, lexeme: &Lexeme<'t>) {
        if self.repeat_left(lexeme) {
            return;
        }
        let what = slice(self.text, lexeme);
        let found = match self.output.last() {
            Some(last) if !last.token.ends_operand() => {
                let before = slice(self.text, last);
                Diagnostic::new(
                    Code::MissingOperand,
                    format!("something is missing between `{before}` and `{what}`"),
                    lexeme.span,
                )
                .also(last.span, "after this")
            }
            _ => Diagnostic::new(Code::MissingOperand, format!("nothing stands before `{what}`"), lexeme.span),
        };
        self.report(found);
        self.emit(Token::Missing, Span::at(lexeme.span.start as usize));
        self.operand_next = false;
    }

    fn end_of_output(&self) -> usize {
        self.output.last().map_or(0, |last| last.span.end as usize)
    }

    fn comma(&mut self, span: Span, input: &mut Input<'t>) {
        self.operand_next = true;
        let found = match self.frames.last().map(|frame| frame.bracket) {
            Some(Bracket::Arguments | Bracket::Hints) => return self.emit(Token::Comma, span),
            Some(Bracket::Brace) => {
                self.emit(Token::Op(Op::And), span);
                Diagnostic::new(Code::ForeignOperator, "conditions are joined by `&&`, not by a comma", span)
                    .help("write `&&` if both must hold, `||` if one is enough")
                    .fix("join with `&&`", vec![spaced(self.text, span, "&&")])
            }
            Some(Bracket::Group) | None => {
                let stage = begins_stage(input.peek());
                let (token, text) = if stage { (Token::Pipe, "|") } else { (Token::Op(Op::And), "&&") };
                self.emit(token, span);
                let found = Diagnostic::new(Code::UnexpectedToken, "stages are joined by `|`, not by a comma", span);
                found
                    .help(format!("write `{text}`"))
                    .fix(format!("join with `{text}`"), vec![spaced(self.text, span, text)])
            }
        };
        self.report(found);
    }

    fn pipe(&mut self, span: Span, input: &mut Input<'t>) {
        match self.frames.last().map(|frame| frame.bracket) {
            None | Some(Bracket::Group) => {}
            Some(Bracket::Brace) if !begins_stage(input.peek()) => {
                let found =
                    Diagnostic::new(Code::ForeignOperator, "`|` joins stages; inside braces `||` means or", span)
                        .write(span, "||");
                self.report(found);
                self.emit(Token::Op(Op::Or), span);
                self.operand_next = true;
                return;
            }
            Some(_) => {
                let at = Span::at(self.end_of_output());
                while matches!(self.frames.last(), Some(frame) if frame.bracket != Bracket::Group) {
                    self.close_missing(at);
                }
            }
        }
        self.emit(Token::Pipe, span);
        self.operand_next = true;
    }

    fn with(&mut self, lexeme: Lexeme<'t>, input: &mut Input<'t>) {
        let span = lexeme.span;
        if input.peek() != Some(&Token::OpenParen)
            || !matches!(self.frames.last(), None | Some(Frame { bracket: Bracket::Group, .. }))
        {
            let found = Diagnostic::new(Code::BadHint, "hints stand in parentheses at the end of the query", span)
                .help("write `with (name=value)` behind the last stage");
            self.report(found);
            self.skip_junk(input);
            return;
        }
        self.output.push(lexeme);
        if let Some(paren) = input.lexemes.next() {
            self.open(Bracket::Hints, paren.token, paren.span);
        }
    }

    /// Drops hints behind which the stage goes on.
    fn misplaced_hints(&mut self, at: usize) {
        let Some(span) = self.output.get(at).map(|with| with.span) else { return };
        self.report(
            Diagnostic::new(Code::BadHint, "hints come last in a query", span).help("move `with (…)` to the end"),
        );
        self.output.truncate(at);
    }
}

/// Replaces what stands in `span` by an operator, with a space before it if there is none.
fn spaced(text: &str, span: Span, operator: &str) -> Edit {
    let blank = text[..span.start as usize].ends_with(char::is_whitespace);
    Edit::replace(span, if blank { operator.to_owned() } else { format!(" {operator}") })
}

/// Tells whether a token begins a stage rather than a condition.
fn begins_stage(token: Option<&Token<'_>>) -> bool {
    match token {
        Some(Token::OpenBrace | Token::By) => true,
        Some(Token::Word(word)) => {
            Function::from_name(word).is_some_and(|function| function.row().parameters != Parameters::Limit)
        }
        _ => false,
    }
}
