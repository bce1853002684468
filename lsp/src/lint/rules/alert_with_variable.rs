//! `alert-with-variable`: a variable in an alert rule, where no dashboard replaces it.

use super::{Findings, Judged};
use crate::document::holder::HolderKind;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for query in judged.queries {
        let Some(holder) = judged.document.holders.get(query.holder) else { continue };
        if !matches!(holder.kind, HolderKind::AlertRule | HolderKind::RecordingRule) {
            continue;
        }
        for reference in &query.references {
            let found = findings
                .of(
                    query.place(reference.span),
                    format!("alert rules have no variables, and `{}` is one", reference.name),
                )
                .label("stays in the query as it is written")
                .help("write a value in its place");
            findings.query(query, found);
        }
    }
}
