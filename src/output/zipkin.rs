//! Zipkin's JSON, version 2: a list of spans, by OpenTelemetry's published mapping and, for links, by the ways of its
//! Collector.
//!
//! Zipkin has texts only, and nothing like a resource: attributes of resources and scopes become tags of every span.

use std::net::IpAddr;

use traceql_grammar::value::{Kind, Status};

use crate::model::{
    any_value::float,
    attributes::Cell,
    base64,
    batch::SERVICE_NAME,
    ids::{SpanId, TraceId},
};

use super::{
    json_text::JsonText,
    losses::{Loss, Losses},
    rows::{Rows, TraceRows},
    tags::{DROPPED_ATTRIBUTES, ERROR, KIND, STATUS_MESSAGE, TagValue, Tags, microseconds, tag_value},
};

/// Attributes that may name the other side of a call, the best first; with the one that has the port, where it is an
/// address.
const REMOTE: [(&str, Option<&str>); 11] = [
    ("peer.service", None),
    ("server.address", None),
    ("net.peer.name", None),
    ("network.peer.address", Some("network.peer.port")),
    ("server.socket.domain", None),
    ("server.socket.address", Some("server.socket.port")),
    ("net.sock.peer.name", None),
    ("net.sock.peer.addr", Some("net.sock.peer.port")),
    ("peer.hostname", None),
    ("peer.address", None),
    ("db.name", None),
];

/// Begins the names of tags that hold links; a number follows.
const LINK: &str = "otlp.link.";

/// Writes the traces of one batch.
pub(super) struct Writer<'b> {
    rows: Rows<'b>,
}

impl<'b> Writer<'b> {
    pub(super) fn new(rows: Rows<'b>) -> Writer<'b> {
        Writer { rows }
    }

    /// Writes the spans of a trace, with commas between them.
    pub(super) fn trace(&self, at: usize, out: &mut Vec<u8>, losses: &mut Losses) {
        let TraceRows { id, rows } = self.rows.trace(at);
        let mut json = JsonText::new(out);
        rows.for_each(|row| self.span(&mut json, id, row, losses));
    }

    fn span(&self, json: &mut JsonText<'_>, trace: TraceId, row: u32, losses: &mut Losses) {
        let (rows, spans, at) = (&self.rows, self.rows.spans, row as usize);
        let resource = rows.resource_of(row);
        let service = rows.text(spans.resources.service[resource as usize]);
        json.object(|json| {
            json.key("traceId").quoted(format_args!("{:032x}", trace.0));
            if spans.parent_id[at] != SpanId::NONE {
                json.key("parentId").quoted(spans.parent_id[at]);
            }
            json.key("id").quoted(spans.id[at]);
            let kind = match spans.kind[at] {
                Kind::Server => "SERVER",
                Kind::Client => "CLIENT",
                Kind::Producer => "PRODUCER",
                Kind::Consumer => "CONSUMER",
                Kind::Internal | Kind::Unspecified => "",
            };
            text(json, "kind", kind);
            text(json, "name", rows.text(spans.name[at]));
            json.key("timestamp").plain(microseconds(spans.start[at], losses));
            // Zipkin takes 0 for a duration that is not known.
            let duration = microseconds(spans.duration[at], losses).max(u64::from(spans.duration[at] > 0));
            if duration > 0 {
                json.key("duration").plain(duration);
            }
            if !service.is_empty() {
                json.key("localEndpoint").object(|json| json.key("serviceName").string(service));
            }
            let tags = self.tags(row, losses);
            if matches!(spans.kind[at], Kind::Client | Kind::Producer) {
                remote(json, &tags);
            }
            let events = rows.events(row);
            if !events.is_empty() {
                json.key("annotations").list(|json| events.for_each(|event| self.annotation(json, event, losses)));
            }
            let links = rows.links(row);
            if !tags.is_empty() || !links.is_empty() {
                json.key("tags").object(|json| {
                    for (name, value) in tags.iter() {
                        losses.add_if(!matches!(value, TagValue::Str(_)), Loss::ValuesAsText);
                        tag_text(json.key(name), value);
                    }
                    for (number, link) in links.enumerate() {
                        let text = self.link(link, losses);
                        json.key(&format!("{LINK}{number}")).string(&text);
                    }
                });
            }
        });
    }

    fn tags(&self, row: u32, losses: &mut Losses) -> Tags<'b> {
        let (rows, spans, at) = (&self.rows, self.rows.spans, row as usize);
        let mut tags = Tags::of_fields(rows, row);
        // There is no such kind, but the tag tells it from none.
        if spans.kind[at] == Kind::Internal {
            tags.text(KIND, Kind::Internal.word());
        }
        let message = rows.status_message(row);
        let is_error = spans.status[at] == Status::Error;
        if is_error {
            tags.add(ERROR, TagValue::Str(message.into()));
        }
        // The mapping has messages of errors only. Others are kept by their general name, and so are those that would be
        // taken for truth values.
        if !is_error || matches!(message, "true" | "false") {
            tags.text(STATUS_MESSAGE, message);
        }
        tags.attributes(rows, row, losses);
        tags.scope(rows, row, losses);
        let resource = rows.resource_of(row);
        let has_service = !rows.text(spans.resources.service[resource as usize]).is_empty();
        let attributes = rows.resource_attributes(resource).filter(|(key, _)| !(has_service && *key == SERVICE_NAME));
        tags.foreign(rows, attributes, Loss::ResourceAttributes, losses);
        let extras = rows.resource(resource).extras;
        losses.add_if(extras.dropped_attributes != 0, Loss::Dropped);
        losses.add_if(!rows.text(extras.schema_url).is_empty(), Loss::Schemas);
        tags
    }

