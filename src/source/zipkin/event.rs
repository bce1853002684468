//! Texts in which exporters put what Zipkin has no place for: events with attributes, and links.

use crate::{
    model::{
        extras::EventExtras,
        ids::{SpanId, TraceId},
    },
    source::{
        builder::{FragmentBuilder, Table},
        fault::Decoded,
        json::Cursor,
        text_ids,
    },
};

/// Pushes an annotation as an event.
///
/// OpenTelemetry's mapping writes an event with attributes as `"name": {"key": value}`, its Collector as
/// `name|{"key": value}|dropped`; every other text is the name.
pub(super) fn push(value: &str, nanos: u64, builder: &mut FragmentBuilder) {
    let name = match by_mapping(value).or_else(|| by_collector(value)) {
        None => builder.text(value),
        Some((name, at)) => {
            attributes(at, Table::Event, builder);
            builder.text(&name)
        }
    };
    builder.push_event(name, nanos, EventExtras::default());
}

/// Splits `"name": {…}`; the second part begins at the object.
fn by_mapping(value: &str) -> Option<(String, Cursor<'_>)> {
    if !value.starts_with('"') || !value.ends_with('}') {
        return None;
    }
    let mut json = Cursor::new(value, 0);
    let name = json.string().ok()?;
    if json.peek() != Some(b':') {
        return None;
    }
    let object = Cursor::new(value, json.at() + 1);
    is_object_to_the_end(&object).then(|| (name.into_owned(), object))
}

/// Splits `name|{…}|dropped`.
fn by_collector(value: &str) -> Option<(String, Cursor<'_>)> {
    let (name, rest) = value.split_once('|')?;
    let (object, dropped) = rest.rsplit_once('|')?;
    dropped.parse::<u32>().ok()?;
    let object = Cursor::new(object, 0);
    is_object_to_the_end(&object).then(|| (name.to_owned(), object))
}

/// Reads a link as OpenTelemetry's Collector writes it into a tag: `trace|span|state|{"key": value}|dropped`. Returns
/// its ids and its attributes.
pub(super) fn link(text: &str) -> Option<(TraceId, SpanId, Cursor<'_>)> {
    let mut parts = text.splitn(4, '|');
    let (trace, span, _) = (text_ids::trace(parts.next()?)?, text_ids::span(parts.next()?)?, parts.next()?);
    let (object, _) = parts.next()?.rsplit_once('|')?;
    let object = Cursor::new(object, 0);
    is_object_to_the_end(&object).then_some((TraceId(trace), SpanId(span), object))
}

fn is_object_to_the_end(at: &Cursor<'_>) -> bool {
    let mut json = at.clone();
    // No attribute that TraceQL sees nests, so that little depth will do.
    json.peek() == Some(b'{') && json.skip(8).is_ok() && json.peek().is_none()
}

/// Sets the members of an object, which is sound, as attributes of the current row of `table`.
pub(super) fn attributes(mut json: Cursor<'_>, table: Table, builder: &mut FragmentBuilder) {
    let mut read = || -> Decoded<()> {
        let Some(mut members) = json.object()? else { return Ok(()) };
        while let Some(key) = json.key(&mut members)? {
            if let Some(value) = json.scalar()? {
                builder.attribute(table, &key, &value);
            }
        }
        Ok(())
    };
    // It was stepped over before.
    let sound = read();
    debug_assert!(sound.is_ok());
}
