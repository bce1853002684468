//! Stages of a pipeline, with everything in them prepared.

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

/// Adds the names of the groups and aggregates with which spansets leave the stages.
pub(super) fn keys<'p>(stages: &'p [Stage], keys: &mut Vec<&'p str>) {
    for stage in stages {
        match stage {
            Stage::Spansets(Spansets::Pipeline(stages)) => self::keys(stages, keys),
            Stage::Spansets(_) => {}
            Stage::Scalar(scalar) => {
                keys_of_number(&scalar.left, keys);
                keys_of_number(&scalar.right, keys);
            }
            Stage::Group { key, .. } => add(key, keys),
            // The joined spanset begins anew.
            Stage::Coalesce => keys.clear(),
        }
    }
}

/// What a pipeline inside of a number computes is not told.
fn keys_of_number<'p>(number: &'p Number, keys: &mut Vec<&'p str>) {
    match number {
        Number::Literal(_) | Number::Pipeline(..) => {}
        Number::Aggregate(of) => add(&of.key, keys),
        Number::Chain(first, rest) => {
            keys_of_number(first, keys);
            rest.iter().for_each(|(_, operand)| keys_of_number(operand, keys));
        }
    }
}

fn add<'p>(key: &'p str, keys: &mut Vec<&'p str>) {
    if !keys.contains(&key) {
        keys.push(key);
    }
}
