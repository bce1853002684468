//! `bad-metrics-query-type`: a `metricsQueryType` that Grafana does not have.

use super::{Findings, Judged, words};
use crate::lint::cases::Mode;

const KNOWN: [&str; 2] = ["range", "instant"];

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets() {
        let Some(setting) = &place.target.metrics_query_type else { continue };
        // A search does not ask for it.
        let is_read = place.mode() != Some(Mode::Search);
        if is_read && !setting.value.is_empty() && !KNOWN.contains(&setting.value.as_str()) {
            let found = findings
                .at(&setting.span, format!("Grafana has no `metricsQueryType` `{}`", setting.value))
                .help(words(&setting.value, &KNOWN));
            findings.holder(place.at, found);
        }
    }
}
