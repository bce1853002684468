//! Values as a query writes them, on one line and without anything that a terminal would obey.

use crate::{model::result::Datum, output::text::visible};

/// Returns a value, text in quotes so that its ends can be seen; what goes far beyond `room` columns is left out.
pub(super) fn literal(value: &Datum, room: usize) -> String {
    let mut text = String::new();
    // Some characters take no room.
    let mut left = 4 * room + 16;
    write(&mut text, &mut left, value);
    text
}

fn write(text: &mut String, left: &mut usize, value: &Datum) {
    match value {
        Datum::String(string) => quote(text, left, string),
        Datum::Array(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if *left == 0 {
                    break;
                }
                text.push_str(if at == 0 { "" } else { ", " });
                write(text, left, value);
                *left = left.saturating_sub(1);
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

fn quote(text: &mut String, left: &mut usize, string: &str) {
    text.push('"');
    for c in string.chars() {
        if *left == 0 {
            text.push('…');
            return;
        }
        *left -= 1;
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c => text.push(visible(c)),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_on_their_line() {
        let text = |string: &str| Datum::String(string.to_owned());
        assert_eq!(literal(&text("a\n\"b\"\\\t\u{1b}[2J"), 80), r#""a\n\"b\"\\\t␛[2J""#);
        let array = Datum::Array(vec![text("a b"), text("c")]);
        assert_eq!(literal(&array, 80), r#"["a b", "c"]"#);
        assert_eq!(literal(&Datum::Int(-7), 80), "-7");
        let long = literal(&text(&"x".repeat(1_000_000)), 10);
        assert!(long.len() < 100 && long.ends_with('…'), "{long}");
    }
}
