//! `duplicate-condition`: the same condition twice between `&&` or between `||`.

use std::collections::HashMap;

use super::super::{
    Findings,
    together::{removal, runs},
    walk::Part,
};
use crate::{
    diagnostic::Edit,
    query::{Expr, ExprKind},
    span::Span,
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let (Part::Condition(condition) | Part::Compared(condition)) = part else { return };
    if findings.has_gaps {
        return;
    }
    for run in runs(condition) {
        let mut seen: HashMap<String, Span> = HashMap::new();
        for operand in run.operands.iter().filter(|operand| asks_something(operand.expr)) {
            let span = operand.expr.span;
            let Some(first) = seen.get(&operand.expr.to_string()) else {
                seen.insert(operand.expr.to_string(), span);
                continue;
            };
            let found = findings
                .diagnostic(span, "this condition stands there twice")
                .label("changes nothing")
                .also(*first, "the same condition")
                .help("remove one of them, or ask for what was meant");
            findings.add(match removal(findings.text, operand) {
                Some(removed) => found.fix("remove the second one", vec![Edit::remove(removed)]),
                None => found,
            });
        }
    }
}

/// Tells whether the condition reads a field, and is known as a whole.
fn asks_something(expr: &Expr) -> bool {
    let mut reads = false;
    expr.fields(&mut |_| reads = true);
    reads && is_known(expr)
}

fn is_known(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Invalid => false,
        ExprKind::Literal(_) | ExprKind::Field(_) => true,
        ExprKind::Unary { operand, .. } => is_known(operand),
        ExprKind::Chain(chain) => is_known(&chain.first) && chain.rest.iter().all(|link| is_known(&link.operand)),
    }
}
