//! Tempo's JSON, read tolerantly: unknown fields are stepped over, what is missing or `null` is zero or empty, numbers may
//! be strings.

pub(super) mod catalog;
pub(super) mod metrics;
pub(super) mod search;
mod size;
pub(super) mod trace;

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use super::{error::RemoteError, reply::Reply};
use crate::model::result::{Datum, Inspected, ServerWork};

/// Reads the body of an answer.
///
/// # Errors
///
/// It is no JSON object, not of that form, or takes more memory than it may.
pub(super) fn json<'b, T: Deserialize<'b>>(reply: &'b Reply) -> Result<T, RemoteError> {
    let decoded = size::decoded(reply.json()?);
    reply.body.reserve_more(decoded).map_err(|error| reply.exhausted(error))?;
    shallow(reply)
}

/// Reads the body of an answer of which little is kept beside its text.
///
/// # Errors
///
/// As [`json`].
pub(super) fn shallow<'b, T: Deserialize<'b>>(reply: &'b Reply) -> Result<T, RemoteError> {
    let text = reply.json()?;
    serde_json::from_str(text).map(|Object(value)| value).map_err(|error| reply.damaged(error))
}

/// A value that is an object: what is derived would take an array of its members too.
pub(super) struct Object<T>(pub(super) T);

impl<'b, T: Deserialize<'b>> Deserialize<'b> for Object<T> {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Object<T>, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'b, T: Deserialize<'b>> Visitor<'b> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'b>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A whole number of 64 bits without a sign; a negative one, which stands for none, is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole(pub(super) u64);

/// A whole number of 64 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Int(i64);

/// A float, which is read digit by digit: what JSON's readers make of numbers may be a digit off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Real(pub(super) f64);

/// Returns the text of a number, whether or not it stands in quotes.
fn number<'b, D: Deserializer<'b>>(deserializer: D) -> Result<&'b str, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let text = inside.unwrap_or(text).trim();
    // Any of the types reads what the others write.
    if text.starts_with(|c: char| c.is_ascii_digit() || "+-.NI".contains(c)) {
        return Ok(text);
    }
    Err(D::Error::custom(format!("a number is expected, not {}", short(text))))
}

/// Maximum length of a server's text that stands in an error, in characters.
const LONGEST: usize = 40;

/// Returns a text for an error, whole or not at all: a part of a secret would not be known as one.
pub(super) fn short(text: &str) -> &str {
    if text.chars().count() > LONGEST { "…" } else { text }
}

fn no_number<E: Error>(text: &str) -> E {
    E::custom(format!("`{}` is no number", short(text)))
}

/// Reads a whole number that is written as a float.
fn truncated(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

impl<'b> Deserialize<'b> for Whole {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Whole, D::Error> {
        let text = number(deserializer)?;
        let read = text.parse().ok().or_else(|| truncated(text).map(|x| x as u64));
        read.map(Whole).ok_or_else(|| no_number(text))
    }
}

impl<'b> Deserialize<'b> for Int {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Int, D::Error> {
        let text = number(deserializer)?;
        let read = text.parse().ok().or_else(|| truncated(text).map(|x| x as i64));
        read.map(Int).ok_or_else(|| no_number(text))
    }
}

impl<'b> Deserialize<'b> for Real {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Real, D::Error> {
        let text = number(deserializer)?;
        text.parse().map(Real).map_err(|_| no_number(text))
    }
}

/// Tells whether Tempo says this of an answer; other APIs have other words.
pub(super) fn is_tempos_status(status: &str) -> bool {
    matches!(status, "COMPLETE" | "PARTIAL")
}

/// Returns a number, 0 if it is missing.
pub(super) fn whole(number: Option<Whole>) -> u64 {
    number.unwrap_or_default().0
}

/// What was looked at.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metrics {
    inspected_traces: Option<Whole>,
    inspected_bytes: Option<Whole>,
    inspected_spans: Option<Whole>,
    total_blocks: Option<Whole>,
    completed_jobs: Option<Whole>,
    total_jobs: Option<Whole>,
    total_block_bytes: Option<Whole>,
    backend_reads: Option<Whole>,
    backend_bytes: Option<Whole>,
}

impl From<Metrics> for Inspected {
    fn from(metrics: Metrics) -> Inspected {
        Inspected {
            traces: whole(metrics.inspected_traces),
            spans: whole(metrics.inspected_spans),
            bytes: whole(metrics.inspected_bytes),
            left_out: None,
            server: ServerWork {
                blocks: whole(metrics.total_blocks),
                block_bytes: whole(metrics.total_block_bytes),
                jobs: whole(metrics.total_jobs),
                completed_jobs: whole(metrics.completed_jobs),
                backend_reads: whole(metrics.backend_reads),
                backend_bytes: whole(metrics.backend_bytes),
            },
        }
    }
}

