//! Between stages: `where`, `limit 10`, `order by`, functions without parentheses, `!{ … }`.

use super::{Habits, Later, Lexeme, Token};
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    ops::Op,
    span::Span,
    vocab::functions::{AggregateFn, Function, MetricsFn, Parameters},
};

impl<'t> Habits<'t, '_> {
    /// Words of other languages where a stage is expected.
    pub(super) fn stage_word(&mut self, word: &'t str) -> bool {
        // A hint may have any name.
        let hint = self.output.last().is_some_and(|last| last.token == Token::Comma)
            || matches!(self.output.as_slice(), [.., with, paren] if with.token == Token::With && paren.token == Token::OpenParen);
        if self.braces > 0 || hint {
            return false;
        }
        let is = |others: &[&str]| others.iter().any(|other| word.eq_ignore_ascii_case(other));
        let next_is = |token: Option<&Token<'t>>, other: &str| matches!(token, Some(Token::Word(w)) if w.eq_ignore_ascii_case(other));
        if is(&["where", "filter"]) && self.peek(1).is_some_and(Token::begins_operand) {
            return self.where_clause();
        }
        let by = self.peek(1) == Some(&Token::By) || next_is(self.peek(1), "by");
        if is(&["limit", "head", "take", "first"]) && matches!(self.peek(1), Some(Token::Int(_) | Token::OpenParen)) {
            return self
                .drop_stage("the number of results is not part of a query", "set the limit of the request: `--limit`");
        }
        if is(&["orderby", "order_by", "sortby", "sort_by", "sort", "sort_desc"]) || is(&["order"]) && by {
            return self.drop_stage(
                "results have a fixed order",
                "traces come newest first; series are ranked by `topk(n)` and `bottomk(n)`",
            );
        }
        match Function::from_name(word) {
            Some(function) if self.peek(1) != Some(&Token::OpenParen) => self.bare_function(word, function),
            _ => false,
        }
    }

    /// `where condition`
    fn where_clause(&mut self) -> bool {
        let (span, after_operand) = (self.place(0), self.after_operand());
        let spanset = self.peek(1) == Some(&Token::OpenBrace);
        let end = self.end_of_part(self.at + 1, false);
        let mut replacement = String::new();
        if after_operand {
            replacement.push_str("| ");
        }
        let mut edits = Vec::new();
        if spanset {
            edits.push(Edit::replace(Span { start: span.start, end: self.place(1).start }, replacement));
        } else {
            replacement.push('{');
            edits.push(Edit::replace(span, replacement));
            edits.push(Edit::insert(self.end_before(end), " }"));
        }
        let found = Diagnostic::new(
            Code::ForeignSyntax,
            format!("there is no `{}`: conditions stand in braces", self.slice(span)),
            span,
        )
        .help("write `{ … }` around the condition; behind other stages `| { … }`")
        .fix("put the condition into braces", edits);
        self.report(found);
        if after_operand {
            self.emit(Token::Pipe, span);
        }
        if !spanset {
            self.emit(Token::OpenBrace, span);
            self.braces += 1;
            let close = Lexeme { token: Token::CloseBrace, span: Span::at(self.end_before(end) as usize) };
            self.later.push(Later { at: end, tokens: vec![close], resume: end });
        }
        self.at += 1;
        true
    }

    /// Drops everything up to the next `|`, with the `|` before it.
    fn drop_stage(&mut self, message: &str, help: &str) -> bool {
        let end = self.end_of_part(self.at, false);
        let span = Span { start: self.place(0).start, end: self.end_before(end) };
        let mut removed = span;
        if self.output.last().is_some_and(|last| last.token == Token::Pipe)
            && let Some(pipe) = self.output.pop()
        {
            removed.start = pipe.span.start;
        }
        // The blank before it goes too.
        removed.start = self.text[..removed.start as usize].trim_end().len() as u32;
        let text = self.slice(self.place(0));
        let found = Diagnostic::new(Code::ForeignSyntax, format!("there is no `{text}`: {message}"), span)
            .help(help)
            .fix("remove it", vec![Edit::remove(removed)]);
        self.report(found);
        self.at = end;
        true
    }

    /// `count > 2`, `rate by (name)`, `avg duration > 1s`, `select name, kind`
    fn bare_function(&mut self, word: &'t str, function: Function) -> bool {
        if self.after_operand() {
            return false;
        }
        let span = self.place(0);
        let row = function.row();
        let found = Diagnostic::new(Code::MissingParentheses, format!("`{word}` needs parentheses"), span);
        let operand = matches!(self.peek(1), Some(Token::Word(_) | Token::Attribute(_) | Token::Scope(_)));
        match row.parameters {
            Parameters::None => {
                let compared = matches!(self.peek(1), Some(Token::Op(op)) if op.as_compare().is_some());
                let counts = function == Function::Aggregate(AggregateFn::Count) && !compared;
                let grouped = counts && self.peek(1) == Some(&Token::By);
                let (name, suffix) = match (counts, grouped) {
                    // Only metrics functions are grouped, and a bare count must be compared with something.
                    (_, true) => (MetricsFn::CountOverTime.row().name, "()"),
                    (true, false) => (word, "() > 0"),
                    _ => (word, "()"),
                };
                let right = format!("{name}{suffix}");
                let found = found.write(span, right);
                self.report(found);
                let at = Span::at(span.end as usize);
                self.emit(Token::Word(name), span);
                self.emit(Token::OpenParen, at);
                self.emit(Token::CloseParen, at);
                if counts && !grouped {
                    self.emit(Token::Op(Op::Gt), at);
                    self.emit(Token::Int(0), at);
                }
                self.at += 1;
            }
            Parameters::Limit if matches!(self.peek(1), Some(Token::Int(_))) => {
                let number = self.place(1);
                let gap = Span { start: span.end, end: number.start };
                let edits = vec![Edit::replace(gap, "("), Edit::insert(number.end, ")")];
                self.report(found.help(format!("write `{}`", row.signature)).fix("add the parentheses", edits));
                self.keep();
                self.emit(Token::OpenParen, Span::at(span.end as usize));
                self.keep();
                self.emit(Token::CloseParen, Span::at(number.end as usize));
            }
            Parameters::Expression | Parameters::Field | Parameters::Fields if operand => {
                let end = self.end_of_arguments(self.at + 1, row.parameters == Parameters::Fields);
                let close = self.end_before(end);
                let gap = Span { start: span.end, end: self.place(1).start };
                let found = found
                    .help(format!("write `{}`", row.signature))
                    .fix("add the parentheses", vec![Edit::replace(gap, "("), Edit::insert(close, ")")]);
                self.report(found);
                self.keep();
                self.emit(Token::OpenParen, Span::at(span.end as usize));
                let tokens = vec![Lexeme { token: Token::CloseParen, span: Span::at(close as usize) }];
                self.later.push(Later { at: end, tokens, resume: end });
            }
            _ => return false,
        }
        true
    }

    /// `by x` as a stage, `rate() by x, y` behind a metrics function.
    pub(super) fn bare_by(&mut self) -> bool {
        if !matches!(self.peek(1), Some(Token::Word(_) | Token::Attribute(_) | Token::Scope(_))) {
            return false;
        }
        let (span, behind_call) = (self.place(0), self.after_operand());
        let end = self.end_of_arguments(self.at + 1, true);
        let close = self.end_before(end);
        let open = if behind_call { " (" } else { "(" };
        let gap = Span { start: span.end, end: self.place(1).start };
        let found = Diagnostic::new(Code::MissingParentheses, "`by` needs parentheses", span)
            .help(format!("write `by{open}…)`"))
            .fix("add the parentheses", vec![Edit::replace(gap, open), Edit::insert(close, ")")]);
        self.report(found);
        self.keep();
        self.emit(Token::OpenParen, Span::at(span.end as usize));
        let tokens = vec![Lexeme { token: Token::CloseParen, span: Span::at(close as usize) }];
        self.later.push(Later { at: end, tokens, resume: end });
        true
    }

    /// Returns the index behind one name, or behind a list of names.
    fn end_of_arguments(&self, mut index: usize, list: bool) -> usize {
        loop {
            if matches!(self.input.get(index).map(|l| &l.token), Some(Token::Scope(_))) {
                index += 1;
            }
            index += 1;
            // `service.name` is still two tokens.
            while let (Some(before), Some(next)) = (self.input.get(index - 1), self.input.get(index))
                && matches!(next.token, Token::Attribute(_))
                && before.span.end == next.span.start
            {
                index += 1;
            }
            let comma = self.input.get(index).is_some_and(|l| l.token == Token::Comma);
            let more = self
                .input
                .get(index + 1)
                .is_some_and(|l| matches!(l.token, Token::Word(_) | Token::Attribute(_) | Token::Scope(_)));
            if !(list && comma && more) {
                return index;
            }
            index += 1;
        }
    }

    /// `!{ … }`
    pub(super) fn negated_spanset(&mut self) -> bool {
        if self.braces > 0 || self.after_operand() || self.peek(1) != Some(&Token::OpenBrace) {
            return false;
        }
        let Some(close) = self.partner(self.at + 1) else { return false };
        if close == self.at + 2 {
            return false;
        }
        let (bang, open, end) = (self.place(0), self.place(1), self.input[close].span);
        let gap = Span { start: bang.start, end: open.start };
        let (first, last) = (self.place(2).start, self.end_before(close));
        let found = Diagnostic::new(Code::UnexpectedToken, "`!` stands inside the braces, around the condition", bang)
            .also(open.to(end), "a set of spans cannot be negated")
            .help("`{ !( … ) }` finds other spans; traces without such a span cannot be asked for")
            .fix("negate the condition", vec![Edit::remove(gap), Edit::insert(first, "!("), Edit::insert(last, ")")]);
        self.report(found);
        self.emit(Token::OpenBrace, open);
        self.braces += 1;
        self.emit(Token::Bang, bang);
        self.emit(Token::OpenParen, Span::at(first as usize));
        let tokens = vec![Lexeme { token: Token::CloseParen, span: Span::at(last as usize) }];
        self.later.push(Later { at: close, tokens, resume: close });
        self.at += 2;
        true
    }
}
