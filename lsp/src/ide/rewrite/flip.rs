//! `1s < duration` as `duration > 1s`.

use traceql_grammar::{
    ast::{Expr, ExprKind},
    diagnostic::Edit,
    field,
};

use super::{
    Proposal, shown,
    subject::{Subject, comparison, is_spanset},
};

pub(super) fn propose(subject: &Subject<'_>) -> Vec<Proposal> {
    let Some((_, found)) = subject.innermost(|expr, _| comparison(expr).is_some()) else { return Vec::new() };
    let Some((left, op, op_span, right)) = comparison(found) else { return Vec::new() };
    let Some(op) = op.as_compare() else { return Vec::new() };
    // Tempo reads a comparison wrongly whose literal comes first.
    if is_spanset(left) || is_spanset(right) || is_constant(right) {
        return Vec::new();
    }
    let (first, second) = (subject.text_of(right.span), subject.text_of(left.span));
    let op = op.flipped().text();
    let edits = vec![Edit::replace(left.span, first), Edit::replace(op_span, op), Edit::replace(right.span, second)];
    vec![Proposal::inline(format!("Write `{}`", shown(&format!("{first} {op} {second}"))), edits)]
}

/// Tells whether an expression is made of literals only, or of something that is not known.
fn is_constant(expr: &Expr<'_>) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Missing => true,
        // Statuses, kinds, `true`, `nil` and so on.
        ExprKind::Word(word) => field(word).is_err(),
        ExprKind::Prefix(_, operand) => is_constant(operand),
        ExprKind::Chain(first, links) => is_constant(first) && links.iter().all(|link| is_constant(&link.operand)),
        ExprKind::Group(pipeline) => pipeline.stages.iter().all(|stage| is_constant(&stage.expr)),
        ExprKind::Attribute(_) | ExprKind::Scoped(..) | ExprKind::Call(_) | ExprKind::Filter(_) => false,
    }
}
