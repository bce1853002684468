//! Attribute values of any shape, and the text that stands for those which TraceQL cannot see.
//!
//! The text is protobuf's JSON of OTLP's `AnyValue`, always spelled in one way: `{"bytesValue":"AQI="}`,
//! `{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}`, `{"arrayValue":{}}`, `{}` for no value at all.

use super::{base64, json::Cursor};

/// A value of an attribute, as OTLP has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum AnyValue {
    /// No value: null.
    #[default]
    Empty,
    /// Text.
    Str(String),
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Values of any types.
    Array(Vec<AnyValue>),
    /// Keys and values.
    Map(Vec<(String, AnyValue)>),
}

impl AnyValue {
    /// How deep arrays and maps may nest; readers take deeper values for damage.
    pub const MAX_DEPTH: usize = 256;

    /// Returns the text that stands for the value.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// Recurses as deep as the value nests.
    fn write(&self, text: &mut String) {
        match self {
            AnyValue::Empty => text.push_str("{}"),
            AnyValue::Str(value) => member(text, "stringValue", &json(value)),
            AnyValue::Bool(value) => member(text, "boolValue", if *value { "true" } else { "false" }),
            AnyValue::Int(value) => member(text, "intValue", &format!("\"{value}\"")),
            AnyValue::Float(value) => member(text, "doubleValue", &float(*value)),
            AnyValue::Bytes(value) => member(text, "bytesValue", &format!("\"{}\"", base64::encode(value))),
            AnyValue::Array(values) => list(text, "arrayValue", values, AnyValue::write),
            AnyValue::Map(pairs) => list(text, "kvlistValue", pairs, |(key, value), text| {
                text.push_str("{\"key\":");
                text.push_str(&json(key));
                text.push_str(",\"value\":");
                value.write(text);
                text.push('}');
            }),
        }
    }

    /// Reads the text that stands for a value; `None` for any other text, and for values that nest too deep.
    pub fn parse(text: &str) -> Option<AnyValue> {
        let mut json = Cursor::new(text, 0);
        let value = value(&mut json, 0)?;
        json.peek().is_none().then_some(value)
    }
}

fn member(text: &mut String, name: &str, value: &str) {
    text.extend(["{\"", name, "\":", value, "}"]);
}

fn list<T>(text: &mut String, name: &str, elements: &[T], write: impl Fn(&T, &mut String)) {
    text.extend(["{\"", name, "\":{"]);
    for (at, element) in elements.iter().enumerate() {
        text.push_str(if at == 0 { "\"values\":[" } else { "," });
        write(element, text);
    }
    text.push_str(if elements.is_empty() { "}}" } else { "]}}" });
}

/// Returns a text as JSON has it.
fn json(text: &str) -> String {
    serde_json::to_string(text).expect("every text can be written")
}

/// Returns a float as protobuf's JSON has it: digits that read back the same, words where no digits do.
pub fn float(value: f64) -> String {
    match serde_json::Number::from_f64(value) {
        Some(number) => number.to_string(),
        None if value.is_nan() => "\"NaN\"".to_owned(),
        None if value > 0.0 => "\"Infinity\"".to_owned(),
        None => "\"-Infinity\"".to_owned(),
    }
}

/// Reads a value around which `depth` arrays and maps stand; nothing if anything in it is not known.
fn value(json: &mut Cursor<'_>, depth: usize) -> Option<AnyValue> {
    if depth > AnyValue::MAX_DEPTH {
        return None;
    }
    let mut value = AnyValue::Empty;
    let mut members = json.object().ok()??;
    while let Some(name) = json.key(&mut members).ok()? {
        value = match &*name {
            "stringValue" => AnyValue::Str(json.string().ok()?.into_owned()),
            "boolValue" => AnyValue::Bool(json.bool().ok()?),
            "intValue" => AnyValue::Int(json.number_or_string().ok()?.parse().ok()?),
            "doubleValue" => AnyValue::Float(json.number_or_string().ok()?.parse().ok()?),
            "bytesValue" => AnyValue::Bytes(base64::decode_all(&json.string().ok()?)?),
            "arrayValue" => AnyValue::Array(values(json, |json| self::value(json, depth + 1))?),
            "kvlistValue" => AnyValue::Map(values(json, |json| pair(json, depth + 1))?),
            _ => return None,
        };
    }
    Some(value)
}

