//! Half a comparison, as people say it: `status = error || ok`, `1s < duration < 2s`.

use super::Checker;
use crate::{
    ast::{Expr, ExprKind, Link},
    diagnostic::{Code, Diagnostic, Edit},
    ops::Op,
    value::{Type, Value},
};

impl<'t> Checker<'t> {
    /// Reports the operand at `at` of a chain if it is half a comparison; then its type is that of a condition.
    ///
    /// `left` is the type of what stands before it.
    pub(super) fn half_comparison(&mut self, first: &Expr<'t>, links: &[Link<'t>], at: usize, left: Type) -> bool {
        let link = &links[at];
        let before = if at == 0 { first } else { &links[at - 1].operand };
        match link.op {
            Op::And | Op::Or => self.condition_without_left(before, link),
            op if op.as_compare().is_some() && left == Type::Bool && at > 0 => self.range(before, link),
            _ => false,
        }
    }

    /// `x = 1 || 2`: the second comparison lacks its left side.
    fn condition_without_left(&mut self, before: &Expr<'t>, link: &Link<'t>) -> bool {
        let ExprKind::Chain(name, comparison) = &before.kind else { return false };
        let [comparison] = comparison.as_slice() else { return false };
        let compares = comparison.op.as_compare().is_some() || matches!(comparison.op, Op::Match | Op::NotMatch);
        let alone = matches!(link.operand.kind, ExprKind::Literal(_) | ExprKind::Word(_));
        if !compares || !alone {
            return false;
        }
        match self.literal(&link.operand) {
            None | Some(Value::Bool(_) | Value::Nil) => return false,
            Some(_) => {}
        }
        let (text, name) = (self.slice(link.operand.span), self.slice(name.span));
        let missing = format!("{name} {} ", comparison.op.text());
        let found = Diagnostic::new(Code::TypeMismatch, format!("`{text}` is no condition"), link.operand.span)
            .also(before.span, "only this is compared")
            .help(format!("write `{missing}{text}`"))
            .fix("repeat the left side", vec![Edit::insert(link.operand.span.start, missing)]);
        self.report(found);
        true
    }

    /// `1s < x < 2s`: the middle belongs to both comparisons.
    fn range(&mut self, middle: &Expr<'t>, link: &Link<'t>) -> bool {
        let number = |expr: &Expr<'t>| matches!(expr.kind, ExprKind::Literal(_));
        let name = matches!(middle.kind, ExprKind::Word(_) | ExprKind::Attribute(_) | ExprKind::Scoped(..));
        if !name || !number(&link.operand) || matches!(link.op, Op::Eq | Op::Ne) {
            return false;
        }
        let text = self.slice(middle.span);
        let message = format!("`{text}` is compared twice, and each comparison needs it");
        let found = Diagnostic::new(Code::TypeMismatch, message, link.op_span.to(link.operand.span))
            .help(format!("write `… && {text} {} …`", link.op.text()))
            .fix("compare twice", vec![Edit::insert(link.op_span.start, format!("&& {text} "))]);
        self.report(found);
        true
    }
}
