//! OTLP, the format of OpenTelemetry: what a trace message means, as JSON and as protobuf.

pub(super) mod framing;
pub(super) mod ids;
pub(super) mod json;
mod json_value;
pub(super) mod protobuf;
pub(super) mod protobuf_value;
pub(super) mod wire;

use self::wire::Slice;
use super::{
    builder::FragmentBuilder,
    fault::{Decoded, fault},
    json::Cursor,
};

/// Reads a message of either format.
pub(super) fn message(message: Slice<'_>, builder: &mut FragmentBuilder) -> Decoded<()> {
    // No white space may come first: a line break is the tag of the first field in protobuf.
    if !message.bytes.starts_with(b"{") {
        return protobuf::message(message, builder);
    }
    let mut json = Cursor::new(message.text()?, 0);
    let result = json::record(&mut json, builder).and_then(|()| match json.peek() {
        None => Ok(()),
        Some(_) => fault(json.at(), "something stands behind the object"),
    });
    result.map_err(|mut fault| {
        fault.at += message.base;
        fault
    })
}
