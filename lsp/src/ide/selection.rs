//! Selection: the parts of a query around the cursor, from the word to the text that holds the query.

use std::ops::Range;

use traceql_grammar::{
    ast::{Expr, ExprKind, List, Pipeline},
    span::Span,
};

use super::{
    Analysis,
    terms::{Meaning, Term, stages, term_at},
    terms_of,
};

/// Returns the parts of the file around a byte of it, each larger than the one before and around it: the word, the name, the
/// field, the expressions, the stage, the query, the text that holds it. None outside of queries.
pub fn selection(analysis: &Analysis, offset: usize) -> Vec<Range<usize>> {
    let Some(query) = analysis.query_at(offset) else { return Vec::new() };
    let (found, at) = (query.found, query.at);
    let terms = terms_of(query.holder, found);
    let mut spans: Vec<Range<usize>> = term_at(&terms, at).map(|term| parts(term, &found.text, at)).unwrap_or_default();
    let checked = analysis.check(query);
    if let Some(pipeline) = &checked.shapes().pipeline {
        in_pipeline(pipeline, at, &mut spans);
    }
    spans.extend(stages(&terms));
    let text = &found.text;
    spans.extend([text.len() - text.trim_start().len()..text.trim_end().len(), 0..text.len()]);
    let mut spans: Vec<Range<usize>> = spans.into_iter().map(|span| found.map.to_file(span)).collect();
    spans.push(found.span.clone());
    spans.retain(|span| !span.is_empty() && span.start <= offset && offset <= span.end);
    spans.sort_by_key(Range::len);
    let mut growing: Vec<Range<usize>> = Vec::new();
    for span in spans {
        let is_larger =
            growing.last().is_none_or(|last| span != *last && span.start <= last.start && last.end <= span.end);
        if is_larger {
            growing.push(span);
        }
    }
    growing
}

/// Returns the parts of a term around a place: a word in it, a string without its quotes, its name, and all of it.
fn parts(term: &Term<'_>, text: &str, at: usize) -> Vec<Range<usize>> {
    let span = term.span.clone();
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let (before, behind) = (text.get(span.start..at).unwrap_or_default(), text.get(at..span.end).unwrap_or_default());
    let start = before.len() - before.trim_end_matches(is_letter).len();
    let end = behind.len() - behind.trim_start_matches(is_letter).len();
    let mut parts = vec![at - start..at + end, term.name..span.end];
    if matches!(term.meaning, Meaning::Text | Meaning::Regexp)
        && let Some(whole) = text.get(span.clone())
        && ['"', '`'].iter().any(|quote| whole.len() > 1 && whole.starts_with(*quote) && whole.ends_with(*quote))
    {
        parts.push(span.start + 1..span.end - 1);
    }
    parts.push(span);
    parts
}

fn touches(span: Span, at: usize) -> bool {
    span.range().start <= at && at <= span.range().end
}

fn in_pipeline(pipeline: &Pipeline<'_>, at: usize, spans: &mut Vec<Range<usize>>) {
    spans.push(pipeline.span.range());
    for stage in &pipeline.stages {
        in_expr(&stage.expr, at, spans);
        stage.hints.iter().for_each(|hints| in_list(hints, at, spans));
    }
}

fn in_list(list: &List<'_>, at: usize, spans: &mut Vec<Range<usize>>) {
    if touches(list.span, at) {
        spans.push(list.span.range());
        list.items.iter().for_each(|item| in_expr(item, at, spans));
    }
}

/// Adds an expression and what is in it, as far as it is around a place. Expressions nest only so deep.
fn in_expr(expr: &Expr<'_>, at: usize, spans: &mut Vec<Range<usize>>) {
    if !touches(expr.span, at) {
        return;
    }
    spans.push(expr.span.range());
    match &expr.kind {
        ExprKind::Call(call) => {
            in_list(&call.arguments, at, spans);
            call.by.iter().for_each(|by| in_list(by, at, spans));
        }
        ExprKind::Filter(inner) => inner.iter().for_each(|inner| in_expr(inner, at, spans)),
        ExprKind::Group(pipeline) => in_pipeline(pipeline, at, spans),
        ExprKind::Prefix(_, operand) => in_expr(operand, at, spans),
        ExprKind::Chain(first, links) => {
            in_expr(first, at, spans);
            links.iter().for_each(|link| in_expr(&link.operand, at, spans));
        }
        ExprKind::Literal(_)
        | ExprKind::Attribute(_)
        | ExprKind::Scoped(..)
        | ExprKind::Word(_)
        | ExprKind::Missing => {}
    }
}
