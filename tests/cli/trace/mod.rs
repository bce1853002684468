//! One trace, as people and programs get it.
//!
//! Traces written down in the notation of the suite are compared with the texts in `trace/expected`, which `UPDATE=1`
//! rewrites; random traces must come out whole, within the terminal, and as pages that nothing in them can break.

#[path = "../../suite/load.rs"]
#[expect(dead_code, reason = "the suite needs more of it")]
mod load;
mod page;
mod properties;

use std::{env, fs, path::Path, sync::Mutex};

use traceql::{
    exec::{Lookup, TraceLookup},
    model::{
        batch::{Batch, Fragment},
        ids::TraceId,
        projection::Projection,
        trace_id::TypedId,
    },
    output::trace::{
        json,
        table::{self, Below, Style},
    },
    source::{Input, ReadOptions, read},
};

/// What is shown below spans: nothing, or everything.
const SPANS: Below = Below { events: false, attributes: false };
const ALL: Below = Below { events: true, attributes: true };

/// Reads OTLP and looks a trace up in it.
fn look_up(otlp: &str, typed: &str) -> Lookup {
    let lookup = TraceLookup::new(TypedId::parse(typed).expect("an id"));
    let inputs = [Input::memory("test", otlp.as_bytes())];
    let projection = Projection::everything();
    let options = ReadOptions::loose(&projection, false);
    let fragments = Mutex::new(Vec::new());
    let sink = |fragment| fragments.lock().expect("no test panics in between").push(fragment);
    read(&inputs, &options, &|_| {}, &sink).expect("the spans can be read");
    for fragment in fragments.into_inner().expect("no test panics in between") {
        // In many pieces, as large inputs come.
        let rows: Vec<u32> = (0..fragment.trace.len() as u32).collect();
        for (order, rows) in (0..).zip(rows.chunks(rows.len().div_ceil(20).max(1))) {
            let piece = fragment.copy_of(rows.iter().copied());
            lookup.observe(&Fragment { order, ..piece });
        }
    }
    lookup.finish().0
}

fn batch_of(otlp: &str, typed: &str) -> Batch {
    match look_up(otlp, typed) {
        Lookup::Found(batch) => *batch,
        Lookup::Several { ids, .. } => panic!("several traces: {ids:?}"),
        Lookup::Nothing => panic!("no trace {typed}"),
    }
}

/// Returns the trace 1 of a text in the notation of the suite.
fn trace(text: &str) -> Batch {
    batch_of(&load::load(text).expect("spans").otlp, "1")
}

fn drawn(batch: &Batch, below: Below, width: usize) -> String {
    written(batch, below, Style { color: false, width: Some(width) })
}

fn written(batch: &Batch, below: Below, style: Style) -> String {
    let mut out = Vec::new();
    table::write(&mut out, batch, below, style).expect("memory takes everything");
    String::from_utf8(out).expect("output is UTF-8")
}

/// Compares with the text in a file.
fn expect(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/trace/expected").join(format!("{name}.txt"));
    if env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, text).expect("the folder can be written to");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name}: expected:\n{expected}\nfound (UPDATE=1 accepts it):\n{text}");
}

/// A checkout: calls side by side, a failure, a queue, events, a link, several pods of a service, several libraries.
const CHECKOUT: &str = r#"
trace 1
  "POST /checkout" @gateway resource.host.name="g-1" server 0ms+200ms .http.route="/checkout" .http.response.status_code=200
    PlaceOrder @checkout resource.k8s.pod.name="c-1" instrumentation:name="grpc" instrumentation:version="1.2" server 4ms+180ms
      GetCart @cart client 6ms+30ms .retry=true
        HGETALL @redis client 8ms+25ms .db.statement="HGETALL cart:1\n  AND more" .db.rows=12
      Prices @checkout resource.k8s.pod.name="c-2" instrumentation:name="pool" 6ms+50ms .keys=["a","b c"]
        * "cache miss" +3ms event.key="price:1" event.size=12.5
      Charge @payment server 60ms+100ms error message="card declined: limit"
        * retry +20ms
        * exception +95ms event.exception.type="Declined" event.exception.message="limit\treached"
        -> 2/b link.why="earlier attempt"
      "orders send" @checkout resource.k8s.pod.name="c-1" instrumentation:name="kafka" producer 165ms+2ms
        "orders receive" @mailer consumer 190ms+60ms
"#;

/// Several roots, parents that never arrived, cycles, clocks that are seconds behind, spans without time or name.
const ODD: &str = r#"
trace 1
  first @a 2000ms+10ms
    behind @b server 1000ms+1006ms
      "in time" @b 2005ms+1ms
    far-behind @c 0ms+1ms
    instant @a 2004ms+0ms
  second @a 2030ms+40ms
    "" @a 2035ms+5ms
  orphan @d parent=aa 2012ms+8ms error
    below @d 2014ms+2ms
  other @d parent=bb 2013ms+8ms
  twin @d parent=aa 2016ms+50ms
  round @e id=c1 parent=c2 2020ms+5ms
  about @e id=c2 parent=c1 2021ms+5ms
  own @e id=c3 parent=c3 2022ms+5ms
  lost @e parent=c1 2023ms+5ms
"#;

#[test]
fn waterfalls() {
    let checkout = trace(CHECKOUT);
    for width in [40, 80, 200] {
        expect(&format!("checkout-{width}"), &drawn(&checkout, SPANS, width));
    }
    expect("checkout-pipe", &written(&checkout, SPANS, Style { color: false, width: None }));
    expect("checkout-color", &written(&checkout, SPANS, Style { color: true, width: Some(80) }));
}

