//! `tempo-rootless`: Tempo knows relations only between spans that are connected to a root.

use super::{Findings, walk::Part};
use crate::query::SpansetOp;

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Spansets { op, op_span, .. } = part else { return };
    if matches!(op, SpansetOp::And | SpansetOp::Or) {
        return;
    }
    let label = match op {
        SpansetOp::Unrelated(_) => "true for all spans that no root is above, in Tempo",
        _ => "false for spans that no root is above, in Tempo",
    };
    let found = findings
        .diagnostic(*op_span, "Tempo relates only spans that are connected to a root")
        .label(label)
        .help("traceql follows parent ids also where the trace's root has not arrived; in whole traces both agree");
    findings.once(found);
}
