//! Inside braces: `==`, `and`, `not`, `in (…)`, `like`, `is null`.

use super::{Habits, Token};
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    ops::Op,
    span::Span,
};

/// Returns the operator that a word of another language stands for.
pub(super) fn joining(word: &str) -> Option<Op> {
    let is = |other: &str| word.eq_ignore_ascii_case(other);
    if is("and") {
        Some(Op::And)
    } else if is("or") {
        Some(Op::Or)
    } else {
        None
    }
}

/// How a text test of another language looks as a regular expression.
fn as_pattern(word: &str, text: &str) -> Option<String> {
    let is = |others: &[&str]| others.iter().any(|other| word.eq_ignore_ascii_case(other));
    if is(&["contains", "includes"]) {
        Some(format!(".*{}.*", escape(text)))
    } else if is(&["startswith", "starts_with"]) {
        Some(format!("{}.*", escape(text)))
    } else if is(&["endswith", "ends_with"]) {
        Some(format!(".*{}", escape(text)))
    } else if is(&["like", "ilike"]) {
        let pattern: String = text
            .chars()
            .map(|c| match c {
                '%' => ".*".to_owned(),
                '_' => ".".to_owned(),
                c => escape(c.encode_utf8(&mut [0; 4])),
            })
            .collect();
        Some(if is(&["ilike"]) { format!("(?i){pattern}") } else { pattern })
    } else if is(&["matches", "regexp", "rlike"]) {
        Some(text.to_owned())
    } else {
        None
    }
}

