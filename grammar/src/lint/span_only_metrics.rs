//! `tempo-span-only-metrics`: in filters of metrics, Tempo computes with a trace that it has not fetched.

use super::{
    Findings,
    reads::{Reader, Reads, Usage, of_trace},
    walk::Part,
};
use crate::query::{SpansetExpr, Stage, StageKind};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Selection(selection) = part else { return };
    // Where a stage looks at several spans of a trace, whole traces are fetched.
    if selection.measured.is_none() || !selection.pipeline.stages.iter().all(looks_at_single_spans) {
        return;
    }
    for read in &Reads::of(selection.pipeline).fields {
        let computed = match read.usage {
            Usage::Every => true,
            // Alone or behind `&&` the storage decides about it.
            Usage::Test | Usage::Presence | Usage::Absence => read.under_or,
        };
        if computed && of_trace(read.field) && read.reader == Reader::Filter {
            let found = findings
                .diagnostic(read.span, format!("Tempo does not know `{}` here, and counts wrongly", read.field))
                .label("right in Tempo only where it is compared with a literal, outside of `||`")
                .help("compare it with a literal, joined to the rest by `&&`");
            findings.add(found);
        }
    }
}

fn looks_at_single_spans(stage: &Stage) -> bool {
    matches!(stage.kind, StageKind::Spansets(SpansetExpr::Filter(_)) | StageKind::Select(_))
}
