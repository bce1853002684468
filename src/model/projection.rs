//! Which columns a reader must build.

use std::collections::BTreeSet;

use traceql_grammar::vocab::scopes::Scope;

/// The columns that a plan needs besides those that every batch has.
///
/// What is read from files always has ids, parent ids, start, duration, kind, status, name, and a resource with its
/// `service.name`. Of traces that are stored as columns, and handed on whole, only what `core` asks for is there; what
/// they start at is 0 otherwise.
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
    /// What is wanted of traces that are stored as columns.
    pub core: Core,
}

/// The columns that traces which are stored as columns have on request only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Core {
    /// The ids of traces.
    pub trace_id: bool,
    /// The ids of spans.
    pub id: bool,
    /// The ids of parents.
    pub parent_id: bool,
    /// Starts. Events need them too.
    pub start: bool,
    /// Durations.
    pub duration: bool,
    /// Kinds.
    pub kind: bool,
    /// Statuses.
    pub status: bool,
    /// Names.
    pub name: bool,
    /// How the spans of a trace hang together: [`super::batch::Tree`], and the order that goes with it.
    pub tree: bool,
    /// How many children spans have.
    pub child_count: bool,
    /// The names of the roots: [`super::batch::Facts`].
    pub roots: bool,
    /// The spans and errors of each service in each trace.
    pub services: bool,
}

/// A column, or several that are read together, in which the values of a field lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// [`Core::trace_id`].
    TraceId,
    /// [`Core::id`].
    SpanId,
    /// [`Core::parent_id`].
    ParentId,
    /// [`Core::duration`].
    Duration,
    /// [`Core::kind`].
    Kind,
    /// [`Core::status`].
    Status,
    /// [`Core::name`].
    Name,
    /// [`Core::tree`].
    Tree,
    /// [`Core::child_count`].
    ChildCount,
    /// [`Core::roots`].
    Roots,
    /// First start and last end of the trace, which every batch has.
    TraceTimes,
    /// [`Projection::status_message`].
    StatusMessage,
    /// [`Projection::scopes`].
    Scopes,
    /// [`Projection::events`].
    Events,
    /// [`Projection::links`].
    Links,
}

impl Core {
    /// Everything that a core can have.
    pub const ALL: Core = Core {
        trace_id: true,
        id: true,
        parent_id: true,
        start: true,
        duration: true,
        kind: true,
        status: true,
        name: true,
        tree: true,
        child_count: true,
        roots: true,
        services: true,
    };

    /// Returns the columns that either asks for.
    #[must_use]
    pub fn or(self, other: Core) -> Core {
        Core {
            trace_id: self.trace_id || other.trace_id,
            id: self.id || other.id,
            parent_id: self.parent_id || other.parent_id,
            start: self.start || other.start,
            duration: self.duration || other.duration,
            kind: self.kind || other.kind,
            status: self.status || other.status,
            name: self.name || other.name,
            tree: self.tree || other.tree,
            child_count: self.child_count || other.child_count,
            roots: self.roots || other.roots,
            services: self.services || other.services,
        }
    }
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
            core: Core::ALL,
        }
    }

    /// Adds a column.
    pub fn add(&mut self, column: Column) {
        match column {
            Column::TraceId => self.core.trace_id = true,
            Column::SpanId => self.core.id = true,
            Column::ParentId => self.core.parent_id = true,
            Column::Duration => self.core.duration = true,
            Column::Kind => self.core.kind = true,
            Column::Status => self.core.status = true,
            Column::Name => self.core.name = true,
            Column::Tree => self.core.tree = true,
            Column::ChildCount => self.core.child_count = true,
            Column::Roots => self.core.roots = true,
            Column::TraceTimes => {}
            Column::StatusMessage => self.status_message = true,
            Column::Scopes => self.scopes = true,
            Column::Events => self.events = true,
            Column::Links => self.links = true,
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
        self.core = self.core.or(other.core);
    }

    /// Returns the keys that are wanted in a scope.
    pub fn keys(&self, scope: Scope) -> impl Iterator<Item = &str> {
        self.attributes.iter().filter(move |(s, _)| *s == scope).map(|(_, key)| key.as_str())
    }
}
