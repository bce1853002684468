//! Writes trace messages as JSON in the spellings that are met.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value},
    trace::v1::{Span, TracesData},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// How to spell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    snake: bool,
    base64: bool,
    strings: bool,
    words: bool,
    layout: Layout,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Lines,
    Pretty,
    Array,
    OneLine,
}

pub(super) fn style() -> impl Strategy<Value = Style> {
    let layout = prop_oneof![Just(Layout::Lines), Just(Layout::Pretty), Just(Layout::Array), Just(Layout::OneLine)];
    (any::<[bool; 4]>(), layout).prop_map(|([snake, base64, strings, words], layout)| Style {
        snake,
        base64,
        strings,
        words,
        layout,
    })
}

pub(super) fn encode(messages: &[TracesData], style: Style) -> String {
    let objects: Vec<Value> = messages.iter().map(|message| style.message(message)).collect();
    match style.layout {
        Layout::Lines => objects.iter().map(|object| format!("{object}\n")).collect(),
        Layout::Pretty => objects.iter().map(|object| format!("{object:#}\n")).collect(),
        Layout::Array => Value::Array(objects).to_string(),
        Layout::OneLine => objects.iter().map(ToString::to_string).collect(),
    }
}

impl Style {
    /// Returns the same spelling with one message a line.
    pub(super) fn in_lines(self) -> Style {
        Style { layout: Layout::Lines, ..self }
    }

    /// Makes an object; names are given in snake case.
    fn object<const N: usize>(self, members: [(&str, Value); N]) -> Value {
        let name = |name: &str| {
            if self.snake {
                return name.to_owned();
            }
            let mut upper = false;
            let mut camel = String::new();
            for letter in name.chars() {
                match letter {
                    '_' => upper = true,
                    _ if std::mem::take(&mut upper) => camel.push(letter.to_ascii_uppercase()),
                    _ => camel.push(letter),
                }
            }
            camel
        };
        members.into_iter().map(|(key, value)| (name(key), value)).collect::<Map<_, _>>().into()
    }

    fn message(self, message: &TracesData) -> Value {
        let resource_spans = message.resource_spans.iter().map(|of_resource| {
            let scope_spans = of_resource.scope_spans.iter().map(|of_scope| {
                let scope = of_scope.scope.as_ref().map(|scope| {
                    self.object([
                        ("version", json!(scope.version)),
                        ("name", json!(scope.name)),
                        ("attributes", self.pairs(&scope.attributes)),
                        ("dropped_attributes_count", self.number(scope.dropped_attributes_count.into())),
                    ])
                });
                self.object([
                    ("spans", of_scope.spans.iter().map(|span| self.span(span)).collect()),
                    ("scope", scope.into()),
                    ("schema_url", json!(of_scope.schema_url)),
                ])
            });
            let resource = of_resource.resource.as_ref();
            let resource = resource.map(|resource| {
                self.object([
                    ("attributes", self.pairs(&resource.attributes)),
                    ("dropped_attributes_count", self.number(resource.dropped_attributes_count.into())),
                ])
            });
            self.object([
                ("scope_spans", scope_spans.collect()),
                ("schema_url", json!(of_resource.schema_url)),
                ("resource", resource.into()),
            ])
        });
        self.object([("resource_spans", resource_spans.collect())])
    }

