//! OTLP JSON: ids in hex, numbers of 64 bits as strings, enumerations as numbers, one trace a line.

use crate::{
    model::{
        any_value::float,
        attributes::{Array, Cell},
        ids::{SpanId, TraceId},
        otlp_enums::{kind_number, status_number},
    },
    output::{
        json_text::JsonText,
        origins::{Origins, grouped},
        rows::{Origin, Rows},
        visible,
    },
};

/// Writes the traces of one batch.
pub(in crate::output) struct Writer<'b> {
    rows: Rows<'b>,
    resources: Origins,
    scopes: Origins,
}

impl<'b> Writer<'b> {
    pub(in crate::output) fn new(rows: Rows<'b>) -> Writer<'b> {
        let resources = Origins::new(rows.spans.resources.service.len(), |row, encoded| {
            JsonText::new(&mut encoded.bytes).object(|json| {
                let origin = rows.resource(row);
                json.key("resource").object(|json| {
                    attributes(json, &rows, rows.resource_attributes(row));
                    count(json, "droppedAttributesCount", origin.extras.dropped_attributes);
                });
                schema(json, &rows, &origin);
            });
        });
        let scopes = Origins::new(rows.spans.scopes.name.len(), |row, encoded| {
            JsonText::new(&mut encoded.bytes).object(|json| {
                let origin = rows.scope(row);
                json.key("scope").object(|json| {
                    text(json, "name", origin.name);
                    text(json, "version", origin.version);
                    attributes(json, &rows, rows.scope_attributes(row));
                    count(json, "droppedAttributesCount", origin.extras.dropped_attributes);
                });
                schema(json, &rows, &origin);
            });
        });
        Writer { rows, resources, scopes }
    }

    /// Writes a trace as one object, without a line break.
    pub(in crate::output) fn trace(&self, at: usize, out: &mut Vec<u8>) {
        let trace = self.rows.trace(at);
        let by_resource = grouped(trace.rows, |row| self.resources.first(self.rows.resource_of(*row)));
        JsonText::new(out).object(|json| {
            json.key("resourceSpans").list(|json| {
                for (resource, rows) in by_resource {
                    begun(json, &self.resources.get(resource).bytes, |json| {
                        json.key("scopeSpans").list(|json| self.scope_spans(json, trace.id, rows));
                    });
                }
            });
        });
    }

    fn scope_spans(&self, json: &mut JsonText<'_>, trace: TraceId, rows: Vec<u32>) {
        let by_scope = grouped(rows, |row| self.rows.scope_of(*row).map(|scope| self.scopes.first(scope)));
        for (scope, rows) in by_scope {
            let encoded = scope.map_or(&b"{}"[..], |scope| &self.scopes.get(scope).bytes);
            begun(json, encoded, |json| {
                json.key("spans").list(|json| rows.iter().for_each(|row| self.span(json, trace, *row)));
            });
        }
    }

    fn span(&self, json: &mut JsonText<'_>, trace: TraceId, row: u32) {
        let (rows, spans, at) = (&self.rows, self.rows.spans, row as usize);
        let extras = rows.span_extras(row);
        json.object(|json| {
            ids(json, trace, spans.id[at]);
            text(json, "traceState", rows.text(extras.trace_state));
            if spans.parent_id[at] != SpanId::NONE {
                json.key("parentSpanId").quoted(spans.parent_id[at]);
            }
            count(json, "flags", extras.flags);
            json.key("name").string(rows.text(spans.name[at]));
            json.key("kind").plain(kind_number(spans.kind[at]));
            json.key("startTimeUnixNano").quoted(spans.start[at]);
            json.key("endTimeUnixNano").quoted(spans.end(at));
            attributes(json, rows, rows.span_attributes(row));
            count(json, "droppedAttributesCount", extras.dropped_attributes);
            let events = rows.events(row);
            if !events.is_empty() {
                json.key("events").list(|json| events.for_each(|event| self.event(json, event)));
            }
            count(json, "droppedEventsCount", extras.dropped_events);
            let links = rows.links(row);
            if !links.is_empty() {
                json.key("links").list(|json| links.for_each(|link| self.link(json, link)));
            }
            count(json, "droppedLinksCount", extras.dropped_links);
            json.key("status").object(|json| {
                text(json, "message", rows.status_message(row));
                count(json, "code", status_number(spans.status[at]).into());
            });
        });
    }

    fn event(&self, json: &mut JsonText<'_>, event: u32) {
        let events = &self.rows.spans.events;
        json.object(|json| {
            json.key("timeUnixNano").quoted(events.time[event as usize]);
            json.key("name").string(self.rows.text(events.name[event as usize]));
            attributes(json, &self.rows, self.rows.event_attributes(event));
            count(json, "droppedAttributesCount", self.rows.event_extras(event).dropped_attributes);
        });
    }

    fn link(&self, json: &mut JsonText<'_>, link: u32) {
        let (links, extras) = (&self.rows.spans.links, self.rows.link_extras(link));
        json.object(|json| {
            ids(json, links.trace_id[link as usize], links.span_id[link as usize]);
            text(json, "traceState", self.rows.text(extras.trace_state));
            attributes(json, &self.rows, self.rows.link_attributes(link));
            count(json, "droppedAttributesCount", extras.dropped_attributes);
            count(json, "flags", extras.flags);
        });
    }
}

/// Writes an object of which the first members are encoded already.
fn begun(json: &mut JsonText<'_>, encoded: &[u8], rest: impl FnOnce(&mut JsonText<'_>)) {
    let members = encoded.strip_prefix(b"{").and_then(|members| members.strip_suffix(b"}")).unwrap_or_default();
    json.object(|json| {
        json.raw(members);
        rest(json);
    });
}

