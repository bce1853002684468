//! Random spans in every format besides OTLP: what is written is read, and damage takes nothing else with it.

use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};

use traceql::{
    model::{assemble::assemble, batch::Fragment, projection::Projection},
    output::traces::{Format as Written, Stream},
    source::Input,
};

use super::{
    flat::flatten,
    read_inputs,
    whole::{describe, ids_kept, read_whole},
};

/// What every format can say of a span.
#[derive(Clone, Debug)]
struct Span {
    trace: u64,
    id: u64,
    parent: Option<u64>,
    name: String,
    service: String,
    /// In milliseconds, which every format has.
    start: u64,
    duration: u64,
    kind: Option<&'static str>,
    is_error: bool,
    tag: String,
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (1u64.., 1u64.., option::of(1u64..));
    let kind = option::of(prop::sample::select(vec!["server", "client", "producer", "consumer"]));
    let times = (1u64..2_000_000_000_000, 0u64..1_000_000);
    (ids, any::<String>(), "[a-z]{1,3}", times, kind, any::<bool>(), any::<String>()).prop_map(
        |((trace, id, parent), name, service, (start, duration), kind, is_error, tag)| {
            let parent = parent.filter(|parent| *parent != id);
            Span { trace, id, parent, name, service, start, duration, kind, is_error, tag }
        },
    )
}

fn hex(id: u64) -> String {
    format!("{id:x}")
}

/// What is read of a span.
fn expected(span: &Span) -> String {
    let Span { trace, id, name, service, kind, tag, .. } = span;
    let (parent, kind) = (span.parent.unwrap_or(0), kind.unwrap_or("unspecified"));
    let status = if span.is_error { "error" } else { "unset" };
    let (start, duration) = (span.start * 1_000_000, span.duration * 1_000_000);
    format!(
        "{trace:x}/{id:x}<{parent:x} {service}: {name} {kind} {status} {start}+{duration}\n  span tag={tag:?}\n  \
         resource service.name={service:?}\n"
    )
}

/// One span in each format, without what stands around it; and the text of many.
type Format = (fn(&Span) -> Value, fn(&[Value]) -> String);

const FORMATS: [Format; 4] = [
    (jaeger, |spans| json!({"data": [{"spans": spans}]}).to_string()),
    (zipkin, |spans| json!(spans).to_string()),
    (new_relic, |spans| json!([{"spans": spans}]).to_string()),
    (go, |spans| spans.iter().map(|span| format!("{span}\n")).collect()),
];

fn jaeger(span: &Span) -> Value {
    let mut tags = vec![json!({"key": "tag", "type": "string", "value": span.tag})];
    tags.extend(span.kind.map(|kind| json!({"key": "span.kind", "type": "string", "value": kind})));
    tags.extend(span.is_error.then(|| json!({"key": "error", "type": "bool", "value": true})));
    let parent = span.parent.map(|id| json!({"refType": "CHILD_OF", "traceID": hex(span.trace), "spanID": hex(id)}));
    json!({"traceID": hex(span.trace), "spanID": hex(span.id), "operationName": span.name, "tags": tags,
        "references": parent.into_iter().collect::<Vec<_>>(), "startTime": span.start * 1000,
        "duration": span.duration * 1000, "process": {"serviceName": span.service}})
}

fn zipkin(span: &Span) -> Value {
    let mut tags = json!({"tag": span.tag});
    if span.is_error {
        tags["error"] = json!("true");
    }
    json!({"traceId": hex(span.trace), "id": hex(span.id), "parentId": span.parent.map(hex), "name": span.name,
        "kind": span.kind.map(str::to_uppercase), "timestamp": span.start * 1000, "duration": span.duration * 1000,
        "localEndpoint": {"serviceName": span.service}, "tags": tags})
}

