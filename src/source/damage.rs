//! Tells of the damage in a chunk, with its place in the stream.

use super::{chunks::Chunk, error::Place, fault::Fault};

/// A record that could not be decoded.
#[derive(Debug)]
pub(super) struct Damage {
    /// Orders the damages of a chunk as they were told: bytes of the chunk before the fault, or before one that was told
    /// earlier and lies farther on, since the search for the next record may go back a little.
    pub(super) order: usize,
    pub(super) place: Place,
    pub(super) problem: String,
}

/// Tells of what is damaged in one chunk.
pub(super) struct Teller<'c> {
    bytes: &'c [u8],
    chunk: Chunk,
    tell: &'c mut dyn FnMut(Damage) -> bool,
    lines: LineCount,
    /// How many binary records were decoded.
    pub(super) records: u64,
    /// Whether anything was told.
    pub(super) faulty: bool,
    /// The farthest place that was told.
    farthest: usize,
}

impl<'c> Teller<'c> {
    /// Makes one for a chunk. `tell` returns whether to go on.
    pub(super) fn new(bytes: &'c [u8], chunk: Chunk, tell: &'c mut dyn FnMut(Damage) -> bool) -> Teller<'c> {
        Teller { bytes, chunk, tell, lines: LineCount::default(), records: 0, faulty: false, farthest: 0 }
    }

    /// Tells of damage at a byte of the chunk, and returns whether to go on.
    pub(super) fn damage(&mut self, at: usize, problem: String) -> bool {
        let offset = self.chunk.offset + at as u64;
        self.faulty = true;
        let place = if self.chunk.framing.is_text() {
            let lines = self.lines.before(self.bytes, at);
            Place::Line { line: self.chunk.lines + lines + 1, offset }
        } else {
            Place::Record { record: self.chunk.records + self.records + 1, offset }
        };
        self.farthest = self.farthest.max(at);
        (self.tell)(Damage { order: self.farthest, place, problem })
    }

    /// Tells of a fault whose place counts from the beginning of the chunk.
    pub(super) fn fault(&mut self, fault: Fault) -> bool {
        self.damage(fault.at, fault.what)
    }

    /// Tells of a byte that is no UTF-8.
    pub(super) fn invalid_utf8(&mut self, at: usize) -> bool {
        self.damage(at, format!("the byte 0x{:02x} is not valid UTF-8 here", self.bytes[at]))
    }
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
