//! Values that TraceQL cannot hold: they are there, and a test for `nil` is false for them in either form.

use std::sync::Mutex;

use traceql::{
    exec::{Collector, Search},
    model::{assemble::assemble, batch::Fragment, cancel::Cancel, projection::Projection},
    output::{
        tempo_block::{Options, write},
        traces::{Format, Stream},
    },
    plan::{Limits, lower},
    source::{Input, ReadOptions, find, read},
};
use traceql_grammar::{check, vocab::release::Release};

const VALUES: [(&str, &str); 5] = [
    ("list", r#"{"arrayValue":{"values":[]}}"#),
    ("mixed", r#"{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"1"}]}}"#),
    ("map", r#"{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}"#),
    ("bytes", r#"{"bytesValue":"AQ=="}"#),
    ("null", "{}"),
];

/// Writes a trace whose span `a` has each of the values, in each scope, and whose span `b` has none.
fn otlp() -> Vec<u8> {
    let attributes = VALUES.map(|(key, value)| format!(r#"{{"key":"{key}","value":{value}}}"#)).join(",");
    let span = |id: u8, name: &str, attributes: &str| {
        format!(
            r#"{{"traceId":"0000000000000000000000000000000f","spanId":"000000000000000{id}","name":"{name}","startTimeUnixNano":"1767225607000000000","endTimeUnixNano":"1767225607200000000","attributes":[{attributes}],"events":[{{"name":"e","timeUnixNano":"1767225607000000000","attributes":[{attributes}]}}]}}"#
        )
    };
    let of = |service: &str, resource: &str, span: &str| {
        format!(
            r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}{resource}]}},"scopeSpans":[{{"spans":[{span}]}}]}}"#
        )
    };
    let (a, b) = (span(1, "a", &attributes), span(2, "b", ""));
    format!(r#"{{"resourceSpans":[{},{}]}}"#, of("x", &format!(",{attributes}"), &a), of("y", "", &b)).into_bytes()
}

fn found(inputs: &[Input], query: &str) -> String {
    let checked = check(query, Release::Main);
    let search = Search::new(lower(&checked.query, Limits::default(), None).expect("it has a plan"));
    let options = ReadOptions {
        pruning: Some(search.plan().pruning()),
        scan: Some(&search),
        ..ReadOptions::loose(search.plan().projection(), false)
    };
    read(inputs, &options, &|_| {}, &|fragment| search.observe(fragment)).expect("it is sound");
    let result = search.finish(0).expect("no operand has several spansets");
    let spans = result.traces.iter().flat_map(|trace| &trace.spansets).flat_map(|spanset| &spanset.spans);
    let mut ids: Vec<&str> = spans.map(|span| if span.id.to_string().ends_with('1') { "a" } else { "b" }).collect();
    ids.sort_unstable();
    ids.concat()
}

/// Returns the spans in every format that holds the values.
fn sources() -> Vec<(&'static str, Vec<Input>)> {
    let json = Input::memory("json", otlp());
    let everything = Projection::everything();
    let fragments = Mutex::new(Vec::<Fragment>::new());
    let keep = |fragment| fragments.lock().expect("no thread panics").push(fragment);
    read(std::slice::from_ref(&json), &ReadOptions::loose(&everything, false), &|_| {}, &keep).expect("it is sound");
    let batches = assemble(&fragments.into_inner().expect("no thread panics"));
    let mut protobuf = Vec::new();
    let mut stream = Stream::new(&mut protobuf, Format::OtlpProtobuf);
    batches.iter().for_each(|batch| stream.batch(batch).expect("memory takes it"));
    stream.finish().expect("memory takes it");
    let root = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("unheld");
    let _ = std::fs::remove_dir_all(&root);
    write(&root, &batches, &Options::new("00000000-0000-4000-8000-000000000001"), &Cancel::new())
        .expect("it can be written");
    let block = find(&[root.display().to_string()]).expect("it is there");
    vec![("json", vec![json]), ("protobuf", vec![Input::memory("protobuf", protobuf)]), ("block", block)]
}

#[test]
fn a_value_that_cannot_be_held_is_neither_nil_nor_something() {
    for (format, inputs) in sources() {
        for (key, _) in VALUES {
            for scope in ["span.", "resource.", "event.", "."] {
                let field = format!("{scope}{key}");
                let cases = [
                    (format!("{{ {field} = nil }}"), "b"),
                    (format!("{{ {field} != nil }}"), ""),
                    (format!("{{ ({field} = nil) = true }}"), "b"),
                    (format!("{{ {field} = nil || name = \"none\" }}"), "b"),
                    (format!("{{ {field} = \"x\" || {field} = 1 || {field} }}"), ""),
                    (format!("{{ !({field} != nil) }}"), "ab"),
                    (format!("{{ {field} != \"x\" || {field} !~ \"x\" || {field} * 2 > 1 }}"), ""),
                    (format!("{{ }} | avg({field}) > -1000"), ""),
                    (format!("{{ }} | by({field}) | count() > 1"), "ab"),
                ];
                for (query, expected) in cases {
                    assert_eq!(found(&inputs, &query), expected, "{format}: {query}");
                }
            }
        }
    }
}
