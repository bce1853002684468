//! Reads any bytes in every way, and asserts what holds whatever they are.

use std::sync::Mutex;

use traceql::{
    model::{batch::Fragment, projection::{Core, Projection}},
    source::{Input, ReadOptions, ReadReport, SourceError, read},
};
use traceql_grammar::vocab::scopes::Scope;

#[path = "../../engine/sources/flat.rs"]
#[allow(dead_code, reason = "the tests of sources use all of it")]
mod flat;

fn read_bytes(
    bytes: &[u8],
    projection: &Projection,
    keep_going: bool,
) -> Result<(Vec<Fragment>, ReadReport), SourceError> {
    let fragments = Mutex::new(Vec::<Fragment>::new());
    let options = ReadOptions::loose(projection, keep_going);
    let report = read(&[Input::memory("fuzzed", bytes)], &options, &|_| {}, &|fragment| {
        fragments.lock().expect("no thread panics").push(fragment);
    })?;
    let mut fragments = fragments.into_inner().expect("no thread panics");
    fragments.sort_by_key(|fragment| fragment.order);
    fragments.iter().for_each(flat::assert_sound);
    if projection.every_attribute {
        fragments.iter().for_each(flat::assert_no_empty_columns);
    }
    Ok((fragments, report))
}

/// The keys that are asked for by name.
const KEYS: [&str; 2] = ["a", "service.name"];

/// Reads `bytes` with little, with much and with every attribute asked for, strictly and not; returns how many spans
/// there are if nothing is damaged.
pub(crate) fn check(bytes: &[u8]) -> Option<usize> {
    let scopes = [Scope::Span, Scope::Resource, Scope::Event, Scope::Link, Scope::Instrumentation];
    let little = Projection::default();
    let much = Projection {
        attributes: scopes.iter().flat_map(|scope| KEYS.map(|key| (*scope, key.to_owned()))).collect(),
        every_attribute: false,
        status_message: true,
        scopes: true,
        events: true,
        links: true,
        everything: false,
        core: Core::default(),
    };
    let every = Projection { every_attribute: true, ..much.clone() };
    let [of_little, of_much, of_every] = [&little, &much, &every].map(|projection| {
        let (fragments, report) = read_bytes(bytes, projection, true).expect("damage is no error");
        match read_bytes(bytes, projection, false) {
            Ok((strictly, strict_report)) => {
                assert_eq!((spans(&strictly), &strict_report), (spans(&fragments), &report));
                assert_eq!(report.damaged, 0);
            }
            Err(error) => assert_eq!(Some(&error), report.first_damages.first()),
        }
        (fragments, report)
    });
    for pair in [(&of_little, &of_much), (&of_much, &of_every)] {
        let ((less, less_report), (more, more_report)) = pair;
        assert!(
            spans(less) >= spans(more) && less_report.damaged <= more_report.damaged,
            "who asks for less meets less damage"
        );
    }
    if of_every.1.damaged == 0 {
        let mut found = flat::flatten(&of_every.0);
        for span in &mut found {
            for attributes in [&mut span.attributes, &mut span.resource, &mut span.scope.2] {
                attributes.retain(|key, _| KEYS.contains(&key.as_str()));
            }
        }
        assert_eq!(found, flat::flatten(&of_much.0));
    }
    (of_much.1.damaged == 0).then(|| spans(&of_much.0))
}

fn spans(fragments: &[Fragment]) -> usize {
    fragments.iter().map(|fragment| fragment.trace.len()).sum()
}
