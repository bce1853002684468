//! Conditions that stand together: the operands of one run of `&&`, or of one of `||`.

use super::walk::{constant, field};
use crate::{
    query::{BinaryOp, Chain, CompareOp, Expr, ExprKind, Field, Link},
    span::Span,
    value::Value,
};

/// Operands between which only `&&` stands, or only `||`, parentheses left out.
pub(super) struct Run<'q> {
    /// [`BinaryOp::And`] or [`BinaryOp::Or`].
    pub(super) op: BinaryOp,
    /// At least one; the others of the first run of a mixed chain are those before it.
    pub(super) operands: Vec<Operand<'q>>,
}

/// An operand of a run.
pub(super) struct Operand<'q> {
    /// The condition, which is itself none of `&&` and `||`.
    pub(super) expr: &'q Expr,
    /// The operator before it, unless it is the first in its parentheses.
    pub(super) op_span: Option<Span>,
}

/// Returns every run of a condition; a condition without `&&` and `||` is a run of one.
pub(super) fn runs(condition: &Expr) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    match joined(condition) {
        Some(chain) => chain_runs(chain, &mut runs),
        None => runs.push(Run { op: BinaryOp::And, operands: vec![Operand { expr: condition, op_span: None }] }),
    }
    runs
}

/// Returns the chain if its operators are `&&` and `||`.
fn joined(expr: &Expr) -> Option<&Chain<Expr, BinaryOp>> {
    let ExprKind::Chain(chain) = &expr.kind else { return None };
    chain.rest.iter().all(|link| matches!(link.op, BinaryOp::And | BinaryOp::Or)).then_some(chain)
}

fn chain_runs<'q>(chain: &'q Chain<Expr, BinaryOp>, runs: &mut Vec<Run<'q>>) {
    let Some(link) = chain.rest.first() else { return };
    let mut run = Run { op: link.op, operands: Vec::new() };
    add(&chain.first, None, &mut run, runs);
    for Link { op, op_span, operand } in &chain.rest {
        // `a && b || c` is `(a && b) || c`: what stands before is one operand of the new run.
        if *op != run.op {
            runs.push(std::mem::replace(&mut run, Run { op: *op, operands: Vec::new() }));
        }
        add(operand, Some(*op_span), &mut run, runs);
    }
    runs.push(run);
}

/// Adds an operand, or the operands inside of it if the same operator joins them.
fn add<'q>(expr: &'q Expr, op_span: Option<Span>, run: &mut Run<'q>, runs: &mut Vec<Run<'q>>) {
    match joined(expr) {
        Some(chain) if chain.rest.iter().all(|link| link.op == run.op) => {
            add(&chain.first, None, run, runs);
            chain.rest.iter().for_each(|link| add(&link.operand, Some(link.op_span), run, runs));
        }
        Some(chain) => chain_runs(chain, runs),
        None => run.operands.push(Operand { expr, op_span }),
    }
}

/// A comparison of a field with a constant, the field on the left.
pub(super) struct Test<'q> {
    /// The field.
    pub(super) field: &'q Field,
    /// [`BinaryOp::Compare`], [`BinaryOp::Match`] or [`BinaryOp::NotMatch`].
    pub(super) op: BinaryOp,
    /// The constant.
    pub(super) value: Value,
}

/// Returns the test that a condition is, if it is one.
pub(super) fn test(expr: &Expr) -> Option<Test<'_>> {
    let ExprKind::Chain(Chain { first, rest }) = &expr.kind else { return None };
    let [Link { op, operand, .. }] = rest.as_slice() else { return None };
    if !matches!(op, BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch) {
        return None;
    }
    if let (Some(field), Some(value)) = (field(first), constant(operand)) {
        return Some(Test { field, op: *op, value });
    }
    match (constant(first), field(operand), op) {
        (Some(value), Some(field), BinaryOp::Compare(op)) => {
            Some(Test { field, op: BinaryOp::Compare(op.flipped()), value })
        }
        _ => None,
    }
}

/// Tells whether a test asks whether the field is absent.
pub(super) fn asks_for_absence(test: &Test<'_>) -> bool {
    test.op == BinaryOp::Compare(CompareOp::Eq) && test.value == Value::Nil
}

/// Returns what is removed to leave out an operand and the operator before it; `None` where parentheses stand around it.
pub(super) fn removal(text: &str, operand: &Operand<'_>) -> Option<Span> {
    let op = operand.op_span?;
    let span = op.to(operand.expr.span);
    let between = text.get(op.end as usize..operand.expr.span.start as usize)?;
    let removed = text.get(span.range())?;
    if !between.trim().is_empty() || removed.matches('(').count() != removed.matches(')').count() {
        return None;
    }
    // A comment may end with the line before.
    let blanks = |text: &str| text.len() - text.trim_end_matches([' ', '\t']).len();
    let before = text.get(..span.start as usize)?;
    Some(Span { start: span.start - blanks(before) as u32, end: span.end })
}
