//! `search-in-traces-panel`: a search in a panel that shows one trace by its id.

use super::{Findings, Judged};
use crate::lint::cases::Mode;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets().filter(|place| !place.target.is_hidden && place.panel_type() == Some("traces")) {
        if place.mode() == Some(Mode::Search) {
            let found = findings
                .at(&place.span(), "a `traces` panel shows one trace by its id, and this is a search")
                .label("gives a list of traces, of which the panel shows nothing")
                .help("show the list in a panel of type `table`, or write the id of a trace as the query");
            findings.holder(place.at, found);
        }
    }
}
