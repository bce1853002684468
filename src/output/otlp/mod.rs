//! OTLP, the format of OpenTelemetry, which holds all that spans have.

pub(super) mod json;
pub(super) mod protobuf;
mod wire;

use traceql_grammar::value::Status;

/// Returns OTLP's number of a status, which is not TraceQL's.
fn status_number(status: Status) -> u32 {
    match status {
        Status::Unset => 0,
        Status::Ok => 1,
        Status::Error => 2,
    }
}
