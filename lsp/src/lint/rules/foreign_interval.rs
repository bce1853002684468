//! `foreign-interval`: `$__range` and its like, which only Prometheus and Loki have.

use super::{Findings, Judged};
use crate::lint::variables::Meaning;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for query in judged.queries {
        for reference in query.references.iter().filter(|found| matches!(found.meaning, Meaning::Foreign)) {
            let found = findings
                .of(query.place(reference.span), format!("nothing replaces `${}` in TraceQL", reference.name))
                .label("stays in the query as it is written")
                .help("take it out: TraceQL has no ranges, and the step of the series stands in the query's options");
            findings.query(query, found);
        }
    }
}
