//! JSON byte for byte as Tempo, a Go program, writes it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::model::result::float;

/// Writes a value as one line without its end: whole floats without a fraction, `<`, `>` and `&` escaped.
pub fn write<T: Serialize>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    let mut buffer = Buffer { bytes: Vec::new(), out };
    value.serialize(&mut Serializer::with_formatter(&mut buffer, GoFormatter)).map_err(io::Error::from)?;
    buffer.flush()
}

/// Collects small pieces: a call through a pointer for each brace would cost more than all the rest.
struct Buffer<'o> {
    bytes: Vec<u8>,
    out: &'o mut dyn Write,
}

impl Buffer<'_> {
    const ENOUGH: usize = 64 << 10;
}

impl Write for Buffer<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() < Buffer::ENOUGH { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

struct GoFormatter;

/// The bytes that Go escapes, or that begin a character which it escapes.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[b'&' as usize] = true;
    // U+2028 and U+2029, among others.
    special[0xe2] = true;
    special
};

impl Formatter for GoFormatter {
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(float(value).as_bytes())
    }

    #[inline]
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().any(|byte| SPECIAL[usize::from(byte)]) {
            return escape(out, fragment);
        }
        out.write_all(fragment.as_bytes())
    }
}

/// Escapes what could end a script element or a line of JavaScript.
fn escape<W: ?Sized + Write>(out: &mut W, mut fragment: &str) -> io::Result<()> {
    while let Some(at) = fragment.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        let (plain, rest) = fragment.split_at(at);
        let Some(special) = rest.chars().next() else { break };
        write!(out, "{plain}\\u{:04x}", u32::from(special))?;
        fragment = &rest[special.len_utf8()..];
    }
    out.write_all(fragment.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_gos_escapes() {
        let mut out = Vec::new();
        write(&mut out, &"<a & \"b\">\n\u{2028}ü").expect("memory takes everything");
        assert_eq!(String::from_utf8_lossy(&out), r#""\u003ca \u0026 \"b\"\u003e\n\u2028ü""#);
    }
}
