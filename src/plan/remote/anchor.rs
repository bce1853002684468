//! Patterns for servers that do not match them against the whole value, or take a line break for its end.

use traceql_grammar::{
    Verdict, check,
    ops::BinaryOp,
    query::{Body, Chain, Expr, ExprKind, Link, MetricsExpr, Pipeline, Query, ScalarExpr, SpansetExpr, StageKind},
    span::Span,
    value::Value,
    vocab::release::Release,
};

use super::{
    Server,
    leaf::quoted,
    reason::{self, Reason},
};

/// The first release that matches patterns against whole values.
const ANCHORED: Release = Release::V2_7;

/// The first release of which it is known that `.` matches a line break.
const ACROSS_LINES: Release = Release::V3_0;

/// Returns the pattern with which a server of this release matches what we do; `None` if there is none.
pub(super) fn pattern(pattern: &str, release: Release) -> Option<String> {
    let across = pattern.contains('.') && release < ACROSS_LINES;
    let open = if across { "(?s:" } else { "(?:" };
    if release >= ANCHORED && !across {
        return Some(pattern.to_owned());
    }
    // An open quotation would swallow what is put behind it.
    if pattern.contains(r"\Q") {
        return None;
    }
    Some(if release < ANCHORED { format!("^{open}{pattern})$") } else { format!("{open}{pattern})") })
}

/// Returns what a server is sent that runs the whole query, and what should be known of its answer.
///
/// # Errors
///
/// Why the server cannot answer as we do, where only that will do.
pub(super) fn whole(text: &str, query: &Query, server: Server) -> Result<(String, Vec<Reason>), Reason> {
    let mut patterns = Vec::new();
    let differs = |written: &str| pattern(written, server.release).is_none_or(|sent| sent != written);
    of_query(query, &mut |span, written| {
        if differs(written) {
            patterns.push((span, written.to_owned()));
        }
    });
    if !server.exact {
        // Only the anchors make a difference that many will see.
        let seen = server.release < ANCHORED && patterns.iter().any(|(_, written)| !is_open(written));
        let notes = if seen { vec![reason::unanchored(server, patterns[0].0)] } else { Vec::new() };
        return Ok((text.to_owned(), notes));
    }
    patterns.sort_by_key(|(span, _)| *span);
    let (mut sent, mut at) = (String::with_capacity(text.len()), 0);
    for (span, written) in &patterns {
        let range = span.range();
        let Some(pattern) = pattern(written, server.release) else { return Err(reason::quotation(*span)) };
        sent.push_str(text.get(at..range.start).unwrap_or_default());
        sent.push_str(&quoted(&pattern));
        at = range.end;
    }
    sent.push_str(text.get(at..).unwrap_or_default());
    match check(&sent, server.release).verdict {
        Verdict::Ok => Ok((sent, Vec::new())),
        _ => Err(reason::unanchored(server, patterns.first().map_or(Span::at(0), |(span, _)| *span))),
    }
}

/// Tells whether a pattern matches the same anywhere in a value as of the whole.
fn is_open(pattern: &str) -> bool {
    (pattern.starts_with('^') || pattern.starts_with(".*"))
        && (pattern.ends_with('$') && !pattern.ends_with("\\$")
            || pattern.ends_with(".*") && !pattern.ends_with("\\.*"))
        && !pattern.contains('|')
}

type Visit<'v> = dyn FnMut(Span, &str) + 'v;

fn of_query(query: &Query, visit: &mut Visit<'_>) {
    match &query.body {
        Body::Search(pipeline) => of_pipeline(pipeline, visit),
        Body::Metrics(expr) => of_metrics(expr, visit),
    }
}

fn of_metrics(expr: &MetricsExpr, visit: &mut Visit<'_>) {
    match expr {
        MetricsExpr::Pipeline(pipeline) => {
            of_pipeline(&pipeline.spansets, visit);
            pipeline.stage.compare.iter().for_each(|compare| of_expr(&compare.selection.condition, visit));
        }
        MetricsExpr::Chain(chain) => each(chain, &mut |operand| of_metrics(operand, visit)),
        MetricsExpr::Staged(inner, _) => of_metrics(inner, visit),
        MetricsExpr::Literal(_) | MetricsExpr::Invalid => {}
    }
}

fn of_pipeline(pipeline: &Pipeline, visit: &mut Visit<'_>) {
    for stage in &pipeline.stages {
        match &stage.kind {
            StageKind::Spansets(expr) => of_spansets(expr, visit),
            StageKind::Scalar(filter) => {
                of_scalar(&filter.left, visit);
                of_scalar(&filter.right, visit);
            }
            StageKind::Group(expr) => of_expr(expr, visit),
            StageKind::Coalesce | StageKind::Select(_) => {}
        }
    }
}

fn of_spansets(expr: &SpansetExpr, visit: &mut Visit<'_>) {
    match expr {
        SpansetExpr::Filter(filter) => of_expr(&filter.condition, visit),
        SpansetExpr::Pipeline(pipeline) => of_pipeline(pipeline, visit),
        SpansetExpr::Chain(chain) => each(chain, &mut |operand| of_spansets(operand, visit)),
    }
}

fn of_scalar(expr: &ScalarExpr, visit: &mut Visit<'_>) {
    let argument = |aggregate: &traceql_grammar::query::Aggregate, visit: &mut Visit<'_>| {
        aggregate.argument.iter().for_each(|expr| of_expr(expr, visit));
    };
    match expr {
        ScalarExpr::Aggregate(aggregate) => argument(aggregate, visit),
        ScalarExpr::Pipeline(pipeline, aggregate) => {
            of_pipeline(pipeline, visit);
            argument(aggregate, visit);
        }
        ScalarExpr::Chain(chain) => each(chain, &mut |operand| of_scalar(operand, visit)),
        ScalarExpr::Literal(_) | ScalarExpr::Invalid => {}
    }
}

fn of_expr(expr: &Expr, visit: &mut Visit<'_>) {
    match &expr.kind {
        ExprKind::Unary { operand, .. } => of_expr(operand, visit),
        ExprKind::Chain(chain) => {
            for Link { op, operand, .. } in &chain.rest {
                if let (BinaryOp::Match | BinaryOp::NotMatch, ExprKind::Literal(Value::String(pattern))) =
                    (op, &operand.kind)
                {
                    visit(operand.span, pattern);
                }
            }
            each(chain, &mut |operand| of_expr(operand, visit));
        }
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Invalid => {}
    }
}

fn each<T, Op>(chain: &Chain<T, Op>, visit: &mut dyn FnMut(&T)) {
    visit(&chain.first);
    chain.rest.iter().for_each(|link| visit(&link.operand));
}
