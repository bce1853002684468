//! Texts as they are meant, of how they are written in a URL, a shell and so on.

use super::{
    layer::Layer,
    source_map::{SourceMap, Written},
};

/// Returns what `raw` means when it is written so, with the map from that to `raw`.
pub(super) fn decode(layer: Layer, raw: &str) -> (String, SourceMap) {
    let mut value = String::with_capacity(raw.len());
    let mut map = SourceMap::default();
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let (taken, meant): (usize, Option<&str>) = match layer {
            Layer::Percent if rest.starts_with('+') => (1, Some(" ")),
            Layer::Percent => {
                let length = percent(rest, &mut bytes);
                (length, std::str::from_utf8(&bytes).ok().filter(|_| length > 0))
            }
            Layer::DoubledDollar if rest.starts_with("$$") => (2, Some("$")),
            _ => (0, None),
        };
        match meant {
            Some(meant) => {
                value.push_str(meant);
                map.push(meant.len(), at..at + taken, Written::Escaped);
                at += taken;
            }
            None => {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                value.push_str(&rest[..length]);
                map.push(length, at..at + length, Written::Verbatim);
                at += length;
            }
        }
    }
    if value.is_empty() {
        map = SourceMap::verbatim(0..raw.len());
    }
    (value, map)
}

/// Reads the bytes of one character that a text begins with, `%` and two digits each; returns how long that is.
fn percent(text: &str, bytes: &mut Vec<u8>) -> usize {
    bytes.clear();
    let byte = |at: usize| {
        let digits = text.get(at..at + 3)?.strip_prefix('%')?;
        u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    };
    let Some(first) = byte(0) else { return 0 };
    let length = match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    bytes.extend((0..length).map_while(|at| byte(at * 3)));
    bytes.len() * 3
}
