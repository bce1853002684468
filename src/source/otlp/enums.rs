//! Kinds and statuses by number and by name.

use traceql_grammar::value::{Kind, Status};

/// Returns the kind with a number; numbers that no release has defined are unspecified, as protobuf wants it.
pub(in crate::source) fn kind(number: i64) -> Kind {
    usize::try_from(number).ok().and_then(|at| Kind::ALL.get(at).copied()).unwrap_or(Kind::Unspecified)
}

/// Returns the status with a number; numbers that no release has defined are unset.
pub(in crate::source) fn status(number: i64) -> Status {
    match number {
        1 => Status::Ok,
        2 => Status::Error,
        _ => Status::Unset,
    }
}

/// Returns the kind with a name: `SPAN_KIND_SERVER`, `SERVER` or `server`.
pub(in crate::source) fn kind_by_name(name: &str) -> Option<Kind> {
    let word = without_prefix(name, "SPAN_KIND_");
    Kind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))
}

/// Returns the status with a name: `STATUS_CODE_ERROR`, `ERROR` or `error`.
pub(in crate::source) fn status_by_name(name: &str) -> Option<Status> {
    let word = without_prefix(name, "STATUS_CODE_");
    Status::ALL.into_iter().find(|status| status.word().eq_ignore_ascii_case(word))
}

fn without_prefix<'n>(name: &'n str, prefix: &str) -> &'n str {
    match name.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => &name[prefix.len()..],
        _ => name,
    }
}
