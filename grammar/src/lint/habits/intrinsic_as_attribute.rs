//! `intrinsic-as-attribute`: `span.name` is an attribute called `name`, not the span's name.

use super::super::{
    Findings,
    walk::{Binary, Part, Role},
};
use crate::{
    diagnostic::{Edit, Severity},
    query::{BinaryOp, CompareOp, Expr, ExprKind, Field, FieldKey},
    span::Span,
    value::{Kind, Status, Type, Value},
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Binary(binary) => compared(binary, findings),
        Part::Field { field, span, role: Role::Selected | Role::Grouped | Role::Measured } => {
            let Some(intrinsic) = meant(field, findings) else { return };
            let severity = if has_own_name(field, intrinsic) { Severity::Warning } else { Severity::Info };
            report(field, *span, intrinsic, severity, Some(Vec::new()), findings);
        }
        _ => {}
    }
}

/// Returns the intrinsic that has the attribute's scope and name, or its name alone if it has no scope.
fn meant(field: &Field, findings: &Findings<'_>) -> Option<Intrinsic> {
    let FieldKey::Attribute(scope, name) = &field.key else { return None };
    if field.of_parent || findings.known.contains_key(name.as_str()) {
        return None;
    }
    match scope {
        Scope::Any => Intrinsic::from_bare(name),
        _ => Intrinsic::from_scoped(scope.word(), name)
            .or_else(|| Intrinsic::from_bare(name).filter(|_| *scope == Scope::Span)),
    }
}

/// Tells whether hardly anybody calls an attribute of this scope so.
fn has_own_name(field: &Field, intrinsic: Intrinsic) -> bool {
    use Intrinsic::{
        EventName, EventTimeSinceStart, InstrumentationName, InstrumentationVersion, Kind, LinkSpanId, LinkTraceId,
        Name, RootName, RootService, StatusMessage, TraceDuration,
    };
    match field.key {
        FieldKey::Attribute(Scope::Any, _) => matches!(intrinsic, RootName | RootService | TraceDuration),
        _ => matches!(
            intrinsic,
            EventName
                | EventTimeSinceStart
                | InstrumentationName
                | InstrumentationVersion
                | Kind
                | LinkSpanId
                | LinkTraceId
                | Name
                | RootName
                | RootService
                | StatusMessage
                | TraceDuration
        ),
    }
}

fn compared(binary: &Binary<'_>, findings: &mut Findings<'_>) {
    let Some((field, value, literal_first)) = binary.field_and_literal() else { return };
    let Some(intrinsic) = meant(field, findings) else { return };
    let Some(left) = binary.left.expr() else { return };
    let (field_span, literal) = if literal_first { (binary.right.span, left) } else { (left.span, binary.right) };
    let ty = intrinsic.row().ty;
    // No attribute holds a status or a kind, and none of OpenTelemetry's a duration.
    let is_sure = matches!(value.ty(), Type::Status | Type::Kind | Type::Duration) && value.ty() == ty;
    let word = word(ty, &value).filter(|_| matches!(binary.op, BinaryOp::Compare(CompareOp::Eq | CompareOp::Ne)));
    let is_scoped = !matches!(field.key, FieldKey::Attribute(Scope::Any, _));
    let severity = match is_sure || word.is_some() && is_scoped || has_own_name(field, intrinsic) {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let edits = match word {
        Some(word) => Some(vec![Edit::replace(literal.span, word)]),
        None if fits(ty, &value, literal) => Some(Vec::new()),
        None => None,
    };
    report(field, field_span, intrinsic, severity, edits, findings);
}

/// Returns the word of a status or kind that a text spells.
fn word(ty: Type, value: &Value) -> Option<&'static str> {
    let Value::String(text) = value else { return None };
    let is = |word: &&str| word.eq_ignore_ascii_case(text.strip_prefix("SPAN_KIND_").unwrap_or(text));
    match ty {
        Type::Status => Status::ALL.into_iter().map(Status::word).find(is),
        Type::Kind => Kind::ALL.into_iter().map(Kind::word).find(is),
        _ => None,
    }
}

/// Tells whether the comparison stays legal when the intrinsic takes the attribute's place.
fn fits(ty: Type, value: &Value, literal: &Expr) -> bool {
    let is_same = value.ty() == ty || ty == Type::Any && value.ty() == Type::String;
    is_same && matches!(literal.kind, ExprKind::Literal(_))
}

fn report(
    field: &Field,
    span: Span,
    intrinsic: Intrinsic,
    severity: Severity,
    edits: Option<Vec<Edit>>,
    findings: &mut Findings<'_>,
) {
    let right = intrinsic.canonical();
    let found = findings
        .diagnostic(span, format!("`{field}` is an attribute, not the intrinsic `{right}`"))
        .label("found only where somebody has set such an attribute")
        .help(format!("write `{right}` for the intrinsic"))
        .severity(severity);
    findings.add(match edits {
        Some(mut edits) => {
            edits.push(Edit::replace(span, right));
            edits.sort_by_key(|edit| edit.span);
            found.unsafe_fix(format!("write `{right}`"), edits)
        }
        None => found,
    });
}