    fn span(self, span: &Span) -> Value {
        let kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
        let codes = ["UNSET", "OK", "ERROR"];
        let events = span.events.iter().map(|event| {
            self.object([
                ("time_unix_nano", self.number(event.time_unix_nano)),
                ("name", json!(event.name)),
                ("attributes", self.pairs(&event.attributes)),
                ("dropped_attributes_count", self.number(event.dropped_attributes_count.into())),
            ])
        });
        let links = span.links.iter().map(|link| {
            self.object([
                ("attributes", self.pairs(&link.attributes)),
                ("trace_id", self.id(&link.trace_id)),
                ("span_id", self.id(&link.span_id)),
                ("trace_state", json!(link.trace_state)),
                ("flags", self.number(link.flags.into())),
                ("dropped_attributes_count", self.number(link.dropped_attributes_count.into())),
            ])
        });
        let status = span.status.as_ref().map(|status| {
            let code = self.word("STATUS_CODE_", &codes, status.code);
            self.object([("message", json!(status.message)), ("code", code)])
        });
        self.object([
            ("trace_id", self.id(&span.trace_id)),
            ("span_id", self.id(&span.span_id)),
            ("parent_span_id", self.id(&span.parent_span_id)),
            ("name", json!(span.name)),
            ("kind", self.word("SPAN_KIND_", &kinds, span.kind)),
            ("start_time_unix_nano", self.number(span.start_time_unix_nano)),
            ("end_time_unix_nano", self.number(span.end_time_unix_nano)),
            ("attributes", self.pairs(&span.attributes)),
            ("events", events.collect()),
            ("links", links.collect()),
            ("status", status.into()),
            ("flags", self.number(span.flags.into())),
            ("trace_state", json!(span.trace_state)),
            ("dropped_attributes_count", self.number(span.dropped_attributes_count.into())),
            ("dropped_events_count", self.number(span.dropped_events_count.into())),
            ("dropped_links_count", self.number(span.dropped_links_count.into())),
        ])
    }

    fn pairs(self, pairs: &[KeyValue]) -> Value {
        let pair = |pair: &KeyValue| {
            self.object([
                ("value", pair.value.as_ref().map(|value| self.value(value)).into()),
                ("key", json!(pair.key)),
            ])
        };
        pairs.iter().map(pair).collect()
    }

    fn value(self, value: &AnyValue) -> Value {
        let Some(value) = &value.value else { return json!({}) };
        match value {
            any_value::Value::StringValue(text) => self.object([("string_value", json!(text))]),
            any_value::Value::BoolValue(truth) => self.object([("bool_value", json!(truth))]),
            any_value::Value::IntValue(number) if self.strings => {
                self.object([("int_value", json!(number.to_string()))])
            }
            any_value::Value::IntValue(number) => self.object([("int_value", json!(number))]),
            any_value::Value::DoubleValue(number) if number.is_finite() => {
                self.object([("double_value", json!(number))])
            }
            any_value::Value::DoubleValue(number) => {
                let word = if number.is_nan() { "NaN" } else { ["-Infinity", "Infinity"][usize::from(*number > 0.0)] };
                self.object([("double_value", json!(word))])
            }
            any_value::Value::BytesValue(bytes) => self.object([("bytes_value", json!(base64(bytes)))]),
            any_value::Value::ArrayValue(array) => {
                let values: Value = array.values.iter().map(|value| self.value(value)).collect();
                self.object([("array_value", json!({ "values": values }))])
            }
            any_value::Value::KvlistValue(list) => {
                self.object([("kvlist_value", json!({ "values": self.pairs(&list.values) }))])
            }
            other => unreachable!("{other:?} is not made"),
        }
    }

    fn number(self, number: u64) -> Value {
        if self.strings { json!(number.to_string()) } else { json!(number) }
    }

    fn id(self, id: &[u8]) -> Value {
        if self.base64 { json!(base64(id)) } else { json!(id.iter().map(|b| format!("{b:02x}")).collect::<String>()) }
    }

    fn word(self, prefix: &str, words: &[&str], number: i32) -> Value {
        match words.get(number as usize) {
            Some(word) if self.words => json!(format!("{prefix}{word}")),
            _ => json!(number),
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|chunk| {
        let number = (0..3).fold(0, |number, at| number << 8 | u32::from(*chunk.get(at).unwrap_or(&0)));
        (0..4).map(
            move |at| {
                if at > chunk.len() { '=' } else { DIGITS[(number >> (18 - 6 * at)) as usize & 63] as char }
            },
        )
    });
    digits.collect()
}
