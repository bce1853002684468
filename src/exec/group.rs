//! Splits spansets by the value of an expression.

use crate::{model::operand::Operand, plan::Node};

use super::{
    eval::eval,
    view::{At, View},
};

/// Splits rising rows by the value that each has and calls `visit` for each group, in order of the values; the rows of a
/// group stay rising.
///
/// Values of different types are different, and spans without a value are a group of their own. `arithmetic` tells that
/// the expression is arithmetic, which gives `false` where it has no result.
pub(super) fn group<'a>(
    view: &View<'a>,
    expr: &'a Node,
    arithmetic: bool,
    rows: &[u32],
    mut visit: impl FnMut(Operand<'a>, &[u32]),
) {
    let value = |row: u32| match eval(view, expr, At::row(row)) {
        value if value.is_absent() && arithmetic => Operand::Bool(false),
        value => value,
    };
    let mut keyed: Vec<(Operand<'a>, u32)> = rows.iter().map(|row| (value(*row), *row)).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(b.0));
    let mut members = Vec::with_capacity(rows.len());
    for group in keyed.chunk_by(|a, b| a.0.total_cmp(b.0).is_eq()) {
        members.clear();
        members.extend(group.iter().map(|(_, row)| *row));
        visit(group[0].0, &members);
    }
}
