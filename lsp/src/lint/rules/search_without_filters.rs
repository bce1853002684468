//! `search-without-filters`: a target of the search form with a query text, which the form does not look at.

use super::{Findings, Judged, set};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets() {
        let Some(setting) = place.target.query_type.as_ref().filter(|setting| setting.value == "traceqlSearch") else {
            continue;
        };
        let Some(query) = &place.target.query else { continue };
        let is_any = query.text.split_whitespace().eq(["{", "}"]) || query.text.trim() == "{}";
        if place.target.filters > 0 || query.text.trim().is_empty() || is_any {
            continue;
        }
        let found = findings
            .at(&query.span, "the search form ignores the query beside it")
            .label("never sent: `queryType` is `traceqlSearch`, which asks for its filters alone")
            .help("write `traceql` as `queryType`");
        let found = match set(setting, "traceql") {
            Some(edit) => found.fix("write `traceql` as `queryType`", vec![edit]),
            None => found,
        };
        findings.holder(place.at, found);
    }
}
