//! `with (name=value, …)`.

use super::{Checker, Feature};
use crate::{
    ast::{self, Expr, ExprKind},
    diagnostic::{Code, Diagnostic},
    ops::Op,
    query::Hint,
    value::Value,
};

impl<'t> Checker<'t> {
    /// Reads the hints behind the last stage; the last list replaces those before it.
    pub(super) fn hints(&mut self, pipeline: &ast::Pipeline<'t>) -> Vec<Hint> {
        let Some((last, others)) = pipeline.stages.split_last() else { return Vec::new() };
        for list in others.iter().flat_map(|stage| &stage.hints) {
            self.misplaced_hints(list);
        }
        let mut hints = Vec::new();
        for list in &last.hints {
            self.needs(Feature::Hints, list.span);
            hints = list.items.iter().filter_map(|item| self.hint(item)).collect();
            if list.items.is_empty() {
                let found = Diagnostic::new(Code::BadHint, "`with ()` has no hint in it", list.span)
                    .help("write `with (name=value)`");
                self.report(found);
            }
        }
        hints
    }

    /// Reports hints inside of parentheses or before another stage.
    pub(super) fn misplaced_hints(&mut self, list: &ast::List<'t>) {
        let found = Diagnostic::new(Code::BadHint, "hints come last, behind the whole query", list.span)
            .help("move `with (…)` to the end");
        self.report(found);
    }

    fn hint(&mut self, item: &Expr<'t>) -> Option<Hint> {
        if let ExprKind::Chain(name, rest) = &item.kind
            && let (ExprKind::Word(word), [link]) = (&name.kind, rest.as_slice())
            && link.op == Op::Eq
            && !super::words::is_reserved(word, self.target)
        {
            let value = match &link.operand.kind {
                ExprKind::Literal(_) | ExprKind::Word(_) => self.literal(&link.operand),
                ExprKind::Missing => return None,
                _ => None,
            };
            if let Some(value) = value.filter(|value| *value != Value::Nil) {
                return Some(Hint { name: (*word).to_owned(), name_span: name.span, value, span: item.span });
            }
        }
        if !matches!(item.kind, ExprKind::Missing) && !self.is_open(item.span) {
            let found = Diagnostic::new(Code::BadHint, format!("`{}` is no hint", self.slice(item.span)), item.span)
                .label("a hint is `name=literal`, and the name is no word of the language")
                .help("for example `with (most_recent=true)`");
            self.report(found);
        }
        None
    }
}
