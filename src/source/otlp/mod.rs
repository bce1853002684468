//! OTLP, the format of OpenTelemetry: what a trace message means, as JSON and as protobuf.

mod enums;
pub(super) mod ids;
pub(super) mod json;
mod json_value;
pub(super) mod protobuf;
mod wire;
