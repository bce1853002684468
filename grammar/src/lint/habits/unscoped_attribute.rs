//! `unscoped-attribute`: `.x` is looked for on the span and on the resource.

use super::super::{
    Findings,
    walk::{Part, Role},
};
use crate::{
    diagnostic::Edit,
    query::{Field, FieldKey},
    span::Span,
    value::Value,
    vocab::{conventions::find, intrinsics::Intrinsic, own_columns::SERVICE_NAME, scopes::Scope},
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Field { field, span, role } if *role != Role::Compared => report(field, *span, false, findings),
        Part::Binary(binary) => {
            let Some((field, value, literal_first)) = binary.field_and_literal() else { return };
            let Some(left) = binary.left.expr() else { return };
            let span = if literal_first { binary.right.span } else { left.span };
            report(field, span, value == Value::Nil, findings);
        }
        _ => {}
    }
}

fn report(field: &Field, span: Span, asks_for_absence: bool, findings: &mut Findings<'_>) {
    let FieldKey::Attribute(Scope::Any, name) = &field.key else { return };
    // Another rule tells of intrinsics.
    if field.of_parent || Intrinsic::from_bare(name).is_some() {
        return;
    }
    let found = findings
        .diagnostic(span, format!("`{field}` is looked for on the span and on the resource"))
        .label("the span's attribute, or else the resource's");
    // Every resource has a name of the service, so nobody may ask whether it is absent.
    let home = home(name, findings).filter(|_| !(asks_for_absence && name == SERVICE_NAME));
    findings.add(match home {
        Some(scope) => {
            let scoped = Field::attribute(scope, name.as_str()).to_string();
            found
                .help(format!("write `{scoped}`, which is faster"))
                .unsafe_fix(format!("write `{scoped}`"), vec![Edit::replace(span, scoped)])
        }
        None => found.help("name the scope, `span.…` or `resource.…`, which is faster"),
    });
}

/// Returns the scope of the attribute, if it is known to have one only.
fn home(name: &str, findings: &Findings<'_>) -> Option<Scope> {
    if let Some(scope) = findings.known.get(name) {
        return Some(*scope).filter(|scope| *scope != Scope::Any);
    }
    let places = find(name)?.places;
    match (places.has_span(), places.has_resource()) {
        (true, false) => Some(Scope::Span),
        (false, true) => Some(Scope::Resource),
        _ => None,
    }
}
