//! Jaeger's tags: lists of keys, types and values, or objects with the tags as members.

use std::borrow::Cow;

use crate::{
    model::base64,
    source::{
        fault::Decoded,
        json::{Cursor, MAX_LISTS, Scalar},
    },
};

/// A tag whose value is not read yet.
pub(super) struct Tag<'a> {
    /// The key.
    pub(super) key: Cow<'a, str>,
    kind: Cow<'a, str>,
    /// The place of the value.
    value: Option<Cursor<'a>>,
}

impl<'a> Tag<'a> {
    /// Reads the value if its key is wanted; `None` too for a value that TraceQL cannot see.
    pub(super) fn value_if(&self, wanted: impl FnOnce(&str) -> bool) -> Decoded<Option<Scalar<'a>>> {
        if !wanted(&self.key) {
            return Ok(None);
        }
        let value = match &self.value {
            Some(place) => place.clone().scalar()?,
            // Protobuf's own JSON leaves out what is empty.
            None => Some(Scalar::Str(Cow::Borrowed(""))),
        };
        Ok(value.and_then(|value| typed(&self.kind, value)))
    }
}

/// Reads tags, which are the member `name`, and hands each to `take`.
///
/// In Elasticsearch `tag` is an object, whose keys have `@` for `.`.
pub(super) fn tags<'a>(json: &mut Cursor<'a>, name: &str, take: &mut dyn FnMut(Tag<'a>) -> Decoded<()>) -> Decoded<()> {
    if json.peek() != Some(b'{') {
        let Some(mut elements) = json.array()? else { return Ok(()) };
        while json.element(&mut elements)? {
            take(tag(json)?)?;
        }
        return Ok(());
    }
    let Some(mut members) = json.object()? else { return Ok(()) };
    while let Some(key) = json.key(&mut members)? {
        json.peek();
        let value = Some(json.clone());
        json.skip(MAX_LISTS)?;
        let key = if name == "tag" && key.contains('@') { Cow::Owned(key.replace('@', ".")) } else { key };
        take(Tag { key, kind: Cow::Borrowed(""), value })?;
    }
    Ok(())
}

fn tag<'a>(json: &mut Cursor<'a>) -> Decoded<Tag<'a>> {
    let mut tag = Tag { key: Cow::Borrowed(""), kind: Cow::Borrowed(""), value: None };
    let Some(mut members) = json.object()? else { return Ok(tag) };
    // The type that the name of the value's member says, in protobuf's own JSON.
    let mut kind = None;
    while let Some(name) = json.key(&mut members)? {
        kind = match &*name {
            "key" => {
                tag.key = json.string_or_null()?;
                continue;
            }
            "type" | "vType" | "v_type" => {
                tag.kind = if json.null()? { Cow::Borrowed("") } else { json.number_or_string()? };
                continue;
            }
            "value" => kind,
            "vStr" | "v_str" => Some("string"),
            "vBool" | "v_bool" => Some("bool"),
            "vInt64" | "v_int64" => Some("int64"),
            "vFloat64" | "v_float64" => Some("float64"),
            "vBinary" | "v_binary" => Some("binary"),
            _ => {
                json.skip(MAX_LISTS)?;
                continue;
            }
        };
        json.peek();
        tag.value = Some(json.clone());
        json.skip(MAX_LISTS)?;
    }
    if let Some(kind) = kind {
        tag.kind = Cow::Borrowed(kind);
    }
    Ok(tag)
}

/// Returns a value as its type says; as it is written where the type does not fit. `None` for bytes
/// that are none.
fn typed<'a>(kind: &str, value: Scalar<'a>) -> Option<Scalar<'a>> {
    let is = |names: [&str; 2]| names.iter().any(|name| kind.eq_ignore_ascii_case(name));
    // Numbers are those of the enumeration in Jaeger's model.
    let converted = match &value {
        Scalar::Str(text) if is(["binary", "4"]) => return base64::decode_all(text).map(Scalar::Bytes),
        _ if is(["binary", "4"]) => return None,
        Scalar::Str(text) if is(["int64", "2"]) => {
            if text.is_empty() {
                Some(Scalar::Int(0))
            } else {
                text.parse().ok().map(Scalar::Int)
            }
        }
        Scalar::Str(text) if is(["float64", "3"]) => {
            if text.is_empty() {
                Some(Scalar::Float(0.0))
            } else {
                text.parse().ok().map(Scalar::Float)
            }
        }
        Scalar::Str(text) if is(["bool", "1"]) => match &**text {
            "true" => Some(Scalar::Bool(true)),
            "false" | "" => Some(Scalar::Bool(false)),
            _ => None,
        },
        Scalar::Int(number) if is(["float64", "3"]) => Some(Scalar::Float(*number as f64)),
        // 2^63 is the first float that does not fit.
        Scalar::Float(number) if is(["int64", "2"]) && number.fract() == 0.0 && number.abs() < 9.2e18 => {
            Some(Scalar::Int(*number as i64))
        }
        Scalar::Int(number) if is(["string", "0"]) => Some(Scalar::Str(number.to_string().into())),
        Scalar::Float(number) if is(["string", "0"]) => Some(Scalar::Str(number.to_string().into())),
        Scalar::Bool(truth) if is(["string", "0"]) => Some(Scalar::Str(truth.to_string().into())),
        _ => None,
    };
    Some(converted.unwrap_or(value))
}