fn new_relic(span: &Span) -> Value {
    let mut attributes = json!({"tag": span.tag, "name": span.name, "duration.ms": span.duration,
        "parent.id": span.parent.map(hex), "service.name": span.service, "error": span.is_error.then_some(true)});
    if let Some(kind) = span.kind {
        attributes["span.kind"] = json!(kind);
    }
    json!({"trace.id": hex(span.trace), "id": hex(span.id), "timestamp": span.start, "attributes": attributes})
}

fn go(span: &Span) -> Value {
    let time = |millis: u64| jiff::Timestamp::from_millisecond(millis as i64).unwrap().to_string();
    let text = |key: &str, value: &str| json!({"Key": key, "Value": {"Type": "STRING", "Value": value}});
    let kinds = ["", "", "server", "client", "producer", "consumer"];
    let kind = kinds.iter().position(|kind| Some(*kind) == span.kind).unwrap_or(0);
    json!({"Name": span.name, "SpanContext": {"TraceID": hex(span.trace), "SpanID": hex(span.id)},
        "Parent": {"TraceID": "0", "SpanID": hex(span.parent.unwrap_or(0))}, "SpanKind": kind,
        "StartTime": time(span.start), "EndTime": time(span.start + span.duration),
        "Attributes": [text("tag", &span.tag)], "Resource": [text("service.name", &span.service)],
        "Status": {"Code": if span.is_error { "Error" } else { "Unset" }, "Description": ""}})
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn what_is_written_is_read(spans in vec(span(), 1..6), is_pretty in any::<bool>()) {
        let wanted: String = spans.iter().map(expected).collect();
        for (write, join) in FORMATS {
            let values: Vec<Value> = spans.iter().map(write).collect();
            let mut text = join(&values);
            if is_pretty && let Ok(value) = serde_json::from_str::<Value>(&text) {
                text = serde_json::to_string_pretty(&value).unwrap();
            }
            prop_assert_eq!(describe(&read_whole(&text).unwrap()), wanted.as_str(), "{}", text);
        }
    }

    #[test]
    fn a_damaged_span_takes_no_other_with_it(spans in vec(span(), 1..6), which in any::<prop::sample::Index>()) {
        let which = which.index(spans.len());
        let kept: Vec<u64> = spans.iter().map(|span| span.id).enumerate().filter(|(at, _)| *at != which).map(|(_, id)| id).collect();
        for (write, join) in FORMATS {
            let mut values: Vec<Value> = spans.iter().map(write).collect();
            // Nothing is a span whose ids are lists.
            for key in ["spanID", "id", "SpanContext"] {
                if let Some(id) = values[which].get_mut(key) {
                    *id = json!([]);
                }
            }
            let text = join(&values);
            let (ids, report) = ids_kept(&text);
            prop_assert_eq!((&ids, report.damaged), (&kept, 1), "{}", text);
        }
    }

    #[test]
    fn what_loses_nothing_comes_back(spans in vec(span(), 1..6)) {
        let text: String = spans.iter().map(|span| format!("{}\n", go(span))).collect();
        let everything = Projection::everything();
        let read = |text: &[u8]| read_inputs(&[Input::memory("memory", text)], &everything, false).unwrap().0;
        let fragments = read(text.as_bytes());
        let sorted = |fragments: &[Fragment]| {
            let mut found: Vec<String> = flatten(fragments).iter().map(|span| format!("{span:?}")).collect();
            found.sort();
            found
        };
        for format in [Written::Jaeger, Written::Zipkin] {
            let mut file = Vec::new();
            let mut stream = Stream::new(&mut file, format);
            assemble(&fragments).iter().for_each(|batch| stream.batch(batch).unwrap());
            let losses = stream.finish().unwrap();
            prop_assert!(losses.is_empty(), "{losses:?}");
            prop_assert_eq!(sorted(&read(&file)), sorted(&fragments), "{}", String::from_utf8_lossy(&file));
        }
    }

    #[test]
    fn damage_never_panics(spans in vec(span(), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for (write, join) in FORMATS {
            let mut bytes = join(&spans.iter().map(write).collect::<Vec<_>>()).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            ids_kept(&bytes);
            bytes.truncate(at);
            ids_kept(&bytes);
        }
    }
}
