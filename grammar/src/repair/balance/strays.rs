//! What cannot stand where it stands: dropped, or read as what it was probably meant to be.

use super::{Balance, Bracket, Input, Lexeme, Token, begins_stage, slice};
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    ops::Op,
    span::Span,
};

impl<'t> Balance<'t, '_> {
    /// `!` behind an operand.
    pub(super) fn bang(&mut self, span: Span, input: &mut Input<'t>) {
        self.operand_next = true;
        if input.peek() == Some(&Token::Op(Op::Eq)) {
            let equals = input.lexemes.next().map_or(span, |equals| equals.span);
            let found = Diagnostic::new(Code::UnexpectedToken, "`!` and `=` must stand together", span.to(equals))
                .write(span.to(equals), "!=");
            self.report(found);
            return self.emit(Token::Op(Op::Ne), span.to(equals));
        }
        let found = Diagnostic::new(Code::UnexpectedToken, "`!` cannot stand between two operands", span)
            .help("`!>`, `!>>`, `!<`, `!<<` and `!~` are written without a space; `!=` compares");
        self.report(found);
        self.emit(Token::Op(Op::And), span);
    }

    pub(super) fn unknown(&mut self, c: char, span: Span, input: &mut Input<'t>) {
        let message = match c {
            '$' => {
                return self.template_variable(span, input);
            }
            '#' => return self.foreign_comment(span, input),
            '&' => "`&` alone is no operator".to_owned(),
            c if c.is_whitespace() => "this white space is none of space, tab and line break".to_owned(),
            c => format!("`{c}` has no meaning in TraceQL"),
        };
        let mut found = Diagnostic::new(Code::UnexpectedCharacter, message, span);
        match c {
            '&' => {
                self.emit(Token::Op(Op::And), span);
                self.operand_next = true;
                found = found.write(span, "&&");
            }
            c if c.is_whitespace() => {
                found = found.help("use a plain space").fix("use a plain space", vec![Edit::replace(span, " ")]);
            }
            _ => {}
        }
        self.report(found);
        if c != '&' && !c.is_whitespace() && !self.operand_next {
            self.skip_junk(input);
        }
    }

    /// `# comment`
    pub(super) fn foreign_comment(&mut self, span: Span, input: &mut Input<'t>) {
        let rest = self.text.get(span.start as usize..).unwrap_or_default();
        let end = span.start as usize + rest.find('\n').unwrap_or(rest.len());
        while input.lexemes.next_if(|next| (next.span.start as usize) < end).is_some() {}
        let found = Diagnostic::new(Code::UnexpectedCharacter, "`#` begins no comment", span)
            .help("a comment begins with `//`")
            .fix("write `//`", vec![Edit::replace(span, "//")]);
        self.report(found);
    }

    /// `$name`, `${name:format}`: something that a dashboard should have replaced.
    pub(super) fn template_variable(&mut self, span: Span, input: &mut Input<'t>) {
        let mut end = span.end;
        let adjacent =
            |input: &mut Input<'t>, end: u32| input.lexemes.peek().is_some_and(|next| next.span.start == end);
        if adjacent(input, end) && input.peek() == Some(&Token::OpenBrace) {
            while let Some(next) = input.lexemes.next_if(|next| next.token != Token::CloseBrace) {
                end = next.span.end;
            }
            if let Some(close) = input.lexemes.next() {
                end = close.span.end;
            }
        } else if adjacent(input, end)
            && let Some(name) = input.lexemes.next_if(|next| matches!(next.token, Token::Word(_)))
        {
            end = name.span.end;
        }
        let span = Span { start: span.start, end };
        let name = self.text.get(span.range()).unwrap_or_default();
        let found = Diagnostic::new(Code::TemplateVariable, format!("the variable `{name}` was never replaced"), span)
            .help("put its value in its place; inside quotes Grafana replaces it too");
        self.report(found);
    }

    /// An operand right behind another one.
    pub(super) fn juxtaposed(&mut self, lexeme: Lexeme<'t>, after_call: bool, input: &mut Input<'t>) {
        let (span, what) = (lexeme.span, slice(self.text, &lexeme));
        if lexeme.token == Token::By && after_call {
            return self.bare_by(span);
        }
        let in_braces = matches!(self.frames.last(), Some(frame) if frame.bracket == Bracket::Brace);
        let spanset = lexeme.token == Token::OpenBrace || lexeme.token == Token::OpenParen;
        if spanset && !in_braces {
            let found = Diagnostic::new(
                Code::UnexpectedToken,
                format!("nothing joins `{what}` to what stands before it"),
                span,
            );
            let spansets = self.output.last().is_some_and(|last| last.token == Token::CloseBrace);
            let (found, token) = if spansets {
                let found = found
                    .help("`&&` asks for both in one trace, `|` filters the spans further")
                    .unsafe_fix("join with `&&`", vec![Edit::insert(span.start, "&& ")]);
                (found, Token::Op(Op::And))
            } else {
                let found =
                    found.help("stages are joined by `|`").fix("join with `|`", vec![Edit::insert(span.start, "| ")]);
                (found, Token::Pipe)
            };
            self.report(found);
            self.emit(token, Span::at(span.start as usize));
            return self.operand(lexeme, input);
        }
        let top = !matches!(self.frames.last(), Some(frame) if frame.bracket != Bracket::Group);
        let stage = top && begins_stage(Some(&lexeme.token));
        let condition = in_braces && matches!(lexeme.token, Token::Attribute(_) | Token::Scope(_));
        if stage || condition {
            let (join, token) = if stage { ("|", Token::Pipe) } else { ("&&", Token::Op(Op::And)) };
            let message = format!("nothing joins `{what}` to what stands before it");
            let found = Diagnostic::new(Code::UnexpectedToken, message, span)
                .help(format!("write `{join}` before it"))
                .fix(format!("join with `{join}`"), vec![Edit::insert(span.start, format!("{join} "))]);
            self.report(found);
            self.emit(token, Span::at(span.start as usize));
            return self.operand(lexeme, input);
        }
        let found = Diagnostic::new(Code::UnexpectedToken, format!("`{what}` cannot stand here"), span);
        let found = match lexeme.token {
            Token::Word(_) | Token::By => found.label("an operator, `|` or a closing bracket is expected"),
            _ => found.label("an operator is expected before it"),
        };
        self.report(found);
        self.skip_junk(input);
    }

    /// Drops tokens up to the next operator or bracket that belongs to what is open, and puts in something whose type
    /// nothing can complain of.
    pub(super) fn skip_junk(&mut self, input: &mut Input<'t>) {
        let mut depth = 0usize;
        while let Some(next) = input.lexemes.peek() {
            match next.token {
                Token::OpenBrace | Token::OpenParen => depth += 1,
                Token::CloseBrace | Token::CloseParen if depth > 0 => depth -= 1,
                Token::CloseBrace | Token::CloseParen => break,
                Token::Pipe | Token::Comma | Token::Op(Op::And | Op::Or) if depth == 0 => break,
                _ => {}
            }
            input.lexemes.next();
        }
        if matches!(self.frames.last(), Some(frame) if frame.bracket == Bracket::Brace) {
            let at = Span::at(self.end_of_output());
            self.emit(Token::Op(Op::Eq), at);
            self.emit(Token::Missing, at);
        }
        self.operand_next = false;
    }
}
