//! JSON byte for byte as Tempo, a Go program, writes it, but for hidden characters, which are escaped.

use std::io::{self, Write};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::{json_text::JsonText, visible};
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

/// The bytes that have an escape, or that begin a character which has one.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        special[control] = true;
        control += 1;
    }
    let mut others: &[u8] = b"\"\\<>&";
    while let Some((other, rest)) = others.split_first() {
        special[*other as usize] = true;
        others = rest;
    }
    let mut byte = 0;
    while byte < 256 {
        special[byte] |= visible::BEGINS_HIDDEN[byte];
        byte += 1;
    }
    special
};

/// Tells whether a text may have characters that Go escapes.
pub(super) fn has_escapes(text: &str) -> bool {
    text.bytes().any(|byte| SPECIAL[usize::from(byte)])
}

/// Returns what `write` writes, as a text of its own.
pub(super) fn text(write: impl FnOnce(&mut JsonText<'_>)) -> String {
    let mut out = Vec::new();
    write(&mut JsonText::as_go(&mut out));
    String::from_utf8(out).expect("JSON that is made of texts is text")
}

/// Items that one thread writes at a time, and items that are in memory as text before they go out.
const SHARE: usize = 64;
const AT_ONCE: usize = 64 * SHARE;

/// Writes a list, its items written on all threads: answers without a limit are large.
pub(super) fn write_list<T: Sync>(
    out: &mut dyn Write,
    items: &[T],
    write: impl Fn(&mut JsonText<'_>, &T) + Sync,
) -> io::Result<()> {
    let text = |items: &[T]| {
        let mut text = Vec::new();
        for (at, item) in items.iter().enumerate() {
            // Each is a value of its own to its writer.
            text.push(b',');
            write(&mut JsonText::as_go(&mut text), item);
            if at == 0 {
                // The others may be as long.
                text.reserve(text.len() * items.len());
            }
        }
        text
    };
    out.write_all(b"[")?;
    let mut is_first = true;
    for items in items.chunks(AT_ONCE) {
        for text in items.par_chunks(SHARE).map(text).collect::<Vec<_>>() {
            // The first item has no comma before it.
            out.write_all(text.get(usize::from(is_first)..).unwrap_or_default())?;
            is_first = false;
        }
    }
    out.write_all(b"]")
}

impl Formatter for GoFormatter {
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(float(value).as_bytes())
    }

    #[inline]
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if has_escapes(fragment) {
            return escape(out, fragment);
        }
        out.write_all(fragment.as_bytes())
    }
}

/// Escapes what could end a script element or a line of JavaScript, and hidden characters.
fn escape<W: ?Sized + Write>(out: &mut W, mut fragment: &str) -> io::Result<()> {
    let is_special = |c: char| matches!(c, '<' | '>' | '&') || visible::is_escaped(c);
    while let Some(at) = fragment.find(is_special) {
        let (plain, rest) = fragment.split_at(at);
        let Some(special) = rest.chars().next() else { break };
        write!(out, "{plain}{}", visible::json_escape(special))?;
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

    #[test]
    fn lists_are_in_order_however_many_threads_write_them() {
        for len in [0, 1, 2, AT_ONCE + 3] {
            let items: Vec<usize> = (0..len).collect();
            let (mut list, mut whole) = (Vec::new(), Vec::new());
            write_list(&mut list, &items, |json, item| json.number(*item)).expect("memory takes everything");
            write(&mut whole, &items).expect("memory takes everything");
            assert_eq!(list, whole);
        }
    }
}
