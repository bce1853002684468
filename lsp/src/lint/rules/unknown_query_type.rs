//! `unknown-query-type`: a query type that Grafana does not have, so that it asks nothing.

use traceql_grammar::{Verdict, check as judge};

use super::{Findings, Judged, set, words};
/// The query types of Grafana's data source.
const KNOWN: [&str; 7] = ["traceql", "traceqlSearch", "serviceMap", "upload", "nativeSearch", "traceId", "clear"];

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets() {
        let Some(setting) = &place.target.query_type else { continue };
        let kind = setting.value.as_str();
        if kind.is_empty() || kind.contains('$') || KNOWN.contains(&kind) {
            continue;
        }
        let found = findings
            .at(&setting.span, format!("Grafana has no query type `{kind}` for Tempo"))
            .label("Grafana asks nothing, and shows nothing");
        let text = place.target.query.as_ref().map(|query| query.text.as_str()).filter(|text| !text.trim().is_empty());
        let is_traceql = text.is_some_and(|text| judge(text, judged.options.release).verdict == Verdict::Ok);
        let found = match set(setting, "traceql") {
            Some(edit) if is_traceql => found.help("write `traceql`").fix("write `traceql`", vec![edit]),
            _ if is_traceql => found.help("write `traceql`"),
            _ => found.help(words(kind, &KNOWN)),
        };
        findings.holder(place.at, found);
    }
}
