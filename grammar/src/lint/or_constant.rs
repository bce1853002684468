//! `tempo-or-constant`: beside a constant, Tempo finds only spans that pass the other side of `||`.

use super::{Findings, truth::truth, walk::Part};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, Expr, ExprKind},
    span::Span,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    if let Part::Condition(condition) = part {
        condition_of(condition, findings);
    }
}

/// Looks for constants among the operands of a condition whose spans nothing around it makes Tempo fetch.
fn condition_of(condition: &Expr, findings: &mut Findings<'_>) {
    let ExprKind::Chain(chain) = &condition.kind else { return };
    if !chain.rest.iter().all(|link| matches!(link.op, BinaryOp::And | BinaryOp::Or)) {
        return;
    }
    // Behind this link no `&&` asks for a field, which would make Tempo fetch the spans that have it.
    let asking = chain.rest.iter().rposition(|link| link.op == BinaryOp::And && reads_fields(&link.operand));
    let is_open = |link: usize| asking.is_none_or(|asking| asking <= link);
    // What stands before a link: whether it reads a field, and else whether it is known to be true or false.
    let (mut reads, mut value) = (reads_fields(&chain.first), truth(&chain.first));
    if reads && asking.is_none() {
        condition_of(&chain.first, findings);
    }
    for (i, link) in chain.rest.iter().enumerate() {
        let right = &link.operand;
        let (reads_right, right_value) = (reads_fields(right), truth(right));
        if link.op == BinaryOp::Or && is_open(i) {
            if reads && !reads_right && right_value != Some(false) {
                report(right.span, true, findings);
            }
            if !reads && reads_right && value != Some(false) {
                let last = i.checked_sub(1).and_then(|i| chain.rest.get(i));
                let left = last.map_or(chain.first.span, |last| chain.first.span.to(last.operand.span));
                // Brackets around parts of the left side belong to none of their places.
                report(left, i == 0, findings);
            }
        }
        if reads_right && is_open(i) && (link.op == BinaryOp::Or || !reads) {
            condition_of(right, findings);
        }
        value = value
            .zip(right_value)
            .map(|(left, right)| if link.op == BinaryOp::And { left && right } else { left || right });
        reads |= reads_right;
    }
}

fn report(span: Span, is_whole: bool, findings: &mut Findings<'_>) {
    let found = findings
        .diagnostic(span, "Tempo finds only spans that pass the other side of this `||`")
        .label("always true, so every span matches in traceql")
        .help("write `duration >= 0ns`, which is true of every span in both");
    findings.add(if is_whole {
        found.fix("write a test that every span passes", vec![Edit::replace(span, "duration >= 0ns")])
    } else {
        found
    });
}

/// Tells whether the expression reads a field, or has a part that is not known and so may read one.
fn reads_fields(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => false,
        ExprKind::Field(_) | ExprKind::Invalid => true,
        ExprKind::Unary { operand, .. } => reads_fields(operand),
        ExprKind::Chain(chain) => {
            reads_fields(&chain.first) || chain.rest.iter().any(|link| reads_fields(&link.operand))
        }
    }
}
