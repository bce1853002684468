//! Zipkin's JSON, version 2: a list of spans, by OpenTelemetry's published mapping.
//!
//! Zipkin has texts only, and nothing like a resource: attributes of resources and scopes become tags of every span.

use std::net::IpAddr;

use traceql_grammar::value::{Kind, Status};

use crate::model::{
    any_value::{AnyValue, float},
    base64,
    batch::SERVICE_NAME,
    ids::{SpanId, TraceId},
};

use super::{
    json_text::JsonText,
    losses::{Loss, Losses},
    rows::{Rows, TraceRows},
    tags::{DROPPED_ATTRIBUTES, ERROR, KIND, STATUS_MESSAGE, TagValue, Tags, microseconds},
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
            if !tags.is_empty() {
                json.key("tags").object(|json| {
                    for (name, value) in tags.iter() {
                        losses.add_if(!matches!(value, TagValue::Str(_)), Loss::ValuesAsText);
                        tag_text(json.key(name), value);
                    }
                });
            }
        });
        let links = rows.links(row);
        links.for_each(|_| losses.add(Loss::Links));
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
        let mut attributes: Vec<(String, AnyValue)> =
            rows.event_attributes(event).map(|(key, cell)| (key.to_owned(), rows.value(cell))).collect();
        let dropped = rows.event_extras(event).dropped_attributes;
        if dropped != 0 {
            attributes.push((DROPPED_ATTRIBUTES.to_owned(), AnyValue::Int(dropped.into())));
        }
        json.object(|json| {
            json.key("timestamp").plain(microseconds(events.time[event as usize], losses));
            if attributes.is_empty() {
                json.key("value").string(name);
                return;
            }
            losses.add(Loss::EventAttributes);
            let mut text = Vec::new();
            JsonText::new(&mut text).key(name);
            text.push(b' ');
            let mut object = Vec::new();
            JsonText::new(&mut object).any(&AnyValue::Map(attributes));
            text.append(&mut object);
            json.key("value").string(&String::from_utf8_lossy(&text));
        });
    }
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
