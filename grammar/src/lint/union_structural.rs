//! `tempo-union-structural`: Tempo's `&>>` and `&<<` leave out inner spans of the left side.

use super::{Findings, walk::Part};
use crate::{
    diagnostic::Edit,
    query::{Relation, SpansetExpr, SpansetOp},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Spansets { op: SpansetOp::Union(relation), op_span, sides } = part else { return };
    let (forth, back) = match relation {
        Relation::Descendant => (">>", "<<"),
        Relation::Ancestor => ("<<", ">>"),
        Relation::Child | Relation::Parent | Relation::Sibling => return,
    };
    let found = findings
        .diagnostic(*op_span, format!("Tempo's `&{forth}` drops spans that have a partner"))
        .label("leaves out inner spans of the left side when another branch follows")
        .help(format!("write both relations: `(A {forth} B) || (B {back} A)`"));
    findings.add(match sides {
        Some((SpansetExpr::Filter(left), SpansetExpr::Filter(right))) => {
            let both = left.span.to(right.span);
            let (left, right) = (findings.text_of(left.span), findings.text_of(right.span));
            let text = format!("(({left} {forth} {right}) || ({right} {back} {left}))");
            found.fix("write both relations", vec![Edit::replace(both, text)])
        }
        _ => found,
    });
}
