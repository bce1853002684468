//! PromQL: `sum by (x) (rate({ … }[5m]))`, `quantile(.99, duration)`, range selectors.

use super::{Habits, Later, Lexeme, Token};
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    span::Span,
    vocab::functions::Function,
};

/// Functions of PromQL that have one argument which is a set of spans here.
fn measured(word: &str) -> Option<&str> {
    match Function::from_name(word)? {
        Function::Metrics(function) if function != crate::vocab::functions::MetricsFn::Compare => Some(word),
        Function::Aggregate(crate::vocab::functions::AggregateFn::Count) => Some(word),
        _ => None,
    }
}

/// Names that other languages have for `quantile_over_time`, with the quantile if the name says it.
fn quantile(word: &str) -> Option<Option<&'static str>> {
    Some(match word {
        "quantile" | "percentile" | "histogram_quantile" => None,
        "p50" | "median" => Some(".5"),
        "p90" => Some(".9"),
        "p95" => Some(".95"),
        "p99" => Some(".99"),
        _ => return None,
    })
}

impl<'t> Habits<'t, '_> {
    /// Calls as PromQL writes them.
    pub(super) fn promql(&mut self, word: &'t str) -> bool {
        if self.braces > 0 || self.after_operand() {
            return false;
        }
        if let Some(said) = quantile(word)
            && self.peek(1) == Some(&Token::OpenParen)
        {
            return self.quantile_call(word, said);
        }
        let aggregated = matches!(word, "sum" | "avg" | "min" | "max" | "count");
        if aggregated && self.aggregation() {
            return true;
        }
        measured(word).is_some() && self.peek(1) == Some(&Token::OpenParen) && self.measured_spans(self.at, None)
    }

    /// `sum by (x) (call)` or `sum(call) by (x)`, `sum(call)`.
    fn aggregation(&mut self) -> bool {
        let at = self.at;
        let token = |habits: &Self, index: usize| habits.input.get(index).map(|lexeme| lexeme.token.clone());
        let (list, open) = if token(self, at + 1) == Some(Token::By) && token(self, at + 2) == Some(Token::OpenParen) {
            let Some(close) = self.partner(at + 2) else { return false };
            (Some((at + 1, close)), close + 1)
        } else {
            (None, at + 1)
        };
        if token(self, open) != Some(Token::OpenParen) {
            return false;
        }
        let inner = open + 1;
        let call = matches!(token(self, inner), Some(Token::Word(word)) if measured(word).is_some());
        if !call || token(self, inner + 1) != Some(Token::OpenParen) {
            return false;
        }
        let (Some(outer), Some(inner_close)) = (self.partner(open), self.partner(inner + 1)) else { return false };
        if outer != inner_close + 1 {
            return false;
        }
        self.measured_spans(inner, Some(Aggregation { begin: at, list, close: outer }))
    }

    /// `rate({ … }[5m])`: the spans stand before the function here. The call's word is token `at`.
    fn measured_spans(&mut self, at: usize, around: Option<Aggregation>) -> bool {
        let Some(close) = self.partner(at + 1) else { return false };
        let begins = |token: &Token<'_>| matches!(token, Token::OpenBrace | Token::OpenParen);
        if !self.input.get(at + 2).is_some_and(|lexeme| begins(&lexeme.token)) || close < at + 4 {
            return false;
        }
        // `[5m]` before the closing parenthesis is three tokens.
        let ranged = self.input[close - 1].token == Token::Unknown(']');
        let end = if ranged { close.saturating_sub(3) } else { close };
        if end <= at + 2 || ranged && self.input[end].token != Token::Unknown('[') {
            return false;
        }
        let Token::Word(word) = self.input[at].token else { return false };
        let whole_close = around.as_ref().map_or(close, |around| around.close);
        let begin = around.as_ref().map_or(at, |around| around.begin);
        let list = around.and_then(|around| around.list);
        let by = list.map(|(by, close)| self.slice(self.input[by].span.to(self.input[close].span)));
        // A count that is compared with nothing is compared with 0.
        let compared = matches!(self.input.get(whole_close + 1).map(|l| &l.token), Some(Token::Op(op)) if op.as_compare().is_some());
        let counts = word == "count" && !compared;
        let mut text = format!(" | {word}()");
        if let Some(by) = by {
            text.push(' ');
            text.push_str(by);
        }
        if counts {
            text.push_str(" > 0");
        }
        let prefix = Span { start: self.input[begin].span.start, end: self.input[at + 2].span.start };
        let suffix = Span { start: self.end_before(end), end: self.input[whole_close].span.end };
        let found = Diagnostic::new(Code::ForeignSyntax, "a function stands behind its spans, not around them", prefix)
            .help(format!("write `{{ … }}{text}`; the time range and the step belong to the request"))
            .fix("put the function behind the spans", vec![Edit::remove(prefix), Edit::replace(suffix, text)]);
        self.report(found);

        let here = Span::at(suffix.start as usize);
        let mut tokens = vec![
            Lexeme { token: Token::Pipe, span: here },
            self.input[at].clone(),
            Lexeme { token: Token::OpenParen, span: here },
            Lexeme { token: Token::CloseParen, span: here },
        ];
        if let Some((by, close)) = list {
            tokens.extend(self.input[by..=close].iter().cloned());
        }
        if counts {
            tokens.push(Lexeme { token: Token::Op(crate::ops::Op::Gt), span: here });
            tokens.push(Lexeme { token: Token::Int(0), span: here });
        }
        self.later.push(Later { at: end, tokens, resume: whole_close + 1 });
        self.at = at + 2;
        true
    }

    /// `quantile(.99, duration)`, `p99(duration)`
    fn quantile_call(&mut self, word: &'t str, said: Option<&'static str>) -> bool {
        let Some(close) = self.partner(self.at + 1) else { return false };
        let name = self.place(0);
        let inside = &self.input[self.at + 2..close];
        let comma = inside.iter().position(|lexeme| lexeme.token == Token::Comma);
        if inside.first().is_some_and(|first| first.token == Token::OpenBrace) {
            return false;
        }
        let number = |lexeme: &Lexeme<'_>| matches!(lexeme.token, Token::Int(_) | Token::Float(_));
        let mut edits = vec![Edit::replace(name, "quantile_over_time")];
        let mut arguments: Vec<Lexeme<'t>> = inside.to_vec();
        match (said, comma) {
            (Some(said), None) if !inside.is_empty() => {
                let end = self.end_before(close);
                edits.push(Edit::insert(end, format!(", {said}")));
                let here = Span::at(end as usize);
                arguments.push(Lexeme { token: Token::Comma, span: here });
                arguments.push(Lexeme { token: Token::Float(said.parse().unwrap_or(0.5)), span: here });
            }
            (None, Some(1)) if number(&inside[0]) && inside.len() > 2 => {
                let (first, rest) = (inside[0].span, inside[2].span.to(inside[inside.len() - 1].span));
                edits.push(Edit::replace(first, self.slice(rest)));
                edits.push(Edit::replace(rest, self.slice(first)));
                arguments = inside[2..].iter().chain([&inside[1], &inside[0]]).cloned().collect();
            }
            (None, Some(_)) => {}
            _ => return false,
        }
        let found = Diagnostic::new(Code::ForeignSyntax, format!("`{word}` is `quantile_over_time` here"), name)
            .help("write `quantile_over_time(field, .99)`")
            .fix("write `quantile_over_time`", edits);
        self.report(found);
        self.emit(Token::Word("quantile_over_time"), name);
        self.emit(Token::OpenParen, self.place(1));
        self.output.extend(arguments);
        let end = self.input[close].span;
        self.emit(Token::CloseParen, end);
        self.at = close + 1;
        true
    }

    /// `by (x) rate()`: the list stands behind the function.
    pub(super) fn leading_by(&mut self) -> bool {
        if self.braces > 0 || self.after_operand() || self.peek(1) != Some(&Token::OpenParen) {
            return false;
        }
        let Some(list_close) = self.partner(self.at + 1) else { return false };
        let is_metrics = matches!(self.input.get(list_close + 1).map(|l| &l.token), Some(Token::Word(word)) if matches!(Function::from_name(word), Some(Function::Metrics(_))));
        if !is_metrics || self.input.get(list_close + 2).map(|l| &l.token) != Some(&Token::OpenParen) {
            return false;
        }
        let Some(call_close) = self.partner(list_close + 2) else { return false };
        let list = self.place(0).to(self.input[list_close].span);
        let gap = Span { start: list.start, end: self.input[list_close + 1].span.start };
        let end = self.input[call_close].span.end;
        let found = Diagnostic::new(Code::ForeignSyntax, "`by (…)` stands behind a metrics function", list)
            .help("write `rate() by (…)`")
            .fix(
                "move it behind the function",
                vec![Edit::remove(gap), Edit::insert(end, format!(" {}", self.slice(list)))],
            );
        self.report(found);
        let tokens = self.input[self.at..=list_close].to_vec();
        self.later.push(Later { at: call_close + 1, tokens, resume: call_close + 1 });
        self.at = list_close + 1;
        true
    }

    /// `[5m]`
    pub(super) fn range_selector(&mut self) -> bool {
        let number = matches!(self.peek(1), Some(Token::Duration(_) | Token::Int(_) | Token::Float(_)));
        if !number || self.peek(2) != Some(&Token::Unknown(']')) {
            return false;
        }
        let span = self.place(0).to(self.place(2));
        let found = Diagnostic::new(Code::ForeignSyntax, "there are no range selectors", span)
            .help("the time range and the step belong to the request: `--since`, `--step`")
            .fix("remove it", vec![Edit::remove(span)]);
        self.report(found);
        self.at += 3;
        true
    }
}

/// An aggregation of PromQL around a call.
struct Aggregation {
    /// The aggregation's word.
    begin: usize,
    /// `by` and the parenthesis that closes its list.
    list: Option<(usize, usize)>,
    /// The parenthesis that closes the aggregation.
    close: usize,
}
