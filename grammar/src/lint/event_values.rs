//! `tempo-event-values`: Tempo shows values of the last event or link, whichever passed the test.

use super::{
    Findings,
    reads::{Read, Reader, Reads, Usage, of_many},
    walk::Part,
};
use crate::vocab::scopes::Scope;

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

/// The filters that test the events or the links of a span.
#[derive(Default)]
struct Tests {
    /// Whether any does.
    any: bool,
    /// The only filter that does; `None` if there are several.
    only: Option<Reader>,
    /// Whether one does below an `||`.
    under_or: bool,
}

impl Tests {
    fn of<'r>(reads: impl Iterator<Item = &'r Read<'r>>) -> Tests {
        let mut tests = Tests::default();
        let is_test = |read: &&Read<'_>| {
            matches!(read.reader, Reader::Filter(_)) && matches!(read.usage, Usage::Test | Usage::Presence)
        };
        for read in reads.filter(is_test) {
            tests.only = if tests.any { tests.only.filter(|only| *only == read.reader) } else { Some(read.reader) };
            tests.any = true;
            tests.under_or |= read.under_or;
        }
        tests
    }

    /// Tells whether Tempo shows every value of a read, although a test picks one event or link.
    fn leave_open(&self, read: &Read<'_>) -> bool {
        match (read.reader, read.usage) {
            (_, Usage::Test | Usage::Absence) => false,
            // What one filter asks with `&&` alone, it asks of one event or link.
            (Reader::Filter(_), _) => self.any && (self.under_or || read.under_or || self.only != Some(read.reader)),
            _ => self.any,
        }
    }
}
