//! Spans as formats want them that have tags instead of fields: OpenTelemetry's mapping to formats other than its own.
//!
//! Kind, status, instrumentation scope, trace state and counts of what was dropped become tags with names that are laid
//! down; an attribute of the same name gives way.

use std::borrow::Cow;

use traceql_grammar::value::Status;

use crate::model::{any_value::AnyValue, attributes::Cell};

use super::{
    json_text::JsonText,
    losses::{Loss, Losses},
    rows::Rows,
};

pub(super) const ERROR: &str = "error";
pub(super) const KIND: &str = "span.kind";
const STATUS_CODE: &str = "otel.status_code";
pub(super) const STATUS_MESSAGE: &str = "otel.status_description";
const SCOPE_NAME: &str = "otel.scope.name";
const SCOPE_VERSION: &str = "otel.scope.version";
const TRACE_STATE: &str = "w3c.tracestate";
pub(super) const DROPPED_ATTRIBUTES: &str = "otel.dropped_attributes_count";
const DROPPED_EVENTS: &str = "otel.dropped_events_count";
const DROPPED_LINKS: &str = "otel.dropped_links_count";

/// What readers take for a field of the span; the last two are older names of the scope's.
const FIELDS: [&str; 12] = [
    ERROR,
    KIND,
    STATUS_CODE,
    STATUS_MESSAGE,
    SCOPE_NAME,
    SCOPE_VERSION,
    TRACE_STATE,
    DROPPED_ATTRIBUTES,
    DROPPED_EVENTS,
    DROPPED_LINKS,
    "otel.library.name",
    "otel.library.version",
];

/// A value of a tag.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TagValue<'b> {
    Str(Cow<'b, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    Bytes(Vec<u8>),
}

/// The tags of one span; no two have one name.
pub(super) struct Tags<'b>(Vec<(&'b str, TagValue<'b>)>);

impl<'b> Tags<'b> {
    /// Makes the tags that any format without fields has for a span: all but those of kind and error.
    pub(super) fn of_fields(rows: &Rows<'b>, row: u32) -> Tags<'b> {
        let mut tags = Tags(Vec::new());
        let code = match rows.spans.status[row as usize] {
            Status::Unset => "",
            Status::Ok => "OK",
            Status::Error => "ERROR",
        };
        tags.text(STATUS_CODE, code);
        if let Some(scope) = rows.scope_of(row) {
            let scope = rows.scope(scope);
            tags.text(SCOPE_NAME, scope.name);
            tags.text(SCOPE_VERSION, scope.version);
        }
        let extras = rows.span_extras(row);
        tags.text(TRACE_STATE, rows.text(extras.trace_state));
        tags.count(DROPPED_ATTRIBUTES, extras.dropped_attributes);
        tags.count(DROPPED_EVENTS, extras.dropped_events);
        tags.count(DROPPED_LINKS, extras.dropped_links);
        tags
    }

    /// Adds a tag that the span does not have yet.
    pub(super) fn add(&mut self, name: &'b str, value: TagValue<'b>) {
        self.0.push((name, value));
    }

    /// Adds a text unless it is empty.
    pub(super) fn text(&mut self, name: &'b str, text: &'b str) {
        if !text.is_empty() {
            self.add(name, TagValue::Str(Cow::Borrowed(text)));
        }
    }

    fn count(&mut self, name: &'b str, count: u32) {
        if count != 0 {
            self.add(name, TagValue::Int(count.into()));
        }
    }

    /// Adds the attributes of the span itself.
    pub(super) fn attributes(&mut self, rows: &Rows<'b>, row: u32, losses: &mut Losses) {
        let own = self.0.len();
        for (key, cell) in rows.span_attributes(row) {
            if self.0[..own].iter().any(|(name, _)| *name == key) {
                losses.add(Loss::Namesakes);
                continue;
            }
            losses.add_if(FIELDS.contains(&key), Loss::Meanings);
            self.add(key, tag_value(rows, cell, losses));
        }
    }

    /// Adds attributes that are not of the span itself, which `as_loss` counts; of those that have a name which is taken,
    /// nothing is left.
    pub(super) fn foreign(
        &mut self,
        rows: &Rows<'b>,
        attributes: impl Iterator<Item = (&'b str, Cell)>,
        as_loss: Loss,
        losses: &mut Losses,
    ) {
        for (key, cell) in attributes {
            if FIELDS.contains(&key) || self.get(key).is_some() {
                losses.add(Loss::Namesakes);
                continue;
            }
            losses.add(as_loss);
            self.add(key, tag_value(rows, cell, losses));
        }
    }

    /// Adds the attributes of the span's scope, and counts what is lost of scope, flags and the like.
    pub(super) fn scope(&mut self, rows: &Rows<'b>, row: u32, losses: &mut Losses) {
        losses.add_if(rows.span_extras(row).flags != 0, Loss::Flags);
        if let Some(scope) = rows.scope_of(row) {
            self.foreign(rows, rows.scope_attributes(scope), Loss::ScopeAttributes, losses);
            let extras = rows.scope(scope).extras;
            losses.add_if(extras.dropped_attributes != 0, Loss::Dropped);
            losses.add_if(!rows.text(extras.schema_url).is_empty(), Loss::Schemas);
        }
    }

    /// Returns the value of a tag.
    pub(super) fn get(&self, name: &str) -> Option<&TagValue<'b>> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Returns names and values, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(&'b str, TagValue<'b>)> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Makes a tag's value of an attribute's: lists and the like become JSON.
pub(super) fn tag_value<'b>(rows: &Rows<'b>, cell: Cell, losses: &mut Losses) -> TagValue<'b> {
    match cell {
        Cell::Str(id) => TagValue::Str(Cow::Borrowed(rows.text(id))),
        Cell::Int(number) => TagValue::Int(number),
        Cell::Float(number) => TagValue::Float(number),
        Cell::Bool(truth) => TagValue::Bool(truth),
        Cell::Array(_) | Cell::Other(_) => match rows.value(cell) {
            AnyValue::Bytes(bytes) => TagValue::Bytes(bytes),
            value => {
                losses.add(Loss::ValuesAsText);
                TagValue::Str(Cow::Owned(json(&value)))
            }
        },
    }
}

/// Returns a value as the text of its JSON; no value as no text.
fn json(value: &AnyValue) -> String {
    match value {
        AnyValue::Empty => String::new(),
        AnyValue::Str(text) => text.clone(),
        value => JsonText::text(|json| json.any(value)),
    }
}

/// Cuts nanoseconds to whole microseconds.
pub(super) fn microseconds(nanoseconds: u64, losses: &mut Losses) -> u64 {
    losses.add_if(!nanoseconds.is_multiple_of(1_000), Loss::Nanoseconds);
    nanoseconds / 1_000
}
