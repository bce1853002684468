//! Values of attributes: as the data has them, and as a query writes them.

use crate::{
    model::{any_value::AnyValue, result::Datum},
    output::visible::visible,
};

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// One that TraceQL sees.
    Seen(Datum),
    /// One that it takes for absent.
    Unseen(AnyValue),
}

impl Value {
    /// Returns the text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Value::Seen(Datum::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns the value on one line and without anything that a terminal would obey: text in quotes so that its ends can
    /// be seen, bytes in hex. What goes far beyond `room` columns is left out.
    pub(super) fn literal(&self, room: usize) -> String {
        // Some characters take no room.
        let mut writer = Writer { text: String::new(), left: room.saturating_mul(4).saturating_add(16) };
        match self {
            Value::Seen(datum) => writer.datum(datum),
            Value::Unseen(value) => writer.any(value),
        }
        writer.text
    }
}

/// Writes values until it has no room left.
struct Writer {
    text: String,
    /// How many characters of texts, and how many elements, are still to be written.
    left: usize,
}

impl Writer {
    fn datum(&mut self, value: &Datum) {
        match value {
            Datum::String(string) => self.quote(string),
            Datum::Array(values) => self.list("[", values, "]", Writer::datum),
            other => self.text.push_str(&other.to_string()),
        }
    }

    /// Recurses as deep as the value nests.
    fn any(&mut self, value: &AnyValue) {
        match value {
            AnyValue::Empty => self.text.push_str("null"),
            AnyValue::Str(string) => self.quote(string),
            AnyValue::Bool(b) => self.datum(&Datum::Bool(*b)),
            AnyValue::Int(n) => self.datum(&Datum::Int(*n)),
            AnyValue::Float(x) => self.datum(&Datum::Float(*x)),
            AnyValue::Bytes(bytes) => {
                self.text.push_str("0x");
                self.list("", bytes, "", |writer, byte| writer.text.push_str(&format!("{byte:02x}")));
            }
            AnyValue::Array(values) => self.list("[", values, "]", Writer::any),
            AnyValue::Map(pairs) => self.list("{", pairs, "}", |writer, (key, value)| {
                writer.quote(key);
                writer.text.push_str(": ");
                writer.any(value);
            }),
        }
    }

    fn list<T>(&mut self, open: &str, elements: &[T], close: &str, write: impl Fn(&mut Writer, &T)) {
        self.text.push_str(open);
        for (at, element) in elements.iter().enumerate() {
            if at > 0 && !open.is_empty() {
                self.text.push_str(", ");
            }
            if self.left == 0 {
                self.text.push('…');
                return;
            }
            write(self, element);
            self.left = self.left.saturating_sub(1);
        }
        self.text.push_str(close);
    }

    fn quote(&mut self, string: &str) {
        self.text.push('"');
        for c in string.chars() {
            if self.left == 0 {
                self.text.push('…');
                return;
            }
            self.left -= 1;
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                c => self.text.push(visible(c)),
            }
        }
        self.text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(string: &str) -> Datum {
        Datum::String(string.to_owned())
    }

    #[test]
    fn values_stay_on_their_line() {
        let literal = |datum: Datum| Value::Seen(datum).literal(80);
        assert_eq!(literal(text("a\n\"b\"\\\t\u{1b}[2J")), r#""a\n\"b\"\\\t␛[2J""#);
        assert_eq!(literal(Datum::Array(vec![text("a b"), text("c")])), r#"["a b", "c"]"#);
        assert_eq!(literal(Datum::Int(-7)), "-7");
    }

    #[test]
    fn values_that_no_query_sees_are_shown_too() {
        let map = AnyValue::Map(vec![
            ("a".to_owned(), AnyValue::Array(vec![AnyValue::Int(1), AnyValue::Empty, AnyValue::Str("x".to_owned())])),
            ("b".to_owned(), AnyValue::Bytes(vec![0, 255])),
        ]);
        assert_eq!(Value::Unseen(map).literal(80), r#"{"a": [1, null, "x"], "b": 0x00ff}"#);
    }

    #[test]
    fn long_values_are_cut() {
        let long = [
            Value::Seen(text(&"x".repeat(1_000_000))),
            Value::Seen(Datum::Array(vec![Datum::Int(1); 1_000_000])),
            Value::Unseen(AnyValue::Bytes(vec![1; 1_000_000])),
            Value::Unseen(AnyValue::Array(vec![AnyValue::Array(vec![AnyValue::Empty; 1_000]); 1_000])),
        ];
        for value in long {
            let text = value.literal(10);
            assert!(text.len() < 1_000 && text.ends_with('…'), "{text}");
        }
    }
}
