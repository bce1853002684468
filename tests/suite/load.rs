//! Spans in a few words a line, as OTLP.

use std::{collections::HashMap, iter::Peekable, str::Chars};

use serde_json::{Value, json};
use traceql_grammar::value::{Kind, Status, parse_duration};

/// The time at which the first trace begins, in Unix nanoseconds; each further one begins a second later.
pub(crate) const BEGIN: i64 = 1_700_000_000_000_000_000;
const SECOND: i64 = 1_000_000_000;

/// Spans to search in.
pub(crate) struct Loaded {
    /// OTLP as JSON lines, one line a span.
    pub otlp: String,
    /// What each span is called in answers, by its ids.
    pub labels: HashMap<(String, String), String>,
}

/// What a line inherits from the one above it with less indentation.
#[derive(Clone)]
struct Parent {
    indent: usize,
    id: String,
    offset: i64,
    resource: Vec<(String, Value)>,
    instrumentation: Instrumentation,
}

#[derive(Clone, Default)]
struct Instrumentation {
    name: String,
    version: String,
    attributes: Vec<(String, Value)>,
}

struct Span {
    trace: String,
    value: Value,
    resource: Vec<(String, Value)>,
    instrumentation: Instrumentation,
    name: String,
    id: String,
}

/// Reads the notation; an error names the line.
pub(crate) fn load(text: &str) -> Result<Loaded, String> {
    let mut spans: Vec<Span> = Vec::new();
    let (mut trace, mut begin, mut traces, mut count) = (String::new(), 0, 0, 0);
    let mut parents: Vec<Parent> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("# ")) {
        let indent = line.len() - line.trim_start().len();
        let words = words(line.trim())?;
        let failed = |what: &str| format!("{what} in the line `{line}`");
        parents.retain(|parent| parent.indent < indent);
        match words.first().map(String::as_str) {
            Some("trace") if indent == 0 => {
                trace = format!("{:0>32}", words.get(1).ok_or_else(|| failed("no id"))?);
                begin = BEGIN + traces * SECOND;
                (traces, count) = (traces + 1, 0);
            }
            Some("*") => {
                let offset = parents.last().map_or(0, |parent| parent.offset);
                let span = spans.last_mut().ok_or_else(|| failed("no span for the event"))?;
                let event = event(&words, begin + offset).ok_or_else(|| failed("something unknown"))?;
                append(&mut span.value["events"], event);
            }
            Some("->") => {
                let span = spans.last_mut().ok_or_else(|| failed("no span for the link"))?;
                append(&mut span.value["links"], link(&words).ok_or_else(|| failed("something unknown"))?);
            }
            _ => {
                count += 1;
                let (span, parent) =
                    span(&words, indent, count, &trace, begin, parents.last()).map_err(|what| failed(&what))?;
                spans.push(span);
                parents.push(parent);
            }
        }
    }
    Ok(finish(&spans))
}

fn append(list: &mut Value, item: Value) {
    if let Value::Array(items) = list {
        items.push(item);
    }
}

fn span(
    words: &[String],
    indent: usize,
    count: u32,
    trace: &str,
    begin: i64,
    above: Option<&Parent>,
) -> Result<(Span, Parent), String> {
    let mut id = format!("{count:016x}");
    let mut parent = above.map_or(String::new(), |above| above.id.clone());
    let mut offset = above.map_or(0, |above| above.offset);
    let mut duration = 1_000_000;
    let mut resource = above.map_or(Vec::new(), |above| above.resource.clone());
    let mut instrumentation = above.map_or(Instrumentation::default(), |above| above.instrumentation.clone());
    let (mut kind, mut status, mut message) = (None, None, String::new());
    let mut attributes = Vec::new();
    for word in &words[1..] {
        if let Some(service) = word.strip_prefix('@') {
            set(&mut resource, "service.name", json!({ "stringValue": service }));
        } else if let Some((name, text)) = assignment(word) {
            let of = |scope: &str| name.strip_prefix(scope);
            let value = || value(text);
            match name {
                "id" => id = format!("{text:0>16}"),
                "parent" => parent = format!("{text:0>16}"),
                "message" => message = unquoted(text),
                "instrumentation:name" => instrumentation.name = unquoted(text),
                "instrumentation:version" => instrumentation.version = unquoted(text),
                _ => match (of("resource."), of("instrumentation."), of("span.").or(of("."))) {
                    (Some(name), ..) => set(&mut resource, &unquoted(name), value()?),
                    (_, Some(name), _) => set(&mut instrumentation.attributes, &unquoted(name), value()?),
                    (.., Some(name)) => set(&mut attributes, &unquoted(name), value()?),
                    _ => return Err(format!("`{name}` is unknown")),
                },
            }
        } else if let Some((start, length)) = word.split_once('+') {
            if !start.is_empty() {
                offset = nanoseconds(start)?;
            }
            duration = nanoseconds(length)?;
        } else if let Some(found) = Kind::ALL.iter().find(|kind| kind.word() == word) {
            kind = Some(*found);
        } else if let Some(found) = Status::ALL.iter().find(|status| status.word() == word) {
            status = Some(*found);
        } else {
            return Err(format!("`{word}` is unknown"));
        }
    }
    let start = begin + offset;
    let code = match status {
        None | Some(Status::Unset) => 0,
        Some(Status::Ok) => 1,
        Some(Status::Error) => 2,
    };
    let value = json!({
        "traceId": trace,
        "spanId": id,
        "parentSpanId": parent,
        "name": unquoted(&words[0]),
        "kind": kind.map_or(1, |kind| kind as u32),
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + duration).to_string(),
        "status": { "code": code, "message": message },
        "attributes": list(&attributes),
        "events": [],
        "links": [],
    });
    let inherited =
        Parent { indent, id: id.clone(), offset, resource: resource.clone(), instrumentation: instrumentation.clone() };
    let name = unquoted(&words[0]);
    Ok((Span { trace: trace.to_owned(), value, resource, instrumentation, name, id }, inherited))
}

