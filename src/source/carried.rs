//! Attributes that carry what a format has no field for, as OpenTelemetry's mapping to such formats lays down: kind,
//! status, instrumentation scope, and what no query asks for.

use std::borrow::Cow;

use traceql_grammar::value::{Kind, Status};

use crate::model::otlp_enums;

use super::{
    builder::{FragmentBuilder, SpanFields, Table},
    json::Scalar,
};

/// Where Jaeger and Zipkin have the trace state.
const TRACE_STATE: &str = "w3c.tracestate";

/// How many attributes were left out, of whatever has attributes.
pub(super) const DROPPED_ATTRIBUTES: &str = "otel.dropped_attributes_count";

const DROPPED: [&str; 3] = [DROPPED_ATTRIBUTES, "otel.dropped_events_count", "otel.dropped_links_count"];

/// What the attributes of one span carry.
pub(super) struct Carried<'a> {
    /// Whether any text in `error` says that the span failed, and how; else only `true` does.
    error_is_text: bool,
    kind: Option<Kind>,
    failed: bool,
    /// An `error` that says `false`, where any text is one: of a failed span it is the message.
    denied: bool,
    error: Cow<'a, str>,
    code: Option<Status>,
    description: Option<Cow<'a, str>>,
    trace_state: Cow<'a, str>,
    /// How many attributes, events and links were left out.
    dropped: [u32; 3],
    /// Name and version, by the newer and by the older name of the attributes.
    scope: [Cow<'a, str>; 2],
    library: [Cow<'a, str>; 2],
}

impl<'a> Carried<'a> {
    /// Makes one for a format in which only an `error` of `true` is an error.
    pub(super) fn new() -> Carried<'a> {
        Carried {
            error_is_text: false,
            kind: None,
            failed: false,
            denied: false,
            error: Cow::Borrowed(""),
            code: None,
            description: None,
            trace_state: Cow::Borrowed(""),
            dropped: [0; 3],
            scope: Default::default(),
            library: Default::default(),
        }
    }

    /// Makes one for a format in which an `error` that is there is one, whatever it says except `false`.
    pub(super) fn with_error_texts() -> Carried<'a> {
        Carried { error_is_text: true, ..Carried::new() }
    }

    /// Tells whether [`Carried::take`] may want the value of an attribute.
    pub(super) fn is_carrier(key: &str) -> bool {
        key == "error" || key == "span.kind" || key == TRACE_STATE || key.starts_with("otel.")
    }

    /// Takes the value of an attribute if it carries something: then it is no attribute of the span any more.
    pub(super) fn take(&mut self, key: &str, value: &Scalar<'a>) -> bool {
        if key == "error" {
            return self.take_error(value);
        }
        if let Some(at) = DROPPED.iter().position(|dropped| *dropped == key) {
            return take_count(value, &mut self.dropped[at]);
        }
        let Some(text) = value.text() else { return false };
        match key {
            "span.kind" => {
                let kind = otlp_enums::kind_by_name(text);
                self.kind = kind.or(self.kind);
                return kind.is_some();
            }
            "otel.status_code" => {
                let code = otlp_enums::status_by_name(text);
                self.code = code.or(self.code);
                return code.is_some();
            }
            TRACE_STATE => self.trace_state = text.clone(),
            "otel.status_description" => self.description = Some(text.clone()),
            "otel.scope.name" => self.scope[0] = text.clone(),
            "otel.scope.version" => self.scope[1] = text.clone(),
            "otel.library.name" => self.library[0] = text.clone(),
            "otel.library.version" => self.library[1] = text.clone(),
            _ => return false,
        }
        true
    }

    fn take_error(&mut self, value: &Scalar<'a>) -> bool {
        match value {
            Scalar::Bool(true) => self.failed = true,
            Scalar::Str(text) if text == "true" => self.failed = true,
            Scalar::Str(text) if self.error_is_text && text == "false" => self.denied = true,
            Scalar::Str(text) if self.error_is_text => {
                self.failed = true;
                self.error = text.clone();
            }
            _ => return false,
        }
        true
    }

    /// Says that the span failed; `error` is the message unless a better one came.
    pub(super) fn fail(&mut self, error: Cow<'a, str>) {
        self.failed = true;
        self.error = error;
    }

    /// Puts kind, status and message into the fields of the span. A kind that is there stays; an error overrules the
    /// status code.
    pub(super) fn fill(&self, span: &mut SpanFields, builder: &mut FragmentBuilder) {
        if span.kind == Kind::Unspecified {
            span.kind = self.kind.unwrap_or(Kind::Unspecified);
        }
        span.status = match self.code {
            _ if self.failed => Status::Error,
            code => code.unwrap_or(Status::Unset),
        };
        if self.denied && span.status != Status::Error {
            builder.attribute(Table::Span, "error", &Scalar::Str(Cow::Borrowed("false")));
        }
        // Only an error has a message, by OpenTelemetry's rules; who writes one all the same is believed.
        if builder.wants().status_message {
            let message = self.description.as_ref().unwrap_or(&self.error);
            span.status_message = builder.text(message);
        }
        if builder.wants().extras {
            span.extras.trace_state = builder.text(&self.trace_state);
            [span.extras.dropped_attributes, span.extras.dropped_events, span.extras.dropped_links] = self.dropped;
        }
    }

    /// Gives the span that was pushed last its scope.
    pub(super) fn fill_scope(&self, builder: &mut FragmentBuilder) {
        if builder.wants().scopes {
            let either = |at: usize| if self.scope[at].is_empty() { &self.library[at] } else { &self.scope[at] };
            let row = builder.plain_scope(either(0), either(1));
            builder.fill_scope(row);
        }
    }
}

/// Takes a count, also one that is written as text; false if the value is none.
pub(super) fn take_count(value: &Scalar<'_>, count: &mut u32) -> bool {
    let number = match value {
        Scalar::Int(number) => u32::try_from(*number).ok(),
        other => other.text().and_then(|text| text.parse().ok()),
    };
    *count = number.unwrap_or(*count);
    number.is_some()
}
