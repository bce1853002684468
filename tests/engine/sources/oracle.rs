//! Random trace messages, encoded by others, give the spans that they hold.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData, span},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use prost::Message;
use traceql::{
    model::{
        assemble::assemble,
        batch::{Batch, Fragment},
        projection::Projection,
    },
    source::{Input, ReadReport},
};

use super::{
    LINE, every_attribute, everything,
    flat::{self, Attributes, Value},
    read_inputs,
};

#[path = "oracle/all.rs"]
mod all;
#[path = "oracle/json.rs"]
mod json;

/// The keys that attributes have; the first few are asked for by name.
const KEYS: [&str; 7] = ["a", "service.name", "ключ", "http.status_code", "other", "long.key.that.nobody.asks.for", ""];
const ASKED: usize = 4;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asked {
    /// The first few keys in every scope.
    Some,
    /// All keys of spans, resources and scopes, the first few of events and links.
    Every,
    /// All that there is.
    All,
}

const EACH: [Asked; 3] = [Asked::Some, Asked::Every, Asked::All];

fn text() -> impl Strategy<Value = String> {
    select(vec![
        "",
        "x",
        "GET /",
        "quote\" back\\slash",
        "línea\nbreak\u{1}\u{7f}",
        "日本語😀",
        "a text of more than eight bytes",
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        text().prop_map(any_value::Value::StringValue),
        any::<bool>().prop_map(any_value::Value::BoolValue),
        any::<i64>().prop_map(any_value::Value::IntValue),
        prop_oneof![any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(-0.0)]
            .prop_map(any_value::Value::DoubleValue),
        vec(any::<u8>(), 0..4).prop_map(any_value::Value::BytesValue),
    ];
    let leaf = option::weighted(0.95, leaf).prop_map(|value| AnyValue { value });
    leaf.prop_recursive(3, 12, 4, |inner| {
        let array = vec(inner.clone(), 0..4).prop_map(|values| any_value::Value::ArrayValue(ArrayValue { values }));
        let alike = (inner.clone(), 0usize..4)
            .prop_map(|(value, count)| any_value::Value::ArrayValue(ArrayValue { values: vec![value; count] }));
        let list = vec((select(&KEYS[..]), inner), 0..3).prop_map(|pairs| {
            let values = pairs.into_iter().map(|(key, value)| pair(key, value)).collect();
            any_value::Value::KvlistValue(KeyValueList { values })
        });
        prop_oneof![array, alike, list].prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn pair(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn pairs() -> impl Strategy<Value = Vec<KeyValue>> {
    vec((select(&KEYS[..]), value()), 0..4)
        .prop_map(|pairs| pairs.into_iter().map(|(key, value)| pair(key, value)).collect())
}

fn id(bytes: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), bytes)
}

fn event() -> impl Strategy<Value = span::Event> {
    (any::<u64>(), text(), pairs(), 0..3u32).prop_map(|(time_unix_nano, name, attributes, dropped)| span::Event {
        time_unix_nano,
        name,
        attributes,
        dropped_attributes_count: dropped,
    })
}

fn link() -> impl Strategy<Value = span::Link> {
    (id(16), id(8), pairs(), text(), any::<u32>(), 0..3u32).prop_map(
        |(trace_id, span_id, attributes, trace_state, flags, dropped)| span::Link {
            trace_id,
            span_id,
            attributes,
            trace_state,
            flags,
            dropped_attributes_count: dropped,
        },
    )
}

fn a_span() -> impl Strategy<Value = Span> {
    let extras = (text(), any::<u32>(), any::<[u32; 3]>());
    // Few enough traces that some have several spans.
    let trace = prop_oneof![(1..4u8).prop_map(|number| vec![number; 16]), id(16)];
    let ids = (trace, id(8), prop_oneof![Just(Vec::new()), id(8), Just(vec![0; 8])]);
    let times = prop_oneof![any::<(u64, u64)>(), (0..1000u64, 0..1000u64)];
    let status = option::of((text(), 0..4i32).prop_map(|(message, code)| Status { message, code }));
    let children = (vec(event(), 0..3), vec(link(), 0..3));
    (ids, text(), 0..7i32, times, pairs(), status, children, extras).prop_map(
        |(ids, name, kind, (start, end), attributes, status, (events, links), (trace_state, flags, dropped))| Span {
            trace_id: ids.0,
            span_id: ids.1,
            parent_span_id: ids.2,
            trace_state,
            name,
            kind,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            attributes,
            status,
            events,
            links,
            flags,
            dropped_attributes_count: dropped[0],
            dropped_events_count: dropped[1],
            dropped_links_count: dropped[2],
        },
    )
}

pub(crate) fn traces() -> impl Strategy<Value = TracesData> {
    let scope = (text(), text(), pairs(), 0..3u32).prop_map(|(name, version, attributes, dropped)| {
        InstrumentationScope { name, version, attributes, dropped_attributes_count: dropped }
    });
    let scope_spans = (option::of(scope), vec(a_span(), 0..4), text())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url });
    let resource = (pairs(), 0..3u32).prop_map(|(attributes, dropped)| Resource {
        attributes,
        dropped_attributes_count: dropped,
        ..Resource::default()
    });
    let resource_spans = (option::of(resource), vec(scope_spans, 0..3), text())
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url });
    vec(resource_spans, 0..3).prop_map(|resource_spans| TracesData { resource_spans })
}

