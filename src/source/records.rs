//! Decodes the records of a chunk one by one; a damaged one is taken back and told.

use std::io::Read;

use super::{
    builder::FragmentBuilder,
    chunks::{Chunk, MAX_RECORD},
    error::Place,
    fault::Fault,
    format::{Framing, ObjectEnd, object_end},
    json::Cursor,
    otlp::{self, wire::Slice},
    stream,
};

/// White space in JSON.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// A record that could not be decoded.
#[derive(Debug)]
pub(super) struct Damage {
    /// Bytes of the chunk before the fault.
    pub(super) at: usize,
    pub(super) place: Place,
    pub(super) problem: String,
}

/// Decodes a chunk into `builder`. `tell` is called for each damaged record and returns whether to go on.
pub(super) fn decode(bytes: &[u8], chunk: Chunk, builder: &mut FragmentBuilder, tell: &mut dyn FnMut(Damage) -> bool) {
    let mut records = Records { bytes, chunk, builder, tell, faulty: false, records: 0, lines: LineCount::default() };
    match chunk.framing {
        Framing::Lines => records.lines(),
        Framing::Values => records.values(),
        Framing::Message => records.fields(Slice { bytes, base: 0 }, false),
        Framing::Wrapped => records.fields(Slice { bytes, base: 0 }, true),
        Framing::Prefixed | Framing::Delimited => records.messages(),
    };
}

struct Records<'c> {
    bytes: &'c [u8],
    chunk: Chunk,
    builder: &'c mut FragmentBuilder,
    tell: &'c mut dyn FnMut(Damage) -> bool,
    faulty: bool,
    /// How many binary records were decoded.
    records: u64,
    lines: LineCount,
}

/// How many line breaks stand before a byte of a text: damages come one after the other, so that counting goes on from
/// the last one.
#[derive(Default)]
struct LineCount {
    at: usize,
    lines: u64,
}

impl LineCount {
    /// Returns how many line breaks stand before byte `at`.
    fn before(&mut self, bytes: &[u8], at: usize) -> u64 {
        let between = memchr::memchr_iter(b'\n', &bytes[self.at.min(at)..self.at.max(at)]).count() as u64;
        self.lines = if at < self.at { self.lines - between } else { self.lines + between };
        self.at = at;
        self.lines
    }
}

