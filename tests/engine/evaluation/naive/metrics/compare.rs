//! Comparisons: how often each value of each attribute is there, in a selection of the spans and in the others.

use traceql_grammar::{
    query::{Compare, Field},
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

use super::{Answer, Labels, Measured, NIL, text};
use crate::evaluation::naive::{Place, value::V};

const INTRINSICS: [Intrinsic; 9] = [
    Intrinsic::Name,
    Intrinsic::Kind,
    Intrinsic::Status,
    Intrinsic::StatusMessage,
    Intrinsic::RootName,
    Intrinsic::RootService,
    Intrinsic::InstrumentationName,
    Intrinsic::InstrumentationVersion,
    Intrinsic::ChildCount,
];

/// Spans without one of these count too, as `nil`.
const COUNTED_IF_ABSENT: [(Scope, &str); 14] = [
    (Scope::Resource, "k8s.cluster.name"),
    (Scope::Resource, "k8s.container.name"),
    (Scope::Resource, "k8s.namespace.name"),
    (Scope::Resource, "k8s.pod.name"),
    (Scope::Span, "http.method"),
    (Scope::Span, "http.request.method"),
    (Scope::Span, "http.response.status_code"),
    (Scope::Span, "http.route"),
    (Scope::Span, "http.status_code"),
    (Scope::Span, "http.url"),
    (Scope::Span, "server.address"),
    (Scope::Span, "server.port"),
    (Scope::Span, "url.path"),
    (Scope::Span, "url.route"),
];

/// Counts all values, however many are asked for.
pub(super) fn compare(arguments: &Compare, measured: &[Measured<'_, '_>], slots: usize) -> Answer {
    let mut answer = Answer::new();
    for span in measured {
        let start = span.trace.spans[span.span].start as i64;
        let in_range = arguments.end == 0 || arguments.start < start && start <= arguments.end;
        let side = match in_range && span.trace.matches(&arguments.selection.condition, span.span) {
            true => "selection",
            false => "baseline",
        };
        for (name, value) in attributes(span) {
            for labels in [labels(side, &name, &value), labels(&format!("{side}_total"), &name, NIL)] {
                answer.entry(labels).or_insert_with(|| vec![0.0; slots])[span.slot] += 1.0;
            }
        }
    }
    answer
}

fn labels(side: &str, name: &str, value: &str) -> Labels {
    let mut labels = vec![("__meta_type".to_owned(), format!("{side:?}")), (name.to_owned(), value.to_owned())];
    labels.sort();
    labels
}

/// Lists what is known of a span: names and values.
fn attributes(span: &Measured<'_, '_>) -> Vec<(String, String)> {
    let own = span.trace.spans[span.span];
    let keys = |scope: Scope, of: &crate::evaluation::traces::Attributes| -> Vec<Field> {
        of.iter().map(|(key, _)| Field::attribute(scope, *key)).collect()
    };
    let mut fields: Vec<Field> = INTRINSICS.map(Field::intrinsic).to_vec();
    fields.push(Field::attribute(Scope::Resource, "service.name"));
    fields.extend(keys(Scope::Span, &own.attributes));
    fields.extend(keys(Scope::Resource, &own.resource));
    let place = Place { span: span.span, event: None, link: None };
    let value = |field: &Field| match span.trace.field(field, place) {
        None | Some(V::Array(_)) => NIL.to_owned(),
        Some(value) => text(&value),
    };
    let mut all: Vec<(String, String)> = fields.iter().map(|field| (field.to_string(), value(field))).collect();
    for (scope, key) in COUNTED_IF_ABSENT {
        let name = Field::attribute(scope, key).to_string();
        if all.iter().all(|(other, _)| *other != name) {
            all.push((name, NIL.to_owned()));
        }
    }
    all
}
