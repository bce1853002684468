//! `unbounded-group`: a series for each value of something that has no end of them.

use super::super::{Findings, reads::every_span_passed, together::test, walk::Part};
use crate::{
    diagnostic::Severity,
    query::{BinaryOp, Body, CompareOp, Expr, Field, FieldKey, MetricsExpr, MetricsPipeline},
    value::{Type, Value},
    vocab::intrinsics::Intrinsic,
};

/// Attributes of which nearly every request has a value of its own.
const UNBOUNDED: [&str; 12] = [
    "db.query.text",
    "db.statement",
    "exception.message",
    "exception.stacktrace",
    "faas.invocation_id",
    "gen_ai.response.id",
    "http.target",
    "http.url",
    "messaging.message.id",
    "thread.id",
    "url.full",
    "url.query",
];

/// Attributes that have many values in most systems, and few in some.
const LARGE: [&str; 10] = [
    "client.address",
    "client.port",
    "enduser.id",
    "gen_ai.conversation.id",
    "http.client_ip",
    "net.peer.ip",
    "session.id",
    "url.path",
    "user.id",
    "user_agent.original",
];

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Query(query) = part else { return };
    if let (Body::Metrics(expr), false) = (&query.body, findings.has_gaps) {
        metrics(expr, findings);
    }
}

/// Looks at what no later stage cuts down.
fn metrics(expr: &MetricsExpr, findings: &mut Findings<'_>) {
    match expr {
        MetricsExpr::Pipeline(pipeline) => groups(pipeline, findings),
        MetricsExpr::Chain(chain) => {
            metrics(&chain.first, findings);
            chain.rest.iter().for_each(|link| metrics(&link.operand, findings));
        }
        MetricsExpr::Staged(..) | MetricsExpr::Literal(_) | MetricsExpr::Invalid => {}
    }
}

fn groups(pipeline: &MetricsPipeline, findings: &mut Findings<'_>) {
    for by in &pipeline.stage.by {
        let field = &by.field;
        let Some(severity) = severity(field) else { continue };
        // The filter names the values, or leaves few.
        if every_span_passed(&pipeline.spansets.stages, &|expr| names_values(expr, field)) {
            continue;
        }
        let found = findings
            .diagnostic(by.span, format!("a series for each value of `{field}`, of which there is no end"))
            .label("nearly every span has a value of its own")
            .help("group by something with few values, or add `| topk(10)`")
            .severity(severity);
        findings.add(found);
    }
}

fn severity(field: &Field) -> Option<Severity> {
    use Intrinsic::{
        LinkSpanId, LinkTraceId, NestedSetLeft, NestedSetParent, NestedSetRight, ParentId, SpanId, TraceId,
    };
    match &field.key {
        FieldKey::Intrinsic(
            LinkSpanId | LinkTraceId | NestedSetLeft | NestedSetParent | NestedSetRight | ParentId | SpanId | TraceId,
        ) => Some(Severity::Warning),
        FieldKey::Intrinsic(Intrinsic::StatusMessage) => Some(Severity::Info),
        FieldKey::Intrinsic(found) => (found.row().ty == Type::Duration).then_some(Severity::Warning),
        FieldKey::Attribute(_, name) if UNBOUNDED.contains(&name.as_str()) => Some(Severity::Warning),
        FieldKey::Attribute(_, name) if LARGE.contains(&name.as_str()) => Some(Severity::Info),
        _ => None,
    }
}

/// Tells whether an expression is a test that names the values of the field which pass.
fn names_values(expr: &Expr, field: &Field) -> bool {
    test(expr).is_some_and(|test| {
        let names = matches!(test.op, BinaryOp::Compare(CompareOp::Eq) | BinaryOp::Match);
        names && test.field == field && test.value != Value::Nil
    })
}
