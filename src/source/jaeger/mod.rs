//! Jaeger's JSON: answers of its API, single traces and spans, as its UI saves them, as it stores them in Elasticsearch,
//! and as its own model is written down.
//!
//! A trace names its processes in a table of its own, before the spans or after them, so that spans get their resources
//! when the trace has ended. Every span is a record of its own: a damaged one takes no other with it.

mod span;
mod tags;

use std::borrow::Cow;

use hashbrown::HashMap;

use self::tags::tags;
use super::{
    builder::{FragmentBuilder, Table},
    carried::{DROPPED_ATTRIBUTES, take_count},
    fault::Decoded,
    intake::Intake,
    json::{Cursor, MAX_ANY, Scalar},
};
use crate::model::{batch::SERVICE_NAME, extras::OriginExtras, ids::TraceId};

/// What is known of the trace around spans.
#[derive(Default)]
struct Around<'a> {
    id: Option<TraceId>,
    /// The process of spans that name none.
    process: Option<u32>,
    /// Rows of resources by the names of their processes.
    processes: HashMap<Cow<'a, str>, u32>,
    /// Where each span comes from that has no resource yet.
    owners: Vec<Owner<'a>>,
}

/// Where a span comes from.
enum Owner<'a> {
    /// It does not say.
    Unknown,
    /// The process with this name.
    Process(Cow<'a, str>),
    /// The resource in this row.
    Row(u32),
}

/// Reads an object that holds traces, or is one.
pub(super) fn traces<'a>(json: &mut Cursor<'a>, intake: &mut Intake<'_>) -> Decoded<()> {
    traces_below(json, intake, MAX_WRAPPERS)
}

/// Reads an object that is a span.
pub(super) fn span<'a>(json: &mut Cursor<'a>, intake: &mut Intake<'_>) -> Decoded<()> {
    let mut around = Around::default();
    span::span(json, intake.builder, &mut around)?;
    around.finish(intake.builder);
    Ok(())
}

/// How many objects may stand around a trace: Elasticsearch's answers have two around each document.
const MAX_WRAPPERS: usize = 4;

fn traces_below<'a>(json: &mut Cursor<'a>, intake: &mut Intake<'_>, wrappers: usize) -> Decoded<()> {
    let mut around = Around::default();
    let result = members(json, intake, &mut around, wrappers);
    if result.is_err() {
        intake.builder.rollback();
    }
    // After damage too: the spans that were read stay.
    around.finish(intake.builder);
    intake.builder.mark();
    result
}

fn members<'a>(
    json: &mut Cursor<'a>,
    intake: &mut Intake<'_>,
    around: &mut Around<'a>,
    wrappers: usize,
) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    while let Some(name) = json.key(&mut members)? {
        match (&*name, json.peek()) {
            ("traceID" | "traceId" | "trace_id", Some(b'"')) => {
                around.id = super::text_ids::trace(&json.string()?).map(TraceId);
            }
            ("spans" | "Spans", _) => {
                intake.elements(json, &mut |json, intake| span::span(json, intake.builder, around))?;
            }
            ("processes", Some(b'{')) => processes(json, intake, around)?,
            ("process", Some(b'{')) => intake.part(json, &mut |json, intake| {
                around.process = Some(resource(json, intake.builder)?);
                Ok(())
            })?,
            ("data" | "hits", Some(b'[')) if wrappers > 0 => {
                intake.elements(json, &mut |json, intake| traces_below(json, intake, wrappers - 1))?;
            }
            ("data" | "hits", Some(b'{')) if wrappers > 0 => traces_below(json, intake, wrappers - 1)?,
            ("_source", Some(b'{')) => {
                intake.part(json, &mut |json, intake| span::span(json, intake.builder, around))?;
            }
            _ => json.skip(MAX_ANY)?,
        }
    }
    Ok(())
}

fn processes<'a>(json: &mut Cursor<'a>, intake: &mut Intake<'_>, around: &mut Around<'a>) -> Decoded<()> {
    let Some(mut members) = json.object()? else { return Ok(()) };
    while let Some(name) = json.key(&mut members)? {
        intake.part(json, &mut |json, intake| {
            let row = resource(json, intake.builder)?;
            around.processes.insert(name.clone(), row);
            Ok(())
        })?;
    }
    Ok(())
}

/// Stands for the service where OpenTelemetry's Collector wrote a resource without one.
const NO_SERVICE: &str = "OTLPResourceNoServiceName";

/// Reads a process, or recognises it, and returns the row of its resource.
fn resource(json: &mut Cursor<'_>, builder: &mut FragmentBuilder) -> Decoded<u32> {
    json.peek();
    let start = json.at();
    let mut inside = json.clone();
    json.skip(MAX_ANY)?;
    // The same text may mean something else as a resource of OTLP.
    let encoded = format!("jaeger{}", json.between(start, json.at()));
    if let Some(row) = builder.known_resource(encoded.as_bytes()) {
        return Ok(row);
    }
    let (mut service, mut extras) = (Cow::Borrowed(""), OriginExtras::default());
    if let Some(mut members) = inside.object()? {
        while let Some(name) = inside.key(&mut members)? {
            match &*name {
                "serviceName" | "service_name" => service = inside.string_or_null()?,
                "tags" | "tag" => tags(&mut inside, &name, &mut |tag| {
                    let wanted =
                        |key: &str| key == DROPPED_ATTRIBUTES || builder.column(Table::Resource, key).is_some();
                    if let Some(value) = tag.value_if(wanted)?
                        && !(tag.key == DROPPED_ATTRIBUTES && take_count(&value, &mut extras.dropped_attributes))
                    {
                        builder.attribute(Table::Resource, &tag.key, &value);
                    }
                    Ok(())
                })?,
                _ => inside.skip(MAX_ANY)?,
            }
        }
    }
    if !service.is_empty() && service != NO_SERVICE {
        builder.attribute(Table::Resource, SERVICE_NAME, &Scalar::Str(service));
    }
    Ok(builder.push_resource(encoded.as_bytes(), extras))
}

impl Around<'_> {
    /// Gives the spans their resources.
    fn finish(&mut self, builder: &mut FragmentBuilder) {
        let unknown = match self.process {
            Some(row) => row,
            None => builder.no_resource(),
        };
        let rows = self.owners.drain(..).map(|owner| match owner {
            Owner::Unknown => unknown,
            Owner::Process(name) => self.processes.get(&name).copied().unwrap_or(unknown),
            Owner::Row(row) => row,
        });
        builder.fill_resources(rows);
    }
}
