//! `alert-not-metrics`: an alert rule whose query gives traces, not numbers.

use super::{Findings, Judged};
use crate::{document::holder::HolderKind, lint::cases::Mode};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets() {
        let what = match place.holder.kind {
            HolderKind::AlertRule => "an alert rule",
            HolderKind::RecordingRule => "a recording rule",
            _ => continue,
        };
        if place.query.and_then(|query| query.mode) != Some(Mode::Search) {
            continue;
        }
        let found = findings
            .at(&place.span(), format!("{what} needs a metrics query, and this one finds traces"))
            .help("end it with a metrics function, for example `| rate()` or `| count_over_time()`");
        findings.holder(place.at, found);
    }
}
