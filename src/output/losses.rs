//! What a format could not hold: how much of what, for the report at the end.

use std::collections::BTreeMap;

use super::text::counted;

/// A kind of thing that a format has no place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Times and durations whose nanoseconds are cut.
    Nanoseconds,
    /// Attribute values of types that the format does not have.
    ValuesAsText,
    /// Attributes of resources that stand among those of spans.
    ResourceAttributes,
    /// Attributes of instrumentation scopes that stand among those of spans.
    ScopeAttributes,
    /// Attributes for which there is no place because another has their name.
    Namesakes,
    /// Attributes whose names mean something of their own in the format.
    Meanings,
    /// Events whose attributes stand in one text with the name.
    EventAttributes,
    /// Events that have the value of an attribute for their name.
    EventNames,
    /// Links that stand in texts.
    LinksAsText,
    /// Links whose flags are left out.
    LinkFlags,
    /// Links of which only the ids are left.
    LinkDetails,
    /// Links that read as the parent of a span which has none.
    LinksAsParents,
    /// Spans whose flags are left out.
    Flags,
    /// Counts of what senders had dropped from resources and scopes.
    Dropped,
    /// Addresses of schemas of resources and scopes.
    Schemas,
}

impl Loss {
    /// Says what has happened to `n` of them.
    pub fn sentence(self, n: u64) -> String {
        let are = if n == 1 { "is" } else { "are" };
        let tags = if n == 1 { "a span tag" } else { "span tags" };
        let counted = |thing| counted(n, thing);
        match self {
            Loss::Nanoseconds => format!("{} {are} cut to microseconds", counted("time")),
            Loss::ValuesAsText => format!("{} became text", counted("attribute value")),
            Loss::ResourceAttributes => format!("{} became {tags}", counted("resource attribute")),
            Loss::ScopeAttributes => format!("{} became {tags}", counted("scope attribute")),
            Loss::Namesakes => format!("{} {are} left out behind a namesake", counted("attribute")),
            Loss::Meanings => format!("{} {are} named like a field of the format", counted("attribute")),
            Loss::EventAttributes => format!("the attributes of {} became part of the name", counted("event")),
            Loss::EventNames => format!("{} {are} named by the attribute `event`", counted("event")),
            Loss::LinksAsText => format!("{} became text", counted("link")),
            Loss::LinkFlags => format!("the flags of {} are left out", counted("link")),
            Loss::LinkDetails => format!("only the ids are left of {}", counted("link")),
            Loss::LinksAsParents => format!("{} will be taken for a parent", counted("link")),
            Loss::Flags => format!("the flags of {} are left out", counted("span")),
            Loss::Dropped => format!("{} of dropped attributes {are} left out", counted("count")),
            Loss::Schemas => format!("{} {are} left out", counted("schema URL")),
        }
    }
}

/// How often each kind of loss has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<Loss, u64>);

impl Losses {
    /// Counts a loss.
    pub(super) fn add(&mut self, loss: Loss) {
        *self.0.entry(loss).or_default() += 1;
    }

    /// Counts a loss if it has happened.
    pub(super) fn add_if(&mut self, happened: bool, loss: Loss) {
        if happened {
            self.add(loss);
        }
    }

    /// Adds the losses of another part.
    pub(super) fn extend(&mut self, other: &Losses) {
        for (loss, n) in &other.0 {
            *self.0.entry(*loss).or_default() += n;
        }
    }

    /// Returns the kinds of loss that have happened, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (Loss, u64)> {
        self.0.iter().map(|(loss, n)| (*loss, *n))
    }

    /// Tells whether nothing is lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
