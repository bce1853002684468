//! Names without a scope, with a scope in the wrong place, or in the wrong case.

use std::borrow::Cow;

use super::{Habits, Token};
use crate::{
    diagnostic::{Code, Diagnostic, Edit},
    query::Field,
    span::Span,
    token::{AttributeName, Quoting},
    vocab::{
        intrinsics::Intrinsic,
        nearest::within,
        scopes::{SCOPES, Scope, conventional},
    },
};

impl<'t> Habits<'t, '_> {
    /// `service.name`, `SPAN.x`, `span .x`, `resource:x`
    pub(super) fn name(&mut self, word: &'t str) -> bool {
        match self.peek(1) {
            Some(Token::Attribute(attribute)) if attribute.scope == Scope::Any && !attribute.of_parent => {
                let named = attribute.name.is_some();
                match (named, self.adjacent(1)) {
                    (true, true) => self.unscoped(word),
                    _ => self.spaced_scope(word),
                }
            }
            Some(Token::Unknown(':')) => self.colon(word),
            Some(Token::Unknown('[')) => self.scope_and_name(),
            _ => false,
        }
    }

    /// `service.name`: a word and an attribute that touch.
    fn unscoped(&mut self, word: &'t str) -> bool {
        let span = self.place(0).to(self.place(1));
        let text = self.slice(span);
        let found = Diagnostic::new(Code::UnscopedName, format!("`{text}` needs a scope before it"), span);
        // One letter off is a slip; `source.address` is an attribute.
        let near = within(1, word, SCOPES.iter().map(|row| row.word).filter(|word| !word.is_empty()));
        let known = SCOPES.iter().find(|row| Some(row.word) == near);
        let (scope, found) = if let Some(row) = known {
            let place = self.place(0);
            let found = Diagnostic::new(Code::WrongCase, format!("`{word}` is written `{}`", row.word), place)
                .label("this is no scope")
                .fix(format!("write `{}`", row.word), vec![Edit::replace(place, row.word)]);
            (row.scope, found)
        } else {
            let scope = conventional(text);
            let meant = text.strip_prefix("trace.").and_then(|name| {
                Intrinsic::from_scoped("trace", name)
                    .or_else(|| Intrinsic::from_bare(name).filter(|i| i.scoped().starts_with("trace:")))
            });
            if let Some(intrinsic) = meant {
                return self.trace_intrinsic(intrinsic, found, span);
            }
            let found = if word == "trace" {
                found.help(format!("a trace has no attributes, only `trace:id`, `trace:duration` and others; `.{text}` looks on span and resource"))
                    .unsafe_fix(format!("write `.{text}`"), vec![Edit::insert(span.start, ".")])
            } else {
                let scoped = format!("{}.{text}", scope.word());
                found
                    .help(format!("write `{scoped}`, or `.{text}` for span and resource"))
                    .fix(format!("write `{scoped}`"), vec![Edit::insert(span.start, format!("{}.", scope.word()))])
            };
            (if word == "trace" { Scope::Any } else { scope }, found)
        };
        self.report(found);
        let behind = text.get(word.len() + 1..).unwrap_or(text);
        let name = if known.is_some() { behind } else { text };
        self.emit_attribute(scope, false, name, span);
        self.at += 2;
        true
    }

    /// `trace.duration`
    fn trace_intrinsic(&mut self, intrinsic: Intrinsic, found: Diagnostic, span: Span) -> bool {
        let Some((scope, word)) = intrinsic.row().scoped else { return false };
        let right = intrinsic.scoped();
        let found = found
            .help(format!("a trace has intrinsics, not attributes: `{right}`"))
            .fix(format!("write `{right}`"), vec![Edit::replace(span, right)]);
        self.report(found);
        self.emit(Token::Scope(scope), span);
        self.emit(Token::Word(word), span);
        self.at += 2;
        true
    }

    /// `span["http.method"]`, `span:http.method`
    pub(super) fn scope_and_name(&mut self) -> bool {
        let (word, name, length) = match (self.peek(0), self.peek(1), self.peek(2), self.peek(3)) {
            (
                Some(Token::Word(word)),
                Some(Token::Unknown('[')),
                Some(Token::String(name)),
                Some(Token::Unknown(']')),
            ) => (*word, name.clone(), 4),
            (Some(Token::Scope(word)), Some(Token::Word(_)), Some(Token::Attribute(rest)), _)
                if rest.name.is_some() && self.adjacent(2) =>
            {
                (*word, Cow::Borrowed(self.slice(self.place(1).to(self.place(2)))), 3)
            }
            _ => return false,
        };
        let Some(row) = SCOPES.iter().find(|row| row.word == word && row.scope != Scope::Any) else { return false };
        let span = self.place(0).to(self.place(length - 1));
        let right = Field::attribute(row.scope, name.clone()).to_string();
        let found = Diagnostic::new(Code::BadAttributeName, "an attribute's name stands behind a point", span)
            .write(span, right);
        self.report(found);
        let attribute = AttributeName { of_parent: false, scope: row.scope, name: Some(name), quoting: Quoting::Plain };
        self.emit(Token::Attribute(attribute), span);
        self.at += length;
        true
    }

    fn emit_attribute(&mut self, scope: Scope, of_parent: bool, name: &'t str, span: Span) {
        let name = Some(Cow::Borrowed(name));
        self.emit(Token::Attribute(AttributeName { of_parent, scope, name, quoting: Quoting::Plain }), span);
    }

    /// `span .x`, `resource . x`: spaces inside a name.
    fn spaced_scope(&mut self, word: &'t str) -> bool {
        let Some(row) = SCOPES.iter().find(|row| row.word == word && row.scope != Scope::Any) else { return false };
        let Some(Token::Attribute(attribute)) = self.peek(1) else { return false };
        let (length, name) = match (&attribute.name, self.peek(2)) {
            (Some(name), _) => (2, name.clone()),
            (None, Some(Token::Word(name))) => (3, Cow::Borrowed(*name)),
            _ => return false,
        };
        let span = self.place(0).to(self.place(length - 1));
        let right: String = self.slice(span).split_whitespace().collect();
        let found =
            Diagnostic::new(Code::BadAttributeName, "a scope and its attribute are written without a space", span)
                .help(format!("write `{right}`"))
                .fix("remove the space", vec![Edit::replace(span, right)]);
        self.report(found);
        let attribute = AttributeName { of_parent: false, scope: row.scope, name: Some(name), quoting: Quoting::Plain };
        self.emit(Token::Attribute(attribute), span);
        self.at += length;
        true
    }

    /// `resource:x`, `parent:x`, `span :name`
    fn colon(&mut self, word: &'t str) -> bool {
        let Some(Token::Word(name)) = self.peek(2) else { return false };
        let name = *name;
        let span = self.place(0).to(self.place(2));
        let code = Code::UnknownIntrinsic;
        let attribute = |scope: &str| format!("{scope}.{name}");
        let (found, is_intrinsic) = if let Some(intrinsic) = Intrinsic::from_scoped(word, name) {
            let right = intrinsic.scoped();
            let found = Diagnostic::new(code, format!("`{right}` is written without a space"), span)
                .fix("remove the space", vec![Edit::replace(span, right)]);
            (found, true)
        } else if word == "resource" || word == "parent" {
            let right = attribute(word);
            let found =
                Diagnostic::new(code, format!("`{word}` has no intrinsics, only attributes"), span).write(span, right);
            (found, false)
        } else {
            return false;
        };
        self.report(found);
        if is_intrinsic {
            self.emit(Token::Scope(word), self.place(0));
            self.emit(Token::Word(name), self.place(2));
        } else {
            let scope = if word == "resource" { Scope::Resource } else { Scope::Any };
            self.emit_attribute(scope, word == "parent", name, span);
        }
        self.at += 3;
        true
    }

    /// `span. http.status`: a space between the scope and the name.
    fn spaced_name(&mut self, attribute: &AttributeName<'t>) -> bool {
        if !matches!(self.peek(1), Some(Token::Word(_) | Token::Int(_))) {
            return false;
        }
        let dotted = matches!(self.peek(2), Some(Token::Attribute(rest)) if rest.name.is_some()) && self.adjacent(2);
        let length = if dotted { 3 } else { 2 };
        let (point, name) = (self.place(0), self.place(1).to(self.place(length - 1)));
        let scope = self.slice(point);
        let gap = Span { start: point.end, end: name.start };
        let found = Diagnostic::new(
            Code::BadAttributeName,
            format!("`{scope}` needs an attribute's name right behind it"),
            gap,
        )
        .help(format!("write `{scope}{}`", self.slice(name)))
        .fix("remove the space", vec![Edit::remove(gap)]);
        self.report(found);
        let attribute = AttributeName { name: Some(Cow::Borrowed(self.slice(name))), ..attribute.clone() };
        self.emit(Token::Attribute(attribute), point.to(name));
        self.at += length;
        true
    }

    /// `.x: "y"`: the colon became part of the name.
    pub(super) fn attribute(&mut self) -> bool {
        let Some(Token::Attribute(attribute)) = self.peek(0) else { return false };
        if attribute.name.is_none() {
            let attribute = attribute.clone();
            return self.spaced_name(&attribute);
        }
        let literal =
            matches!(self.peek(1), Some(Token::String(_) | Token::Int(_) | Token::Float(_) | Token::Duration(_)));
        let Some(name) = attribute.name.as_deref().and_then(|name| name.strip_suffix(':')) else { return false };
        if !literal || name.is_empty() {
            return false;
        }
        let attribute = AttributeName { name: Some(Cow::Owned(name.to_owned())), ..attribute.clone() };
        let span = self.place(0);
        let colon = Span { start: span.end - 1, end: span.end };
        let found =
            Diagnostic::new(Code::ForeignOperator, "`:` became part of the name; values are compared by `=`", colon)
                .write(colon, " =");
        self.report(found);
        self.emit(Token::Attribute(attribute), Span { start: span.start, end: colon.start });
        self.emit(Token::Op(crate::ops::Op::Eq), colon);
        self.at += 1;
        true
    }
}
