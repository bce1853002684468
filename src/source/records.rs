//! Decodes the records of a chunk one by one; a damaged one is taken back and told.

use std::io::Read;

use super::{
    brackets::{Ends, Last, Patience},
    builder::FragmentBuilder,
    chunks::{Chunk, next_brace},
    damage::{Damage, Teller},
    fault::{Decoded, Fault},
    format::Framing,
    intake::Intake,
    json::{Cursor, MAX_ANY},
    otlp::{self, wire::Slice},
    trace_json,
    unpack::Packing,
};

/// White space in JSON.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Decodes a chunk into `builder`. `tell` is called for each damaged record and returns whether to go on.
pub(super) fn decode(bytes: &[u8], chunk: Chunk, builder: &mut FragmentBuilder, tell: &mut dyn FnMut(Damage) -> bool) {
    let (teller, patience) = (Teller::new(bytes, chunk, tell), Patience::new(bytes.len()));
    let mut records = Records { bytes, chunk, builder, teller, patience, unpacked: 0 };
    match chunk.framing {
        Framing::Lines => records.lines(),
        Framing::Values => records.values(),
        Framing::Message => records.fields(Slice { bytes, base: 0 }, false),
        Framing::Wrapped => records.fields(Slice { bytes, base: 0 }, true),
        Framing::Prefixed | Framing::Delimited => records.messages(),
    };
}

/// Maximum that one packed message may unpack to, in bytes. Collectors write a few megabytes at once.
const MAX_MESSAGE: u64 = 256 << 20;

/// Maximum of times the size of a chunk that its packed messages may unpack to together, beyond one message.
const MAX_TIMES: u64 = 100;

