//! From a flat list of operands and operators to a tree, deciding as yacc does.
//!
//! An operator waits until the next one is known; it is reduced if its level is higher, or equal unless it groups from the
//! right. A prefix operator has a level too, and that of `-` is low: `-a * b` is `-(a * b)`, and `a ^ -b * c` is
//! `a ^ (-(b * c))`. Tiers of grammar rules cannot say that.

use super::{Op, UnaryOp};
use crate::{
    MAX_NESTING,
    ast::{Expr, ExprKind, Link},
    span::Span,
};

/// A prefix operator and where it stands.
pub type Prefix = (UnaryOp, Span);

/// An operand with the prefix operators before it, the leftmost first.
pub type Operand<'t> = (Vec<Prefix>, Expr<'t>);

/// An operator that waits for its right side.
enum Waiting<'t> {
    Prefix(UnaryOp, Span),
    Binary(Op, Span),
    /// `nil =` or `nil !=`, with the word itself.
    Nil(Expr<'t>, Op, Span),
}

impl Waiting<'_> {
    fn level(&self, minus: u8) -> u8 {
        match self {
            Waiting::Prefix(UnaryOp::Neg, _) => minus,
            Waiting::Prefix(op, _) => op.level(),
            Waiting::Binary(op, _) => op.row().level,
            // `nil =` before an operand binds as `=` does.
            Waiting::Nil(..) => Op::Eq.row().level,
        }
    }
}

/// Builds the tree of `first op operand op operand …`.
///
/// The second value is the place where nesting went too deep, if it did; what lies deeper is [`ExprKind::Missing`].
pub fn resolve<'t>(first: Operand<'t>, rest: Vec<(Op, Span, Operand<'t>)>) -> (Expr<'t>, Option<Span>) {
    resolve_with(UnaryOp::Neg.level(), first, rest)
}

