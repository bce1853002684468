//! Texts in which exporters put what Zipkin has no place for: events with attributes, and links.

use crate::{
    model::{
        extras::{EventExtras, LinkExtras},
        ids::{SpanId, TraceId},
    },
    source::{
        builder::{FragmentBuilder, Table},
        carried::{DROPPED_ATTRIBUTES, take_count},
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
    let mut extras = EventExtras::default();
    let name = match by_mapping(value).or_else(|| by_collector(value)) {
        None => builder.text(value),
        Some(Split { name, attributes: object, dropped }) => {
            extras.dropped_attributes = dropped;
            attributes(object, Table::Event, &mut extras.dropped_attributes, builder);
            builder.text(&name)
        }
    };
    builder.push_event(name, nanos, extras);
}

/// An annotation with attributes.
struct Split<'a> {
    name: String,
    attributes: Cursor<'a>,
    /// How many more were left out.
    dropped: u32,
}

/// Splits `"name": {…}`.
fn by_mapping(value: &str) -> Option<Split<'_>> {
    if !value.starts_with('"') || !value.ends_with('}') {
        return None;
    }
    let mut json = Cursor::new(value, 0);
    let name = json.string().ok()?;
    if json.peek() != Some(b':') {
        return None;
    }
    let object = Cursor::new(value, json.at() + 1);
    is_object_to_the_end(&object).then(|| Split { name: name.into_owned(), attributes: object, dropped: 0 })
}

/// Splits `name|{…}|dropped`.
fn by_collector(value: &str) -> Option<Split<'_>> {
    let (name, rest) = value.split_once('|')?;
    let (object, dropped) = rest.rsplit_once('|')?;
    let dropped = dropped.parse().ok()?;
    let object = Cursor::new(object, 0);
    is_object_to_the_end(&object).then(|| Split { name: name.to_owned(), attributes: object, dropped })
}

/// A link that stood in a text.
pub(super) struct Link<'a> {
    trace: TraceId,
    span: SpanId,
    state: &'a str,
    attributes: Cursor<'a>,
    dropped: u32,
}

/// Reads a link as OpenTelemetry's Collector writes it into a tag: `trace|span|state|{"key": value}|dropped`.
pub(super) fn link(text: &str) -> Option<Link<'_>> {
    let mut parts = text.splitn(3, '|');
    let (trace, span) = (text_ids::trace(parts.next()?)?, text_ids::span(parts.next()?)?);
    let (rest, dropped) = parts.next()?.rsplit_once('|')?;
    // Trace states may hold bars themselves.
    let (state, _) = rest.split_once("|{")?;
    let (attributes, dropped) = (Cursor::new(rest.get(state.len() + 1..)?, 0), dropped.parse().ok()?);
    let link = Link { trace: TraceId(trace), span: SpanId(span), state, attributes, dropped };
    is_object_to_the_end(&link.attributes).then_some(link)
}

impl Link<'_> {
    /// Pushes the link.
    pub(super) fn push(self, builder: &mut FragmentBuilder) {
        let mut extras =
            LinkExtras { trace_state: builder.text(self.state), flags: 0, dropped_attributes: self.dropped };
        attributes(self.attributes, Table::Link, &mut extras.dropped_attributes, builder);
        builder.push_link(self.trace, self.span, extras);
    }
}

fn is_object_to_the_end(at: &Cursor<'_>) -> bool {
    let mut json = at.clone();
    // No attribute that TraceQL sees nests, so that little depth will do.
    json.peek() == Some(b'{') && json.skip(8).is_ok() && json.peek().is_none()
}

/// Sets the members of an object, which is sound, as attributes of the current row of `table`; one of them may say how
/// many were left out.
fn attributes(mut json: Cursor<'_>, table: Table, dropped: &mut u32, builder: &mut FragmentBuilder) {
    let mut read = || -> Decoded<()> {
        let Some(mut members) = json.object()? else { return Ok(()) };
        while let Some(key) = json.key(&mut members)? {
            if let Some(value) = json.scalar()?
                && !(key == DROPPED_ATTRIBUTES && take_count(&value, dropped))
            {
                builder.attribute(table, &key, &value);
            }
        }
        Ok(())
    };
    // It was stepped over before.
    let sound = read();
    debug_assert!(sound.is_ok());
}