/// Takes the spans out of a message.
pub(crate) fn flatten(data: &TracesData, what: Asked) -> Vec<flat::Span> {
    let named = |pairs: &[KeyValue]| {
        let mut attributes = all_attributes(pairs);
        attributes.retain(|key, _| KEYS[..ASKED].contains(&key.as_str()));
        attributes
    };
    let asked = |pairs: &[KeyValue]| match what {
        Asked::Some => named(pairs),
        Asked::Every => all_attributes(pairs),
        Asked::All => all::attributes(pairs),
    };
    let of_child = |pairs: &[KeyValue]| if what == Asked::All { all::attributes(pairs) } else { named(pairs) };
    let mut spans = Vec::new();
    for of_resource in &data.resource_spans {
        let resource = of_resource.resource.as_ref().map(|resource| asked(&resource.attributes)).unwrap_or_default();
        let service = match resource.get("service.name") {
            Some(Value::Str(name)) => name.clone(),
            _ => String::new(),
        };
        for of_scope in &of_resource.scope_spans {
            let scope = of_scope.scope.clone().unwrap_or_default();
            let scope = (scope.name, scope.version, asked(&scope.attributes));
            for span in &of_scope.spans {
                let status = span.status.clone().unwrap_or_default();
                spans.push(flat::Span {
                    trace: number(&span.trace_id),
                    id: number(&span.span_id) as u64,
                    parent: number(&span.parent_span_id) as u64,
                    start: span.start_time_unix_nano,
                    duration: span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano),
                    kind: ["unspecified", "internal", "server", "client", "producer", "consumer", "unspecified"]
                        [span.kind as usize],
                    status: ["unset", "ok", "error", "unset"][status.code as usize],
                    status_message: status.message,
                    name: span.name.clone(),
                    service: service.clone(),
                    attributes: asked(&span.attributes),
                    resource: resource.clone(),
                    scope: scope.clone(),
                    events: span
                        .events
                        .iter()
                        .map(|e| (e.name.clone(), e.time_unix_nano, of_child(&e.attributes)))
                        .collect(),
                    links: span
                        .links
                        .iter()
                        .map(|l| (number(&l.trace_id), number(&l.span_id) as u64, of_child(&l.attributes)))
                        .collect(),
                    extras: (what == Asked::All).then(|| all::extras(of_resource, of_scope, span)),
                });
            }
        }
    }
    spans
}