/// A name and a value.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct KeyValue<'b> {
    pub(super) key: Option<String>,
    #[serde(borrow)]
    value: Option<AnyValue<'b>>,
}

/// OTLP's value.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AnyValue<'b> {
    string_value: Option<String>,
    int_value: Option<Int>,
    double_value: Option<Real>,
    bool_value: Option<bool>,
    #[serde(borrow)]
    array_value: Option<ArrayValue<'b>>,
    #[serde(borrow)]
    kvlist_value: Option<&'b RawValue>,
    bytes_value: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ArrayValue<'b> {
    #[serde(borrow)]
    values: Option<Vec<Option<AnyValue<'b>>>>,
}

impl KeyValue<'_> {
    /// Returns the name and the value.
    pub(super) fn read(self) -> (String, Datum) {
        (self.key.unwrap_or_default(), self.value.map_or(Datum::Nil, AnyValue::datum))
    }
}

impl AnyValue<'_> {
    fn datum(self) -> Datum {
        if let Some(text) = self.string_value {
            return Datum::String(text);
        }
        if let Some(Int(n)) = self.int_value {
            return Datum::Int(n);
        }
        if let Some(Real(x)) = self.double_value {
            return Datum::Float(x);
        }
        if let Some(b) = self.bool_value {
            return Datum::Bool(b);
        }
        if let Some(array) = self.array_value {
            let values = array.values.unwrap_or_default().into_iter();
            return Datum::Array(values.map(|value| value.map_or(Datum::Nil, AnyValue::datum)).collect());
        }
        // Nothing that queries see has one of these; the text tells more than nothing.
        match (self.kvlist_value, self.bytes_value) {
            (Some(list), _) => Datum::String(list.get().to_owned()),
            (None, Some(bytes)) => Datum::String(bytes),
            (None, None) => Datum::Nil,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODIES: [&str; 4] = [
        r#"{"traces":[{"traceID":"1f","durationMs":3,"spanSets":[{"matched":"2","spans":[{"spanID":"01","attributes":[{"key":"a","value":{"intValue":"3"}}]}]}],"serviceStats":{"s":{"spanCount":1}}}],"metrics":{"inspectedBytes":"7"}}"#,
        r#"{"series":[{"labels":[{"key":"a","value":{"arrayValue":{"values":[{"doubleValue":1.5}]}}}],"samples":[{"timestampMs":"5","value":"NaN"}],"exemplars":[{"value":1e300}]}],"status":"PARTIAL","message":"Response exceeds maximum series limit of 5, "}"#,
        r#"{"scopes":[{"name":"span","tags":["a"]}],"tagNames":["b"],"tagValues":[{"type":"int","value":"3"},"x"]}"#,
        r#"{"trace":{"resourceSpans":[{}]},"batches":[1],"metrics":{},"status":"PARTIAL"}"#,
    ];

    /// Reads a body as every kind of answer.
    fn read_all(body: &[u8]) {
        for content_type in ["application/json", "application/protobuf"] {
            let reply =
                || Reply { content_type: content_type.to_owned(), body: body.to_vec().into(), ..Reply::default() };
            let _ = search::read(&reply(), &[]);
            let _ = [true, false].map(|is_instant| metrics::read(&reply(), is_instant));
            let _ = catalog::names(&reply());
            let _ = catalog::values(&reply());
            let _ = trace::wrapped(reply());
            let _ = trace::plain(reply());
        }
    }

    #[test]
    fn numbers_come_in_every_form() {
        let whole = |text: &str| serde_json::from_str::<Whole>(text).ok().map(|Whole(n)| n);
        for (text, number) in
            [("7", 7), ("\"18446744073709551615\"", u64::MAX), ("-1", 0), ("1.0", 1), ("\"1e3\"", 1000)]
        {
            assert_eq!(whole(text), Some(number), "{text}");
        }
        assert_eq!(["\"x\"", "\"\"", "{}", "true", "\"NaN\""].map(whole), [None; 5]);
        let real = |text: &str| serde_json::from_str::<Real>(text).ok().map(|Real(x)| x);
        // A digit off for whoever reads it carelessly.
        assert_eq!(real("0.016666666666666666"), Some(1.0 / 60.0));
        assert_eq!(["\"Infinity\"", "\"-Infinity\""].map(real), [Some(f64::INFINITY), Some(f64::NEG_INFINITY)]);
    }

    proptest! {
        #[test]
        fn no_body_does_harm(
            body in prop::sample::select(&BODIES[..]), at in 0..400usize, byte in any::<u8>(), cut in 0..800usize,
            random in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut bytes = body.as_bytes().to_vec();
            let place = at % bytes.len();
            bytes[place] = byte;
            bytes.truncate(cut);
            read_all(&bytes);
            read_all(&random);
        }
    }
}
