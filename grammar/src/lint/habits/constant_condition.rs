//! `constant-condition`: a condition that is the same for every span.

use super::super::{
    Findings,
    together::{Operand, removal, runs, test},
    truth::truth,
    walk::{Part, field},
};
use crate::{
    diagnostic::{Diagnostic, Edit, Severity},
    query::{BinaryOp, CompareOp, Expr, ExprKind, FieldKey},
    value::Value,
    vocab::intrinsics::Intrinsic,
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let (Part::Condition(condition) | Part::Compared(condition)) = part else { return };
    if findings.has_gaps {
        return;
    }
    for run in runs(condition) {
        for operand in &run.operands {
            if let Some(found) = finding(operand, run.op, findings) {
                findings.add(found);
            }
        }
    }
}

fn finding(operand: &Operand<'_>, op: BinaryOp, findings: &Findings<'_>) -> Option<Diagnostic> {
    let expr = operand.expr;
    // Programs that write queries put `true` where nothing is asked.
    if matches!(expr.kind, ExprKind::Literal(Value::Bool(true))) {
        return None;
    }
    match truth(expr) {
        // The rule about differences speaks of it.
        Some(true) if op == BinaryOp::Or => return None,
        Some(value) => {
            let found = findings
                .diagnostic(expr.span, format!("this condition is always {value}"))
                .label("reads nothing of a span");
            return Some(match (value, op) {
                (true, _) => removed(found.help("leave it out"), operand, findings),
                (false, BinaryOp::Or) => removed(found.help("leave it out"), operand, findings),
                (false, _) => found.help("no span passes; leave it out, or the whole filter"),
            });
        }
        None => {}
    }
    if let Some(found) = with_itself(expr, findings) {
        return Some(found);
    }
    let asked = test(expr)?;
    let is_there = asked.op == BinaryOp::Compare(CompareOp::Ne) && asked.value == Value::Nil;
    if !is_there || asked.field.of_parent || !is_always_there(&asked.field.key) {
        return None;
    }
    let found = findings
        .diagnostic(expr.span, format!("`{} != nil` is always true", asked.field))
        .label("every span has it")
        .severity(Severity::Info);
    Some(match op {
        BinaryOp::Or => found.help("every span passes this `||`; leave the whole out"),
        _ => removed(found.help("leave it out"), operand, findings),
    })
}

/// Looks at a comparison of a field with itself.
fn with_itself(expr: &Expr, findings: &Findings<'_>) -> Option<Diagnostic> {
    let ExprKind::Chain(chain) = &expr.kind else { return None };
    let [link] = chain.rest.as_slice() else { return None };
    let BinaryOp::Compare(op) = link.op else { return None };
    let compared = field(&chain.first).filter(|left| field(&link.operand) == Some(left))?;
    let found = findings.diagnostic(expr.span, format!("`{compared}` is compared with itself"));
    Some(match op {
        CompareOp::Eq | CompareOp::Le | CompareOp::Ge => found
            .label("true wherever it is there")
            .help(format!("write `{compared} != nil` to ask whether it is there")),
        _ => found.label("never true").help("compare it with something else"),
    })
}

fn is_always_there(key: &FieldKey) -> bool {
    use Intrinsic::{Duration, Kind, Name, ParentId, SpanId, Status, StatusMessage, TraceDuration, TraceId};
    let there = [Duration, Kind, Name, ParentId, SpanId, Status, StatusMessage, TraceDuration, TraceId];
    matches!(key, FieldKey::Intrinsic(found) if there.contains(found))
}

fn removed(found: Diagnostic, operand: &Operand<'_>, findings: &Findings<'_>) -> Diagnostic {
    match removal(findings.text, operand) {
        Some(span) => found.fix("leave it out", vec![Edit::remove(span)]),
        None => found,
    }
}
