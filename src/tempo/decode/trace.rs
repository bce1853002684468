//! The answers that hold a trace: JSON or protobuf, with something around the trace or without.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Metrics, is_tempos_status, shallow};
use crate::{
    model::{
        budget::{Exhausted, HeldBytes},
        result::Inspected,
    },
    tempo::{error::RemoteError, reply::Reply},
};

/// A trace that is not decoded yet.
#[derive(Debug, Default)]
pub(in crate::tempo) struct Raw {
    /// OTLP, or Tempo's JSON of it; empty if there is no trace.
    pub(in crate::tempo) bytes: HeldBytes,
    pub(in crate::tempo) inspected: Inspected,
    /// What the server says is missing.
    pub(in crate::tempo) partial: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response<'b> {
    #[serde(borrow)]
    trace: Option<&'b RawValue>,
    metrics: Option<Metrics>,
    status: Option<String>,
    message: Option<String>,
}

/// What a trace consists of, under each of its names.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Trace {
    batches: Option<Vec<IgnoredAny>>,
    resource_spans: Option<Vec<IgnoredAny>>,
}

/// What is said of a trace that lacks something, where the server says no more.
const PARTIAL: &str = "the server gives only a part of the trace";

/// Reads the answer of `/api/v2/traces`.
///
/// # Errors
///
/// It is not that answer.
pub(in crate::tempo) fn wrapped(mut reply: Reply) -> Result<Raw, RemoteError> {
    if reply.is_protobuf() {
        let unwrapped = unwrap(&reply).map_err(|error| reply.exhausted(error))?;
        return unwrapped.ok_or_else(|| reply.damaged("its protobuf is damaged"));
    }
    let response: Response<'_> = shallow(&reply)?;
    let is_partial = response.status.as_deref() == Some("PARTIAL");
    let is_known = response.trace.is_some()
        || response.metrics.is_some()
        || response.status.as_deref().is_some_and(is_tempos_status);
    let partial = is_partial.then(|| reply.told(&response.message.unwrap_or_default()));
    let partial = partial.map(|message| if message.is_empty() { PARTIAL.to_owned() } else { message });
    let inspected = response.metrics.unwrap_or_default().into();
    let bytes = match response.trace {
        Some(trace) if !is_empty(trace.get()) => {
            reply.body.copy_of(trace.get().as_bytes()).map_err(|error| reply.exhausted(error))?
        }
        Some(_) => HeldBytes::default(),
        // Some gateway may have taken off what stands around the trace.
        None if !is_empty(reply.json()?) => std::mem::take(&mut reply.body),
        None if !is_known && !is_nothing(&reply) => return Err(reply.not_tempo()),
        None => HeldBytes::default(),
    };
    Ok(Raw { bytes, inspected, partial })
}

/// Reads the answer of `/api/traces`.
///
/// # Errors
///
/// It is not that answer.
pub(in crate::tempo) fn plain(reply: Reply) -> Result<Raw, RemoteError> {
    if reply.is_protobuf() {
        return Ok(Raw { bytes: reply.body, ..Raw::default() });
    }
    let is_empty = is_empty(reply.json()?);
    if is_empty && !is_nothing(&reply) {
        return Err(reply.not_tempo());
    }
    Ok(Raw { bytes: if is_empty { HeldBytes::default() } else { reply.body }, ..Raw::default() })
}

/// Tells whether an answer says that there is no trace: an empty object, or one that names what a trace consists of.
fn is_nothing(reply: &Reply) -> bool {
    let named = || {
        serde_json::from_slice(&reply.body)
            .is_ok_and(|trace: Trace| trace.batches.is_some() || trace.resource_spans.is_some())
    };
    reply.is_empty_object() || named()
}

/// Tells whether a trace has nothing in it; one that is damaged has, and who reads it says what is wrong with it.
fn is_empty(json: &str) -> bool {
    serde_json::from_str(json).is_ok_and(|trace: Trace| {
        trace.batches.is_none_or(|list| list.is_empty()) && trace.resource_spans.is_none_or(|list| list.is_empty())
    })
}

/// Takes a trace out of the message around it: 1 is the trace, 2 what was inspected, 3 the status, 4 what it means.
/// Nothing else about messages is needed here; the trace itself goes to the readers of OTLP.
fn unwrap(reply: &Reply) -> Result<Option<Raw>, Exhausted> {
    let mut raw = Raw { bytes: reply.body.copy_of(&[])?, ..Raw::default() };
    let (mut is_partial, mut words) = (false, String::new());
    let mut rest = &*reply.body;
    while !rest.is_empty() {
        let Some(next) = field(&mut rest) else { return Ok(None) };
        match next {
            (1, Value::Bytes(bytes)) => raw.bytes.extend(bytes)?,
            (2, Value::Bytes(mut metrics)) => {
                while !metrics.is_empty() {
                    match field(&mut metrics) {
                        None => return Ok(None),
                        Some((1, Value::Number(bytes))) => raw.inspected.bytes = bytes,
                        Some(_) => {}
                    }
                }
            }
            // The other one, 0, says that the trace is whole.
            (3, Value::Number(status)) => is_partial = status != 0,
            (4, Value::Bytes(bytes)) => words = reply.told(&String::from_utf8_lossy(bytes)),
            _ => {}
        }
    }
    raw.partial = is_partial.then(|| if words.is_empty() { PARTIAL.to_owned() } else { words });
    Ok(Some(raw))
}

enum Value<'b> {
    Number(u64),
    Bytes(&'b [u8]),
    Other,
}

/// Takes a field off the beginning of a message.
fn field<'b>(rest: &mut &'b [u8]) -> Option<(u64, Value<'b>)> {
    let tag = varint(rest)?;
    let mut take = |length: usize| {
        let (taken, behind) = rest.split_at_checked(length)?;
        *rest = behind;
        Some(taken)
    };
    let value = match tag & 7 {
        0 => Value::Number(varint(rest)?),
        1 => take(8).map(|_| Value::Other)?,
        5 => take(4).map(|_| Value::Other)?,
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            let (taken, behind) = rest.split_at_checked(length)?;
            *rest = behind;
            Value::Bytes(taken)
        }
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