fn ids(json: &mut JsonText<'_>, trace: TraceId, span: SpanId) {
    json.key("traceId").quoted(format_args!("{:032x}", trace.0));
    json.key("spanId").quoted(span);
}

/// Writes a text if there is one.
fn text(json: &mut JsonText<'_>, name: &str, text: &str) {
    if !text.is_empty() {
        json.key(name).string(text);
    }
}

/// Writes a number of 32 bits unless it is zero.
fn count(json: &mut JsonText<'_>, name: &str, count: u32) {
    if count != 0 {
        json.key(name).plain(count);
    }
}

fn schema(json: &mut JsonText<'_>, rows: &Rows<'_>, origin: &Origin<'_>) {
    text(json, "schemaUrl", rows.text(origin.extras.schema_url));
}

fn attributes<'b>(json: &mut JsonText<'_>, rows: &Rows<'_>, attributes: impl Iterator<Item = (&'b str, Cell)>) {
    let mut attributes = attributes.peekable();
    if attributes.peek().is_none() {
        return;
    }
    json.key("attributes").list(|json| {
        for (key, cell) in attributes {
            json.object(|json| {
                json.key("key").string(key);
                value(json.key("value"), rows, cell);
            });
        }
    });
}

fn value(json: &mut JsonText<'_>, rows: &Rows<'_>, cell: Cell) {
    match cell {
        Cell::Str(id) => string_value(json, rows.text(id)),
        Cell::Int(number) => int_value(json, number),
        Cell::Float(number) => double_value(json, number),
        Cell::Bool(truth) => bool_value(json, truth),
        Cell::Array(at) => json.object(|json| {
            json.key("arrayValue").object(|json| {
                json.key("values").list(|json| match rows.array(at) {
                    Array::Str(all) => all.iter().for_each(|id| string_value(json, rows.text(*id))),
                    Array::Int(all) => all.iter().for_each(|number| int_value(json, *number)),
                    Array::Float(all) => all.iter().for_each(|number| double_value(json, *number)),
                    Array::Bool(all) => all.iter().for_each(|truth| bool_value(json, *truth)),
                });
            });
        }),
        Cell::Other(_) => json.raw(visible::escaped(rows.value(cell).text()).as_bytes()),
    }
}

fn string_value(json: &mut JsonText<'_>, text: &str) {
    json.object(|json| json.key("stringValue").string(text));
}

fn int_value(json: &mut JsonText<'_>, number: i64) {
    json.object(|json| json.key("intValue").quoted(number));
}

fn double_value(json: &mut JsonText<'_>, number: f64) {
    json.object(|json| json.key("doubleValue").plain(float(number)));
}

fn bool_value(json: &mut JsonText<'_>, truth: bool) {
    json.object(|json| json.key("boolValue").plain(truth));
}
