//! Why a query, or a part of it, does not run on the server.

use traceql_grammar::{
    check,
    diagnostic::{self, Class, Code, Diagnostic, Severity},
    lint::tempo_differences,
    query::{Body, Pipeline, Query, SpansetExpr, SpansetOp, StageKind},
    span::Span,
    vocab::release::Release,
};

use super::{super::scan::needs_trace, MOST_BYTES, Server};

/// Why a query is not left to the server, or what is to be known of an answer that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of reason it is.
    pub cause: Cause,
    /// The part of the query that it is about.
    pub span: Span,
    /// The reason in words: `` `topk` needs Tempo 2.8; this server is 2.6 ``.
    pub text: String,
}

/// The kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The server's release does not take it, but another one does.
    Release,
    /// No Tempo runs it.
    Unsupported,
    /// Tempo answers it differently, by the rule with this code.
    Differs(Code),
    /// The server's release answers it differently from later ones.
    Older,
    /// Spans of one trace may lie in several sources.
    Shared,
    /// The text is longer than servers take.
    Length,
    /// The query cannot be run here, and the server's answer has to do.
    OnlyThere,
}

/// Returns what the server's release does not take of a query, each reason once.
pub(super) fn of_release(text: &str, server: Server) -> Vec<Reason> {
    let found = check(text, server.release).diagnostics;
    once(found.iter().filter(|found| found.code.row().class != Class::Lint).map(|found| of_finding(found, server)))
}

fn of_finding(found: &Diagnostic, server: Server) -> Reason {
    let release = server.release;
    let (cause, text) = match found.code {
        Code::ParentUnsupported => (Cause::Unsupported, "no Tempo runs `parent`".to_owned()),
        Code::ScalarUnsupported => {
            (Cause::Unsupported, "Tempo compares only one aggregate with one literal".to_owned())
        }
        _ => match &found.cause {
            diagnostic::Cause::NeedsRelease { what, since, .. } => {
                (Cause::Release, format!("{what} needs {}; this server is {release}", since.at_least()))
            }
            diagnostic::Cause::None => {
                (Cause::Release, format!("{}, for this server, which is {release}", found.message))
            }
        },
    };
    Reason { cause, span: found.primary.span, text }
}

/// Returns why the answer of a server that takes the query would not do, each reason once.
pub(super) fn of_answer(text: &str, query: &Query, server: Server) -> Vec<Reason> {
    let (mut reasons, everything) = (Vec::new(), Span::new(0, text.len()));
    if server.shared && !is_about_spans(query) {
        let text = "the query needs whole traces, and other sources may hold spans of them".to_owned();
        reasons.push(Reason { cause: Cause::Shared, span: everything, text });
    }
    if !server.exact {
        return reasons;
    }
    reasons.extend(tempo_differences(text, query).into_iter().map(|found| Reason {
        cause: Cause::Differs(found.code),
        span: found.primary.span,
        text: format!("{}: {}", found.code.row().name, found.message),
    }));
    if matches!(query.body, Body::Metrics(_)) && server.release < Release::V2_9 {
        let text = format!(
            "before Tempo 2.9 a sample counts what comes after its time, and labels mix numbers with text; this server is {}",
            server.release
        );
        reasons.push(Reason { cause: Cause::Older, span: everything, text });
    }
    once(reasons)
}

/// Returns where the server's answer differs from ours in a way that matters over usual data, each rule once. There is
/// nothing of the kind where an exact answer is asked for.
pub(super) fn of_difference(text: &str, query: &Query, server: Server) -> Vec<Reason> {
    if server.exact {
        return Vec::new();
    }
    let findings = tempo_differences(text, query).into_iter().filter(|found| found.severity <= Severity::Warning);
    let mut reasons: Vec<Reason> = Vec::new();
    for found in findings {
        let cause = Cause::Differs(found.code);
        if reasons.iter().all(|reason| reason.cause != cause) {
            let text = format!("{}: {}", found.code.row().name, found.message);
            reasons.push(Reason { cause, span: found.primary.span, text });
        }
    }
    reasons
}

/// Leaves out what is said already.
fn once(reasons: impl IntoIterator<Item = Reason>) -> Vec<Reason> {
    let mut said: Vec<Reason> = Vec::new();
    for reason in reasons {
        if !said.iter().any(|other| other.text == reason.text) {
            said.push(reason);
        }
    }
    said
}

/// Says that a text is too long for a server.
pub(super) fn too_long() -> Reason {
    let text = format!("the query has more than the {} KiB that Tempo takes", MOST_BYTES >> 10);
    Reason { cause: Cause::Length, span: Span::at(0), text }
}

/// Says that an old server takes what is wrong with the query.
pub(super) fn only_there(found: &Diagnostic) -> Reason {
    Reason {
        cause: Cause::OnlyThere,
        span: found.primary.span,
        text: format!("{}: only a Tempo as old as this server runs it", found.message),
    }
}

/// Says that the server finds patterns anywhere in a value.
pub(super) fn unanchored(server: Server, span: Span) -> Reason {
    Reason {
        cause: Cause::Older,
        span,
        text: format!("before Tempo 2.7 a pattern matches anywhere in a value; this server is {}", server.release),
    }
}

/// Says that nothing can be put around a pattern.
pub(super) fn quotation(span: Span) -> Reason {
    let text = "what is put behind a pattern with `\\Q` could become a part of it".to_owned();
    Reason { cause: Cause::Older, span, text }
}

/// Tells whether each span decides for itself whether it is in the answer, and each answer for a part of a trace is a part
/// of that for the whole.
fn is_about_spans(query: &Query) -> bool {
    let Body::Search(pipeline) = &query.body else { return false };
    let mut needs = false;
    pipeline.fields(&mut |field| needs |= needs_trace(field));
    !needs && stages_are(pipeline)
}

fn stages_are(pipeline: &Pipeline) -> bool {
    pipeline.stages.iter().all(|stage| match &stage.kind {
        StageKind::Spansets(expr) => spansets_are(expr),
        StageKind::Select(_) => true,
        StageKind::Scalar(_) | StageKind::Group(_) | StageKind::Coalesce => false,
    })
}

fn spansets_are(expr: &SpansetExpr) -> bool {
    match expr {
        SpansetExpr::Filter(_) => true,
        SpansetExpr::Pipeline(pipeline) => stages_are(pipeline),
        SpansetExpr::Chain(chain) => {
            spansets_are(&chain.first)
                && chain.rest.iter().all(|link| link.op == SpansetOp::Or && spansets_are(&link.operand))
        }
    }
}
