//! `mistaken-for-metrics`: a search with the words of a metrics function in a comment or a text, by which Grafana takes it for
//! a metrics query.

use traceql_grammar::diagnostic::Code;

use super::{Findings, Judged};
use crate::{
    document::holder::HolderKind,
    lint::cases::{Mode, metrics_word},
};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for query in judged.queries {
        let Some(holder) = judged.document.holders.get(query.holder) else { continue };
        let is_grafana = matches!(
            holder.kind,
            HolderKind::Panel
                | HolderKind::LibraryPanel
                | HolderKind::Link
                | HolderKind::ExploreUrl
                | HolderKind::AlertRule
                | HolderKind::RecordingRule
                | HolderKind::SavedQuery
        );
        if !is_grafana || query.mode != Some(Mode::Search) {
            continue;
        }
        let Some(span) = metrics_word(&query.found.text) else { continue };
        let found = findings
            .of(span, "Grafana takes this search for a metrics query")
            .label("Grafana looks for these words in comments and texts too")
            .help("take them out, or write them differently");
        findings.replace(query, Code::CommentedStage, span);
        findings.query(query, found);
    }
}
