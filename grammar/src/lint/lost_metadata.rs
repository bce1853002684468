//! `tempo-lost-metadata`: grouping by what belongs to the trace, and `coalesce()`, take it from Tempo's answer.

use super::{
    Findings,
    reads::{Reader, Reads, of_trace},
    walk::Part,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Selection(selection) = part else { return };
    // Series do not tell of their traces.
    if selection.measured.is_some() {
        return;
    }
    let reads = Reads::of(selection.pipeline);
    for read in reads.fields.iter().filter(|read| read.reader == Reader::Group && of_trace(read.field)) {
        let found = findings
            .diagnostic(read.span, format!("Tempo's answer loses `{}` when it groups by it", read.field))
            .label("told of every trace in traceql")
            .help("spans of one trace agree on it, so the groups are those without this stage");
        findings.add(found);
    }
    // What the query itself does not read, Tempo fetches for the answer later.
    let read = reads.fields.iter().find(|read| read.reader != Reader::Select && of_trace(read.field));
    let Some(read) = read else { return };
    for span in &reads.coalesces {
        let found = findings
            .diagnostic(*span, format!("Tempo's answer loses `{}` in `coalesce()`", read.field))
            .label("forgets what the query read of the trace, in Tempo")
            .also(read.span, "read here")
            .help("traceql tells of the trace after any stage");
        findings.add(found);
    }
}
