//! `search-in-graph-panel`: a search in a panel that draws series.

use traceql_grammar::diagnostic::Severity;

use super::{Findings, Judged};
use crate::lint::cases::Mode;

/// Panels that draw values over time.
const OVER_TIME: [&str; 5] = ["timeseries", "graph", "heatmap", "state-timeline", "status-history"];

/// Panels that show a number, which may be that of the traces.
const NUMBERS: [&str; 4] = ["stat", "gauge", "bargauge", "piechart"];

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for (at, holder) in judged.document.holders.iter().enumerate() {
        let Some(kind) = holder.panel_type.as_ref().map(|setting| setting.value.as_str()) else { continue };
        let level = match kind {
            _ if OVER_TIME.contains(&kind) => Severity::Warning,
            _ if NUMBERS.contains(&kind) => Severity::Info,
            _ => continue,
        };
        // What is wrong with a panel that has both is told by another rule.
        let is_mixed = judged.targets_of(at, holder).any(|place| place.mode() == Some(Mode::Metrics));
        let searches = judged.targets_of(at, holder).filter(|place| place.mode() == Some(Mode::Search));
        for place in searches.filter(|place| !is_mixed && !place.target.is_hidden) {
            let found = findings
                .at(&place.span(), format!("a `{kind}` panel shows series, and this query finds traces"))
                .label("gives a list of some traces, not a count of all")
                .help("end the query with a metrics function such as `| rate()`, or show it in a panel of type `table`")
                .severity(level);
            findings.holder(at, found);
        }
    }
}
