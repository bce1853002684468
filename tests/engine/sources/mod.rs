//! Trace files in every shape: what is read, and what damage is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bounds;
mod damage;
mod encodings;
mod files;
pub(crate) mod flat;
mod go_stdout;
mod jaeger;
mod losses;
mod new_relic;
mod oracle;
mod random;
mod round_trip;
mod shapes;
mod whole;
mod zipkin;

use std::sync::Mutex;

use traceql::{
    model::{
        batch::Fragment,
        projection::{Core, Projection},
    },
    source::{Input, ReadOptions, ReadReport, SourceError, read},
};
use traceql_grammar::vocab::scopes::Scope;

/// A request with one span, as a collector writes it.
const LINE: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1.0"},"spans":[{"traceId":"000000000000a0011234567890abc001","spanId":"0101010100000001","parentSpanId":"","name":"root","kind":2,"startTimeUnixNano":"1767225607000000000","endTimeUnixNano":"1767225607100000000","attributes":[{"key":"n","value":{"intValue":"1"}},{"key":"skipped","value":{"stringValue":"a\"b"}}],"status":{"code":2}}]}]}]}"#;

/// A projection that asks for everything that has no key, and for some keys in every scope.
fn everything(keys: &[&str]) -> Projection {
    let scopes = [Scope::Span, Scope::Resource, Scope::Event, Scope::Link, Scope::Instrumentation];
    Projection {
        attributes: scopes.iter().flat_map(|scope| keys.iter().map(|key| (*scope, (*key).to_owned()))).collect(),
        every_attribute: false,
        status_message: true,
        scopes: true,
        events: true,
        links: true,
        everything: false,
        core: Core::default(),
    }
}

/// A projection that asks for every attribute of spans, resources and scopes, for everything that has no key, and for
/// some keys of events and links.
fn every_attribute(keys: &[&str]) -> Projection {
    let mut projection = everything(keys);
    projection.attributes.retain(|(scope, _)| matches!(scope, Scope::Event | Scope::Link));
    Projection { every_attribute: true, scopes: false, ..projection }
}

/// Reads inputs; fragments come in the order of the input.
fn read_inputs(
    inputs: &[Input],
    projection: &Projection,
    keep_going: bool,
) -> Result<(Vec<Fragment>, ReadReport), SourceError> {
    let fragments = Mutex::new(Vec::new());
    let told = Mutex::new(0);
    let options = ReadOptions::loose(projection, keep_going);
    let report = read(inputs, &options, &|bytes| *told.lock().unwrap() += bytes, &|fragment| {
        fragments.lock().unwrap().push(fragment);
    })?;
    assert_eq!(*told.lock().unwrap(), report.bytes, "progress adds up");
    let mut fragments = fragments.into_inner().unwrap();
    fragments.sort_by_key(|fragment| fragment.order);
    fragments.iter().for_each(flat::assert_sound);
    if projection.every_attribute {
        fragments.iter().for_each(flat::assert_no_empty_columns);
    }
    Ok((fragments, report))
}

/// Reads bytes with everything asked for and the keys `n` and `service.name`, and returns the spans as text.
fn spans_of(bytes: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
    let inputs = [Input::memory("memory", bytes.as_ref())];
    match read_inputs(&inputs, &everything(&["n", "service.name"]), false) {
        Ok((fragments, _)) => Ok(flat::flatten(&fragments).iter().map(ToString::to_string).collect()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads bytes, stepping over what is damaged, and returns the names of the spans and the report.
fn names_kept(bytes: impl AsRef<[u8]>) -> (Vec<String>, ReadReport) {
    let inputs = [Input::memory("memory", bytes.as_ref())];
    let (fragments, report) = read_inputs(&inputs, &everything(&["n"]), true).unwrap();
    (flat::flatten(&fragments).into_iter().map(|span| span.name).collect(), report)
}
