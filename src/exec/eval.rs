//! Computes an expression for one span.

use crate::{
    model::operand::{Operand, arithmetic, compare, negate},
    plan::{Node, Step, matches},
};

use super::view::{At, View};

/// Computes the value of an expression at one place.
///
/// What has no result is absent; a comparison with it is false, `&&` and `||` take it as false, and so nothing fails.
pub(super) fn eval<'a>(view: &View<'a>, node: &'a Node, at: At) -> Operand<'a> {
    match node {
        Node::Literal(value) => Operand::from_literal(value),
        Node::Field(field) => view.value_or_namesake(*field, at),
        Node::Negate(operand) => negate(eval(view, operand, at)),
        Node::Not(operand) => match eval(view, operand, at) {
            Operand::Bool(b) => Operand::Bool(!b),
            _ => Operand::Absent,
        },
        Node::Chain(first, steps) => steps.iter().fold(eval(view, first, at), |left, step| apply(view, left, step, at)),
    }
}

fn apply<'a>(view: &View<'a>, left: Operand<'a>, step: &'a Step, at: At) -> Operand<'a> {
    match step {
        Step::And(right) => Operand::Bool(is_true(left) && is_true(eval(view, right, at))),
        Step::Or(right) => Operand::Bool(is_true(left) || is_true(eval(view, right, at))),
        Step::Compare(op, right) => compare(*op, left, eval(view, right, at)).map_or(Operand::Absent, Operand::Bool),
        Step::Present(wanted) => Operand::Bool(left.is_present(*wanted)),
        Step::Match(matcher, wanted) => Operand::Bool(matches(left, matcher, *wanted)),
        Step::Arithmetic(op, right) => arithmetic(*op, left, eval(view, right, at)),
    }
}

fn is_true(value: Operand<'_>) -> bool {
    matches!(value, Operand::Bool(true))
}
