//! `tempo-by-then-relation`: Tempo mixes up the groups when a relation follows `by`.

use super::{Findings, walk::Part};
use crate::{
    query::{SpansetExpr, SpansetOp, Stage, StageKind},
    span::Span,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Stages(stages) = part else { return };
    let mut grouped = false;
    for Stage { kind, .. } in *stages {
        match kind {
            StageKind::Group(_) => grouped = true,
            // From here on each trace has one spanset again.
            StageKind::Coalesce => grouped = false,
            StageKind::Spansets(expr) if grouped => relations(expr, &mut |span| report(span, findings)),
            StageKind::Spansets(_) | StageKind::Scalar(_) | StageKind::Select(_) => {}
        }
    }
}

/// Shows the place of every operator that relates spans by their places in the trace to `visit`.
fn relations(expr: &SpansetExpr, visit: &mut dyn FnMut(Span)) {
    match expr {
        SpansetExpr::Filter(_) => {}
        SpansetExpr::Pipeline(inner) => {
            for stage in &inner.stages {
                if let StageKind::Spansets(expr) = &stage.kind {
                    relations(expr, visit);
                }
            }
        }
        SpansetExpr::Chain(chain) => {
            relations(&chain.first, visit);
            for link in &chain.rest {
                if !matches!(link.op, SpansetOp::And | SpansetOp::Or) {
                    visit(link.op_span);
                }
                relations(&link.operand, visit);
            }
        }
    }
}

fn report(span: Span, findings: &mut Findings<'_>) {
    let found = findings
        .diagnostic(span, "Tempo mixes up the groups of `by` when a relation follows")
        .label("looks at the spans of each group in traceql")
        .help("relate the spans first, and group what is found");
    findings.add(found);
}