#[test]
fn waterfalls_with_what_spans_hold() {
    let checkout = trace(CHECKOUT);
    for width in [80, 200] {
        expect(&format!("checkout-all-{width}"), &drawn(&checkout, ALL, width));
    }
    expect("checkout-events", &drawn(&checkout, Below { events: true, attributes: false }, 80));
}

#[test]
fn no_span_is_lost() {
    let odd = trace(ODD);
    let text = drawn(&odd, ALL, 100);
    expect("odd", &text);
    for id in &odd.spans.id {
        assert_eq!(text.matches(&format!("span:id = \"{id}\"")).count(), 1, "{id} in\n{text}");
    }
}

#[test]
fn deep_trees_keep_room_for_names() {
    let mut text = "trace 1\n".to_owned();
    for depth in 0..40 {
        text += &format!("{:indent$}step-{depth} @s +{}ms\n", "", 100 - depth, indent = 2 * (depth + 1));
    }
    let chain = trace(&text);
    expect("deep", &drawn(&chain, SPANS, 60));
    for width in [40, 100, 250] {
        let text = drawn(&chain, SPANS, width);
        assert!((0..40).all(|depth| text.contains(&format!("step-{depth}"))), "{text}");
    }
}

#[test]
fn one_span_is_a_trace() {
    expect("single", &drawn(&trace("trace 1\n  only @s 0ms+0ms\n"), ALL, 80));
}

#[test]
fn traces_are_found_by_their_first_digits() {
    let text =
        "trace abcdef01\n  a @s\ntrace abcdef02\n  b @s\n  c @s\ntrace 1234567\n  d @s\ntrace 12345678\n  e @s\n";
    let otlp = load::load(text).expect("spans").otlp;
    let found = |typed: &str| match look_up(&otlp, typed) {
        Lookup::Found(batch) => format!("{:x} {}", batch.traces[0].id.0, batch.spans.len()),
        Lookup::Several { ids, more } => {
            let ids: Vec<String> = ids.iter().map(TraceId::to_string).collect();
            format!("{} {more}", ids.join(" "))
        }
        Lookup::Nothing => "nothing".to_owned(),
    };
    assert_eq!(found("ABCDEF02"), "abcdef02 2");
    assert_eq!(found(&format!("{:0>32}", "abcdef02")), "abcdef02 2");
    assert_eq!(found("abcdef0"), "abcdef01 abcdef02 false");
    assert_eq!(found("123456"), "1234567 12345678 false");
    assert_eq!(found("1234567"), "1234567 1", "a whole id goes before others that begin with it");
    assert_eq!(found("12345678"), "12345678 1");
    assert_eq!(found("abcde"), "nothing", "too few digits");
    assert_eq!(found("000000000000000000000000abcdef02"), "abcdef02 2");
    assert_eq!(found("abcdef03"), "nothing");
    let many: String = (10..30).map(|n| format!("trace abcdef{n}\n  a @s\n")).collect();
    let otlp = load::load(&many).expect("spans").otlp;
    let Lookup::Several { ids, more } = look_up(&otlp, "abcdef") else { panic!("several") };
    assert_eq!((ids.len(), ids[0], more), (5, TraceId(0xabcd_ef10), true));
}

/// Returns Tempo's JSON of a trace.
fn as_json(batch: Option<&Batch>, bytes: u64) -> String {
    let mut out = Vec::new();
    json::write(&mut out, batch, bytes).expect("memory takes everything");
    String::from_utf8(out).expect("JSON is UTF-8")
}

#[test]
fn tempos_answer_comes_out_as_it_went_in() {
    // Recorded: GET /api/v2/traces/a0011234567890abc001.
    let recorded = include_str!("tempo-trace.json");
    let batch = batch_of(recorded, "a0011234567890abc001");
    let mut written: serde_json::Value = serde_json::from_str(&as_json(Some(&batch), 45_689)).expect("JSON");
    let mut recorded: serde_json::Value = serde_json::from_str(recorded).expect("JSON");
    // Columns have no order of attributes, and spans stand in the order of the tree.
    sort(&mut written);
    sort(&mut recorded);
    assert_eq!(written, recorded);
    // Field for field: in one order too.
    let text = as_json(Some(&batch), 45_689);
    let span = r#"{"traceId":"AAAAAAAAoAESNFZ4kKvAAQ==","spanId":"AQEBAQAAAAM=","parentSpanId":"AQEBAQAAAAE=","name":"child","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1767225607050000000","endTimeUnixNano":"1767225607080000000","attributes":[{"key":"color","value":{"stringValue":"blue"}},{"key":"n","value":{"intValue":"3"}}],"status":{"message":"boom","code":"STATUS_CODE_ERROR"}}"#;
    assert!(text.contains(span), "{text}");
    assert_eq!(as_json(None, 0), "{\"trace\":{},\"metrics\":{}}\n");
}

fn sort(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => {
            items.iter_mut().for_each(sort);
            if items.iter().all(|item| item.get("key").is_some()) {
                items.sort_by_key(|item| item["key"].to_string());
            } else if items.iter().all(|item| item.get("spanId").is_some()) {
                items.sort_by_key(|item| item["spanId"].to_string());
            }
        }
        serde_json::Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}
