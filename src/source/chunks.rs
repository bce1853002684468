//! Cuts a stream into chunks of whole records, so that several threads can decode it and nobody holds it whole.

use super::{
    brackets::{Between, Ends, Found, Last, ObjectEnd, object_end},
    error::{CURE_FORMAT, Place, SourceError},
    format::{self, Framing},
    otlp::framing,
    stream::Stream,
};

/// How much is read at once. Large enough that the tables of a fragment pay, small enough for a few to be in flight on
/// every thread.
const CHUNK: usize = 4 << 20;

/// The longest record. Texts and rows of a fragment are numbered with 32 bits, which this keeps them within.
pub(super) const MAX_RECORD: usize = 1 << 30;

/// Maximum of bytes, in a stream of JSON, in which the end of a broken record is looked for before they are decoded as
/// they are.
const MAX_BROKEN: usize = 16 * CHUNK;

/// Bytes with room behind them, kept from chunk to chunk so that memory is not cleared again and again.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
}

impl Buffer {
    /// Returns what the chunk holds.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Empties the buffer; the room that a giant record needed is given back.
    fn clear(&mut self) {
        self.filled = 0;
        if self.bytes.len() > 4 * CHUNK {
            self.bytes = Vec::new();
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.room(bytes.len());
        self.bytes[self.filled..self.filled + bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }

    /// Returns room for `bytes` bytes behind what is filled.
    fn room(&mut self, bytes: usize) -> &mut [u8] {
        let end = self.filled + bytes;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.filled..end]
    }
}

/// Where a chunk stood in its stream, and what it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// How its records follow each other.
    pub(super) framing: Framing,
    /// Bytes of the stream before it.
    pub(super) offset: u64,
    /// Line breaks before it, if it is text.
    pub(super) lines: u64,
    /// Records before it, if it is binary.
    pub(super) records: u64,
    /// Chunks before it.
    pub(super) sequence: u32,
    /// Where it begins between objects, if brackets tell its records apart.
    pub(super) between: Between,
    /// Whether the stream ends with it, and as it should.
    pub(super) last: bool,
}

/// A stream that is being cut.
pub(super) struct Chunks {
    stream: Stream,
    /// What the last chunk left behind: the beginning of a record.
    carry: Vec<u8>,
    next: Chunk,
    /// How many bytes of white space, and of nothing else, came last.
    blank: usize,
    started: bool,
    ended: bool,
    /// What ended the stream too early, told after what came before it.
    error: Option<SourceError>,
}

/// What is known of the records in a piece of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    /// How many bytes hold whole records.
    pub(super) end: usize,
    /// How many records these are, if they are binary.
    pub(super) records: u64,
    /// Nothing behind `end` can be told apart any more.
    pub(super) lost: bool,
}

impl Chunks {
    /// Starts cutting.
    pub(super) fn new(stream: Stream) -> Chunks {
        let next = Chunk {
            framing: Framing::Lines,
            offset: 0,
            lines: 0,
            records: 0,
            sequence: 0,
            between: Between::START,
            last: false,
        };
        Chunks { stream, carry: Vec::new(), next, blank: 0, started: false, ended: false, error: None }
    }

    /// Returns how many bytes were read, before unpacking.
    pub(super) fn raw_bytes(&self) -> u64 {
        self.stream.raw_bytes()
    }

    /// Returns what the stream holds and how it is packed, once the first chunk was read.
    pub(super) fn format(&self) -> String {
        let framing = self.next.framing.name();
        self.stream.packing().map_or(framing.to_owned(), |packing| format!("{framing}, {packing}"))
    }

    /// Reads the next chunk into `buffer`; `None` at the end.
    ///
    /// # Errors
    ///
    /// The stream holds no traces, breaks off, or has a record too large to hold. It has ended then.
    pub(super) fn next(&mut self, buffer: &mut Buffer) -> Result<Option<Chunk>, SourceError> {
        buffer.clear();
        if self.ended {
            return self.error.take().map_or(Ok(None), Err);
        }
        buffer.push(&self.carry);
        self.carry.clear();
        let mut target = CHUNK;
        loop {
            self.fill(buffer, target);
            if !self.started {
                self.start(buffer)?;
            }
            let before = self.next;
            let cut = self.cut(buffer.bytes());
            let whole = self.ended && self.error.is_none() || cut.lost;
            if cut.end == 0 && !whole && !self.ended {
                target *= 4;
                if target > MAX_RECORD {
                    self.ended = true;
                    return Err(self.failure("a record of more than 1 GiB", "split the file into smaller records"));
                }
                continue;
            }
            let end = if whole { buffer.filled } else { cut.end };
            self.ended |= cut.lost;
            self.carry.extend_from_slice(&buffer.bytes()[end..]);
            buffer.filled = end;
            if end == 0 {
                return self.error.take().map_or(Ok(None), Err);
            }
            self.blank = if is_blank(buffer.bytes()) { self.blank + end } else { 0 };
            if self.blank > MAX_RECORD && self.next.framing.is_text() {
                self.ended = true;
                return Err(self.failure("more than 1 GiB of white space in a row", "remove it"));
            }
            let mut chunk = before;
            chunk.last = whole && self.ended;
            self.next.offset += end as u64;
            self.next.records += cut.records;
            self.next.sequence += 1;
            if chunk.framing.is_text() {
                self.next.lines += memchr::memchr_iter(b'\n', buffer.bytes()).count() as u64;
            }
            return Ok(Some(chunk));
        }
    }

