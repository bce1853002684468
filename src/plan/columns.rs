//! Where the fields of a query live: in which columns, in which tables, and what else answers for a name.

use hashbrown::HashMap;
use traceql_grammar::{
    query::{Field, FieldKey},
    vocab::scopes::Scope,
};

use crate::model::{
    intrinsic_facts::{Owner, facts},
    projection::Projection,
};

use super::FieldId;

/// Finds the columns that the fields live in.
pub(super) fn projection(fields: &[Field]) -> Projection {
    let mut projection = Projection::default();
    for field in fields {
        projection.core.tree |= field.of_parent;
        match &field.key {
            FieldKey::Parent => projection.core.tree = true,
            FieldKey::Intrinsic(intrinsic) => projection.add(facts(*intrinsic).column),
            FieldKey::Attribute(scope, name) => {
                let scopes: &[Scope] = match scope {
                    Scope::Any => &[Scope::Span, Scope::Resource],
                    scope => &[*scope],
                };
                projection.attributes.extend(scopes.iter().map(|scope| (*scope, name.clone())));
                match scope {
                    Scope::Event => projection.events = true,
                    Scope::Link => projection.links = true,
                    Scope::Instrumentation => projection.scopes = true,
                    Scope::Any | Scope::Span | Scope::Resource => {}
                }
            }
        }
    }
    projection
}

/// Tells whether a field is a value of events, or of links.
pub(super) fn child_table(field: &Field) -> (bool, bool) {
    match &field.key {
        FieldKey::Attribute(scope, _) => (*scope == Scope::Event, *scope == Scope::Link),
        FieldKey::Intrinsic(intrinsic) => {
            let owner = facts(*intrinsic).owner;
            (owner == Owner::Event, owner == Owner::Link)
        }
        FieldKey::Parent => (false, false),
    }
}

/// Finds what unscoped attributes fall back to: Tempo looks their name up among all that it fetched for the query.
pub(super) fn namesakes(fields: &[Field]) -> HashMap<FieldId, Vec<FieldId>> {
    let rank = |field: &Field| match &field.key {
        _ if field.of_parent => None,
        FieldKey::Attribute(Scope::Event, _) => Some(0),
        FieldKey::Attribute(Scope::Link, _) => Some(1),
        FieldKey::Attribute(Scope::Instrumentation, _) => Some(2),
        FieldKey::Intrinsic(_) => Some(3),
        FieldKey::Attribute(..) | FieldKey::Parent => None,
    };
    let mut by_name: HashMap<&str, Vec<(u8, FieldId)>> = HashMap::new();
    for (at, field) in (0..).zip(fields) {
        if let Some(rank) = rank(field) {
            by_name.entry(field.bare_name()).or_default().push((rank, FieldId(at)));
        }
    }
    by_name.values_mut().for_each(|found| found.sort_by_key(|(rank, _)| *rank));
    let unscoped = (0..).zip(fields).filter(|(_, field)| match &field.key {
        FieldKey::Attribute(Scope::Any, _) => !field.of_parent,
        _ => false,
    });
    let found = unscoped.filter_map(|(at, field)| {
        let namesakes = by_name.get(field.bare_name())?;
        Some((FieldId(at), namesakes.iter().map(|(_, id)| *id).collect()))
    });
    found.collect()
}
