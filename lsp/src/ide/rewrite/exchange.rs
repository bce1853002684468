//! `{ a } > { b }` as `{ b } < { a }`.
//!
//! The answer of `>` is the spans on its right side, so that of the exchanged operator is the spans on the other one, in the
//! same traces. `&>` answers with both sides, and so does `&<`. The traces of `!>` are others than those of `!<`.

use traceql_grammar::{
    ast::{Expr, ExprKind},
    diagnostic::Edit,
    ops::{Op, Relation, SpansetOp},
    span::Span,
};

use super::{
    Proposal,
    subject::{Place, Subject, holds, is_spanset},
};

pub(super) fn propose(subject: &Subject<'_>) -> Vec<Proposal> {
    let is_chain = |expr: &Expr<'_>, place| place == Place::Stage && matches!(expr.kind, ExprKind::Chain(..));
    let Some((_, chain)) = subject.innermost(is_chain) else { return Vec::new() };
    proposal(subject, chain).into_iter().collect()
}

fn proposal(subject: &Subject<'_>, chain: &Expr<'_>) -> Option<Proposal> {
    let ExprKind::Chain(first, links) = &chain.kind else { return None };
    let ends = || std::iter::once(first.span.end).chain(links.iter().map(|link| link.operand.span.end));
    let at_operator = |(end, start)| holds(Span { start: end, end: start }, subject.selected);
    let starts = links.iter().map(|link| link.operand.span.start);
    let index = ends().zip(starts).position(at_operator);
    let is_whole = links.len() == 1 && subject.selected == chain.span;
    let index = index.or_else(|| is_whole.then_some(0))?;
    let (link, end) = (links.get(index)?, ends().nth(index)?);
    let sides = std::iter::once(&**first).chain(links.iter().map(|link| &link.operand));
    if !sides.take(index + 2).all(is_spanset) {
        return None;
    }
    let (exchanged, is_same) = exchanged(link.op)?;
    let left = Span { start: chain.span.start, end };
    let left_text = subject.text_of(left);
    let last = if index > 0 { format!("({left_text})") } else { left_text.to_owned() };
    let edits = vec![
        Edit::replace(left, subject.text_of(link.operand.span)),
        Edit::replace(link.op_span, exchanged.text()),
        Edit::replace(link.operand.span, last),
    ];
    let other = if is_same { "" } else { " (answers with the other side)" };
    Some(Proposal::inline(format!("Exchange the sides and write `{}`{other}", exchanged.text()), edits))
}

/// Returns the operator that relates the exchanged sides, and whether its answer is the same.
fn exchanged(op: Op) -> Option<(SpansetOp, bool)> {
    match op.as_spanset()? {
        SpansetOp::Related(relation) => Some((SpansetOp::Related(converse(relation)?), false)),
        SpansetOp::Union(relation) => Some((SpansetOp::Union(converse(relation)?), true)),
        SpansetOp::Unrelated(_) | SpansetOp::And | SpansetOp::Or => None,
    }
}

/// Returns the relation that the right span has if the left one has this.
fn converse(relation: Relation) -> Option<Relation> {
    match relation {
        Relation::Child => Some(Relation::Parent),
        Relation::Parent => Some(Relation::Child),
        Relation::Descendant => Some(Relation::Ancestor),
        Relation::Ancestor => Some(Relation::Descendant),
        Relation::Sibling => None,
    }
}
