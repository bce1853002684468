//! `limit-above-cap`: more traces or spans than Tempo gives, unless its operator allows more.

use traceql_grammar::vocab::release::Release;

use super::{Findings, Judged};
use crate::lint::cases::Mode;

/// Maximum number of traces of a search, by default since Tempo 2.10.
const MOST_TRACES: i64 = 262_144;

/// Maximum number of spans of a spanset, by default.
const MOST_SPANS: i64 = 100;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets().filter(|place| place.mode() == Some(Mode::Search)) {
        let limit = place.target.limit.as_ref().filter(|_| judged.options.release >= Release::V2_10);
        let caps = [
            (limit, "limit", "traces", MOST_TRACES),
            (place.target.spss.as_ref(), "spss", "spans of a trace", MOST_SPANS),
        ];
        for (setting, name, noun, most) in caps {
            let Some(setting) = setting.filter(|setting| setting.value > most) else { continue };
            let found = findings
                .at(&setting.span, format!("Tempo refuses a `{name}` of {}, above {most}", setting.value))
                .label(format!("at most {most} {noun}, unless the server is set up for more"))
                .help(format!("write {most} or less"));
            findings.holder(place.at, found);
        }
    }
}
