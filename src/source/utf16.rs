//! Turns UTF-16 into UTF-8 on the way in.

use std::io::{self, Read};

/// Reads UTF-16 and gives out UTF-8, the mark at the beginning included. Halves of pairs, and a byte too many at the end,
/// become U+FFFD, as half a pair in an escape does.
pub(super) struct FromUtf16<R> {
    reader: R,
    is_big_endian: bool,
    /// The first half of a pair whose second half is still to come.
    half: Option<u16>,
    /// Bytes that were read; an odd last one is kept for the next time.
    raw: Vec<u8>,
    /// Text that was not given out yet, and how much of it was.
    text: String,
    given: usize,
    ended: bool,
}

/// How much is read at once.
const PIECE: usize = 32 << 10;

/// Returns whether text is big-endian, if it begins with the mark of UTF-16.
pub(super) fn endianness(start: &[u8]) -> Option<bool> {
    match start {
        [0xff, 0xfe, ..] => Some(false),
        [0xfe, 0xff, ..] => Some(true),
        _ => None,
    }
}

impl<R: Read> FromUtf16<R> {
    /// Makes one for what `reader` gives out.
    pub(super) fn new(reader: R, is_big_endian: bool) -> FromUtf16<R> {
        let (raw, text) = (Vec::with_capacity(PIECE), String::with_capacity(PIECE));
        FromUtf16 { reader, is_big_endian, half: None, raw, text, given: 0, ended: false }
    }

    /// Reads and converts the next piece.
    fn advance(&mut self) -> io::Result<()> {
        (self.given, self.ended) = (0, true);
        self.text.clear();
        let kept = self.raw.len();
        self.raw.resize(PIECE, 0);
        let read = loop {
            match self.reader.read(&mut self.raw[kept..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.raw.truncate(kept + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        let (pairs, odd) = self.raw.as_chunks::<2>();
        for pair in pairs {
            let unit = if self.is_big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
            push(unit, &mut self.half, &mut self.text);
        }
        if self.ended && (self.half.take().is_some() || !odd.is_empty()) {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        self.raw.drain(..pairs.len() * 2);
        Ok(())
    }
}

/// Adds a unit to the text; the first half of a pair waits in `half`.
fn push(unit: u16, half: &mut Option<u16>, text: &mut String) {
    match (half.take(), unit) {
        (Some(high), 0xDC00..0xE000) => {
            let code = 0x10000 + (u32::from(high - 0xD800) << 10) + u32::from(unit - 0xDC00);
            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return;
        }
        (Some(_), _) => text.push(char::REPLACEMENT_CHARACTER),
        (None, _) => {}
    }
    if (0xD800..0xDC00).contains(&unit) {
        *half = Some(unit);
    } else {
        text.push(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

impl<R: Read> Read for FromUtf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.advance()?;
        }
        let given = (&self.text.as_bytes()[self.given..]).read(buffer)?;
        self.given += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::FromUtf16;

    /// Gives out one byte at a time.
    struct Slow<'b>(&'b [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let few = buffer.len().min(1);
            self.0.read(&mut buffer[..few])
        }
    }

    fn converted(units: &[u16], odd: &[u8]) -> String {
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).chain(odd.iter().copied()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).chain(odd.iter().copied()).collect();
        let mut texts = [const { String::new() }; 4];
        FromUtf16::new(&little[..], false).read_to_string(&mut texts[0]).expect("memory can be read");
        FromUtf16::new(Slow(&little), false).read_to_string(&mut texts[1]).expect("memory can be read");
        FromUtf16::new(&big[..], true).read_to_string(&mut texts[2]).expect("memory can be read");
        FromUtf16::new(Slow(&big), true).read_to_string(&mut texts[3]).expect("memory can be read");
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        texts[0].clone()
    }

    #[test]
    fn characters_in_both_orders_and_in_pieces() {
        let text = "{\"naïve\": \"日本 😀\"}\n".repeat(5000);
        assert_eq!(converted(&text.encode_utf16().collect::<Vec<_>>(), b""), text);
    }

    #[test]
    fn halves_of_pairs_and_of_units() {
        assert_eq!(converted(&[0xD83D, 0x41], b""), "\u{fffd}A");
        assert_eq!(converted(&[0xDE00, 0x41], b""), "\u{fffd}A");
        assert_eq!(converted(&[0xD83D, 0xD83D, 0xDE00], b""), "\u{fffd}😀");
        assert_eq!(converted(&[0x41, 0xD83D], b""), "A\u{fffd}");
        assert_eq!(converted(&[0x41], b"x"), "A\u{fffd}");
        assert_eq!(converted(&[], b""), "");
    }
}
