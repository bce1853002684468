//! Tempo's own response of `/api/search`, field for field.
//!
//! What its parts look like, `output::tempo_json` says.

use std::io;

use traceql_grammar::query::Field;

use crate::{
    model::result::{Datum, SearchResult, ServiceStats, SpanMatch, Spanset, TraceMatch},
    output::{
        go_json,
        go_text::{self, Text},
        tempo_json::{Metrics, attribute},
    },
};

/// What Tempo says for a root without service name, above all for a root that never came.
const NO_ROOT_SERVICE: &str = "<root span not yet received>";

/// Writes the answer as one line.
pub fn write(out: &mut dyn io::Write, result: &SearchResult) -> io::Result<()> {
    write!(out, r#"{{"traces":"#)?;
    go_text::write_list(out, &result.traces, trace)?;
    write!(out, r#","metrics":"#)?;
    go_json::write(out, &Metrics::from(result.inspected))?;
    writeln!(out, "}}")
}

fn trace(text: &mut Text, found: &TraceMatch) {
    let mut object = text.object();
    let id = found.id.0;
    object.key("traceID").hex(id, (u128::BITS - id.leading_zeros()).div_ceil(4).max(1));
    let root_service = found.root_service.as_deref().filter(|service| !service.is_empty());
    object.key("rootServiceName").string(root_service.unwrap_or(NO_ROOT_SERVICE));
    if let Some(name) = found.root_name.as_deref().filter(|name| !name.is_empty()) {
        object.key("rootTraceName").string(name);
    }
    if found.start > 0 {
        object.key("startTimeUnixNano").quoted(found.start);
    }
    let milliseconds = found.duration / 1_000_000;
    if milliseconds > 0 {
        object.key("durationMs").number(milliseconds);
    }
    let (first, others) = match found.spansets.split_first() {
        // The first one stands there twice, for clients that know of no others.
        Some((first, others)) => (Some(object.key("spanSet").copy(|text| set(text, first))), others),
        None => (None, &[][..]),
    };
    let sets = first.iter().map(Err).chain(others.iter().map(Ok));
    object.key("spanSets").list(sets, |text, written| match written {
        Err(copy) => text.copied(copy),
        Ok(spanset) => set(text, spanset),
    });
    if !found.services.is_empty() {
        services(object.key("serviceStats"), &found.services);
    }
    object.end();
}

fn set(text: &mut Text, spanset: &Spanset) {
    let mut object = text.object();
    if !spanset.spans.is_empty() {
        object.key("spans").list(&spanset.spans, span);
    }
    if spanset.matched > 0 {
        object.key("matched").number(spanset.matched);
    }
    if !spanset.attributes.is_empty() {
        object.key("attributes").list(&spanset.attributes, |text, (key, value)| attribute(text, key, value));
    }
    object.end();
}

fn span(text: &mut Text, found: &SpanMatch) {
    let mut object = text.object();
    object.key("spanID").hex(found.id.0.into(), 16);
    if found.shows_name && !found.name.is_empty() {
        object.key("name").string(&found.name);
    }
    if found.start > 0 {
        object.key("startTimeUnixNano").quoted(found.start);
    }
    if found.duration > 0 {
        object.key("durationNanos").quoted(found.duration);
    }
    if !found.attributes.is_empty() {
        let shown = |text: &mut Text, (field, value): &(Field, Datum)| attribute(text, field.bare_name(), value);
        object.key("attributes").list(&found.attributes, shown);
    }
    object.end();
}

fn services(text: &mut Text, services: &[ServiceStats]) {
    let mut object = text.object();
    for stats in services {
        let mut counts = object.any_key(&stats.service).object();
        if stats.spans > 0 {
            counts.key("spanCount").number(stats.spans);
        }
        if stats.errors > 0 {
            counts.key("errorCount").number(stats.errors);
        }
        counts.end();
    }
    object.end();
}
