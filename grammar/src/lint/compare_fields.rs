//! `tempo-compare-fields`: Tempo's `compare` selects nothing by events, links and nested-set numbers.

use super::{
    Findings,
    reads::{each_field, of_many},
    walk::Part,
};
use crate::{
    query::{Field, FieldKey},
    vocab::intrinsics::Intrinsic,
};

/// The numbers of the nested set.
const NESTED_SET: [Intrinsic; 3] = [Intrinsic::NestedSetLeft, Intrinsic::NestedSetRight, Intrinsic::NestedSetParent];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Metrics(pipeline) = part else { return };
    let Some(compare) = &pipeline.stage.compare else { return };
    each_field(&compare.selection.condition, &mut |field, span| {
        if is_missing(field) {
            let found = findings
                .diagnostic(span, format!("Tempo's `compare` does not know `{field}`"))
                .label("absent here in Tempo, so every span lands in the baseline")
                .help("select by attributes and by what the span itself has");
            findings.once(found);
        }
    });
}

fn is_missing(field: &Field) -> bool {
    let of_tree = matches!(field.key, FieldKey::Intrinsic(found) if NESTED_SET.contains(&found));
    of_many(field).is_some() || of_tree && !field.of_parent
}
