//! `deprecated-name`: the conventions have another name for the attribute, and spans may have either.

use super::super::{
    Findings,
    walk::{Binary, Part, Role},
};
use crate::{
    diagnostic::{Diagnostic, Edit},
    query::{BinaryOp, CompareOp, ExprKind, Field, FieldKey},
    span::Span,
    value::Value,
    vocab::conventions::{Rename, find, rename},
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Binary(binary) => {
            let Some((field, value, literal_first)) = binary.field_and_literal() else { return };
            let Some((rename, new)) = renamed(field, findings) else { return };
            let Some(left) = binary.left.expr() else { return };
            let (span, literal) = if literal_first { (binary.right.span, left) } else { (left.span, binary.right) };
            let found = finding(field, &new, span, findings);
            let literal = matches!(literal.kind, ExprKind::Literal(_)).then_some(literal.span);
            findings.add(match both(binary, &value, literal, (field, span), &new, findings) {
                Some(edit) => fixed(found, &rename, &new, vec![edit]),
                None => found,
            });
        }
        Part::Field { field, span, role } if *role != Role::Compared => {
            let Some((rename, new)) = renamed(field, findings) else { return };
            let found = finding(field, &new, *span, findings);
            let written = findings.text_of(*span);
            let edit = match role {
                Role::Condition => Some(Edit::replace(*span, format!("({written} = true || {new} = true)"))),
                Role::Selected => Some(Edit::insert(span.end, format!(", {new}"))),
                _ => None,
            };
            findings.add(match edit {
                Some(edit) => fixed(found, &rename, &new, vec![edit]),
                None => found,
            });
        }
        _ => {}
    }
}

/// Returns the current name of an attribute, unless the query asks for it too or the team knows the old one.
fn renamed(field: &Field, findings: &Findings<'_>) -> Option<(Rename, Field)> {
    let FieldKey::Attribute(scope, name) = &field.key else { return None };
    if field.of_parent || findings.known.contains_key(name.as_str()) {
        return None;
    }
    let found = rename(name).filter(|found| !findings.names.contains(&found.to))?;
    let new = Field::attribute(*scope, found.to.as_str());
    Some((found, new))
}

fn finding(field: &Field, new: &Field, span: Span, findings: &Findings<'_>) -> Diagnostic {
    let since = match &field.key {
        FieldKey::Attribute(_, name) => find(name).and_then(|found| found.deprecated?.since),
        _ => None,
    };
    let label = match since {
        Some(version) => format!("called `{new}` since version {version}"),
        None => format!("called `{new}` now"),
    };
    findings
        .diagnostic(span, format!("the conventions have renamed `{field}`"))
        .label(label)
        .help("ask for both names as long as there are spans with the old one")
}

fn fixed(found: Diagnostic, rename: &Rename, new: &Field, edits: Vec<Edit>) -> Diagnostic {
    let title = format!("ask for `{new}` too");
    if rename.is_exact { found.fix(title, edits) } else { found.unsafe_fix(title, edits) }
}

/// Returns the edit that asks for both names; `None` where the value has no counterpart, or the text cannot be parted.
fn both(
    binary: &Binary<'_>,
    value: &Value,
    literal: Option<Span>,
    (field, field_span): (&Field, Span),
    new: &Field,
    findings: &Findings<'_>,
) -> Option<Edit> {
    let whole = binary.whole?;
    let mut edits = vec![Edit::replace(field_span, new.to_string())];
    if let Value::String(text) = value
        && let FieldKey::Attribute(_, name) = &field.key
        && let Some(deprecated) = find(name)?.deprecated.filter(|deprecated| !deprecated.values.is_empty())
    {
        // A pattern or an order may be about several values.
        if !matches!(binary.op, BinaryOp::Compare(CompareOp::Eq | CompareOp::Ne)) {
            return None;
        }
        if let Some((_, changed)) = deprecated.values.iter().find(|(old, _)| old == text) {
            edits.push(Edit::replace(literal?, format!("\"{}\"", (*changed)?)));
        }
    }
    edits.sort_by_key(|edit| edit.span);
    let written = findings.text_of(whole);
    let (mut other, mut at) = (String::new(), whole.start);
    for edit in edits {
        other.push_str(findings.text_of(Span { start: at, end: edit.span.start }));
        other.push_str(&edit.text);
        at = edit.span.end;
    }
    other.push_str(findings.text_of(Span { start: at, end: whole.end }));
    let asks_for_absence = binary.op == BinaryOp::Compare(CompareOp::Eq) && *value == Value::Nil;
    let op = if asks_for_absence { "&&" } else { "||" };
    Some(Edit::replace(whole, format!("({written} {op} {other})")))
}
