//! `tempo-missing-is-false`: in Tempo a bare attribute that is absent makes the `||` around it false.

use super::{
    Findings,
    walk::{Part, field, is_attribute},
};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, Expr},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    if binary.op != BinaryOp::Or {
        return;
    }
    if let Some(left) = binary.left.expr() {
        operand(left, findings);
    }
    operand(binary.right, findings);
}

fn operand(expr: &Expr, findings: &mut Findings<'_>) {
    let Some(field) = field(expr).filter(|field| is_attribute(field)) else { return };
    let found = findings
        .diagnostic(expr.span, format!("in Tempo the `||` is false where `{field}` is absent"))
        .label("may be absent")
        .help("compare it with `true`; a comparison with something absent is false in both")
        .fix("compare with `true`", vec![Edit::insert(expr.span.end, " = true")]);
    findings.add(found);
}
