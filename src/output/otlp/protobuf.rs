//! OTLP protobuf: resource spans one behind the other, which is one message with all traces, however long it gets.

use crate::{
    model::{
        any_value::AnyValue,
        attributes::{Array, Cell},
        ids::{SpanId, TraceId},
        otlp_enums::{kind_number, status_number},
    },
    output::{
        origins::{Origins, grouped},
        rows::Rows,
    },
};

use super::wire::{bytes, bytes_always, fixed32, fixed64, fixed64_always, int, int_always, message};

/// Writes the traces of one batch.
pub(in crate::output) struct Writer<'b> {
    rows: Rows<'b>,
    resources: Origins,
    scopes: Origins,
}

impl<'b> Writer<'b> {
    pub(in crate::output) fn new(rows: Rows<'b>) -> Writer<'b> {
        let resources = Origins::new(rows.spans.resources.service.len(), |row, encoded| {
            let (out, extras) = (&mut encoded.bytes, rows.resource(row).extras);
            message(out, 1, |out| {
                attributes(out, 1, &rows, rows.resource_attributes(row));
                int(out, 2, extras.dropped_attributes);
            });
            bytes(out, 3, rows.text(extras.schema_url).as_bytes());
        });
        let scopes = Origins::new(rows.spans.scopes.name.len(), |row, encoded| {
            let (out, origin) = (&mut encoded.bytes, rows.scope(row));
            message(out, 1, |out| {
                bytes(out, 1, origin.name.as_bytes());
                bytes(out, 2, origin.version.as_bytes());
                attributes(out, 3, &rows, rows.scope_attributes(row));
                int(out, 4, origin.extras.dropped_attributes);
            });
            bytes(out, 3, rows.text(origin.extras.schema_url).as_bytes());
        });
        Writer { rows, resources, scopes }
    }

    /// Writes a trace as fields of a message with traces.
    pub(in crate::output) fn trace(&self, at: usize, out: &mut Vec<u8>) {
        let trace = self.rows.trace(at);
        let by_resource = grouped(trace.rows, |row| self.resources.first(self.rows.resource_of(*row)));
        for (resource, rows) in by_resource {
            message(out, 1, |out| {
                out.extend_from_slice(&self.resources.get(resource).bytes);
                let by_scope = grouped(rows, |row| self.rows.scope_of(*row).map(|scope| self.scopes.first(scope)));
                for (scope, rows) in by_scope {
                    message(out, 2, |out| {
                        out.extend_from_slice(scope.map_or(&[], |scope| &self.scopes.get(scope).bytes));
                        rows.iter().for_each(|row| message(out, 2, |out| self.span(out, trace.id, *row)));
                    });
                }
            });
        }
    }

    fn span(&self, out: &mut Vec<u8>, trace: TraceId, row: u32) {
        let (rows, spans, at) = (&self.rows, self.rows.spans, row as usize);
        let extras = rows.span_extras(row);
        bytes_always(out, 1, &trace.0.to_be_bytes());
        bytes_always(out, 2, &spans.id[at].0.to_be_bytes());
        bytes(out, 3, rows.text(extras.trace_state).as_bytes());
        if spans.parent_id[at] != SpanId::NONE {
            bytes_always(out, 4, &spans.parent_id[at].0.to_be_bytes());
        }
        bytes(out, 5, rows.text(spans.name[at]).as_bytes());
        int(out, 6, kind_number(spans.kind[at]).into());
        fixed64(out, 7, spans.start[at]);
        fixed64(out, 8, spans.end(at));
        attributes(out, 9, rows, rows.span_attributes(row));
        int(out, 10, extras.dropped_attributes);
        rows.events(row).for_each(|event| message(out, 11, |out| self.event(out, event)));
        int(out, 12, extras.dropped_events);
        rows.links(row).for_each(|link| message(out, 13, |out| self.link(out, link)));
        int(out, 14, extras.dropped_links);
        let (code, text) = (u32::from(status_number(spans.status[at])), rows.status_message(row));
        if code != 0 || !text.is_empty() {
            message(out, 15, |out| {
                bytes(out, 2, text.as_bytes());
                int(out, 3, code);
            });
        }
        fixed32(out, 16, extras.flags);
    }

    fn event(&self, out: &mut Vec<u8>, event: u32) {
        let (rows, events, at) = (&self.rows, &self.rows.spans.events, event as usize);
        fixed64(out, 1, events.time[at]);
        bytes(out, 2, rows.text(events.name[at]).as_bytes());
        attributes(out, 3, rows, rows.event_attributes(event));
        int(out, 4, rows.event_extras(event).dropped_attributes);
    }

    fn link(&self, out: &mut Vec<u8>, link: u32) {
        let (rows, links, at) = (&self.rows, &self.rows.spans.links, link as usize);
        let extras = rows.link_extras(link);
        bytes_always(out, 1, &links.trace_id[at].0.to_be_bytes());
        bytes_always(out, 2, &links.span_id[at].0.to_be_bytes());
        bytes(out, 3, rows.text(extras.trace_state).as_bytes());
        attributes(out, 4, rows, rows.link_attributes(link));
        int(out, 5, extras.dropped_attributes);
        fixed32(out, 6, extras.flags);
    }
}

fn attributes<'b>(out: &mut Vec<u8>, number: u32, rows: &Rows<'_>, attributes: impl Iterator<Item = (&'b str, Cell)>) {
    for (key, cell) in attributes {
        message(out, number, |out| {
            bytes(out, 1, key.as_bytes());
            message(out, 2, |out| value(out, rows, cell));
        });
    }
}

/// Writes the fields of a value. The one field that a value has is there even if it is zero.
fn value(out: &mut Vec<u8>, rows: &Rows<'_>, cell: Cell) {
    match cell {
        Cell::Str(id) => bytes_always(out, 1, rows.text(id).as_bytes()),
        Cell::Bool(truth) => int_always(out, 2, truth.into()),
        Cell::Int(number) => int_always(out, 3, number as u64),
        Cell::Float(number) => fixed64_always(out, 4, number.to_bits()),
        Cell::Array(at) => message(out, 5, |out| match rows.array(at) {
            Array::Str(all) => elements(out, all, |out, id| bytes_always(out, 1, rows.text(*id).as_bytes())),
            Array::Bool(all) => elements(out, all, |out, truth| int_always(out, 2, (*truth).into())),
            Array::Int(all) => elements(out, all, |out, number| int_always(out, 3, *number as u64)),
            Array::Float(all) => elements(out, all, |out, number| fixed64_always(out, 4, number.to_bits())),
        }),
        Cell::Other(_) => any_value(out, &rows.value(cell)),
    }
}

fn elements<T>(out: &mut Vec<u8>, elements: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    elements.iter().for_each(|element| message(out, 1, |out| write(out, element)));
}

/// Recurses as deep as the value nests.
fn any_value(out: &mut Vec<u8>, value: &AnyValue) {
    match value {
        AnyValue::Empty => {}
        AnyValue::Str(text) => bytes_always(out, 1, text.as_bytes()),
        AnyValue::Bool(truth) => int_always(out, 2, (*truth).into()),
        AnyValue::Int(number) => int_always(out, 3, *number as u64),
        AnyValue::Float(number) => fixed64_always(out, 4, number.to_bits()),
        AnyValue::Array(values) => message(out, 5, |out| elements(out, values, any_value)),
        AnyValue::Map(pairs) => message(out, 6, |out| {
            elements(out, pairs, |out, (key, value)| {
                bytes(out, 1, key.as_bytes());
                message(out, 2, |out| any_value(out, value));
            });
        }),
        AnyValue::Bytes(all) => bytes_always(out, 7, all),
    }
}