    /// Reads until the buffer holds `target` bytes or the stream ends.
    fn fill(&mut self, buffer: &mut Buffer, target: usize) {
        let wanted = target.saturating_sub(buffer.filled);
        // One byte more than expected lets the end be seen at once.
        let expected = self.stream.expected().and_then(|bytes| usize::try_from(bytes + 1).ok());
        let first = wanted.min(expected.unwrap_or(wanted));
        for room in [first, wanted - first] {
            if self.ended || room == 0 {
                return;
            }
            let (came, error) = self.stream.fill(buffer.room(room));
            buffer.filled += came;
            self.ended = came < room;
            self.error = error;
        }
    }

    /// Finds out what the stream holds.
    fn start(&mut self, buffer: &mut Buffer) -> Result<(), SourceError> {
        self.started = true;
        if let Some(error) = self.error.take_if(|_| buffer.filled == 0) {
            return Err(error);
        }
        if buffer.bytes().starts_with(b"\xef\xbb\xbf") {
            buffer.bytes.drain(..3);
            buffer.filled -= 3;
            self.next.offset = 3;
        }
        match format::detect(buffer.bytes(), self.ended) {
            Ok(framing) => {
                self.next.framing = framing;
                Ok(())
            }
            Err(problem) => {
                self.ended = true;
                self.error = None;
                Err(self.failure(&problem, CURE_FORMAT))
            }
        }
    }

    fn failure(&self, problem: &str, cure: &str) -> SourceError {
        let place = match self.next.offset {
            0 | 3 => Place::File,
            offset if self.next.framing.is_text() => Place::Line { line: self.next.lines + 1, offset },
            offset => Place::Record { record: self.next.records + 1, offset },
        };
        SourceError { file: self.stream.name.clone(), place, problem: problem.to_owned(), cure: cure.to_owned() }
    }

    /// Finds the whole records at the beginning of `bytes`.
    fn cut(&mut self, bytes: &[u8]) -> Cut {
        match self.next.framing {
            Framing::Lines => Cut { end: self.cut_lines(bytes), ..Cut::default() },
            Framing::Values => self.cut_values(bytes),
            Framing::Wrapped => Cut::default(),
            Framing::Message | Framing::Prefixed | Framing::Delimited => framing::cut(self.next.framing, bytes),
        }
    }

    /// Finds the last record that lines tell apart. What cannot become part of a record is not waited for.
    fn cut_lines(&self, bytes: &[u8]) -> usize {
        let end = last_line_start(bytes, self.error.is_some());
        if end > 0 || self.ended {
            return end;
        }
        let goes_on = match bytes.trim_ascii_start() {
            [] => false,
            [b'{', ..] => {
                let start = next_brace(bytes, 0);
                match object_end(bytes, start) {
                    ObjectEnd::At(end) => !is_blank(&bytes[end..]),
                    ObjectEnd::Beyond => true,
                    ObjectEnd::Broken(_) => bytes.len() < MAX_BROKEN,
                }
            }
            _ => true,
        };
        if goes_on { 0 } else { bytes.len() }
    }

    fn cut_values(&mut self, bytes: &[u8]) -> Cut {
        let mut between = self.next.between;
        let mut ends = Ends::new(bytes);
        let (mut at, mut end, mut is_broken) = (0, 0, false);
        while let Some(byte) = bytes.get(at).copied() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'[' | b']' | b',' => {
                    between.take(byte);
                    at += 1;
                }
                b'{' => match ends.find(at) {
                    Found::End(next) => {
                        between.take(byte);
                        at = next;
                        (end, self.next.between) = (at, between);
                    }
                    Found::Beyond => break,
                    Found::Broken(next) => {
                        between.take(byte);
                        is_broken = true;
                        at = next_brace(bytes, next);
                    }
                },
                _ => {
                    between.last = Last::Comma;
                    is_broken = true;
                    at = next_brace(bytes, at);
                }
            }
        }
        // Where no object is open, what separates objects need not be kept until one comes, nor need junk without end.
        let waits = at < bytes.len() || is_broken && bytes.len() < MAX_BROKEN;
        if end == 0 && !waits && !self.ended {
            (end, self.next.between) = (at, between);
        }
        Cut { end, ..Cut::default() }
    }
}

/// Tells whether there is nothing but white space.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().is_empty()
}

/// Returns where the next object may begin, or the end.
pub(super) fn next_brace(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memchr(b'{', rest).map_or(bytes.len(), |at| from + at)
}

/// Returns where the last record begins that may go on behind `bytes`: at the last line that begins with `{`, or, if
/// the stream broke off, at the last line break.
fn last_line_start(bytes: &[u8], broke_off: bool) -> usize {
    if broke_off {
        return memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    }
    let mut end = bytes.len();
    while let Some(at) = memchr::memrchr(b'\n', &bytes[..end]) {
        if bytes.get(at + 1) == Some(&b'{') {
            return at + 1;
        }
        end = at;
    }
    0
}
