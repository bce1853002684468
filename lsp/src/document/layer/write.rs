//! Writes a text so that it can stand in the middle of another.

use std::fmt::Write as _;

use super::Layer;

/// Returns how `text` is written in a layer; `None` where that cannot be.
pub(super) fn write(layer: Layer, text: &str) -> Option<String> {
    match layer {
        Layer::Raw => Some(text.to_owned()),
        Layer::Json => Some(escaped(text, json)),
        Layer::YamlPlain => is_plain(text).then(|| text.to_owned()),
        Layer::YamlSingle => is_printable(text).then(|| text.replace('\'', "''")),
        Layer::YamlDouble => Some(escaped(text, yaml_double)),
        Layer::YamlLiteral(indent) => {
            let is_writable = text.split('\n').all(is_printable);
            is_writable.then(|| text.replace('\n', &format!("\n{}", " ".repeat(indent))))
        }
        Layer::YamlFolded(_) => is_printable(text).then(|| text.to_owned()),
        Layer::DoubledDollar => Some(text.replace('$', "$$")),
        Layer::Percent => Some(percent(text)),
        Layer::ShellSingle => Some(text.replace('\'', r"'\''")),
        Layer::ShellDouble => Some(escaped(text, shell_double)),
        Layer::Terraform => Some(escaped(&text.replace("${", "$${").replace("%{", "%%{"), terraform)),
    }
}

/// Returns a scalar in quotes, for one that stood without.
pub(in crate::document) fn yaml_quoted(text: &str) -> String {
    match write(Layer::YamlSingle, text) {
        Some(written) => format!("'{written}'"),
        None => format!("\"{}\"", escaped(text, yaml_double)),
    }
}

fn escaped(text: &str, escape: impl Fn(&mut String, char)) -> String {
    let mut written = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| escape(&mut written, c));
    written
}

/// Adds the short escape sequence of a character that most languages have; returns whether there is one.
fn short(written: &mut String, c: char) -> bool {
    let sequence = match c {
        '"' => r#"\""#,
        '\\' => r"\\",
        '\n' => r"\n",
        '\r' => r"\r",
        '\t' => r"\t",
        _ => return false,
    };
    written.push_str(sequence);
    true
}

fn code(written: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = if u32::from(c) < 0x10000 {
        write!(written, "\\u{:04x}", u32::from(c))
    } else {
        write!(written, "\\U{:08x}", u32::from(c))
    };
}

fn json(written: &mut String, c: char) {
    match c {
        _ if short(written, c) => {}
        '\u{8}' => written.push_str(r"\b"),
        '\u{c}' => written.push_str(r"\f"),
        '\0'..' ' => code(written, c),
        _ => written.push(c),
    }
}

fn yaml_double(written: &mut String, c: char) {
    match c {
        _ if short(written, c) => {}
        _ if is_yaml(c) => written.push(c),
        _ => code(written, c),
    }
}

fn terraform(written: &mut String, c: char) {
    match c {
        _ if short(written, c) => {}
        _ if c.is_control() => code(written, c),
        _ => written.push(c),
    }
}

fn shell_double(written: &mut String, c: char) {
    if matches!(c, '"' | '\\' | '$' | '`') {
        written.push('\\');
    }
    written.push(c);
}

fn percent(text: &str) -> String {
    let mut written = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            written.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// Tells whether a character may stand in YAML as it is. The separators of lines and paragraphs may, but readers of
/// YAML 1.1 take them for line breaks.
fn is_yaml(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{FEFF}' | '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Tells whether a text may stand in one line of YAML. Tabs may.
fn is_printable(text: &str) -> bool {
    text.chars().all(|c| c == '\t' || is_yaml(c))
}

/// Tells whether a text may stand in the middle of a scalar without quotes, in brackets too.
fn is_plain(text: &str) -> bool {
    is_printable(text) && !text.contains([',', '[', ']', '{', '}']) && !text.starts_with('#') && !text.ends_with(':')
}
