//! OTLP, the format of OpenTelemetry, which holds all that spans have.

pub(super) mod json;
pub(super) mod protobuf;
mod wire;