/// Builds the tree of an expression anew with a prefix `-` that binds tightest, as it does before the numbers of metrics:
/// `x / -2 * 4` is `(x / -2) * 4`. What stands in parentheses stays as it is.
pub fn with_tight_minus(expr: Expr<'_>) -> Expr<'_> {
    let (first, rest) = flatten(expr);
    resolve_with(TIGHTEST, first, rest).0
}

/// More than any operator has.
const TIGHTEST: u8 = u8::MAX;

/// A list of operands with the operators between them.
type Flat<'t> = (Operand<'t>, Vec<(Op, Span, Operand<'t>)>);

/// Undoes [`resolve`].
fn flatten(expr: Expr<'_>) -> Flat<'_> {
    match expr.kind {
        ExprKind::Prefix(op, operand) => {
            let (mut first, rest) = flatten(*operand);
            first.0.insert(0, op);
            (first, rest)
        }
        ExprKind::Chain(first, links) => {
            let (first, mut rest) = flatten(*first);
            for link in links {
                let (operand, inner) = flatten(link.operand);
                rest.push((link.op, link.op_span, operand));
                rest.extend(inner);
            }
            (first, rest)
        }
        kind => ((Vec::new(), Expr { kind, ..expr }), Vec::new()),
    }
}

fn resolve_with<'t>(minus: u8, first: Operand<'t>, rest: Vec<(Op, Span, Operand<'t>)>) -> (Expr<'t>, Option<Span>) {
    if rest.is_empty() && first.0.is_empty() {
        return (first.1, None);
    }
    let mut resolver = Resolver { minus, operands: Vec::new(), waiting: Vec::new(), too_deep: None };
    let mut next = Some(first);
    let mut rest = rest.into_iter();
    while let Some((prefixes, operand)) = next.take() {
        let plain = prefixes.is_empty();
        resolver.waiting.extend(prefixes.into_iter().map(|(op, span)| Waiting::Prefix(op, span)));
        if resolver.waiting.len() > MOST_WAITING {
            let span = operand.span;
            return (Expr::missing(span), Some(span));
        }
        let following = rest.next();
        let is_nil = is_nil(&operand);
        let after_equals = plain && matches!(resolver.waiting.last(), Some(Waiting::Binary(Op::Eq | Op::Ne, _)));
        let after_nil = plain && matches!(resolver.waiting.last(), Some(Waiting::Nil(..)));
        match following {
            // `nil = x`: the word and the operator together are a prefix of what follows.
            Some((op @ (Op::Eq | Op::Ne), span, right)) if is_nil && !after_equals && !after_nil => {
                resolver.waiting.push(Waiting::Nil(operand, op, span));
                next = Some(right);
            }
            following => {
                resolver.operands.push(operand);
                if is_nil && (after_equals || after_nil) {
                    // `x = nil` is complete whatever follows: `x = nil ^ 2` is `(x = nil) ^ 2`.
                    resolver.reduce();
                }
                if let Some((op, span, right)) = following {
                    resolver.reduce_for(op);
                    resolver.waiting.push(Waiting::Binary(op, span));
                    next = Some(right);
                }
            }
        }
    }
    while !resolver.waiting.is_empty() {
        resolver.reduce();
    }
    let tree = resolver.operands.pop().unwrap_or_else(|| Expr::missing(Span::default()));
    (tree, resolver.too_deep)
}

/// How many operators wait at most. All of them nest, but for a few of each level.
const MOST_WAITING: usize = 4 * MAX_NESTING;

struct Resolver<'t> {
    /// The level of a prefix `-`.
    minus: u8,
    operands: Vec<Expr<'t>>,
    waiting: Vec<Waiting<'t>>,
    too_deep: Option<Span>,
}

impl<'t> Resolver<'t> {
    /// Reduces what binds at least as tightly as `next`.
    fn reduce_for(&mut self, next: Op) {
        let (level, minus) = (next.row().level, self.minus);
        let yields = |top: &Waiting<'_>| {
            let top = top.level(minus);
            top > level || top == level && next != Op::Pow
        };
        while self.waiting.last().is_some_and(yields) {
            self.reduce();
        }
    }

    /// Joins the topmost operator with its operands.
    fn reduce(&mut self) {
        let (Some(waiting), Some(right)) = (self.waiting.pop(), self.operands.pop()) else { return };
        let joined = match waiting {
            Waiting::Prefix(op, span) => {
                let nesting = right.nesting + 1;
                Expr { span: span.to(right.span), kind: ExprKind::Prefix((op, span), Box::new(right)), nesting }
            }
            Waiting::Nil(nil, op, op_span) => {
                let (span, nesting) = (nil.span.to(right.span), right.nesting);
                Expr { span, kind: ExprKind::Chain(Box::new(nil), vec![Link { op, op_span, operand: right }]), nesting }
            }
            Waiting::Binary(op, op_span) => {
                let Some(left) = self.operands.pop() else { return };
                join(left, op, op_span, right)
            }
        };
        self.operands.push(if usize::from(joined.nesting) > MAX_NESTING {
            self.too_deep.get_or_insert(joined.span);
            Expr::missing(joined.span)
        } else {
            joined
        });
    }
}

fn is_nil(expr: &Expr<'_>) -> bool {
    matches!(expr.kind, ExprKind::Word("nil"))
}

/// The level of a chain's operators.
fn last_level(rest: &[Link<'_>]) -> u8 {
    rest.last().map_or(0, |last| last.op.row().level)
}

/// Adds `op right` to the chain that `left` is, or begins a chain.
fn join<'t>(left: Expr<'t>, op: Op, op_span: Span, right: Expr<'t>) -> Expr<'t> {
    let span = left.span.to(right.span);
    // Only `^` nests to the right; everything else grows a flat chain.
    let right_nesting = right.nesting + u16::from(op == Op::Pow);
    let nesting = left.nesting.max(right_nesting);
    let link = Link { op, op_span, operand: right };
    match left.kind {
        // `nil = x` is one thing: a chain goes on behind it, not in it.
        ExprKind::Chain(first, mut rest) if !is_nil(&first) && last_level(&rest) == op.row().level => {
            rest.push(link);
            Expr { kind: ExprKind::Chain(first, rest), span, nesting }
        }
        kind => {
            // `x = nil + 1` begins a chain with one that binds looser; such chains nest to the left.
            let left_nesting = match &kind {
                ExprKind::Chain(first, rest) if is_nil(first) || last_level(rest) < op.row().level => left.nesting + 1,
                _ => left.nesting,
            };
            let nesting = left_nesting.max(right_nesting);
            let left = Expr { kind, ..left };
            Expr { kind: ExprKind::Chain(Box::new(left), vec![link]), span, nesting }
        }
    }
}
