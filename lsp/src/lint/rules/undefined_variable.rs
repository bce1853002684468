//! `undefined-variable`: a variable that the dashboard does not have, which stays in the query as it is written.

use traceql_grammar::{diagnostic::Edit, span::Span, vocab::nearest::nearest};

use super::{Findings, Judged};
use crate::lint::variables::Meaning;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for query in judged.queries {
        let Some(holder) = judged.document.holders.get(query.holder) else { continue };
        for reference in query.references.iter().filter(|found| matches!(found.meaning, Meaning::Undefined)) {
            if findings.is_full() {
                return;
            }
            let name = reference.name;
            let found = findings
                .of(query.place(reference.span), format!("the dashboard has no variable `{name}`"))
                .label("stays in the query as it is written");
            let known = judged.document.variables(holder).iter().map(|variable| variable.name.as_str());
            let at = query.text_of(reference.span).find(name).unwrap_or_default() + reference.span.start as usize;
            let found = match nearest(name, known) {
                Some(meant) => found.help(format!("did you mean `{meant}`?")).unsafe_fix(
                    format!("write `{meant}`"),
                    vec![Edit::replace(query.place(Span::new(at, at + name.len())), meant)],
                ),
                None => found.help("define it in the settings of the dashboard, or write a value"),
            };
            findings.query(query, found);
        }
    }
}
