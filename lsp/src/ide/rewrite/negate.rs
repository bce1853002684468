//! A condition as its opposite. A comparison with an attribute that is not there is false, and so is its opposite.

use traceql_grammar::{
    ast::{Expr, ExprKind},
    diagnostic::Edit,
    ops::{Op, UnaryOp},
    span::Span,
};

use super::{
    Proposal,
    subject::{Node, Step, Subject, comparison},
};

pub(super) fn propose(subject: &Subject<'_>) -> Vec<Proposal> {
    let Some((condition, beside)) = innermost(&subject.path) else { return Vec::new() };
    let mut edits = Vec::new();
    let is_negated = negate(subject, condition, beside, &mut edits).is_some();
    if is_negated { vec![Proposal::inline("Negate the condition", edits)] } else { Vec::new() }
}

/// The neighbours of a condition.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    /// Brackets.
    Brackets,
    /// `&&` or `||`.
    Conditions,
}

/// Returns the innermost condition at a place. Operands of comparisons are none.
fn innermost<'q>(path: &[Step<'q>]) -> Option<(&'q Expr<'q>, Beside)> {
    let is_filter = |step: &Step<'q>| matches!(step.node, Node::Expr(Expr { kind: ExprKind::Filter(_), .. }));
    let at = path.iter().rposition(is_filter)?;
    let Node::Expr(Expr { kind: ExprKind::Filter(Some(whole)), .. }) = path[at].node else { return None };
    let mut innermost: (&Expr<'_>, Beside) = (whole, Beside::Brackets);
    let mut beside = Beside::Brackets;
    for step in &path[at + 1..] {
        let Node::Expr(expr) = step.node else {
            beside = Beside::Brackets;
            continue;
        };
        innermost = (expr, beside);
        beside = match &expr.kind {
            ExprKind::Group(_) => Beside::Brackets,
            // A negated condition loses its `!`: Tempo finds nothing for a negation inside another one.
            ExprKind::Prefix((UnaryOp::Not, _), _) => break,
            ExprKind::Chain(_, links) if links.iter().all(|link| matches!(link.op, Op::And | Op::Or)) => {
                Beside::Conditions
            }
            _ => break,
        };
    }
    Some(innermost)
}

/// Adds the edits that make the opposite of a condition; `None` if it is none.
fn negate(subject: &Subject<'_>, expr: &Expr<'_>, beside: Beside, edits: &mut Vec<Edit>) -> Option<()> {
    if let Some((_, op, op_span, _)) = comparison(expr) {
        edits.push(Edit::replace(op_span, opposite(op)?.text()));
        return Some(());
    }
    match &expr.kind {
        // Both operators are of one level and group from the left, so the opposite groups alike.
        ExprKind::Chain(first, links) if links.iter().all(|link| matches!(link.op, Op::And | Op::Or)) => {
            negate(subject, first, Beside::Conditions, edits)?;
            for link in links {
                edits.push(Edit::replace(link.op_span, opposite(link.op)?.text()));
                negate(subject, &link.operand, Beside::Conditions, edits)?;
            }
            Some(())
        }
        ExprKind::Chain(..) => {
            edits.push(Edit::insert(expr.span.start, format!("{}(", UnaryOp::Not.text())));
            edits.push(Edit::insert(expr.span.end, ")"));
            Some(())
        }
        ExprKind::Group(pipeline) => match pipeline.stages.as_slice() {
            [only] => negate(subject, &only.expr, Beside::Brackets, edits),
            _ => None,
        },
        ExprKind::Prefix((UnaryOp::Not, _), operand) => {
            let start = expr.span.start;
            let bare = group_inside(operand).filter(|inside| beside == Beside::Brackets || !is_joined(inside));
            match bare {
                Some(inside) => {
                    edits.push(Edit::remove(Span { start, end: first_of(subject, operand, inside) }));
                    edits.push(Edit::remove(Span { start: last_of(subject, operand, inside), end: operand.span.end }));
                }
                None => edits.push(Edit::remove(Span { start, end: operand.span.start })),
            }
            Some(())
        }
        ExprKind::Attribute(_) | ExprKind::Word(_) => {
            edits.push(Edit::insert(expr.span.start, UnaryOp::Not.text()));
            Some(())
        }
        _ => None,
    }
}

/// Returns the opposite of an operator.
fn opposite(op: Op) -> Option<Op> {
    Some(match op {
        Op::And => Op::Or,
        Op::Or => Op::And,
        Op::Eq => Op::Ne,
        Op::Ne => Op::Eq,
        Op::Lt => Op::Ge,
        Op::Ge => Op::Lt,
        Op::Gt => Op::Le,
        Op::Le => Op::Gt,
        Op::Match => Op::NotMatch,
        Op::NotMatch => Op::Match,
        _ => return None,
    })
}

/// Returns the condition in parentheses.
fn group_inside<'e, 'q>(expr: &'e Expr<'q>) -> Option<&'e Expr<'q>> {
    let ExprKind::Group(pipeline) = &expr.kind else { return None };
    match pipeline.stages.as_slice() {
        [only] => Some(&only.expr),
        _ => None,
    }
}

/// Tells whether a condition needs parentheses beside `&&`.
fn is_joined(expr: &Expr<'_>) -> bool {
    matches!(&expr.kind, ExprKind::Chain(_, links) if links.iter().any(|link| matches!(link.op, Op::And | Op::Or)))
}

/// Returns the first byte to keep of what stands in parentheses: comments before the condition are kept.
fn first_of(subject: &Subject<'_>, group: &Expr<'_>, inside: &Expr<'_>) -> u32 {
    let before = subject.text_of(Span { start: group.span.start + 1, end: inside.span.start });
    inside.span.start - u32::try_from(before.trim_start().len()).unwrap_or_default()
}

/// Returns the end of what is kept of what stands in parentheses.
fn last_of(subject: &Subject<'_>, group: &Expr<'_>, inside: &Expr<'_>) -> u32 {
    let behind = subject.text_of(Span { start: inside.span.end, end: group.span.end - 1 });
    // A comment up to the end of its line keeps the break.
    let kept = if behind.contains("//") { behind } else { behind.trim_end() };
    inside.span.end + u32::try_from(kept.len()).unwrap_or_default()
}
