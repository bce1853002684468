//! Filters, taken apart into tests that columns can answer and expressions that only single spans can.

use traceql_grammar::{
    ops::{ArithmeticOp, CompareOp},
    value::Value,
};

use crate::model::operand::{Operand, compare};

use super::{FieldId, matching::Matcher};

/// A question to which every span has the answer yes or no.
#[derive(Debug)]
pub(crate) enum Test {
    /// The same answer for every span.
    Constant(bool),
    /// Yes if all say yes; ordered by cost, cheapest first.
    All(Vec<Test>),
    /// Yes if one says yes.
    Any(Vec<Test>),
    /// Tests joined one after the other to what stands on their left, by `&&` (`true`) or `||`: where these change too often
    /// for a tree.
    Chain(Box<Test>, Vec<(bool, Test)>),
    /// Yes where the inner test says no.
    Not(Box<Test>),
    /// One field of the span against something constant.
    Leaf(Leaf),
    /// Something that must hold on one event or link of the span.
    Exists(Exists),
    /// Yes where the expression gives this truth value.
    Node(Node, bool),
}

/// A field against something constant.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) field: FieldId,
    pub(crate) test: LeafTest,
}

/// A question to one value.
#[derive(Clone, Debug)]
pub(crate) enum LeafTest {
    /// The comparison with a literal, which stands on the right.
    Compare(CompareOp, Value),
    /// Whether text matches, or does not match, a pattern.
    Match(Matcher, bool),
    /// Whether there is a value (`true`) or none.
    Present(bool),
    /// Whether the value is this truth value.
    Is(bool),
}

impl LeafTest {
    /// Answers for one value.
    pub(crate) fn holds(&self, value: Operand<'_>) -> bool {
        match self {
            LeafTest::Compare(op, literal) => compare(*op, value, Operand::from_literal(literal)) == Some(true),
            LeafTest::Match(matcher, wanted) => matches(value, matcher, *wanted),
            LeafTest::Present(wanted) => value.is_present(*wanted),
            LeafTest::Is(wanted) => matches!(value, Operand::Bool(b) if b == *wanted),
        }
    }
}

/// Tells whether a value is text that matches (`wanted`) or does not match.
///
/// An array matches if one element does, and does not match if none does; other types are false both ways.
pub(crate) fn matches(value: Operand<'_>, matcher: &Matcher, wanted: bool) -> bool {
    let single = |value: Operand<'_>| value.text().is_some_and(|text| matcher.matches(&text) == wanted);
    match value {
        Operand::Array(elements) if wanted => elements.iter().any(single),
        Operand::Array(elements) => elements.iter().all(single),
        value => single(value),
    }
}

/// Tests that must hold together on one event, one link, or one pair of both.
#[derive(Debug)]
pub(crate) struct Exists {
    pub(crate) events: bool,
    pub(crate) links: bool,
    /// Fields of the event or link against something constant.
    pub(crate) leaves: Vec<Leaf>,
    /// Expressions that must be true.
    pub(crate) nodes: Vec<Node>,
}

/// An expression over one span.
#[derive(Debug)]
pub(crate) enum Node {
    Literal(Value),
    Field(FieldId),
    Negate(Box<Node>),
    Not(Box<Node>),
    /// Operators, applied one after the other to what stands on their left.
    Chain(Box<Node>, Vec<Step>),
}

/// An operator with its right side.
#[derive(Debug)]
pub(crate) enum Step {
    And(Node),
    Or(Node),
    Compare(CompareOp, Node),
    /// `!= nil` (`true`) or `= nil`.
    Present(bool),
    /// `=~` (`true`) or `!~`.
    Match(Matcher, bool),
    Arithmetic(ArithmeticOp, Node),
}