fn number(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

fn all_attributes(pairs: &[KeyValue]) -> Attributes {
    pairs.iter().filter_map(|pair| Some((pair.key.clone(), visible(pair.value.as_ref()?)?))).collect()
}

/// What TraceQL sees of a value.
fn visible(value: &AnyValue) -> Option<Value> {
    Some(match value.value.as_ref()? {
        any_value::Value::StringValue(text) => Value::Str(text.clone()),
        any_value::Value::BoolValue(truth) => Value::Bool(*truth),
        any_value::Value::IntValue(number) => Value::Int(*number),
        any_value::Value::DoubleValue(number) => Value::Float(number.to_bits()),
        any_value::Value::ArrayValue(array) => {
            let values: Vec<Value> = array
                .values
                .iter()
                .map(|value| visible(value).filter(|_| !matches!(value.value, Some(any_value::Value::ArrayValue(_)))))
                .collect::<Option<_>>()?;
            let first = values.first()?;
            if values.iter().any(|value| std::mem::discriminant(value) != std::mem::discriminant(first)) {
                return None;
            }
            if values.len() == 1 { first.clone() } else { Value::List(values) }
        }
        _ => return None,
    })
}

/// Puts its length before a message.
fn behind_length(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes(), message].concat()
}

/// Reads bytes, stepping over what is damaged.
fn read_kept(bytes: &[u8], asked: Asked) -> (Vec<Fragment>, ReadReport) {
    let projection = match asked {
        Asked::Some => everything(&KEYS[..ASKED]),
        Asked::Every => every_attribute(&KEYS[..ASKED]),
        Asked::All => Projection::everything(),
    };
    read_inputs(&[Input::memory("random", bytes)], &projection, true).unwrap()
}

/// Reads bytes that are not damaged.
fn read(bytes: &[u8], asked: Asked) -> Vec<flat::Span> {
    let (fragments, report) = read_kept(bytes, asked);
    assert_eq!(report.damaged, 0);
    flat::flatten(&fragments)
}

/// Takes the spans of a batch out of their columns.
fn flatten_batch(batch: Batch) -> Vec<flat::Span> {
    let trace = batch.traces.iter().flat_map(|trace| trace.rows.clone().map(|_| trace.id)).collect();
    let fragment = Fragment { spans: batch.spans, trace, order: 0 };
    flat::assert_sound(&fragment);
    flat::assert_no_empty_columns(&fragment);
    flat::flatten(&[fragment])
}