impl Records<'_> {
    /// Lines that begin with `{` begin a record.
    fn lines(&mut self) -> bool {
        let text = std::str::from_utf8(self.bytes);
        let mut start = 0;
        while start < self.bytes.len() {
            let end = next_line_start(self.bytes, start);
            let slice = match text {
                Ok(text) => Ok(&text[start..end]),
                Err(_) => std::str::from_utf8(&self.bytes[start..end]),
            };
            let go_on = match slice {
                Ok(slice) => self.slice(slice, start),
                Err(error) => self.invalid_utf8(start + error.valid_up_to()),
            };
            if !go_on {
                return false;
            }
            start = end;
        }
        true
    }

    /// Decodes the values in `slice`, which stands at `start`; what follows a damaged one is given up.
    fn slice(&mut self, slice: &str, start: usize) -> bool {
        // So that text which breaks off is told to break off on its own line.
        let mut json = Cursor::new(slice.trim_end_matches(SPACE), 0);
        while json.peek().is_some() {
            self.builder.mark();
            let result = otlp::json::record(&mut json, self.builder);
            if let Err(mut fault) = result {
                self.builder.rollback();
                fault.at += start;
                return self.fault(*fault);
            }
        }
        true
    }

    /// Brackets tell records apart.
    fn values(&mut self) -> bool {
        let mut start = 0;
        let mut in_array = self.chunk.in_array;
        // What came last: a chunk that is not the first begins behind a record.
        let mut last = if self.chunk.sequence == 0 { b'[' } else { b'}' };
        while let Some(byte) = self.bytes.get(start).copied() {
            let fits = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    start += 1;
                    continue;
                }
                b'[' => !in_array,
                b',' => in_array && last == b'}',
                b']' => in_array && last != b',',
                b'{' => !in_array || last != b'}',
                // Told when it is read.
                _ => true,
            };
            if !fits && !self.stray(start) {
                return false;
            }
            last = byte;
            if matches!(byte, b'[' | b',' | b']') {
                in_array = byte == b'[' || in_array && byte == b',';
                start += 1;
                continue;
            }
            let end = match (byte, object_end(self.bytes, start)) {
                (b'{', ObjectEnd::At(end)) => end,
                (b'{', ObjectEnd::Beyond) => self.bytes.len(),
                // Goes on with the next thing that looks like an object.
                _ => memchr::memchr(b'{', &self.bytes[start + 1..]).map_or(self.bytes.len(), |at| start + 1 + at),
            };
            last = if byte == b'{' { b'}' } else { b',' };
            let go_on = match std::str::from_utf8(&self.bytes[start..end]) {
                Ok(slice) => self.slice(slice, start),
                Err(error) => self.invalid_utf8(start + error.valid_up_to()),
            };
            if !go_on {
                return false;
            }
            start = end;
        }
        if self.chunk.last && in_array && !self.faulty {
            let at = self.bytes.len();
            return self.damage(at, "the text ends inside an array".to_owned());
        }
        true
    }

    /// Tells of a bracket or comma that stands, or a comma that is missing, between records.
    fn stray(&mut self, at: usize) -> bool {
        let problem = match self.bytes[at] {
            b'{' => "a comma is missing before the object".to_owned(),
            other => format!("`{}` stands where an object should", other.escape_ascii()),
        };
        self.damage(at, problem)
    }

    /// Decodes the fields of a message one by one; with `wrapped`, those of the messages in them.
    fn fields(&mut self, message: Slice<'_>, wrapped: bool) -> bool {
        let mut fields = message.fields();
        loop {
            self.builder.mark();
            // A fault here leaves no way to find the next field; one inside a field does.
            let field = match fields.next() {
                Ok(Some(field)) => field,
                Ok(None) => return true,
                Err(fault) => return self.fault(*fault),
            };
            let inside = match field.bytes() {
                _ if field.number != 1 => continue,
                Ok(inside) if wrapped => {
                    if !self.fields(inside, false) {
                        return false;
                    }
                    continue;
                }
                Ok(inside) => otlp::protobuf::resource_spans(inside, self.builder),
                Err(fault) => Err(fault),
            };
            if let Err(fault) = inside {
                self.builder.rollback();
                if !self.fault(*fault) {
                    return false;
                }
            }
            self.records += 1;
        }
    }

    /// Decodes messages behind their lengths.
    fn messages(&mut self) -> bool {
        let mut start = 0;
        while start < self.bytes.len() {
            let rest = &self.bytes[start..];
            let Some((header, length)) = otlp::framing::length(self.chunk.framing, rest) else {
                return self.damage(start, "a length that is cut off or impossible".to_owned());
            };
            let left = rest.len() - header;
            if length > left {
                let problem = format!("a message of {length} bytes where only {left} are left");
                return self.damage(start, problem);
            }
            let message = Slice { bytes: &rest[header..header + length], base: start + header };
            if !self.message(message) {
                return false;
            }
            self.records += 1;
            start += header + length;
        }
        true
    }

    /// Decodes one message, which may be packed and may be JSON.
    fn message(&mut self, message: Slice<'_>) -> bool {
        self.builder.mark();
        let Some(packing) = stream::packing(message.bytes) else {
            return match otlp::message(message, self.builder) {
                Ok(()) => true,
                Err(fault) => {
                    self.builder.rollback();
                    self.fault(*fault)
                }
            };
        };
        let mut bytes = Vec::new();
        let unpacked = stream::unpack(message.bytes, packing)
            .and_then(|reader| reader.take(MAX_RECORD as u64 + 1).read_to_end(&mut bytes));
        let problem = match unpacked {
            Err(error) => format!("the {packing} data of the message is damaged: {error}"),
            Ok(size) if size > MAX_RECORD => "a message of more than 1 GiB".to_owned(),
            Ok(_) => match otlp::message(Slice { bytes: &bytes, base: 0 }, self.builder) {
                Ok(()) => return true,
                Err(fault) => format!("{} (byte {} of the unpacked message)", fault.what, fault.at),
            },
        };
        self.builder.rollback();
        self.damage(message.base, problem)
    }

    fn invalid_utf8(&mut self, at: usize) -> bool {
        self.damage(at, format!("the byte 0x{:02x} is not valid UTF-8 here", self.bytes[at]))
    }

    fn fault(&mut self, fault: Fault) -> bool {
        self.damage(fault.at, fault.what)
    }

    fn damage(&mut self, at: usize, problem: String) -> bool {
        let offset = self.chunk.offset + at as u64;
        self.faulty = true;
        let place = if self.chunk.framing.is_text() {
            let lines = self.lines.before(self.bytes, at);
            Place::Line { line: self.chunk.lines + lines + 1, offset }
        } else {
            Place::Record { record: self.chunk.records + self.records + 1, offset }
        };
        (self.tell)(Damage { at, place, problem })
    }
}

/// Returns where the line after `start` begins that begins with `{`, or the end.
fn next_line_start(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = memchr::memchr(b'\n', &bytes[at..]) {
        at += found + 1;
        if bytes.get(at) == Some(&b'{') {
            return at;
        }
    }
    bytes.len()
}