    /// Writes an event: the name, or `"name": {…}` with attributes, as the mapping has it.
    fn annotation(&self, json: &mut JsonText<'_>, event: u32, losses: &mut Losses) {
        let (rows, events) = (&self.rows, &self.rows.spans.events);
        let name = rows.text(events.name[event as usize]);
        let dropped = rows.event_extras(event).dropped_attributes;
        let has_attributes = dropped != 0 || rows.event_attributes(event).next().is_some();
        losses.add_if(has_attributes, Loss::EventAttributes);
        json.object(|json| {
            json.key("timestamp").plain(microseconds(events.time[event as usize], losses));
            if !has_attributes && !may_be_taken_apart(name) {
                json.key("value").string(name);
                return;
            }
            let text = JsonText::text(|json| {
                self.attributes(json.key(name), rows.event_attributes(event), dropped, losses);
            });
            json.key("value").string(&text);
        });
    }

    /// Returns a link as a text: `trace|span|state|{attributes}|dropped`.
    fn link(&self, link: u32, losses: &mut Losses) -> String {
        let (rows, links, extras) = (&self.rows, &self.rows.spans.links, self.rows.link_extras(link));
        losses.add(Loss::LinksAsText);
        losses.add_if(extras.flags != 0, Loss::LinkFlags);
        let attributes = JsonText::text(|json| self.attributes(json, rows.link_attributes(link), 0, losses));
        let (trace, span) = (links.trace_id[link as usize], links.span_id[link as usize]);
        let state = rows.text(extras.trace_state);
        format!("{:032x}|{span}|{state}|{attributes}|{}", trace.0, extras.dropped_attributes)
    }

    /// Writes attributes as an object of numbers, truth values and texts.
    fn attributes(
        &self,
        json: &mut JsonText<'_>,
        attributes: impl Iterator<Item = (&'b str, Cell)>,
        dropped: u32,
        losses: &mut Losses,
    ) {
        json.object(|json| {
            for (key, cell) in attributes {
                losses.add_if(key == DROPPED_ATTRIBUTES, Loss::Meanings);
                let json = json.key(key);
                match tag_value(&self.rows, cell, losses) {
                    TagValue::Int(number) => json.plain(number),
                    TagValue::Float(number) if number.is_finite() => json.plain(float(number)),
                    TagValue::Bool(truth) => json.plain(truth),
                    TagValue::Str(text) => json.string(&text),
                    value @ (TagValue::Float(_) | TagValue::Bytes(_)) => {
                        losses.add(Loss::ValuesAsText);
                        tag_text(json, &value);
                    }
                }
            }
            if dropped != 0 {
                json.key(DROPPED_ATTRIBUTES).plain(dropped);
            }
        });
    }
}

/// Tells whether readers could take the name of an event for one with attributes: `"name": {…}`, or `name|{…}|0` of the
/// Collector. With an empty list of attributes behind it, it is taken for what it is.
fn may_be_taken_apart(name: &str) -> bool {
    name.contains('{') && (name.starts_with('"') || name.contains('|'))
}

/// Writes the other side of a call if an attribute names it.
fn remote(json: &mut JsonText<'_>, tags: &Tags<'_>) {
    let found = REMOTE.iter().find_map(|(name, port)| match tags.get(name)? {
        TagValue::Str(text) if !text.is_empty() => Some((text, *port)),
        _ => None,
    });
    let Some((name, port)) = found else { return };
    json.key("remoteEndpoint").object(|json| match (port, name.parse::<IpAddr>()) {
        (Some(port), Ok(address)) => {
            json.key(if address.is_ipv4() { "ipv4" } else { "ipv6" }).quoted(address);
            if let Some(TagValue::Int(port @ 1..=65_535)) = tags.get(port) {
                json.key("port").plain(port);
            }
        }
        _ => json.key("serviceName").string(name),
    });
}

/// Writes a text if there is one.
fn text(json: &mut JsonText<'_>, name: &str, text: &str) {
    if !text.is_empty() {
        json.key(name).string(text);
    }
}

fn tag_text(json: &mut JsonText<'_>, value: &TagValue<'_>) {
    match value {
        TagValue::Str(text) => json.string(text),
        TagValue::Int(number) => json.quoted(number),
        TagValue::Bool(truth) => json.quoted(truth),
        TagValue::Float(number) => json.string(float(*number).trim_matches('"')),
        TagValue::Bytes(bytes) => json.quoted(base64::encode(bytes)),
    }
}
