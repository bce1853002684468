//! Stages of a pipeline, with everything in them prepared.

use hashbrown::HashSet;
use traceql_grammar::{
    ops::{ArithmeticOp, CompareOp, SpansetOp},
    value::Value,
    vocab::functions::AggregateFn,
};

use super::{FilterId, test::Node};

/// One step from the spansets of a trace to new ones; `select` only tells what is shown, so it is none.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Keeps the spans that an expression selects.
    Spansets(Spansets),
    /// Keeps the spansets for which a comparison holds.
    Scalar(Scalar),
    /// Splits each spanset by a value.
    Group {
        /// What is computed for each span.
        expr: Node,
        /// The name under which an answer gives the value: `by(name)`.
        key: String,
        /// Whether the expression is arithmetic, which gives `false` where it has no result.
        arithmetic: bool,
    },
    /// Joins the spansets of a trace.
    Coalesce,
}

/// Selects spans of one spanset.
#[derive(Debug)]
pub(crate) enum Spansets {
    /// `{ … }`
    Filter(FilterId),
    /// A pipeline in parentheses.
    Pipeline(Vec<Stage>),
    /// Operands joined by operators, grouped from the left.
    Chain(Box<Spansets>, Vec<(SpansetOp, Spansets)>),
}

/// A comparison of numbers computed from a spanset.
#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) left: Number,
    pub(crate) op: CompareOp,
    pub(crate) right: Number,
}

/// A number computed from a spanset.
#[derive(Debug)]
pub(crate) enum Number {
    /// A literal.
    Literal(Value),
    /// An aggregate of the spanset.
    Aggregate(Aggregate),
    /// An aggregate of what a pipeline makes of the spanset.
    Pipeline(Vec<Stage>, Aggregate),
    /// Arithmetic, grouped from the left.
    Chain(Box<Number>, Vec<(ArithmeticOp, Number)>),
}

/// An aggregate over the spans of a spanset.
#[derive(Debug)]
pub(crate) struct Aggregate {
    pub(crate) function: AggregateFn,
    /// What is computed for each span; `None` for `count()` only.
    pub(crate) argument: Option<Node>,
    /// The name under which an answer gives the value: `avg(duration)`.
    pub(crate) key: String,
}

/// Finds the names of the groups and aggregates with which spansets leave the stages, each once, in their order.
pub(super) fn keys(stages: &[Stage]) -> Vec<&str> {
    let mut keys = Keys::default();
    keys.of_stages(stages);
    keys.order
}

/// Names, each once.
#[derive(Default)]
struct Keys<'p> {
    order: Vec<&'p str>,
    known: HashSet<&'p str>,
}

impl<'p> Keys<'p> {
    fn of_stages(&mut self, stages: &'p [Stage]) {
        for stage in stages {
            match stage {
                Stage::Spansets(Spansets::Pipeline(stages)) => self.of_stages(stages),
                Stage::Spansets(_) => {}
                Stage::Scalar(scalar) => {
                    self.of_number(&scalar.left);
                    self.of_number(&scalar.right);
                }
                Stage::Group { key, .. } => self.add(key),
                // The joined spanset begins anew.
                Stage::Coalesce => *self = Keys::default(),
            }
        }
    }

    /// What a pipeline inside of a number computes is not told.
    fn of_number(&mut self, number: &'p Number) {
        match number {
            Number::Literal(_) | Number::Pipeline(..) => {}
            Number::Aggregate(of) => self.add(&of.key),
            Number::Chain(first, rest) => {
                self.of_number(first);
                rest.iter().for_each(|(_, operand)| self.of_number(operand));
            }
        }
    }

    fn add(&mut self, key: &'p str) {
        if self.known.insert(key) {
            self.order.push(key);
        }
    }
}