struct Records<'c> {
    bytes: &'c [u8],
    chunk: Chunk,
    builder: &'c mut FragmentBuilder,
    teller: Teller<'c>,
    patience: Patience,
    /// How many bytes packed messages were unpacked to.
    unpacked: u64,
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
                Err(error) => self.teller.invalid_utf8(start + error.valid_up_to()),
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
            if let Err(fault) = self.value(&mut json, start) {
                return self.teller.damage(start + fault.at, fault.what);
            }
        }
        true
    }

    /// Decodes one value of a slice that stands at `start`.
    fn value(&mut self, json: &mut Cursor<'_>, start: usize) -> Decoded<()> {
        self.builder.mark();
        let teller = &mut self.teller;
        let mut tell = |fault: &Fault| teller.damage(start + fault.at, fault.what.clone());
        let mut intake = Intake { builder: self.builder, tell: &mut tell, patience: &mut self.patience };
        let result = trace_json::value(json, &mut intake);
        if result.is_err() {
            self.builder.rollback();
        }
        result
    }

    /// Brackets tell records apart.
    fn values(&mut self) -> bool {
        // The next piece of the text that is sound UTF-8, and where it begins.
        let (mut base, mut sound) = (0, sound_utf8(self.bytes));
        // Where the text ends but for white space.
        let written = self.bytes.trim_ascii_end().len();
        let mut ends = Ends::new(self.bytes);
        let mut between = self.chunk.between;
        let mut start = 0;
        while let Some(byte) = self.bytes.get(start).copied() {
            if SPACE.contains(&char::from(byte)) {
                start += 1;
                continue;
            }
            if b"[],{".contains(&byte) && !between.take(byte) && !self.stray(start) {
                return false;
            }
            if b"[],".contains(&byte) {
                start += 1;
                continue;
            }
            if start > base + sound.len() {
                (base, sound) = (start, sound_utf8(&self.bytes[start..]));
            }
            let (go_on, next) = match byte {
                b'{' => self.object(&sound[start - base..], (start, written), &mut ends),
                _ => {
                    between.last = Last::Comma;
                    self.junk(start, base + sound.len())
                }
            };
            if !go_on {
                return false;
            }
            start = next;
        }
        if self.chunk.last && between.arrays > 0 && !self.teller.faulty {
            let at = self.bytes.len();
            return self.teller.damage(at, "the text ends inside an array".to_owned());
        }
        true
    }

    /// Decodes the object at the beginning of `slice`, which stands at `start` and goes on as far as the text is sound
    /// UTF-8; `written` is where the whole text ends but for white space. Returns whether to go on, and where.
    fn object(&mut self, slice: &str, (start, written): (usize, usize), ends: &mut Ends<'_>) -> (bool, usize) {
        let end = start + slice.len();
        let text = if written < end { slice.get(..written - start).unwrap_or(slice) } else { slice };
        let mut json = Cursor::new(text, 0);
        let Err(fault) = self.value(&mut json, start) else { return (true, start + json.at()) };
        let go_on = if json.at() == slice.len() && end < self.bytes.len() {
            self.teller.invalid_utf8(end)
        } else {
            self.teller.damage(start + fault.at, fault.what)
        };
        let mut sound = Cursor::new(slice, 0);
        let next = match sound.skip(MAX_ANY) {
            Ok(()) => start + sound.at(),
            Err(fault) => ends.of_damaged(start).unwrap_or_else(|| {
                // A text that breaks off takes in the beginning of what comes next, up to its first quote.
                let before = &slice.as_bytes()[..fault.at.min(slice.len())];
                let inside = before.strip_suffix(b"\"").and_then(|before| memchr::memrchr(b'"', before));
                next_brace(self.bytes, start + inside.unwrap_or(before.len()).max(1))
            }),
        };
        (go_on, next)
    }

    /// Tells of something that is no object and goes on up to the next one; the text is sound UTF-8 up to `sound_to`.
    fn junk(&mut self, start: usize, sound_to: usize) -> (bool, usize) {
        let next = next_brace(self.bytes, start + 1);
        let go_on = match std::str::from_utf8(&self.bytes[start..next.min(sound_to).max(start)]) {
            Ok(slice) if !slice.is_empty() => self.slice(slice, start),
            _ => self.teller.invalid_utf8(sound_to),
        };
        (go_on, next)
    }

    /// Tells of a bracket or comma that stands, or a comma that is missing, between records.
    fn stray(&mut self, at: usize) -> bool {
        let problem = match self.bytes[at] {
            b'{' => "a comma is missing before the object".to_owned(),
            other => format!("`{}` stands where an object should", other.escape_ascii()),
        };
        self.teller.damage(at, problem)
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
                Err(fault) => return self.teller.fault(*fault),
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
                if !self.teller.fault(*fault) {
                    return false;
                }
            }
            self.teller.records += 1;
        }
    }

    /// Decodes messages behind their lengths.
    fn messages(&mut self) -> bool {
        let mut start = 0;
        while start < self.bytes.len() {
            let rest = &self.bytes[start..];
            let Some((header, length)) = otlp::framing::length(self.chunk.framing, rest) else {
                return self.teller.damage(start, "a length that is cut off or impossible".to_owned());
            };
            let left = rest.len() - header;
            if length > left {
                let problem = format!("a message of {length} bytes where only {left} are left");
                return self.teller.damage(start, problem);
            }
            let message = Slice { bytes: &rest[header..header + length], base: start + header };
            if !self.message(message) {
                return false;
            }
            self.teller.records += 1;
            start += header + length;
        }
        true
    }

    /// Decodes one message, which may be packed and may be JSON.
    fn message(&mut self, message: Slice<'_>) -> bool {
        self.builder.mark();
        let Some(packing) = Packing::of(message.bytes) else {
            return match otlp::message(message, self.builder) {
                Ok(()) => true,
                Err(fault) => {
                    self.builder.rollback();
                    self.teller.fault(*fault)
                }
            };
        };
        let problem = match self.unpack(message.bytes, packing) {
            Err(problem) => problem,
            Ok(bytes) => match otlp::message(Slice { bytes: &bytes, base: 0 }, self.builder) {
                Ok(()) => return true,
                Err(fault) => format!("{} (byte {} of the unpacked message)", fault.what, fault.at),
            },
        };
        self.builder.rollback();
        self.teller.damage(message.base, problem)
    }

    /// Unpacks a message, or says why it cannot be.
    fn unpack(&mut self, bytes: &[u8], packing: Packing) -> Result<Vec<u8>, String> {
        let allowed = MAX_MESSAGE.saturating_add(MAX_TIMES * self.bytes.len() as u64);
        let room = MAX_MESSAGE.min(allowed.saturating_sub(self.unpacked));
        let mut unpacked = Vec::new();
        let result = packing.unpack(bytes).and_then(|reader| reader.take(room + 1).read_to_end(&mut unpacked));
        self.unpacked += unpacked.len() as u64;
        match result {
            Err(error) => Err(packing.problem(&error)),
            Ok(_) if unpacked.len() as u64 <= room => Ok(unpacked),
            Ok(_) if room == MAX_MESSAGE => Err("a message that unpacks to more than 256 MiB".to_owned()),
            Ok(_) => Err("the messages unpack to more than 100 times their size".to_owned()),
        }
    }
}

/// Returns the sound UTF-8 at the beginning.
fn sound_utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).or_else(|error| std::str::from_utf8(&bytes[..error.valid_up_to()])).unwrap_or_default()
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
