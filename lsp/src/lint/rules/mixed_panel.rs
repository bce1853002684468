//! `mixed-panel`: a search and a metrics query in one panel, of which Grafana runs both as it runs the first.

use traceql_grammar::span::Span;

use super::{Findings, Judged};
use crate::lint::cases::Mode;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for (at, holder) in judged.document.holders.iter().enumerate() {
        for group in judged.groups(at, holder) {
            let Some((first, others)) = group.split_first() else { continue };
            let Some(mode) = first.mode() else { continue };
            let differs = |found: Option<Mode>| found.is_some_and(|found| found != mode);
            let Some(other) = others.iter().find(|place| differs(place.mode())) else { continue };
            let message = match mode {
                Mode::Search => "a metrics query behind a search, which Grafana runs as a search too",
                Mode::Metrics => "a search behind a metrics query, which Grafana runs as metrics too",
            };
            let span = first.span();
            let found = findings
                .at(&other.span(), message)
                .also(Span::new(span.start, span.end), "the first one decides for all")
                .help("use a panel for each");
            findings.holder(at, found);
        }
    }
}
