//! `tempo-event-values`: Tempo shows values of the last event or link, whichever passed the test.

use super::{
    Findings,
    reads::{Read, Reader, Reads, Usage, of_many},
    walk::Part,
};
use crate::{query::Field, vocab::scopes::Scope};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Selection(selection) = part else { return };
    // Series show no values of single spans.
    if selection.measured.is_some() {
        return;
    }
    let reads = Reads::of(selection.pipeline);
    for (scope, noun) in [(Scope::Event, "event"), (Scope::Link, "link")] {
        let of_scope = || reads.fields.iter().filter(|read| of_many(read.field) == Some(scope));
        let tests = Tests::of(of_scope());
        for shown in of_scope().filter(|read| tests.pick(read)) {
            let found = findings
                .diagnostic(shown.span, format!("Tempo shows `{}` of the last {noun}", shown.field))
                .label(format!("of the {noun} that passed the test, in traceql"))
                .help(format!("for spans with one {noun} both agree"));
            findings.once(found);
        }
    }
}

/// The tests of the events, or of the links, of a span.
#[derive(Default)]
struct Tests<'r> {
    /// The field of the first test.
    field: Option<&'r Field>,
    /// Whether a test compares a value, or there are tests of other fields.
    choose: bool,
}

impl<'r> Tests<'r> {
    fn of(reads: impl Iterator<Item = &'r Read<'r>>) -> Tests<'r> {
        let mut tests = Tests::default();
        let is_test =
            |read: &&Read<'_>| read.reader == Reader::Filter && matches!(read.usage, Usage::Test | Usage::Presence);
        for read in reads.filter(is_test) {
            tests.choose |= read.usage == Usage::Test || tests.field.is_some_and(|field| field != read.field);
            tests.field.get_or_insert(read.field);
        }
        tests
    }

    /// Tells whether `select` shows a value of which a test has picked the event or link.
    ///
    /// What other stages read is of the last one in both.
    fn pick(&self, read: &Read<'_>) -> bool {
        // Asking whether the field itself is there picks none of those that have it.
        let others = self.field.is_some_and(|field| field != read.field);
        read.reader == Reader::Select && (self.choose || others)
    }
}
