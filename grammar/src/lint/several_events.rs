//! `tempo-several-events`: Tempo misses matches where several events or links of a span carry the attribute.

use super::{
    Findings,
    reads::{Reader, Reads, Usage, of_many},
    walk::{Part, is_attribute},
};
use crate::vocab::scopes::Scope;

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Selection(selection) = part else { return };
    let reads = Reads::of(selection.pipeline);
    // Only where all conditions hold of every match does Tempo look at each event by itself.
    let loose = reads.joins || reads.groups;
    for read in &reads.fields {
        let in_filter = read.reader == Reader::Filter && read.usage == Usage::Test;
        let Some(scope) = of_many(read.field).filter(|_| in_filter && is_attribute(read.field)) else { continue };
        if !loose && !read.under_or {
            continue;
        }
        let nouns = if scope == Scope::Event { "events" } else { "links" };
        let found = findings
            .diagnostic(read.span, format!("Tempo misses spans where several {nouns} have `{}`", read.field))
            .label(format!("any of the {nouns} counts in traceql"))
            .help("alone in a filter, without `||`, groups and aggregates, both agree");
        findings.once(found);
    }
}
