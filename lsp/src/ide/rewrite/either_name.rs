//! A condition about an attribute that the conventions have renamed, for either name.

use traceql_grammar::{
    ast::{Expr, ExprKind, Literal},
    diagnostic::Edit,
    ops::Op,
    query::{Field, FieldKey},
    token::{AttributeName, Token},
    vocab::conventions::{find, rename},
};

use super::{
    Proposal, shown,
    subject::{Node, Place, Subject, comparison, holds},
};

pub(super) fn propose(subject: &Subject<'_>) -> Vec<Proposal> {
    let is_wanted = |expr: &Expr<'_>, place| place == Place::Condition && comparison(expr).is_some();
    let Some((at, found)) = subject.innermost(is_wanted) else { return Vec::new() };
    proposal(subject, at, found).into_iter().collect()
}

fn proposal(subject: &Subject<'_>, at: usize, found: &Expr<'_>) -> Option<Proposal> {
    let (left, op, _, right) = comparison(found)?;
    let mut sides = [(left, right), (right, left)];
    if holds(right.span, subject.selected) {
        sides.reverse();
    }
    let renamed = |(side, other)| Some((side, other, new_name(side)?));
    let (old, other, (new, is_exact)): (&Expr<'_>, &Expr<'_>, _) = sides.into_iter().find_map(renamed)?;
    if subject.tokens.iter().any(|token| is_field(&token.token, &new)) {
        return None;
    }
    let written = subject.text_of(found.span);
    let mut edits = vec![Edit::replace(old.span, new.to_string())];
    if let Some(value) = new_value(old, other, op)? {
        edits.push(Edit::replace(other.span, format!("\"{value}\"")));
    }
    edits.sort_by_key(|edit| edit.span);
    let (mut second, mut from) = (String::new(), found.span.range().start);
    for edit in edits {
        second.push_str(subject.text.get(from..edit.span.range().start)?);
        second.push_str(&edit.text);
        from = edit.span.range().end;
    }
    second.push_str(subject.text.get(from..found.span.range().end)?);
    // `= nil` is true where a name is absent: both have to be.
    let is_nil = matches!(other.kind, ExprKind::Word("nil")) && op == Op::Eq;
    let join = if is_nil { Op::And } else { Op::Or }.text();
    let is_alone = match at.checked_sub(1).and_then(|at| subject.path.get(at)).map(|step| step.node) {
        Some(Node::Pipeline(_)) => true,
        Some(Node::Expr(around)) => matches!(around.kind, ExprKind::Filter(_)),
        None => false,
    };
    let both = format!("{written} {join} {second}");
    let both = if is_alone { both } else { format!("({both})") };
    let doubt = if is_exact { "" } else { ", which may be something else" };
    let title = format!("Ask for `{}` too{doubt}", shown(&new.to_string()));
    Some(Proposal::inline(title, vec![Edit::replace(found.span, both)]))
}

/// Returns the field of the new name, and whether it always means the same as the old one.
fn new_name(expr: &Expr<'_>) -> Option<(Field, bool)> {
    let ExprKind::Attribute(AttributeName { of_parent, scope, name: Some(name), .. }) = &expr.kind else { return None };
    let rename = rename(name)?;
    let key = FieldKey::Attribute(*scope, rename.to);
    Some((Field { of_parent: *of_parent, key }, rename.is_exact))
}

/// Returns the value that takes the place of a literal under the new name, if it is another; the outer `None` tells that
/// there is no counterpart.
#[expect(clippy::option_option, reason = "no other value and no counterpart are two things")]
fn new_value(old: &Expr<'_>, value: &Expr<'_>, op: Op) -> Option<Option<&'static str>> {
    let ExprKind::Attribute(AttributeName { name: Some(name), .. }) = &old.kind else { return None };
    let values = find(name).and_then(|found| found.deprecated).map_or(&[][..], |deprecated| deprecated.values);
    let ExprKind::Literal(Literal::String(text)) = &value.kind else { return Some(None) };
    if values.is_empty() {
        return Some(None);
    }
    // A pattern or an order may be about several values.
    if !matches!(op, Op::Eq | Op::Ne) {
        return None;
    }
    match values.iter().find(|(old, _)| old == text) {
        Some((_, new)) => new.map(Some),
        None => Some(None),
    }
}

fn is_field(token: &Token<'_>, field: &Field) -> bool {
    let (Token::Attribute(found), FieldKey::Attribute(scope, name)) = (token, &field.key) else { return false };
    found.of_parent == field.of_parent && found.scope == *scope && found.name.as_deref() == Some(name)
}