/// Prints spans, sorted, for comparing such as come in another order.
pub(crate) fn sorted(spans: &[flat::Span]) -> Vec<String> {
    let mut texts: Vec<String> = spans.iter().map(|span| format!("{span:?}")).collect();
    texts.sort();
    texts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn one_protobuf_message(data in traces()) {
        let bytes = data.encode_to_vec();
        if !bytes.is_empty() {
            for asked in EACH {
                prop_assert_eq!(read(&bytes, asked), flatten(&data, asked));
            }
        }
    }

    #[test]
    fn protobuf_behind_lengths(messages in vec(traces(), 1..4)) {
        let (mut prefixed, mut delimited) = (Vec::new(), Vec::new());
        for message in &messages {
            prefixed.extend(behind_length(&message.encode_to_vec()));
            delimited.extend_from_slice(&message.encode_length_delimited_to_vec());
        }
        for asked in EACH {
            let expected: Vec<_> = messages.iter().flat_map(|message| flatten(message, asked)).collect();
            if prefixed.iter().any(|byte| *byte != 0) {
                prop_assert_eq!(&read(&prefixed, asked), &expected);
            }
            // An empty first message is no sure sign.
            if !messages[0].resource_spans.is_empty() {
                prop_assert_eq!(&read(&delimited, asked), &expected);
            }
        }
    }

    #[test]
    fn tempo_wraps_a_trace(data in traces()) {
        // Without scope spans nothing shows that there is a wrapper.
        if data.resource_spans.iter().all(|spans| spans.scope_spans.is_empty()) {
            return Ok(());
        }
        let trace = data.encode_to_vec();
        let mut wrapped = vec![0x0a];
        prost::encoding::encode_varint(trace.len() as u64, &mut wrapped);
        wrapped.extend_from_slice(&trace);
        prop_assert_eq!(read(&wrapped, Asked::Some), flatten(&data, Asked::Some));
    }

    #[test]
    fn json_in_every_spelling(messages in vec(traces(), 1..4), style in json::style()) {
        let text = json::encode(&messages, style);
        for asked in EACH {
            let expected: Vec<_> = messages.iter().flat_map(|message| flatten(message, asked)).collect();
            prop_assert_eq!(read(text.as_bytes(), asked), expected, "{}", text);
        }
    }

    #[test]
    fn every_attribute_is_there_as_if_it_were_named(data in traces(), style in json::style()) {
        for bytes in [data.encode_to_vec(), json::encode(std::slice::from_ref(&data), style).into_bytes()] {
            if !bytes.is_empty() {
                let inputs = [Input::memory("random", bytes)];
                let (named, _) = read_inputs(&inputs, &everything(&KEYS), false).unwrap();
                let (every, _) = read_inputs(&inputs, &every_attribute(&KEYS), false).unwrap();
                prop_assert_eq!(flat::flatten(&every), flat::flatten(&named));
            }
        }
    }

    #[test]
    fn damaged_records_leave_nothing_behind(messages in vec((traces(), any::<bool>()), 1..8), style in json::style()) {
        let (mut lines, mut prefixed) = (LINE.as_bytes().to_vec(), behind_length(LINE.as_bytes()));
        for (message, damaged) in &messages {
            let mut line = json::encode(std::slice::from_ref(message), style.in_lines()).trim_end().to_owned();
            let mut bytes = message.encode_to_vec();
            // Damage at the very end: all of the record is read before it is seen.
            if *damaged {
                line.pop();
                bytes.push(0);
            }
            lines.extend_from_slice(format!("\n{line}").as_bytes());
            prefixed.extend(behind_length(&bytes));
        }
        let damages = messages.iter().filter(|(_, damaged)| *damaged).count() as u64;
        for asked in EACH {
            let good = messages.iter().filter(|(_, damaged)| !damaged);
            let expected: Vec<_> = good.flat_map(|(message, _)| flatten(message, asked)).collect();
            for bytes in [&lines, &prefixed] {
                let (fragments, report) = read_kept(bytes, asked);
                prop_assert_eq!(report.damaged, damages);
                prop_assert_eq!(&flat::flatten(&fragments)[1..], &expected[..]);
            }
        }
    }

    #[test]
    fn assembled_traces_keep_every_attribute(files in vec(traces(), 1..6)) {
        let encoded = files.iter().map(Message::encode_to_vec).filter(|bytes| !bytes.is_empty());
        let inputs: Vec<_> = encoded.map(|bytes| Input::memory("random", bytes)).collect();
        for projection in [every_attribute(&KEYS), Projection::everything()] {
            let (fragments, _) = read_inputs(&inputs, &projection, false).unwrap();
            let before = sorted(&flat::flatten(&fragments));
            let after: Vec<_> = assemble(&fragments).into_iter().flat_map(flatten_batch).collect();
            prop_assert_eq!(sorted(&after), before);
        }
    }

    #[test]
    fn damage_never_panics_and_leaves_columns_sound(data in traces(), at in any::<prop::sample::Index>(), byte in any::<u8>(), style in json::style()) {
        for mut bytes in [data.encode_to_vec(), json::encode(std::slice::from_ref(&data), style).into_bytes()] {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
                for asked in EACH {
                    read_kept(&bytes, asked);
                }
            }
        }
    }
}
