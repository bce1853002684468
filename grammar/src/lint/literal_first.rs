//! `tempo-literal-first`: Tempo hands `100ms < duration` to its storage as `duration < 100ms`.

use super::{Findings, walk::Part};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, CompareOp},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let (Some(_), BinaryOp::Compare(op)) = (binary.place.filter, binary.op) else { return };
    let (Some((_, _, true)), Some(left)) = (binary.field_and_literal(), binary.left.expr()) else { return };
    if matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return;
    }
    let (left, right) = (left.span, binary.right.span);
    let (literal, field) = (findings.text_of(left), findings.text_of(right));
    let flipped = op.flipped().text();
    let edits = vec![Edit::replace(left, field), Edit::replace(binary.op_span, flipped), Edit::replace(right, literal)];
    let found = findings
        .diagnostic(binary.op_span, "Tempo compares the wrong way round when the literal comes first")
        .label(format!("compared as if this were `{flipped}`"))
        .help(format!("write `{field} {flipped} {literal}`"))
        .fix("write the literal last", edits);
    findings.add(found);
}
