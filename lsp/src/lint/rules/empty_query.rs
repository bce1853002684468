//! `empty-query`: a target that has no query at all. Those with an empty text are told by the grammar.

use super::{Findings, Judged, query_type};
use crate::{document::holder::HolderKind, lint::cases::is_query_wanted};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets() {
        let is_grafana = matches!(
            place.holder.kind,
            HolderKind::Panel | HolderKind::LibraryPanel | HolderKind::AlertRule | HolderKind::RecordingRule
        );
        let is_empty = place.target.sent().is_none() && query_type(place.target) == "traceql";
        if is_grafana && is_empty && is_query_wanted(place.holder, place.target) {
            let found = findings
                .at(&place.target.span, "a query of Tempo without a text")
                .help("write the query, `{ }` for any span, or take the target out");
            findings.holder(place.at, found);
        }
    }
}
