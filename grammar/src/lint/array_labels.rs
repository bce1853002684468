//! `tempo-array-labels`: Tempo counts all arrays of a label in one more series `nil`.

use super::{
    Findings,
    walk::{Part, is_attribute, is_service_name},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Metrics(pipeline) = part else { return };
    let may_be_array = pipeline.stage.by.iter().filter(|by| is_attribute(&by.field) && !is_service_name(&by.field));
    for by in may_be_array {
        let found = findings
            .diagnostic(by.span, format!("in Tempo all arrays in `{}` fall into one series `nil`", by.field))
            .label("each array is a label of its own in traceql")
            .help("for values that are no arrays both agree");
        findings.once(found);
    }
}