/// `* name +5ms event.x=1`
fn event(words: &[String], start: i64) -> Option<Value> {
    let (mut at, mut attributes) = (start, Vec::new());
    for word in words.get(2..)? {
        if let Some(offset) = word.strip_prefix('+') {
            at = start + nanoseconds(offset).ok()?;
        } else {
            let (name, text) = assignment(word)?;
            attributes.push((unquoted(name.strip_prefix("event.")?), value(text).ok()?));
        }
    }
    Some(json!({ "timeUnixNano": at.to_string(), "name": unquoted(&words[1]), "attributes": list(&attributes) }))
}

/// `-> trace/span link.x=1`
fn link(words: &[String]) -> Option<Value> {
    let (trace, span) = words.get(1)?.split_once('/')?;
    let mut attributes = Vec::new();
    for word in &words[2..] {
        let (name, text) = assignment(word)?;
        attributes.push((unquoted(name.strip_prefix("link.")?), value(text).ok()?));
    }
    Some(json!({
        "traceId": format!("{trace:0>32}"), "spanId": format!("{span:0>16}"), "attributes": list(&attributes),
    }))
}

fn finish(spans: &[Span]) -> Loaded {
    let mut lines = String::new();
    let mut labels = HashMap::new();
    for span in spans {
        let line = json!({ "resourceSpans": [{
            "resource": { "attributes": list(&span.resource) },
            "scopeSpans": [{
                "scope": {
                    "name": span.instrumentation.name,
                    "version": span.instrumentation.version,
                    "attributes": list(&span.instrumentation.attributes),
                },
                "spans": [span.value],
            }],
        }] });
        lines.push_str(&format!("{line}\n"));
        let namesakes = spans.iter().filter(|other| other.trace == span.trace && other.name == span.name).count();
        let label = if namesakes > 1 { format!("{}#{}", span.name, short(&span.id)) } else { span.name.clone() };
        labels.insert((span.trace.clone(), span.id.clone()), label);
    }
    Loaded { otlp: lines, labels }
}

/// Returns an id without its leading zeros.
pub(crate) fn short(id: &str) -> &str {
    let short = id.trim_start_matches('0');
    if short.is_empty() { "0" } else { short }
}

/// Cuts a line at white space outside of quotes and brackets.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut chars: Peekable<Chars<'_>> = line.chars().peekable();
    let mut brackets = 0;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                word.push(c);
                loop {
                    let c = chars.next().ok_or(format!("a quote is not closed in `{line}`"))?;
                    word.push(c);
                    match c {
                        '"' => break,
                        '\\' => word.extend(chars.next()),
                        _ => {}
                    }
                }
            }
            ' ' if brackets == 0 => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => {
                brackets += i32::from(c == '[' || c == '{') - i32::from(c == ']' || c == '}');
                word.push(c);
            }
        }
    }
    words.push(word);
    Ok(words)
}

/// Cuts `name=value` at the first `=` outside of quotes.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = word.bytes().position(|b| {
        quoted ^= b == b'"';
        b == b'=' && !quoted
    })?;
    Some((&word[..at], &word[at + 1..]))
}

/// Returns text in quotes as it is meant, anything else as it is.
fn unquoted(text: &str) -> String {
    serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned())
}

fn nanoseconds(text: &str) -> Result<i64, String> {
    parse_duration(text).ok_or(format!("`{text}` is no duration"))
}

fn set(attributes: &mut Vec<(String, Value)>, name: &str, value: Value) {
    attributes.retain(|(other, _)| other != name);
    attributes.push((name.to_owned(), value));
}

fn list(attributes: &[(String, Value)]) -> Value {
    attributes.iter().map(|(name, value)| json!({ "key": name, "value": value })).collect()
}

/// Reads a value in JSON; `1` is an int and `1.0` a double, `{}` is a map.
fn value(text: &str) -> Result<Value, String> {
    fn convert(value: &Value) -> Value {
        match value {
            Value::String(text) => json!({ "stringValue": text }),
            Value::Bool(b) => json!({ "boolValue": b }),
            Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
            Value::Number(number) => json!({ "intValue": number.to_string() }),
            Value::Array(items) => json!({ "arrayValue": { "values": items.iter().map(convert).collect::<Vec<_>>() } }),
            Value::Object(entries) => {
                let entries: Vec<(String, Value)> =
                    entries.iter().map(|(name, value)| (name.clone(), convert(value))).collect();
                json!({ "kvlistValue": { "values": list(&entries) } })
            }
            Value::Null => json!({}),
        }
    }
    serde_json::from_str(text).map(|value| convert(&value)).map_err(|_| format!("`{text}` is no value in JSON"))
}
