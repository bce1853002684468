//! The part of a query that is to be rewritten, with everything around it.

use traceql_grammar::{
    Checked,
    ast::{Expr, ExprKind, Pipeline},
    ops::Op,
    span::Span,
    token::{Lexeme, Token},
    vocab::functions::Function,
};

/// A query that runs, and a selected part of it.
pub(super) struct Subject<'q> {
    /// The text of the query.
    pub(super) text: &'q str,
    /// The tokens.
    pub(super) tokens: Vec<Lexeme<'q>>,
    /// The selected part.
    pub(super) selected: Span,
    /// The shapes that hold the selected part, the outermost first.
    pub(super) path: Vec<Step<'q>>,
}

/// A shape around the selected part.
#[derive(Clone, Copy)]
pub(super) struct Step<'q> {
    pub(super) node: Node<'q>,
    pub(super) place: Place,
}

#[derive(Clone, Copy)]
pub(super) enum Node<'q> {
    Pipeline(&'q Pipeline<'q>),
    Expr(&'q Expr<'q>),
}

/// The place of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a stage, outside of braces and calls.
    Stage,
    /// In braces.
    Condition,
    /// In the parentheses of a call.
    Argument,
}

impl<'q> Subject<'q> {
    pub(super) fn new(checked: &'q Checked, pipeline: &'q Pipeline<'q>, selected: Span) -> Subject<'q> {
        let text = checked.text();
        let selected = trimmed(text, selected);
        let mut path = Vec::new();
        walk(Step { node: Node::Pipeline(pipeline), place: Place::Stage }, selected, &mut path);
        Subject { text, tokens: checked.tokens().lexemes, selected, path }
    }

    /// Returns a part of the text.
    pub(super) fn text_of(&self, span: Span) -> &'q str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Returns the token of a kind that holds the selected part.
    pub(super) fn token(&self, is_wanted: impl Fn(&Token<'q>) -> bool) -> Option<&Lexeme<'q>> {
        self.tokens.iter().find(|found| is_wanted(&found.token) && holds(found.span, self.selected))
    }

    /// Returns the innermost expression of a kind, with its place in the path.
    pub(super) fn innermost(&self, is_wanted: impl Fn(&Expr<'q>, Place) -> bool) -> Option<(usize, &'q Expr<'q>)> {
        self.path.iter().enumerate().rev().find_map(|(at, step)| match step.node {
            Node::Expr(expr) if is_wanted(expr, step.place) => Some((at, expr)),
            _ => None,
        })
    }
}

/// Tells whether a part lies in another one, its ends included.
pub(super) fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Tells whether an expression of a stage gives spans; otherwise it gives a number.
pub(super) fn is_spanset(expr: &Expr<'_>) -> bool {
    match &expr.kind {
        ExprKind::Filter(_) => true,
        ExprKind::Group(pipeline) => pipeline.stages.last().is_some_and(|last| is_spanset(&last.expr)),
        ExprKind::Chain(_, links) => links.iter().all(|link| link.op.as_arithmetic().is_none()),
        // `by(…)` and `coalesce()` hand the spans on.
        ExprKind::Call(call) => !matches!(Function::from_name(call.name), Some(Function::Aggregate(_))),
        _ => false,
    }
}

/// Returns the only operator of a comparison, with its operands.
pub(super) fn comparison<'e, 'q>(expr: &'e Expr<'q>) -> Option<(&'e Expr<'q>, Op, Span, &'e Expr<'q>)> {
    let ExprKind::Chain(left, links) = &expr.kind else { return None };
    let [link] = links.as_slice() else { return None };
    let is_comparison = link.op.as_compare().is_some() || matches!(link.op, Op::Match | Op::NotMatch);
    is_comparison.then_some((&**left, link.op, link.op_span, &link.operand))
}

/// Follows the shapes that hold the selected part. Brackets nest no deeper than [`traceql_grammar::MAX_NESTING`].
fn walk<'q>(step: Step<'q>, selected: Span, path: &mut Vec<Step<'q>>) {
    path.push(step);
    let inside = |place, expr: &'q Expr<'q>| Step { node: Node::Expr(expr), place };
    let mut first = |place, exprs: &mut dyn Iterator<Item = &'q Expr<'q>>| {
        let mut around = exprs.filter(|expr| holds(expr.span, selected));
        if let Some(found) = around.next() {
            walk(inside(place, found), selected, path);
        }
    };
    let place = step.place;
    match step.node {
        Node::Pipeline(pipeline) => first(place, &mut pipeline.stages.iter().map(|stage| &stage.expr)),
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Filter(Some(condition)) => first(Place::Condition, &mut std::iter::once(&**condition)),
            ExprKind::Group(pipeline) if holds(pipeline.span, selected) => {
                walk(Step { node: Node::Pipeline(pipeline), place }, selected, path);
            }
            ExprKind::Prefix(_, operand) => first(place, &mut std::iter::once(&**operand)),
            ExprKind::Chain(left, links) => {
                first(place, &mut std::iter::once(&**left).chain(links.iter().map(|link| &link.operand)));
            }
            ExprKind::Call(call) => {
                let by = call.by.iter().flat_map(|list| &list.items);
                first(Place::Argument, &mut call.arguments.items.iter().chain(by));
            }
            _ => {}
        },
    }
}

/// Returns a selected part without the white space around it; a cursor stays where it is.
fn trimmed(text: &str, selected: Span) -> Span {
    let part = text.get(selected.range()).unwrap_or_default();
    if part.trim().is_empty() {
        return selected;
    }
    let start = selected.range().start + (part.len() - part.trim_start().len());
    Span::new(start, start + part.trim().len())
}
