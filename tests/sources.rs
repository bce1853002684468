//! Trace files in every shape: what is read, and what damage is told.

use std::sync::Mutex;

use traceql::{
    model::{attributes::Cell, batch::Fragment, projection::Projection},
    source::{Input, ReadOptions, ReadReport, SourceError, read},
};
use traceql_grammar::vocab::scopes::Scope;

fn read_all(
    bytes: &[u8],
    projection: &Projection,
    keep_going: bool,
) -> Result<(Vec<Fragment>, ReadReport), SourceError> {
    let fragments = Mutex::new(Vec::new());
    let inputs = [Input::memory("memory", bytes)];
    let options = ReadOptions { projection, keep_going };
    let report = read(&inputs, &options, &|_| {}, &|fragment| fragments.lock().unwrap().push(fragment))?;
    let mut fragments = fragments.into_inner().unwrap();
    fragments.sort_by_key(|fragment| fragment.order);
    Ok((fragments, report))
}

const LINE: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib"},"spans":[{"traceId":"000000000000a0011234567890abc001","spanId":"0101010100000001","name":"root","kind":2,"startTimeUnixNano":"1767225607000000000","endTimeUnixNano":1767225607100000000,"attributes":[{"key":"n","value":{"intValue":"1"}}],"status":{"code":2}}]}]}]}"#;

#[test]
fn a_line_of_otlp_json() {
    let mut projection = Projection::default();
    projection.attributes.insert((Scope::Span, "n".to_owned()));
    let (fragments, report) = read_all(LINE.as_bytes(), &projection, false).unwrap();
    assert_eq!(report.bytes, LINE.len() as u64);
    let [fragment] = &fragments[..] else { panic!("one fragment") };
    let spans = &fragment.spans;
    assert_eq!(fragment.trace[0].to_string(), "a0011234567890abc001");
    assert_eq!(spans.dictionary.get(spans.name[0]), "root");
    assert_eq!(spans.duration, [100_000_000]);
    assert_eq!(spans.attributes[0].cells, [Cell::Int(1)]);
    assert_eq!(spans.dictionary.get(spans.resources.service[spans.resource[0] as usize]), "shop");
}
