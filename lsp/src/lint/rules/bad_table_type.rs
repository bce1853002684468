//! `bad-table-type`: a `tableType` that Grafana does not have.

use super::{Findings, Judged, words};
use crate::lint::cases::Mode;

const KNOWN: [&str; 3] = ["traces", "spans", "raw"];

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets() {
        let Some(setting) = &place.target.table_type else { continue };
        // Series are shown without it.
        let is_read = place.mode() != Some(Mode::Metrics);
        if is_read && !setting.value.is_empty() && !KNOWN.contains(&setting.value.as_str()) {
            let found = findings
                .at(&setting.span, format!("Grafana has no `tableType` `{}`", setting.value))
                .help(words(&setting.value, &KNOWN));
            findings.holder(place.at, found);
        }
    }
}
