//! Jaeger's JSON, as its API answers and its UI opens it: traces with spans and processes, by OpenTelemetry's published
//! mapping and the ways of its Collector where that leaves something open.

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
    origins::{Origins, grouped},
    rows::{Rows, TraceRows},
    tags::{DROPPED_ATTRIBUTES, ERROR, KIND, STATUS_MESSAGE, TagValue, Tags, microseconds, tag_value},
};

/// Stands for the service of a resource that names none: Jaeger must have one, and this is what the Collector writes.
const NO_SERVICE: &str = "OTLPResourceNoServiceName";

/// The attribute of a link that says which type of reference it was in OpenTracing.
const REFERENCE_TYPE: &str = "opentracing.ref_type";

/// Whole numbers beyond this one lose digits in JavaScript; Jaeger writes them as texts.
const LARGEST_EXACT: u64 = (1 << 53) - 1;

/// Writes the traces of one batch.
pub(super) struct Writer<'b> {
    rows: Rows<'b>,
    processes: Origins,
}

impl<'b> Writer<'b> {
    pub(super) fn new(rows: Rows<'b>) -> Writer<'b> {
        let processes = Origins::new(rows.spans.resources.service.len(), |row, encoded| {
            process(&mut JsonText::new(&mut encoded.bytes), &rows, row, &mut encoded.losses);
        });
        Writer { rows, processes }
    }

    /// Writes a trace as one object.
    pub(super) fn trace(&self, at: usize, out: &mut Vec<u8>, losses: &mut Losses) {
        let TraceRows { id, rows } = self.rows.trace(at);
        let by_process = grouped(rows.clone(), |row| self.processes.first(self.rows.resource_of(*row)));
        JsonText::new(out).object(|json| {
            json.key("traceID").quoted(format_args!("{:032x}", id.0));
            json.key("spans").list(|json| {
                for row in rows {
                    let process = self.processes.first(self.rows.resource_of(row));
                    let number = by_process.iter().position(|(other, _)| *other == process).unwrap_or_default();
                    self.span(json, id, row, number + 1, losses);
                }
            });
            json.key("processes").object(|json| {
                for (number, (process, _)) in (1..).zip(&by_process) {
                    let encoded = self.processes.get(*process);
                    json.key(&format!("p{number}")).raw(&encoded.bytes);
                    losses.extend(&encoded.losses);
                }
            });
            json.key("warnings").plain("null");
        });
    }

    fn span(&self, json: &mut JsonText<'_>, trace: TraceId, row: u32, process: usize, losses: &mut Losses) {
        let (rows, spans, at) = (&self.rows, self.rows.spans, row as usize);
        json.object(|json| {
            json.key("traceID").quoted(format_args!("{:032x}", trace.0));
            json.key("spanID").quoted(spans.id[at]);
            json.key("operationName").string(rows.text(spans.name[at]));
            json.key("references").list(|json| self.references(json, trace, row, losses));
            json.key("startTime").plain(microseconds(spans.start[at], losses));
            json.key("duration").plain(microseconds(spans.duration[at], losses));
            json.key("tags").list(|json| {
                let mut tags = Tags::of_fields(rows, row);
                match spans.kind[at] {
                    Kind::Unspecified => {}
                    // The mapping would leave `internal` out, the Collector writes it: so it can be told from no kind.
                    kind => tags.text(KIND, kind.word()),
                }
                if spans.status[at] == Status::Error {
                    tags.add(ERROR, TagValue::Bool(true));
                }
                tags.text(STATUS_MESSAGE, rows.status_message(row));
                tags.attributes(rows, row, losses);
                tags.scope(rows, row, losses);
                tags.iter().for_each(|(name, value)| tag(json, name, value));
            });
            json.key("logs").list(|json| rows.events(row).for_each(|event| self.log(json, event, losses)));
            json.key("processID").quoted(format_args!("p{process}"));
            json.key("warnings").plain("null");
        });
    }

    /// Writes the reference to the parent, which must come first, and those that are links.
    fn references(&self, json: &mut JsonText<'_>, trace: TraceId, row: u32, losses: &mut Losses) {
        let (rows, links) = (&self.rows, &self.rows.spans.links);
        let parent = rows.spans.parent_id[row as usize];
        if parent != SpanId::NONE {
            reference(json, "CHILD_OF", trace, parent);
        }
        let mut may_be_parent = parent == SpanId::NONE;
        for link in rows.links(row) {
            let (to_trace, to_span) = (links.trace_id[link as usize], links.span_id[link as usize]);
            let mut is_child = false;
            let mut has_details = rows.link_extras(link) != Default::default();
            for (key, cell) in rows.link_attributes(link) {
                let says_child = key == REFERENCE_TYPE && matches!(cell, Cell::Str(id) if rows.text(id) == "child_of");
                is_child |= says_child;
                has_details |= !says_child;
            }
            losses.add_if(has_details, Loss::LinkDetails);
            reference(json, if is_child { "CHILD_OF" } else { "FOLLOWS_FROM" }, to_trace, to_span);
            if may_be_parent && to_trace == trace && to_span != SpanId::NONE {
                losses.add(Loss::LinksAsParents);
                may_be_parent = false;
            }
        }
    }

    /// Writes an event as a log.
    fn log(&self, json: &mut JsonText<'_>, event: u32, losses: &mut Losses) {
        let (rows, events) = (&self.rows, &self.rows.spans.events);
        json.object(|json| {
            json.key("timestamp").plain(microseconds(events.time[event as usize], losses));
            json.key("fields").list(|json| {
                let is_named = rows.event_attributes(event).any(|(key, _)| key == "event");
                losses.add_if(is_named, Loss::EventNames);
                if !is_named {
                    tag(json, "event", &TagValue::Str(rows.text(events.name[event as usize]).into()));
                }
                for (key, cell) in rows.event_attributes(event) {
                    losses.add_if(key == DROPPED_ATTRIBUTES, Loss::Meanings);
                    tag(json, key, &tag_value(rows, cell, losses));
                }
                let dropped = rows.event_extras(event).dropped_attributes;
                if dropped != 0 {
                    tag(json, DROPPED_ATTRIBUTES, &TagValue::Int(dropped.into()));
                }
            });
        });
    }
}

/// Writes a resource as a process.
fn process(json: &mut JsonText<'_>, rows: &Rows<'_>, resource: u32, losses: &mut Losses) {
    let service = rows.text(rows.spans.resources.service[resource as usize]);
    json.object(|json| {
        json.key("serviceName").string(if service.is_empty() { NO_SERVICE } else { service });
        json.key("tags").list(|json| {
            for (key, cell) in rows.resource_attributes(resource) {
                if key == SERVICE_NAME && !service.is_empty() {
                    continue;
                }
                losses.add_if(key == DROPPED_ATTRIBUTES, Loss::Meanings);
                tag(json, key, &tag_value(rows, cell, losses));
            }
            let extras = rows.resource(resource).extras;
            if extras.dropped_attributes != 0 {
                tag(json, DROPPED_ATTRIBUTES, &TagValue::Int(extras.dropped_attributes.into()));
            }
            losses.add_if(!rows.text(extras.schema_url).is_empty(), Loss::Schemas);
        });
    });
}

fn reference(json: &mut JsonText<'_>, kind: &str, trace: TraceId, span: SpanId) {
    json.object(|json| {
        json.key("refType").string(kind);
        json.key("traceID").quoted(format_args!("{:032x}", trace.0));
        json.key("spanID").quoted(span);
    });
}

fn tag(json: &mut JsonText<'_>, name: &str, value: &TagValue<'_>) {
    json.object(|json| {
        json.key("key").string(name);
        let kind = match value {
            TagValue::Str(_) => "string",
            TagValue::Bool(_) => "bool",
            TagValue::Int(_) => "int64",
            TagValue::Float(_) => "float64",
            TagValue::Bytes(_) => "binary",
        };
        json.key("type").string(kind);
        let json = json.key("value");
        match value {
            TagValue::Str(text) => json.string(text),
            TagValue::Bool(truth) => json.plain(truth),
            TagValue::Int(number) if number.unsigned_abs() > LARGEST_EXACT => json.quoted(number),
            TagValue::Int(number) => json.plain(number),
            TagValue::Float(number) => json.plain(float(*number)),
            TagValue::Bytes(bytes) => json.quoted(base64::encode(bytes)),
        }
    });
}
