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
        for shown in of_scope().filter(|read| tests.leave_open(read)) {
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
    /// Whether one of them compares a value.
    compares: bool,
    /// Whether there are tests of other fields.
    several: bool,
    /// The only filter that tests; `None` if there are several.
    only: Option<Reader>,
    /// Whether one stands below an `||`.
    under_or: bool,
}

impl<'r> Tests<'r> {
    fn of(reads: impl Iterator<Item = &'r Read<'r>>) -> Tests<'r> {
        let mut tests = Tests::default();
        let is_test = |read: &&Read<'_>| {
            matches!(read.reader, Reader::Filter(_)) && matches!(read.usage, Usage::Test | Usage::Presence)
        };
        for read in reads.filter(is_test) {
            tests.only = match tests.field {
                Some(_) => tests.only.filter(|only| *only == read.reader),
                None => Some(read.reader),
            };
            tests.compares |= read.usage == Usage::Test;
            tests.several |= tests.field.is_some_and(|field| field != read.field);
            tests.under_or |= read.under_or;
            tests.field.get_or_insert(read.field);
        }
        tests
    }

    /// Tells whether Tempo shows every value of a read, although a test picks one event or link.
    fn leave_open(&self, read: &Read<'_>) -> bool {
        match (read.reader, read.usage) {
            (_, Usage::Test | Usage::Absence) => false,
            // What one filter asks with `&&` alone, it asks of one event or link.
            (Reader::Filter(_), _) => {
                self.compares && (self.under_or || read.under_or || self.only != Some(read.reader))
            }
            // Asking whether the field itself is there picks none of those that have it.
            _ => self.compares || self.several || self.field.is_some_and(|field| field != read.field),
        }
    }
}
