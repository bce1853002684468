//! PromQL: `sum by (x) (rate({ … }[5m]))`, `quantile(.99, duration)`, range selectors.

use super::{Habits, Later, Lexeme, Token};
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    span::Span,
    vocab::functions::{AggregateFn, Function, MetricsFn},
};

/// Functions of PromQL that have one argument which is a set of spans here.
fn is_measured(word: &str) -> bool {
    match Function::from_name(word) {
        Some(Function::Metrics(function)) => function != MetricsFn::Compare,
        Some(Function::Aggregate(function)) => function == AggregateFn::Count,
        _ => false,
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
        is_measured(word) && self.peek(1) == Some(&Token::OpenParen) && self.measured_spans(self.at, None)
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
        let call = matches!(token(self, inner), Some(Token::Word(word)) if is_measured(word));
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
        // `[5m]` or `[$__interval]` before the closing parenthesis; no range is longer than a few tokens.
        let range =
            (1..=6).find(|back| close.checked_sub(*back).is_some_and(|at| self.input[at].token == Token::Unknown('[')));
        let end = match range {
            Some(back) if self.input[close - 1].token == Token::Unknown(']') => close - back,
            _ => close,
        };
        // `topk(5, rate({ … }))` is left alone: what stands before the spans must be the beginning of a stage.
        let inside = around.as_ref().map_or(at, |around| around.begin);
        let nested = match inside.checked_sub(1).map(|before| &self.input[before].token) {
            Some(Token::Comma) => true,
            Some(Token::OpenParen) => inside >= 2 && matches!(self.input[inside - 2].token, Token::Word(_) | Token::By),
            _ => false,
        };
        if end <= at + 2 || nested {
            return false;
        }
        let Token::Word(word) = self.input[at].token else { return false };
        let whole_close = around.as_ref().map_or(close, |around| around.close);
        let begin = around.as_ref().map_or(at, |around| around.begin);
        let list = around.and_then(|around| around.list);
        let by = list.map(|(by, close)| self.slice(self.input[by].span.to(self.input[close].span)));
        // A count that is compared with nothing is compared with 0.
        let compared = matches!(self.input.get(whole_close + 1).map(|l| &l.token), Some(Token::Op(op)) if op.as_compare().is_some());
        let grouped = list.is_some() || self.input.get(whole_close + 1).is_some_and(|next| next.token == Token::By);
        // Only metrics functions are grouped.
        let word = if word == "count" && grouped { MetricsFn::CountOverTime.row().name } else { word };
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
            Lexeme { token: Token::Word(word), span: self.input[at].span },
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
        let number = |token: Option<&Token<'t>>| match token {
            Some(Token::Int(n)) => Some(*n as f64),
            Some(Token::Float(x)) => Some(*x),
            _ => None,
        };
        let Some(close) = self.partner(self.at + 1) else { return false };
        let (name, first) = (self.place(0), self.at + 2);
        let field =
            |token: Option<&Token<'t>>| matches!(token, Some(Token::Word(_) | Token::Attribute(_) | Token::Scope(_)));
        let found = Diagnostic::new(Code::ForeignSyntax, format!("`{word}` is `quantile_over_time` here"), name)
            .help("write `quantile_over_time(field, .99)`");
        let mut edits = vec![Edit::replace(name, "quantile_over_time")];
        let swapped = number(self.peek(2)).is_some() && self.peek(3) == Some(&Token::Comma) && field(self.peek(4));
        let share = match (said, number(self.peek(2)).or_else(|| number(self.input.get(close - 1).map(|l| &l.token)))) {
            (Some(said), _) if field(self.peek(2)) => said.to_owned(),
            // A percentile may be said in percent.
            (None, Some(share)) if swapped || field(self.peek(2)) => {
                if share > 1.0 {
                    format!("{}", share / 100.0)
                } else {
                    format!("{share}")
                }
            }
            _ => return false,
        };
        let arguments = match (said, swapped) {
            (Some(_), _) => first..close,
            (None, true) => first + 2..close,
            (None, false) => first..close.saturating_sub(2),
        };
        let end = self.input[close].span;
        edits.push(Edit::remove(Span {
            start: self.input[first].span.start,
            end: self.input[arguments.start].span.start,
        }));
        edits.push(Edit::replace(Span { start: self.end_before(arguments.end), end: end.start }, format!(", {share}")));
        edits.retain(|edit| !(edit.span.is_empty() && edit.text.is_empty()));
        self.report(found.fix("write `quantile_over_time`", edits));
        self.emit(Token::Word("quantile_over_time"), name);
        self.emit(Token::OpenParen, self.place(1));
        let here = Span::at(end.start as usize);
        let tokens = vec![
            Lexeme { token: Token::Comma, span: here },
            Lexeme { token: Token::Float(share.parse().unwrap_or(0.5)), span: here },
            Lexeme { token: Token::CloseParen, span: end },
        ];
        self.later.push(Later { at: arguments.end, tokens, resume: close + 1 });
        self.at = arguments.start;
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
        let Some(last) = (1..=5).find(|ahead| self.peek(*ahead) == Some(&Token::Unknown(']'))) else { return false };
        if self.braces > 0 || last == 1 {
            return false;
        }
        let span = self.place(0).to(self.place(last));
        let found = Diagnostic::new(Code::ForeignSyntax, "there are no range selectors", span)
            .help("the time range and the step belong to the request: `--since`, `--step`")
            .fix("remove it", vec![Edit::remove(span)]);
        self.report(found);
        self.at += last + 1;
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