/// Escapes what has a meaning in a regular expression.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Writes text as a string in double quotes.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl<'t> Habits<'t, '_> {
    /// `==`, `===`, `!==`, `<>`, `~=`
    pub(super) fn operator(&mut self) -> bool {
        use Op::{Eq, Gt, Lt, Ne, Sibling};
        let Some(Token::Op(first)) = self.peek(0) else { return false };
        let meant = match (*first, self.peek(1)) {
            (Eq, Some(Token::Op(Eq))) => Eq,
            (Ne, Some(Token::Op(Eq))) => Ne,
            // Between spansets nothing is meant by it.
            (Lt, Some(Token::Op(Gt))) if self.output.last().is_none_or(|last| last.token != Token::CloseBrace) => Ne,
            (Sibling, Some(Token::Op(Eq))) => Op::Match,
            (Ne, Some(Token::Op(Sibling))) | (Op::NotMatch, Some(Token::Op(Eq))) => Op::NotMatch,
            (Eq, Some(Token::Op(Lt))) if self.braces > 0 => Op::Le,
            (Eq, Some(Token::Op(Gt))) if self.braces > 0 => Op::Ge,
            _ => return false,
        };
        if !self.adjacent(1) {
            return false;
        }
        let third = meant == Eq && self.peek(2) == Some(&Token::Op(Eq)) && self.adjacent(2);
        let length = if third { 3 } else { 2 };
        let span = self.place(0).to(self.place(length - 1));
        let text = self.slice(span);
        let found = Diagnostic::new(Code::ForeignOperator, format!("`{text}` is written `{}`", meant.text()), span)
            .write(span, meant.text());
        self.report(found);
        self.emit(Token::Op(meant), span);
        self.at += length;
        true
    }

    /// Words that other languages have for operators.
    pub(super) fn condition_word(&mut self, word: &'t str) -> bool {
        if self.after_operand() {
            if let Some(op) = joining(word) {
                return self.replace_by_operator(op);
            }
            if word.eq_ignore_ascii_case("is") {
                return self.is_null();
            }
            let negated = word.eq_ignore_ascii_case("not");
            let (ahead, test) = match self.peek(1) {
                Some(Token::Word(next)) if negated => (1, *next),
                _ => (0, word),
            };
            return self.text_test(test, ahead, negated) || self.in_list(test, ahead, negated);
        }
        if word.eq_ignore_ascii_case("not") {
            if self.negated_spanset() {
                return true;
            }
            return self.not();
        }
        let null = ["null", "none", "undefined"].iter().any(|null| word.eq_ignore_ascii_case(null));
        let compared = matches!(self.output.last(), Some(last) if matches!(last.token, Token::Op(Op::Eq | Op::Ne)));
        if null && compared {
            let span = self.place(0);
            let found = Diagnostic::new(Code::ForeignSyntax, format!("`{word}` is written `nil`"), span)
                .help("`= nil` is true where the value is absent, `!= nil` where it is there")
                .fix("write `nil`", vec![Edit::replace(span, "nil")]);
            self.report(found);
            self.emit(Token::Word("nil"), span);
            self.at += 1;
            return true;
        }
        false
    }

    fn replace_by_operator(&mut self, op: Op) -> bool {
        let span = self.place(0);
        let found =
            Diagnostic::new(Code::ForeignOperator, format!("`{}` is written `{}`", self.slice(span), op.text()), span)
                .write(span, op.text());
        self.report(found);
        self.emit(Token::Op(op), span);
        self.at += 1;
        true
    }

    /// `is null`, `is not null`
    fn is_null(&mut self) -> bool {
        let word = |token: Option<&Token<'t>>, expected: &[&str]| matches!(token, Some(Token::Word(word)) if expected.iter().any(|e| word.eq_ignore_ascii_case(e)));
        let negated = word(self.peek(1), &["not"]);
        let last = if negated { 2 } else { 1 };
        if !word(self.peek(last), &["null", "nil", "none", "missing", "absent"]) {
            return false;
        }
        let span = self.place(0).to(self.place(last));
        let (op, text) = if negated { (Op::Ne, "!= nil") } else { (Op::Eq, "= nil") };
        let found = Diagnostic::new(Code::ForeignSyntax, format!("`{}` is written `{text}`", self.slice(span)), span)
            .write(span, text);
        self.report(found);
        self.emit(Token::Op(op), span);
        self.emit(Token::Word("nil"), self.place(last));
        self.at += last + 1;
        true
    }

    /// `not x`
    fn not(&mut self) -> bool {
        if !self.peek(1).is_some_and(Token::begins_operand) {
            return false;
        }
        let span = self.place(0);
        let end = self.end_of_part(self.at + 1, true);
        let alone = end == self.at + 2
            || self.peek(1) == Some(&Token::OpenParen) && self.partner(self.at + 1) == Some(end.saturating_sub(1));
        let gap = Span { start: span.start, end: self.place(1).start };
        let mut edits = vec![Edit::replace(gap, if alone { "!" } else { "!(" })];
        let close = self.end_before(end);
        if !alone {
            edits.push(Edit::insert(close, ")"));
        }
        let found = Diagnostic::new(Code::ForeignOperator, "`not` is written `!`", span)
            .help("write `!` before a word or a bracket, `!( … )` around a comparison")
            .fix("write `!`", edits);
        self.report(found);
        self.emit(Token::Bang, span);
        if !alone {
            self.emit(Token::OpenParen, Span::at(span.end as usize));
            let tokens = vec![super::Lexeme { token: Token::CloseParen, span: Span::at(close as usize) }];
            self.later.push(super::Later { at: end, tokens, resume: end });
        }
        self.at += 1;
        true
    }

    /// `like "x%"`, `contains "x"` and their negations.
    fn text_test(&mut self, word: &str, ahead: usize, negated: bool) -> bool {
        let Some(Token::String(text)) = self.peek(ahead + 1) else { return false };
        let Some(pattern) = as_pattern(word, text) else { return false };
        let span = self.place(0).to(self.place(ahead + 1));
        let op = if negated { Op::NotMatch } else { Op::Match };
        let right = format!("{} {}", op.text(), quote(&pattern));
        let found = Diagnostic::new(
            Code::ForeignOperator,
            format!("there is no `{word}`; text is matched by `{}`", op.text()),
            self.place(0).to(self.place(ahead)),
        )
        .help(format!("write `{right}`: a regular expression that matches the whole value"))
        .fix("use a regular expression", vec![Edit::replace(span, right)]);
        self.report(found);
        self.emit(Token::Op(op), self.place(0));
        self.emit(Token::String(pattern.into()), self.place(ahead + 1));
        self.at += ahead + 2;
        true
    }

    /// `x in ("a", "b")`
    fn in_list(&mut self, word: &str, ahead: usize, negated: bool) -> bool {
        let open = self.at + ahead + 1;
        if !word.eq_ignore_ascii_case("in") || self.input.get(open).map(|l| &l.token) != Some(&Token::OpenParen) {
            return false;
        }
        let Some(close) = self.partner(open) else { return false };
        let inside = &self.input[open + 1..close];
        let literal = |token: &Token<'_>| {
            matches!(token, Token::String(_) | Token::Int(_) | Token::Float(_) | Token::Duration(_) | Token::Word(_))
        };
        let regular = inside.len() % 2 == 1
            && inside
                .iter()
                .enumerate()
                .all(|(i, l)| if i % 2 == 0 { literal(&l.token) } else { l.token == Token::Comma });
        let name = |token: &Token<'_>| matches!(token, Token::Attribute(_) | Token::Word(_));
        if !regular || !self.output.last().is_some_and(|last| name(&last.token)) {
            return false;
        }
        let inside = inside.to_vec();
        // The left side is one name: an attribute, a word, or a scope and its word.
        let scoped = self.output.len() > 1 && matches!(self.output[self.output.len() - 2].token, Token::Scope(_));
        let left = self.output.split_off(self.output.len() - if scoped { 2 } else { 1 });
        let (begin, end) = (left[0].span, left[left.len() - 1].span);
        let name = self.slice(begin.to(end));
        let (op, join) = if negated { (Op::Ne, Op::And) } else { (Op::Eq, Op::Or) };
        let whole = begin.to(self.input[close].span);
        let written = |value: &super::Lexeme<'t>| match &value.token {
            Token::String(text) => quote(text),
            _ => self.slice(value.span).to_owned(),
        };
        let tests: Vec<String> =
            inside.iter().step_by(2).map(|value| format!("{name} {} {}", op.text(), written(value))).collect();
        let text = format!("({})", tests.join(&format!(" {} ", join.text())));
        let found = Diagnostic::new(
            Code::ForeignOperator,
            "there is no `in`; each value is compared",
            self.place(0).to(self.place(ahead)),
        )
        .help(format!("write `{text}`; for text, `=~ \"a|b\"` does it too"))
        .fix("compare with each value", vec![Edit::replace(whole, text)]);
        self.report(found);
        self.emit(Token::OpenParen, begin);
        for (i, value) in inside.into_iter().step_by(2).enumerate() {
            if i > 0 {
                self.emit(Token::Op(join), value.span);
            }
            self.output.extend(left.iter().cloned());
            self.emit(Token::Op(op), value.span);
            self.output.push(value);
        }
        let end = self.input[close].span;
        self.emit(Token::CloseParen, end);
        self.at = close + 1;
        true
    }

    /// `:` for `=`, `;` for `&&`.
    pub(super) fn unknown(&mut self) -> bool {
        let Some(Token::Unknown(c)) = self.peek(0) else { return false };
        let (op, c) = match c {
            ':' if self.after_operand() => (Op::Eq, ':'),
            ';' if self.after_operand() && self.peek(1).is_some_and(Token::begins_operand) => (Op::And, ';'),
            '[' => return self.range_selector(),
            _ => return false,
        };
        if self.braces == 0 {
            return false;
        }
        let span = self.place(0);
        let found = Diagnostic::new(Code::ForeignOperator, format!("`{c}` is written `{}`", op.text()), span)
            .help(format!("write `{}`", op.text()))
            .fix(
                format!("write `{}`", op.text()),
                vec![Edit::replace(
                    span,
                    if op == Op::And && self.input[self.at - 1].span.end == span.start { " &&" } else { op.text() },
                )],
            );
        self.report(found);
        self.emit(Token::Op(op), span);
        self.at += 1;
        true
    }
}
