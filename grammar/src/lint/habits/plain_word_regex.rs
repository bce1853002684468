//! `plain-word-regex`: a pattern without any special character is an equality.

use super::{
    super::{Findings, walk::Part},
    pattern::pattern,
};
use crate::{diagnostic::Edit, query::CompareOp};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let Some(pattern) = pattern(binary, findings).filter(|pattern| pattern.is_plain() && !pattern.is_of_id()) else {
        return;
    };
    let op = if pattern.is_negative { CompareOp::Ne } else { CompareOp::Eq };
    let mut edits = vec![Edit::replace(binary.op_span, op.text())];
    edits.extend(pattern.without_anchors());
    let found = findings
        .diagnostic(pattern.literal.span, "this regular expression is plain text")
        .label("matches this text and no other")
        .help(format!("compare with `{}`; a part of a text is found with `.*` around it", op.text()))
        .fix(format!("compare with `{}`", op.text()), edits);
    findings.add(found);
}
