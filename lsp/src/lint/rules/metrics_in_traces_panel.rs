//! `metrics-in-traces-panel`: a metrics query in a panel that shows one trace.

use super::{Findings, Judged};
use crate::lint::cases::Mode;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets().filter(|place| !place.target.is_hidden && place.panel_type() == Some("traces")) {
        if place.mode() == Some(Mode::Metrics) {
            let found = findings
                .at(&place.span(), "a `traces` panel shows a trace, and this query gives series")
                .help("show series in a panel of type `timeseries`");
            findings.holder(place.at, found);
        }
    }
}