fn pair(json: &mut Cursor<'_>, depth: usize) -> Option<(String, AnyValue)> {
    let (mut key, mut value) = (String::new(), AnyValue::Empty);
    let mut members = json.object().ok()??;
    while let Some(name) = json.key(&mut members).ok()? {
        match &*name {
            "key" => key = json.string().ok()?.into_owned(),
            "value" => value = self::value(json, depth)?,
            _ => return None,
        }
    }
    Some((key, value))
}

/// Reads `{"values": […]}`.
fn values<T>(json: &mut Cursor<'_>, mut read: impl FnMut(&mut Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    let mut values = Vec::new();
    let mut members = json.object().ok()??;
    while let Some(name) = json.key(&mut members).ok()? {
        if name != "values" {
            return None;
        }
        let mut elements = json.array().ok()??;
        while json.element(&mut elements).ok()? {
            values.push(read(json)?);
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::AnyValue;

    fn nested(depth: usize) -> AnyValue {
        (0..depth).fold(AnyValue::Int(1), |inner, _| AnyValue::Array(vec![inner]))
    }

    #[test]
    fn each_shape_has_one_text_and_is_read_from_it() {
        let pairs = vec![("a\"".to_owned(), AnyValue::Int(-1)), (String::new(), AnyValue::Empty)];
        let cases = [
            (AnyValue::Empty, "{}"),
            (AnyValue::Str("x\n}".to_owned()), r#"{"stringValue":"x\n}"}"#),
            (AnyValue::Bool(true), r#"{"boolValue":true}"#),
            (AnyValue::Int(i64::MIN), r#"{"intValue":"-9223372036854775808"}"#),
            (AnyValue::Float(-0.0), r#"{"doubleValue":-0.0}"#),
            (AnyValue::Float(f64::NEG_INFINITY), r#"{"doubleValue":"-Infinity"}"#),
            (AnyValue::Bytes(vec![1, 2]), r#"{"bytesValue":"AQI="}"#),
            (AnyValue::Array(Vec::new()), r#"{"arrayValue":{}}"#),
            (nested(2), r#"{"arrayValue":{"values":[{"arrayValue":{"values":[{"intValue":"1"}]}}]}}"#),
            (
                AnyValue::Map(pairs),
                r#"{"kvlistValue":{"values":[{"key":"a\"","value":{"intValue":"-1"}},{"key":"","value":{}}]}}"#,
            ),
        ];
        for (value, text) in cases {
            assert_eq!(value.text(), text);
            assert_eq!(AnyValue::parse(text), Some(value), "{text}");
        }
    }

    #[test]
    fn other_spellings_are_read_and_other_texts_are_not() {
        let spaced = " { \"arrayValue\" : { \"values\" : [ { \"intValue\" : 7 } , { } ] } } ";
        assert_eq!(AnyValue::parse(spaced), Some(AnyValue::Array(vec![AnyValue::Int(7), AnyValue::Empty])));
        let wrong = ["", "x", "{", "{}{}", "[]", r#"{"intValue":"x"}"#, r#"{"other":1}"#, r#"{"stringValue":"\"}"#];
        for text in wrong {
            assert_eq!(AnyValue::parse(text), None, "{text}");
        }
    }

    #[test]
    fn values_nest_as_deep_as_readers_let_them() {
        let deepest = nested(AnyValue::MAX_DEPTH);
        assert_eq!(AnyValue::parse(&deepest.text()), Some(deepest));
        assert_eq!(AnyValue::parse(&nested(AnyValue::MAX_DEPTH + 1).text()), None);
    }
}
