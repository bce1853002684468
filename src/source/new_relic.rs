//! New Relic's JSON, as its Trace API takes it: batches of spans with common attributes.
//!
//! The common attributes describe what sent the spans, and become its resource. Times are milliseconds.

use std::borrow::Cow;

use super::{
    builder::{FragmentBuilder, SpanFields, Table},
    carried::Carried,
    fault::{Decoded, fault},
    intake::Intake,
    json::{Cursor, MAX_ANY, MAX_LISTS, Scalar},
    text_ids::{parent_id, span_id, trace_id},
    times::{Length, Time, Unit, end, length, time},
};
use crate::model::{
    batch::SERVICE_NAME,
    extras::OriginExtras,
    ids::{SpanId, TraceId},
};

/// What the spans of a batch have in common.
#[derive(Default)]
struct Common<'a> {
    trace: Option<TraceId>,
    start: Option<Time>,
    /// Attributes, in an object.
    attributes: &'a str,
}

/// Reads a batch.
pub(super) fn batch<'a>(json: &mut Cursor<'a>, intake: &mut Intake<'_>) -> Decoded<()> {
    let common = common_of(json.clone())?;
    let Some(mut members) = json.object()? else { return Ok(()) };
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "spans" => intake.elements(json, &mut |json, intake| span(json, intake.builder, &common))?,
            _ => json.skip(MAX_ANY)?,
        }
    }
    Ok(())
}

/// Finds what is common, before the spans or behind them.
fn common_of<'a>(mut json: Cursor<'a>) -> Decoded<Common<'a>> {
    let mut common = Common::default();
    let Some(mut members) = json.object()? else { return Ok(common) };
    // Damage around the spans is told by who reads them.
    while let Ok(Some(name)) = json.key(&mut members) {
        if name != "common" {
            if json.skip(MAX_ANY).is_err() {
                break;
            }
            continue;
        }
        let Some(mut members) = json.object()? else { continue };
        while let Some(name) = json.key(&mut members)? {
            match &*name {
                "trace.id" => common.trace = Some(trace_id(&mut json)?),
                "timestamp" => common.start = time(&mut json, Unit::Milliseconds)?,
                "attributes" => {
                    json.peek();
                    let start = json.at();
                    json.skip(MAX_LISTS)?;
                    common.attributes = json.between(start, json.at());
                }
                _ => json.skip(MAX_ANY)?,
            }
        }
    }
    Ok(common)
}

/// What becomes of a span's attributes.
struct Attributes<'a> {
    fields: SpanFields,
    duration: Option<Length>,
    service: Option<Cow<'a, str>>,
    carried: Carried<'a>,
}

fn span<'a>(json: &mut Cursor<'a>, builder: &mut FragmentBuilder, common: &Common<'a>) -> Decoded<()> {
    json.peek();
    let begin = json.at();
    let Some(mut members) = json.object()? else { return Ok(()) };
    let (mut trace, mut id, mut start) = (common.trace, None, common.start);
    let mut attributes =
        Attributes { fields: SpanFields::default(), duration: None, service: None, carried: Carried::new() };
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "trace.id" => trace = Some(trace_id(json)?),
            "id" => id = Some(span_id(json)?),
            "timestamp" => start = time(json, Unit::Milliseconds)?,
            "attributes" => {
                let Some(mut members) = json.object()? else { continue };
                while let Some(key) = json.key(&mut members)? {
                    attributes.take(&key, json, builder)?;
                }
            }
            "name" | "duration.ms" | "parent.id" | "service.name" => attributes.take(&name, json, builder)?,
            _ => json.skip(MAX_ANY)?,
        }
    }
    let Some(trace) = trace else { return fault(begin, "a span without trace id") };
    let Some(id) = id else { return fault(begin, "a span without span id") };
    let Attributes { mut fields, duration, service, carried } = attributes;
    (fields.trace, fields.id, fields.start) = (trace, id, start.unwrap_or_default().nanos);
    fields.end = end(
        fields.start,
        match duration {
            // Thousandths of milliseconds are microseconds.
            Some(Length::Thousandths(micros)) => micros.saturating_mul(1000),
            Some(Length::Nanos(nanos)) => nanos,
            None => 0,
        },
    );
    if fields.parent == id {
        fields.parent = SpanId::NONE;
    }
    carried.fill(&mut fields, builder);
    builder.push_span(fields);
    carried.fill_scope(builder);
    let row = resource(common.attributes, service.as_deref(), builder)?;
    builder.fill_resource(row);
    Ok(())
}

impl<'a> Attributes<'a> {
    fn take(&mut self, key: &str, json: &mut Cursor<'a>, builder: &mut FragmentBuilder) -> Decoded<()> {
        match key {
            "name" if json.peek() == Some(b'"') => {
                let name = json.string()?;
                self.fields.name = builder.text(&name);
            }
            "duration.ms" => self.duration = length(json)?,
            "parent.id" => self.fields.parent = parent_id(json)?,
            "service.name" if json.peek() == Some(b'"') => self.service = Some(json.string()?),
            _ => {
                let is_error = key == "error.message";
                if !is_error && !Carried::is_carrier(key) && builder.column(Table::Span, key).is_none() {
                    return json.skip(MAX_LISTS);
                }
                let Some(value) = json.scalar()? else { return Ok(()) };
                if is_error {
                    // Its presence says that the span failed.
                    self.carried.fail(value.text().cloned().unwrap_or_default());
                } else if self.carried.take(key, &value) {
                    return Ok(());
                }
                builder.attribute(Table::Span, key, &value);
            }
        }
        Ok(())
    }
}

/// Makes a resource of the common attributes and the service that the span names, or recognises it.
fn resource(common: &str, service: Option<&str>, builder: &mut FragmentBuilder) -> Decoded<u32> {
    // The same text may mean something else as a resource of another format.
    let encoded = format!("newrelic{}:{common}{}", common.len(), service.unwrap_or_default());
    if let Some(row) = builder.known_resource(encoded.as_bytes()) {
        return Ok(row);
    }
    let mut json = Cursor::new(common, 0);
    if json.peek() == Some(b'{')
        && let Some(mut members) = json.object()?
    {
        while let Some(key) = json.key(&mut members)? {
            if let Some(value) = json.scalar()? {
                builder.attribute(Table::Resource, &key, &value);
            }
        }
    }
    if let Some(service) = service {
        builder.attribute(Table::Resource, SERVICE_NAME, &Scalar::Str(Cow::Borrowed(service)));
    }
    Ok(builder.push_resource(encoded.as_bytes(), OriginExtras::default()))
}
