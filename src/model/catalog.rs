//! Which attributes spans have, and which values an attribute has.
//!
//! A span has an attribute where `!= nil` finds it, and a value where `= value` does: a value counts once for each span,
//! however many elements of an array, events or links have it.

use traceql_grammar::{
    query::{Field, FieldKey},
    vocab::{nearest::nearest, scopes::Scope},
};

use super::result::{Datum, Inspected};

/// Where the names of attributes stand, and the names of intrinsics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TagScope {
    /// Attributes of what sent the span.
    Resource,
    /// Attributes of the span.
    Span,
    /// Attributes of the span's events.
    Event,
    /// Attributes of the span's links.
    Link,
    /// Attributes of the library that made the span.
    Instrumentation,
    /// What spans have without anybody setting it.
    Intrinsic,
}

impl TagScope {
    /// Every scope, in the order in which answers have them.
    pub const ALL: [TagScope; 6] = [
        TagScope::Resource,
        TagScope::Span,
        TagScope::Event,
        TagScope::Link,
        TagScope::Instrumentation,
        TagScope::Intrinsic,
    ];

    /// Returns Tempo's word for the scope.
    pub fn word(self) -> &'static str {
        self.of_attributes().map_or("intrinsic", Scope::word)
    }

    /// Returns the scope of the attributes; `None` for intrinsics.
    pub fn of_attributes(self) -> Option<Scope> {
        match self {
            TagScope::Resource => Some(Scope::Resource),
            TagScope::Span => Some(Scope::Span),
            TagScope::Event => Some(Scope::Event),
            TagScope::Link => Some(Scope::Link),
            TagScope::Instrumentation => Some(Scope::Instrumentation),
            TagScope::Intrinsic => None,
        }
    }
}

/// The attributes that spans have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags {
    /// The attributes, in order of scope and name, then the intrinsics, in the language's order.
    pub tags: Vec<Tag>,
    /// How many spans were counted: those that the query selects, in the time range.
    pub selected: u64,
    /// What was looked at; traces are not counted.
    pub inspected: Inspected,
}

/// An attribute or intrinsic that some span has.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// What it is called, in one scope; in [`Scope::Any`] where an old server lists names without.
    pub field: Field,
    /// How many spans have it; 0 where servers list names, which count nothing.
    pub spans: u64,
    /// Its values, texts cut to [`LONGEST_TEXT`] characters; `None` for intrinsics that are different for almost every
    /// span, or the same for all spans of a trace.
    pub values: Option<Values>,
}

/// So many characters of a text are kept among the values of a [`Tag`]; what is cut ends with `…`.
pub const LONGEST_TEXT: usize = 200;

/// The values of one attribute or intrinsic.
#[derive(Clone, Debug, PartialEq)]
pub struct TagValues {
    /// What was asked for.
    pub field: Field,
    /// How many spans have a value.
    pub spans: u64,
    /// How many spans were counted: those that the query selects, in the time range.
    pub selected: u64,
    /// The values.
    pub values: Values,
    /// What was looked at; traces are not counted.
    pub inspected: Inspected,
}

/// Different values, each with how many spans have it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Those with the most spans first, ties in order of the values. Where not all could be kept these are a random choice
    /// of them, but each with its exact count.
    pub counts: Vec<ValueCount>,
    /// How many there are, whether or not they are listed.
    pub distinct: u64,
    /// Whether all were kept; else `distinct` is an estimate.
    pub is_exact: bool,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueCount {
    /// The value, never an array: its elements count each.
    pub value: Datum,
    /// How many spans have it; 0 where servers list values, which count nothing.
    pub spans: u64,
}

impl Tag {
    /// Returns where the name stands.
    pub fn scope(&self) -> TagScope {
        let of = |scope| TagScope::ALL.into_iter().find(|known| known.of_attributes() == Some(scope));
        match &self.field.key {
            FieldKey::Attribute(scope, _) => of(*scope).unwrap_or(TagScope::Span),
            FieldKey::Intrinsic(_) | FieldKey::Parent => TagScope::Intrinsic,
        }
    }
}

impl Tags {
    /// Keeps so many attributes of each scope, those that most spans have; 0 keeps all. Intrinsics are always kept.
    ///
    /// Returns how many are left out.
    pub fn limit(&mut self, most: usize) -> usize {
        let before = self.tags.len();
        for scope in TagScope::ALL.into_iter().filter(|scope| *scope != TagScope::Intrinsic) {
            let mut counts: Vec<u64> =
                self.tags.iter().filter(|tag| tag.scope() == scope).map(|tag| tag.spans).collect();
            if most == 0 || counts.len() <= most {
                continue;
            }
            counts.sort_unstable_by(|a, b| b.cmp(a));
            let least = counts[most - 1];
            // Of those that as many spans have as the last one that is kept, the first by name.
            let mut ties = counts[..most].iter().filter(|count| **count == least).count();
            self.tags.retain(|tag| {
                let is_tie = tag.scope() == scope && tag.spans == least;
                let is_kept = tag.scope() != scope || tag.spans > least || is_tie && ties > 0;
                ties -= usize::from(is_tie && is_kept);
                is_kept
            });
        }
        before - self.tags.len()
    }
}

impl Tags {
    /// Returns how many spans have an attribute, at most if it is one without a scope.
    pub fn with(&self, field: &Field) -> u64 {
        let FieldKey::Attribute(wanted, key) = &field.key else { return 0 };
        let spans = self.attributes().filter(|(scope, name, _)| *name == key && within(*wanted, *scope));
        spans.map(|(_, _, tag)| tag.spans).sum::<u64>().min(self.selected)
    }

    /// Returns the name that somebody meant who wrote one that no span has: the same in another scope, or a similar one.
    pub fn nearest(&self, field: &Field) -> Option<String> {
        let FieldKey::Attribute(wanted, key) = &field.key else { return None };
        let name = |tag: &Tag| tag.field.to_string();
        if let Some((_, _, tag)) = self.attributes().find(|(_, name, _)| name.eq_ignore_ascii_case(key)) {
            return Some(name(tag));
        }
        let in_scope = || self.attributes().filter(|(scope, _, _)| within(*wanted, *scope));
        if let Some(near) = nearest(key, in_scope().map(|(_, name, _)| name)) {
            return in_scope().find(|(_, name, _)| *name == near).map(|(_, _, tag)| name(tag));
        }
        // A scope that is misspelt reads as a part of the name.
        let names: Vec<String> = self.tags.iter().map(name).collect();
        let written = field.to_string();
        let text = if *wanted == Scope::Any { key } else { &written };
        nearest(text, names.iter().map(String::as_str)).map(str::to_owned)
    }

    fn attributes(&self) -> impl Iterator<Item = (Scope, &str, &Tag)> {
        self.tags.iter().filter_map(|tag| match &tag.field.key {
            FieldKey::Attribute(scope, name) => Some((*scope, name.as_str(), tag)),
            FieldKey::Intrinsic(_) | FieldKey::Parent => None,
        })
    }
}

/// Tells whether an attribute of `scope` is looked at where one of `wanted` is asked for.
fn within(wanted: Scope, scope: Scope) -> bool {
    wanted == scope || wanted == Scope::Any && matches!(scope, Scope::Span | Scope::Resource)
}

impl Values {
    /// Keeps the values that most spans have; 0 keeps all. Returns how many are left out.
    pub fn limit(&mut self, most: usize) -> u64 {
        if most > 0 {
            self.counts.truncate(most);
        }
        self.distinct.saturating_sub(self.counts.len() as u64)
    }
}
