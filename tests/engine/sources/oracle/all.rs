//! What random trace messages hold when everything is asked for.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value},
    trace::v1::{ResourceSpans, ScopeSpans, Span, span},
};
use traceql::model::any_value as any_value_of_model;

use super::flat::{Attributes, Extras, Value};

/// Takes all attributes out of a list.
pub(super) fn attributes(pairs: &[KeyValue]) -> Attributes {
    pairs.iter().map(|pair| (pair.key.clone(), value(pair.value.as_ref()))).collect()
}

fn value(value: Option<&AnyValue>) -> Value {
    let scalar = |value: &AnyValue| {
        Some(match value.value.as_ref()? {
            any_value::Value::StringValue(text) => Value::Str(text.clone()),
            any_value::Value::BoolValue(truth) => Value::Bool(*truth),
            any_value::Value::IntValue(number) => Value::Int(*number),
            any_value::Value::DoubleValue(number) => Value::Float(number.to_bits()),
            _ => return None,
        })
    };
    let cell = |value: &AnyValue| match value.value.as_ref()? {
        any_value::Value::ArrayValue(array) => {
            let values: Vec<Value> = array.values.iter().map(scalar).collect::<Option<_>>()?;
            let types: Vec<_> = values.iter().map(std::mem::discriminant).collect();
            let alike = types.first().is_some_and(|first| types.iter().all(|other| other == first));
            alike.then_some(Value::List(values))
        }
        _ => scalar(value),
    };
    value.and_then(cell).unwrap_or_else(|| Value::Other(any(value).text()))
}

/// Turns a value of the message into one of the model.
fn any(value: Option<&AnyValue>) -> any_value_of_model::AnyValue {
    use any_value_of_model::AnyValue as Any;
    match value.and_then(|value| value.value.as_ref()) {
        None => Any::Empty,
        Some(any_value::Value::StringValue(text)) => Any::Str(text.clone()),
        Some(any_value::Value::BoolValue(truth)) => Any::Bool(*truth),
        Some(any_value::Value::IntValue(number)) => Any::Int(*number),
        Some(any_value::Value::DoubleValue(number)) => Any::Float(*number),
        Some(any_value::Value::BytesValue(bytes)) => Any::Bytes(bytes.clone()),
        Some(any_value::Value::ArrayValue(array)) => {
            Any::Array(array.values.iter().map(|value| any(Some(value))).collect())
        }
        Some(any_value::Value::KvlistValue(list)) => {
            Any::Map(list.values.iter().map(|pair| (pair.key.clone(), any(pair.value.as_ref()))).collect())
        }
        Some(other) => unreachable!("{other:?} is not made"),
    }
}

/// Takes out what no query asks for.
pub(super) fn extras(of_resource: &ResourceSpans, of_scope: &ScopeSpans, span: &Span) -> Extras {
    let resource = of_resource.resource.as_ref().map_or(0, |resource| resource.dropped_attributes_count);
    let scope = of_scope.scope.as_ref().map_or(0, |scope| scope.dropped_attributes_count);
    let link = |link: &span::Link| (link.trace_state.clone(), link.flags, link.dropped_attributes_count);
    Extras {
        trace_state: span.trace_state.clone(),
        flags: span.flags,
        dropped: [span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count],
        resource: (resource, of_resource.schema_url.clone()),
        scope: (scope, of_scope.schema_url.clone()),
        events: span.events.iter().map(|event| event.dropped_attributes_count).collect(),
        links: span.links.iter().map(link).collect(),
    }
}
