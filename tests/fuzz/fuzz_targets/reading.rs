//! Reads any bytes in every way, and asserts what holds whatever they are.

use std::sync::Mutex;

use traceql::{
    model::{batch::Fragment, projection::Projection},
    source::{Input, ReadOptions, ReadReport, SourceError, read},
};
use traceql_grammar::vocab::scopes::Scope;

#[path = "../../sources/flat.rs"]
#[allow(dead_code, reason = "the tests of sources use all of it")]
mod flat;

fn read_bytes(bytes: &[u8], projection: &Projection, keep_going: bool) -> Result<(usize, ReadReport), SourceError> {
    let fragments = Mutex::new(Vec::<Fragment>::new());
    let options = ReadOptions { projection, keep_going };
    let report = read(&[Input::memory("fuzzed", bytes)], &options, &|_| {}, &|fragment| {
        fragments.lock().expect("no thread panics").push(fragment);
    })?;
    let fragments = fragments.into_inner().expect("no thread panics");
    fragments.iter().for_each(flat::assert_sound);
    Ok((fragments.iter().map(|fragment| fragment.trace.len()).sum(), report))
}

/// Reads `bytes` with much and with little asked for, strictly and not; returns how many spans there are if nothing is
/// damaged.
pub(crate) fn check(bytes: &[u8]) -> Option<usize> {
    let scopes = [Scope::Span, Scope::Resource, Scope::Event, Scope::Link, Scope::Instrumentation];
    let much = Projection {
        attributes: scopes.iter().flat_map(|scope| ["a", "service.name"].map(|key| (*scope, key.to_owned()))).collect(),
        status_message: true,
        scopes: true,
        events: true,
        links: true,
    };
    let little = Projection::default();
    let (spans, report) = read_bytes(bytes, &much, true).expect("damage is no error");
    let (more_spans, more_report) = read_bytes(bytes, &little, true).expect("damage is no error");
    assert!(more_spans >= spans && more_report.damaged <= report.damaged, "who asks for less meets less damage");
    match read_bytes(bytes, &much, false) {
        Ok((strict_spans, strict_report)) => {
            assert_eq!((strict_spans, &strict_report), (spans, &report));
            assert_eq!(report.damaged, 0);
            Some(spans)
        }
        Err(error) => {
            assert_eq!(Some(&error), report.first_damages.first());
            None
        }
    }
}
