//! JSON byte for byte as Tempo, a Go program, writes it.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::model::result::float;

/// Writes a value as one line without its end: whole floats without a fraction, `<`, `>` and `&` escaped.
pub fn write<T: Serialize>(out: &mut dyn io::Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, GoFormatter)).map_err(io::Error::from)
}

struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(float(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, mut fragment: &str) -> io::Result<()> {
        // Go escapes what could end a script element or a line of JavaScript.
        while let Some(at) = fragment.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, rest) = fragment.split_at(at);
            let Some(special) = rest.chars().next() else { break };
            write!(out, "{plain}\\u{:04x}", u32::from(special))?;
            fragment = &rest[special.len_utf8()..];
        }
        out.write_all(fragment.as_bytes())
    }
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
