//! Which columns a reader must build.

use std::collections::BTreeSet;

use traceql_grammar::vocab::scopes::Scope;

/// The columns that a plan needs besides those that every batch has.
///
/// A batch always has: ids, parent ids, start, duration, kind, status, name, resource with its `service.name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// Attributes by scope and key; never [`Scope::Any`]: `.x` is asked for as both `span.x` and `resource.x`.
    pub attributes: BTreeSet<(Scope, String)>,
    /// All attributes of spans, resources and instrumentation scopes, whatever their keys; `scopes` counts as set.
    /// Attributes of events and links are still asked for by key.
    pub every_attribute: bool,
    /// The status message.
    pub status_message: bool,
    /// Instrumentation scopes: name, version, and which spans have which.
    pub scopes: bool,
    /// Events: name and time. Set too when an event attribute is asked for.
    pub events: bool,
    /// Links: ids. Set too when a link attribute is asked for.
    pub links: bool,
    /// All that a span can hold, for copying and showing whole traces; every other member counts as set, and the
    /// attributes of events and links are all there too, values that TraceQL cannot see included.
    pub everything: bool,
}

impl Projection {
    /// Makes the projection that wants all that a span can hold.
    pub fn everything() -> Projection {
        Projection {
            attributes: BTreeSet::new(),
            every_attribute: true,
            status_message: true,
            scopes: true,
            events: true,
            links: true,
            everything: true,
        }
    }

    /// Adds the columns of another projection.
    pub fn extend(&mut self, other: &Projection) {
        self.attributes.extend(other.attributes.iter().cloned());
        self.every_attribute |= other.every_attribute;
        self.status_message |= other.status_message;
        self.scopes |= other.scopes;
        self.events |= other.events;
        self.links |= other.links;
        self.everything |= other.everything;
    }

    /// Returns the keys that are wanted in a scope.
    pub fn keys(&self, scope: Scope) -> impl Iterator<Item = &str> {
        self.attributes.iter().filter(move |(s, _)| *s == scope).map(|(_, key)| key.as_str())
    }
}
