//! Decodes what stands in URLs, shells, Terraform files and files for provisioning, with the map of the bytes.

use crate::document::{
    decoded::{Decoded, break_length, hex},
    source_map::SourceMap,
};

/// Calls `escape` for each byte that `is_special`; it returns what the bytes from there on stand for and how many they
/// are, or `None` if the byte stands for itself.
fn decode(
    raw: &str,
    is_special: impl Fn(u8) -> bool,
    escape: impl Fn(&str) -> Option<(String, usize)>,
) -> (String, SourceMap) {
    let bytes = raw.as_bytes();
    let mut decoded = Decoded::new(raw);
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match Some(bytes[at]).filter(|b| is_special(*b)).and_then(|_| escape(&raw[at..])) {
            Some((text, length)) => {
                decoded.verbatim(start..at);
                decoded.escaped(&text, at..at + length);
                at += length;
                start = at;
            }
            None => at += 1,
        }
    }
    decoded.verbatim(start..at);
    decoded.finish(0)
}

/// Decodes `$$`, which stands for `$`.
pub(super) fn doubled_dollar(raw: &str) -> (String, SourceMap) {
    decode(raw, |b| b == b'$', |rest| rest.starts_with("$$").then(|| ("$".to_owned(), 2)))
}

/// Decodes a part of a URL's query. The bytes of a character are one unit.
pub(super) fn percent(raw: &str) -> (String, SourceMap) {
    decode(
        raw,
        |b| matches!(b, b'%' | b'+'),
        |rest| {
            if rest.starts_with('+') {
                return Some((" ".to_owned(), 1));
            }
            let byte = |at: usize| {
                let rest = rest.as_bytes().get(at * 3..)?;
                let digits = rest.strip_prefix(b"%")?;
                hex(digits, 2).and_then(|code| u8::try_from(code).ok())
            };
            let first = byte(0)?;
            let length = match first {
                0..0x80 => 1,
                0xC0..0xE0 => 2,
                0xE0..0xF0 => 3,
                0xF0..0xF8 => 4,
                _ => return Some((char::REPLACEMENT_CHARACTER.to_string(), 3)),
            };
            let all: Option<Vec<u8>> = (0..length).map(byte).collect();
            match all.and_then(|all| String::from_utf8(all).ok()) {
                Some(text) => Some((text, length * 3)),
                None => Some((char::REPLACEMENT_CHARACTER.to_string(), 3)),
            }
        },
    )
}

/// Decodes what stands in single quotes of a shell. The quotes are left for a quote that is escaped: `'\''`, `'"'"'`.
pub(super) fn shell_single(raw: &str) -> (String, SourceMap) {
    decode(
        raw,
        |b| b == b'\'',
        |rest| {
            let escaped = ["'\\''", "'\"'\"'"].into_iter().find(|escaped| rest.starts_with(escaped))?;
            Some(("'".to_owned(), escaped.len()))
        },
    )
}

/// Decodes what stands in double quotes of a shell; its variables stay.
pub(super) fn shell_double(raw: &str) -> (String, SourceMap) {
    decode(
        raw,
        |b| b == b'\\',
        |rest| {
            let next = rest[1..].chars().next()?;
            match next {
                '"' | '\\' | '$' | '`' => Some((next.to_string(), 2)),
                '\n' | '\r' => Some((String::new(), 1 + break_length(&rest.as_bytes()[1..]))),
                _ => None,
            }
        },
    )
}

/// Decodes a quoted string of Terraform; what stands in `${…}` stays.
pub(super) fn terraform(raw: &str) -> (String, SourceMap) {
    decode(
        raw,
        |b| matches!(b, b'\\' | b'$' | b'%'),
        |rest| {
            let bytes = rest.as_bytes();
            let code = |digits: usize| {
                let c = hex(bytes.get(2..)?, digits).and_then(char::from_u32)?;
                Some((c.to_string(), 2 + digits))
            };
            let text = match bytes {
                [b'$', b'$', b'{', ..] => return Some(("${".to_owned(), 3)),
                [b'%', b'%', b'{', ..] => return Some(("%{".to_owned(), 3)),
                [b'\\', b'u', ..] => return code(4),
                [b'\\', b'U', ..] => return code(8),
                [b'\\', b'n', ..] => "\n",
                [b'\\', b'r', ..] => "\r",
                [b'\\', b't', ..] => "\t",
                [b'\\', b'"', ..] => "\"",
                [b'\\', b'\\', ..] => "\\",
                _ => return None,
            };
            Some((text.to_owned(), 2))
        },
    )
}

#[cfg(test)]
mod tests {
    use crate::document::layer::Layer;

    /// The units of the value, each with what is written for it: `value=raw`.
    fn units(layer: Layer, raw: &str) -> String {
        let (value, map) = layer.decode(raw);
        let unit = |found: &crate::document::source_map::Segment| {
            format!("{}={}", &value[found.text.clone()], &raw[found.file.clone()])
        };
        map.segments().iter().map(unit).collect::<Vec<_>>().join(" ; ")
    }

    #[test]
    fn escape_sequences_are_units() {
        for (layer, raw, expected) in [
            (Layer::DoubledDollar, "a$$b$c$$$d", "a=a ; $=$$ ; b$c=b$c ; $=$$ ; $d=$d"),
            (
                Layer::Percent,
                "%7B+a%C3%BC%zz%F0%9F%98%80%FF",
                "{=%7B ;  =+ ; a=a ; ü=%C3%BC ; %zz=%zz ; 😀=%F0%9F%98%80 ; \u{FFFD}=%FF",
            ),
            (Layer::ShellSingle, r#"a'\''b'"'"'"#, r#"a=a ; '='\'' ; b=b ; '='"'"'"#),
            (Layer::ShellDouble, "\\\"a\\b\\$c$d\\\ne", "\"=\\\" ; a\\b=a\\b ; $=\\$ ; c$d=c$d ; e=e"),
            (
                Layer::Terraform,
                r#"\"$${x}${y}%%{z}\u00fc\q"#,
                r#""=\" ; ${=$${ ; x}${y}=x}${y} ; %{=%%{ ; z}=z} ; ü=\u00fc ; \q=\q"#,
            ),
        ] {
            assert_eq!(units(layer, raw), expected);
        }
    }
}
