//! `hidden-by-first`: a search beside another one in a panel, in whose place Grafana asks for the first.

use super::{Findings, Judged};
use crate::lint::cases::Mode;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for (at, holder) in judged.document.holders.iter().enumerate() {
        for group in judged.groups(at, holder) {
            let Some((first, others)) = group.split_first() else { continue };
            let Some(asked) = first.found().filter(|_| first.mode() == Some(Mode::Search)) else { continue };
            for place in others.iter().filter(|place| place.mode() == Some(Mode::Search)) {
                let Some(hidden) = place.found().filter(|found| found.text.trim() != asked.text.trim()) else {
                    continue;
                };
                let found = findings
                    .at(&hidden.span, "Grafana asks for the first search of a panel in place of this one")
                    .label("never sent")
                    .also(traceql_grammar::span::Span::new(asked.span.start, asked.span.end), "sent in its place")
                    .help("join them as `({ … }) || ({ … })`, or use a panel for each");
                findings.holder(at, found);
            }
        }
    }
}
