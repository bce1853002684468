//! Tempo's own response of `/api/search`, field for field.
//!
//! What its parts look like, `output::tempo_json` says.

use std::io;

use crate::{
    model::{
        result::{SearchResult, ServiceStats, SpanMatch, Spanset, TraceMatch},
        units::MILLISECOND,
    },
    output::{
        go_json,
        json_text::JsonText,
        tempo_json::{Metrics, attribute},
    },
};

/// What Tempo says for a root without service name, above all for a root that never came.
const NO_ROOT_SERVICE: &str = "<root span not yet received>";

/// Writes the answer as one line.
pub fn write(out: &mut dyn io::Write, result: &SearchResult) -> io::Result<()> {
    write!(out, r#"{{"traces":"#)?;
    go_json::write_list(out, &result.traces, trace)?;
    write!(out, r#","metrics":"#)?;
    go_json::write(out, &Metrics::from(result.inspected))?;
    writeln!(out, "}}")
}

fn trace(json: &mut JsonText<'_>, found: &TraceMatch) {
    json.object(|object| {
        let id = found.id.0;
        object.name("traceID").hex(id, (u128::BITS - id.leading_zeros()).div_ceil(4).max(1));
        let root_service = found.root_service.as_deref().filter(|service| !service.is_empty());
        object.name("rootServiceName").string(root_service.unwrap_or(NO_ROOT_SERVICE));
        if let Some(name) = found.root_name.as_deref().filter(|name| !name.is_empty()) {
            object.name("rootTraceName").string(name);
        }
        if found.start > 0 {
            object.name("startTimeUnixNano").quoted_number(found.start);
        }
        let milliseconds = found.duration / MILLISECOND;
        if milliseconds > 0 {
            object.name("durationMs").number(milliseconds);
        }
        let mut sets = found.spansets.iter();
        // The first one stands there twice, for clients that know of no others.
        let first = sets.next().map(|first| object.name("spanSet").copied(|json| set(json, first)));
        object.name("spanSets").list(|list| {
            first.iter().for_each(|first| list.raw(first));
            sets.for_each(|spanset| set(list, spanset));
        });
        if !found.services.is_empty() {
            object.name("serviceStats").object(|object| services(object, &found.services));
        }
    });
}

fn set(json: &mut JsonText<'_>, spanset: &Spanset) {
    json.object(|object| {
        if !spanset.spans.is_empty() {
            object.name("spans").list(|list| spanset.spans.iter().for_each(|found| span(list, found)));
        }
        if spanset.matched > 0 {
            object.name("matched").number(spanset.matched);
        }
        if !spanset.attributes.is_empty() {
            let attributes = spanset.attributes.iter();
            object.name("attributes").list(|list| attributes.for_each(|(key, value)| attribute(list, key, value)));
        }
    });
}

fn span(json: &mut JsonText<'_>, found: &SpanMatch) {
    json.object(|object| {
        object.name("spanID").hex(found.id.0.into(), 16);
        if found.shows_name && !found.name.is_empty() {
            object.name("name").string(&found.name);
        }
        if found.start > 0 {
            object.name("startTimeUnixNano").quoted_number(found.start);
        }
        if found.duration > 0 {
            object.name("durationNanos").quoted_number(found.duration);
        }
        if !found.attributes.is_empty() {
            let attributes = found.attributes.iter().map(|(field, value)| (field.bare_name(), value));
            object.name("attributes").list(|list| attributes.for_each(|(key, value)| attribute(list, key, value)));
        }
    });
}

fn services(object: &mut JsonText<'_>, services: &[ServiceStats]) {
    for stats in services {
        object.key(&stats.service).object(|counts| {
            if stats.spans > 0 {
                counts.name("spanCount").number(stats.spans);
            }
            if stats.errors > 0 {
                counts.name("errorCount").number(stats.errors);
            }
        });
    }
}
