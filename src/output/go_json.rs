//! JSON byte for byte as Tempo, a Go program, writes it.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

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

/// Returns a finite float in the shortest form that Go's JSON has: `1`, `0.25`, `1e+300`, `1e-7`.
pub fn float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        // Display never uses an exponent and gives the shortest digits that read back the same.
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_have_gos_form() {
        let forms = [1.0, -5.5, 0.0, -0.0, 1e300, 1e-7, 1e-6, 123456789012345680000.0, 1e21, 0.1, 1.5e-9];
        let texts =
            ["1", "-5.5", "0", "-0", "1e+300", "1e-7", "0.000001", "123456789012345680000", "1e+21", "0.1", "1.5e-9"];
        assert_eq!(forms.map(float), texts);
    }

    #[test]
    fn strings_have_gos_escapes() {
        let mut out = Vec::new();
        write(&mut out, &"<a & \"b\">\n\u{2028}ü").expect("memory takes everything");
        assert_eq!(String::from_utf8_lossy(&out), r#""\u003ca \u0026 \"b\"\u003e\n\u2028ü""#);
    }
}
