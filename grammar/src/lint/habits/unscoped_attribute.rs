//! `unscoped-attribute`: `.x` is looked for on the span and on the resource.

use super::super::{Findings, walk::Part};
use crate::{
    diagnostic::Edit,
    query::{Field, FieldKey},
    vocab::{conventions::find, intrinsics::Intrinsic, scopes::Scope},
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Field { field, span, .. } = part else { return };
    let FieldKey::Attribute(Scope::Any, name) = &field.key else { return };
    // Another rule tells of intrinsics.
    if field.of_parent || Intrinsic::from_bare(name).is_some() {
        return;
    }
    let found = findings
        .diagnostic(*span, format!("`{field}` is looked for on the span and on the resource"))
        .label("the span's attribute, or else the resource's");
    findings.add(match home(name, findings) {
        Some(scope) => {
            let scoped = Field::attribute(scope, name.as_str()).to_string();
            found
                .help(format!("write `{scoped}`, which is faster"))
                .unsafe_fix(format!("write `{scoped}`"), vec![Edit::replace(*span, scoped)])
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
