//! OTLP's numbers and names of kinds and statuses, which Tempo's blocks and lists of values have too.

use traceql_grammar::value::{Kind, Status};

/// Returns the kind with a number; numbers that no release has defined are unspecified, as protobuf wants it.
pub fn kind(number: i64) -> Kind {
    usize::try_from(number).ok().and_then(|at| Kind::ALL.get(at).copied()).unwrap_or(Kind::Unspecified)
}

/// Returns the status with a number; numbers that no release has defined are unset.
pub fn status(number: i64) -> Status {
    match number {
        1 => Status::Ok,
        2 => Status::Error,
        _ => Status::Unset,
    }
}

/// Returns the number of a kind.
pub fn kind_number(kind: Kind) -> u8 {
    // TraceQL orders them as OTLP does.
    kind as u8
}

/// Returns the number of a status. TraceQL orders them otherwise.
pub fn status_number(status: Status) -> u8 {
    match status {
        Status::Unset => 0,
        Status::Ok => 1,
        Status::Error => 2,
    }
}

/// Returns the name of a kind.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Unspecified => "SPAN_KIND_UNSPECIFIED",
        Kind::Internal => "SPAN_KIND_INTERNAL",
        Kind::Server => "SPAN_KIND_SERVER",
        Kind::Client => "SPAN_KIND_CLIENT",
        Kind::Producer => "SPAN_KIND_PRODUCER",
        Kind::Consumer => "SPAN_KIND_CONSUMER",
    }
}

/// Returns the name of a status.
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Unset => "STATUS_CODE_UNSET",
        Status::Ok => "STATUS_CODE_OK",
        Status::Error => "STATUS_CODE_ERROR",
    }
}

/// Returns the kind with a name: `SPAN_KIND_SERVER`, `SERVER` or `server`.
pub fn kind_by_name(name: &str) -> Option<Kind> {
    let word = without_prefix(name, "SPAN_KIND_");
    Kind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))
}

/// Returns the status with a name: `STATUS_CODE_ERROR`, `ERROR` or `error`.
pub fn status_by_name(name: &str) -> Option<Status> {
    let word = without_prefix(name, "STATUS_CODE_");
    Status::ALL.into_iter().find(|status| status.word().eq_ignore_ascii_case(word))
}

fn without_prefix<'n>(name: &'n str, prefix: &str) -> &'n str {
    match name.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => &name[prefix.len()..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back() {
        for kind in Kind::ALL {
            assert_eq!(super::kind(kind_number(kind).into()), kind);
            assert_eq!(kind_by_name(kind_name(kind)), Some(kind));
        }
        for status in Status::ALL {
            assert_eq!(super::status(status_number(status).into()), status);
            assert_eq!(status_by_name(status_name(status)), Some(status));
        }
    }
}
