//! Tells by its first bytes what a file holds and how its records are told apart.

use super::{
    error::NO_TRACES,
    json::{Cursor, MAX_ANY},
    otlp,
    trace_json::{self, Format},
};

/// How the records of a stream follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// JSON; a record begins where a line begins with `{`. Lines as collectors write them, and pretty-printed objects.
    Lines,
    /// JSON objects that lines do not tell apart: behind each other on one line, or elements of top-level arrays, which
    /// may stand in each other.
    Values,
    /// One protobuf message; each of its fields is taken for a record.
    Message,
    /// One protobuf message that wraps another one, as a Tempo answers for one trace.
    Wrapped,
    /// Messages, each behind its length in 4 bytes, big-endian, as the collector's file exporter writes them. The
    /// messages may be JSON and may be packed one by one.
    Prefixed,
    /// Protobuf messages, each behind its length as a varint.
    Delimited,
}

impl Framing {
    /// Tells whether the records are text and have lines.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Framing::Lines | Framing::Values)
    }

    /// Returns what people call a stream of such records.
    pub(super) fn name(self) -> &'static str {
        match self {
            Framing::Lines | Framing::Values => "OTLP JSON",
            Framing::Message | Framing::Wrapped => "OTLP protobuf",
            Framing::Prefixed => "OTLP behind lengths",
            Framing::Delimited => "OTLP protobuf behind lengths",
        }
    }
}

/// Returns the framing of a stream that begins with `start`, or what it looks like instead. `whole` tells that nothing
/// comes after `start`.
pub(super) fn detect(start: &[u8], whole: bool) -> Result<Framing, String> {
    if let Some(framing) = otlp::framing::detect(start) {
        return Ok(framing);
    }
    let text = start.trim_ascii_start();
    let Some(first) = text.first() else {
        let problem = if whole { "the file is empty" } else { "not a trace file: it starts with 4 MB of white space" };
        return Err(problem.to_owned());
    };
    if !b"{[".contains(first) {
        return Err(looks_like(start));
    }
    let valid = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&text[..error.valid_up_to()]).unwrap_or_default(),
    };
    let object = valid.trim_start_matches(['[', ' ', '\t', '\r', '\n']);
    // Damage is told when the object is read.
    if let Ok(Format::Unknown | Format::NewRelicSpan) = trace_json::format(&mut Cursor::new(object, 0)) {
        return Err(match foreign_json(object) {
            Some(name) => format!("not a trace file but {name}"),
            None => format!("not a trace file: it starts with {NO_TRACES}"),
        });
    }
    Ok(if *first == b'[' { Framing::Values } else { text_framing(valid, text, whole) })
}

/// Tells how JSON objects follow each other, the first one beginning `text`, of which `valid` is sound UTF-8.
fn text_framing(valid: &str, text: &[u8], whole: bool) -> Framing {
    let mut json = Cursor::new(valid, 0);
    let end = match json.skip(MAX_ANY) {
        Ok(()) => json.at(),
        // More may come: a fault at the very end is none yet.
        Err(fault) if !whole && fault.at + 8 > text.len() => text.len(),
        // A broken first object: lines are the way to find the next one, unless lines begin with its spans.
        Err(fault) => {
            return if has_lines_of_spans(&valid[..fault.at.min(valid.len())]) {
                Framing::Values
            } else {
                Framing::Lines
            };
        }
    };
    if memchr::memmem::find(&text[..end], b"\n{").is_some() {
        return Framing::Values;
    }
    let gap = text[end..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    match text.get(end + gap) {
        Some(b'{' | b'[' | b',') if !text[..end + gap].ends_with(b"\n") => Framing::Values,
        _ => Framing::Lines,
    }
}

/// Tells whether a line of an object begins with a span in it.
fn has_lines_of_spans(object: &str) -> bool {
    let Some(line) = object.find("\n{") else { return false };
    matches!(trace_json::format(&mut Cursor::new(object, line + 1)), Ok(Format::JaegerSpan | Format::NewRelicSpan))
        && matches!(trace_json::format(&mut Cursor::new(object, 0)), Ok(Format::Jaeger | Format::NewRelic))
}

#[cfg(feature = "tempo-block")]
const PARQUET: &str = "a Parquet file; those of Tempo's blocks are named `data.parquet`";
#[cfg(not(feature = "tempo-block"))]
const PARQUET: &str =
    "a Parquet file, as Tempo's blocks have them: this traceql was built without the feature `tempo-block`";

/// Says what a file that is no trace file looks like.
fn looks_like(start: &[u8]) -> String {
    const KNOWN: [(&[u8], &str); 11] = [
        (b"PAR1", PARQUET),
        (b"PK\x03\x04", "a zip archive"),
        (b"BZh", "bzip2 data"),
        (b"\xfd7zXZ", "xz data"),
        (b"\x04\x22\x4d\x18", "lz4 data"),
        (b"\xff\x06\x00\x00sNaPpY", "snappy data"),
        (b"\x7fELF", "a program"),
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"SQLite format 3", "a SQLite database"),
        (b"<", "XML or HTML"),
    ];
    if let Some((_, name)) = KNOWN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return format!("not a trace file but {name}");
    }
    const SHOWN: usize = 24;
    let shown = &start[..start.len().min(SHOWN)];
    match std::str::from_utf8(shown) {
        Ok(text) => format!("not a trace file: it starts with `{}`", text.escape_debug()),
        Err(_) => format!("not a trace file: it starts with the bytes {}", hex(&shown[..shown.len().min(8)])),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Names what JSON is that begins with an object of no trace format.
fn foreign_json(object: &str) -> Option<&'static str> {
    // What tells stands at the beginning.
    const LOOKED_AT: usize = 64 << 10;
    let object = &object.as_bytes()[..object.len().min(LOOKED_AT)];
    let has = |word: &str| memchr::memmem::find(object, word.as_bytes()).is_some();
    if has("\"panels\"") || has("\"dashboard\"") {
        return Some("a Grafana dashboard");
    }
    if has("\"spanSets\"") || has("\"rootTraceName\"") {
        return Some("the answer to a search, which holds no whole traces");
    }
    None
}
