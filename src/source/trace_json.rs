//! Tells by its keys which trace format a JSON object is in, and hands it to the reader of that format.

use super::{
    error::NO_TRACES,
    fault::{Decoded, fault},
    go_stdout,
    intake::{Intake, each},
    jaeger,
    json::{Cursor, MAX_ANY},
    new_relic, otlp, zipkin,
};

/// A trace format, and what of it an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Otlp,
    /// Traces of Jaeger, or one.
    Jaeger,
    JaegerSpan,
    ZipkinSpan,
    /// A batch of New Relic's.
    NewRelic,
    NewRelicSpan,
    /// A span as Go's stdouttrace prints it.
    GoSpan,
    Unknown,
}

/// Reads one value of the text: an object in any format, or a list of such.
pub(super) fn value(json: &mut Cursor<'_>, intake: &mut Intake<'_>) -> Decoded<()> {
    each(json, intake, &mut object)
}

fn object(json: &mut Cursor<'_>, intake: &mut Intake<'_>) -> Decoded<()> {
    json.peek();
    let start = json.at();
    match format(&mut json.clone())? {
        Format::Otlp => otlp::json::record(json, intake.builder),
        Format::Jaeger => jaeger::traces(json, intake),
        Format::JaegerSpan => jaeger::span(json, intake),
        Format::ZipkinSpan => zipkin::span(json, intake.builder),
        Format::NewRelic => new_relic::batch(json, intake),
        Format::GoSpan => go_stdout::span(json, intake.builder),
        // A span of New Relic's alone is nothing that anybody writes.
        Format::NewRelicSpan | Format::Unknown => fault(start, format!("not a trace record but {NO_TRACES}")),
    }
}

/// Tells the format of an object, which is read only as far as its keys leave it open.
///
/// # Errors
///
/// The text is damaged before the format shows.
pub(super) fn format(json: &mut Cursor<'_>) -> Decoded<Format> {
    format_below(json, MAX_WRAPPERS)
}

/// How many objects may stand around one whose keys tell the format.
const MAX_WRAPPERS: usize = 4;

fn format_below(json: &mut Cursor<'_>, wrappers: usize) -> Decoded<Format> {
    let Some(mut members) = json.object()? else { return Ok(Format::Otlp) };
    let (mut is_empty, mut has_trace_id, mut has_id) = (true, false, false);
    // What is left if nothing else shows: lists of spans and traces may be empty.
    let mut format = Format::Unknown;
    while let Some(name) = json.key(&mut members)? {
        is_empty = false;
        let next = json.peek();
        match &*name {
            "resourceSpans" | "resource_spans" | "batches" | "resourceLogs" | "resource_logs" | "resourceMetrics"
            | "resource_metrics" | "resourceProfiles" | "resource_profiles" | "partialSuccess" | "partial_success" => {
                return Ok(Format::Otlp);
            }
            "trace" | "result" if next == Some(b'{') && wrappers > 0 => {
                match format_below(&mut json.clone(), wrappers - 1) {
                    Ok(Format::Otlp) => return Ok(Format::Otlp),
                    _ => json.skip(MAX_ANY)?,
                }
            }
            "SpanContext" => return Ok(Format::GoSpan),
            "processes" => return Ok(Format::Jaeger),
            "operationName" | "operation_name" | "spanID" | "processID" => return Ok(Format::JaegerSpan),
            "trace.id" => return Ok(Format::NewRelicSpan),
            "localEndpoint" | "remoteEndpoint" | "binaryAnnotations" => return Ok(Format::ZipkinSpan),
            "spans" | "Spans" | "data" | "hits" | "_source" if wrappers > 0 => {
                let inside = match next {
                    Some(b'[') => first_element(&mut json.clone(), wrappers - 1),
                    Some(b'{') => format_below(&mut json.clone(), wrappers - 1).map(Some),
                    _ => Ok(None),
                };
                match inside {
                    Ok(Some(Format::NewRelicSpan)) => return Ok(Format::NewRelic),
                    Ok(Some(Format::JaegerSpan | Format::Jaeger)) => return Ok(Format::Jaeger),
                    // Who reads it tells of the damage, and steps over it.
                    Err(_) => return Ok(if format == Format::NewRelic { format } else { Format::Jaeger }),
                    Ok(None) if format == Format::Unknown && name != "_source" => format = Format::Jaeger,
                    _ => {}
                }
                json.skip(MAX_ANY)?;
            }
            "common" if next == Some(b'{') => {
                format = Format::NewRelic;
                json.skip(MAX_ANY)?;
            }
            other => {
                has_trace_id |= other == "traceId";
                has_id |= other == "id";
                if has_trace_id && has_id {
                    return Ok(Format::ZipkinSpan);
                }
                json.skip(MAX_ANY)?;
            }
        }
    }
    Ok(if is_empty { Format::Otlp } else { format })
}

/// Tells the format of the first element of an array; `None` if there is none.
fn first_element(json: &mut Cursor<'_>, wrappers: usize) -> Decoded<Option<Format>> {
    let Some(mut elements) = json.array()? else { return Ok(None) };
    if !json.element(&mut elements)? {
        return Ok(None);
    }
    if json.peek() != Some(b'{') {
        return Ok(Some(Format::Unknown));
    }
    format_below(json, wrappers).map(Some)
}

#[cfg(test)]
mod tests {
    use super::Format;
    use crate::source::TRACE_FORMATS;

    /// Returns what documentation calls a format; nothing for objects that are not read.
    fn name(format: Format) -> Option<&'static str> {
        match format {
            Format::Otlp => Some("OTLP JSON"),
            Format::Jaeger | Format::JaegerSpan => Some("Jaeger JSON"),
            Format::ZipkinSpan => Some("Zipkin JSON"),
            Format::NewRelic => Some("New Relic JSON"),
            Format::GoSpan => Some("Go's stdouttrace"),
            Format::NewRelicSpan | Format::Unknown => None,
        }
    }

    #[test]
    fn formats_of_objects_are_in_the_table() {
        let formats =
            [Format::Otlp, Format::Jaeger, Format::JaegerSpan, Format::ZipkinSpan, Format::NewRelic, Format::GoSpan];
        for name in formats.into_iter().filter_map(name) {
            assert!(TRACE_FORMATS.iter().any(|row| row.name == name), "{name} is missing in src/source/formats.rs");
        }
    }
}
