//! Splits spansets by the value of an expression.

use crate::{model::operand::Operand, plan::Node};

use super::{
    eval::eval,
    view::{At, View},
};

/// Splits rising rows by the value that each has, in order of the values; the rows of each group stay rising.
///
/// Values of different types are different, and spans without a value are a group of their own. `arithmetic` tells that
/// the expression is arithmetic, which gives `false` where it has no result.
pub(super) fn group<'a>(
    view: &View<'a>,
    expr: &'a Node,
    arithmetic: bool,
    rows: &[u32],
) -> Vec<(Operand<'a>, Vec<u32>)> {
    let mut keyed: Vec<(Operand<'a>, u32)> = rows
        .iter()
        .map(|row| match eval(view, expr, At::row(*row)) {
            Operand::Absent if arithmetic => (Operand::Bool(false), *row),
            value => (value, *row),
        })
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(b.0).then(a.1.cmp(&b.1)));
    keyed
        .chunk_by(|a, b| a.0.total_cmp(b.0).is_eq())
        .map(|members| (members[0].0, members.iter().map(|(_, row)| *row).collect()))
        .collect()
}
