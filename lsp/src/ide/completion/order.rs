//! The order of words: those that fit the typed text best first, then by score.

use std::collections::HashSet;

use traceql_grammar::vocab::scopes::SCOPES;

use super::{
    Candidate, ItemKind, MOST_ITEMS,
    cursor::{Word, WordKind},
    fields::{FROM_CONVENTIONS, FROM_DEPRECATED},
};

/// Distance that is added to words which no data has.
const BEHIND_DATA: usize = 2;

/// Returns the words that fit what is typed, best first, each once.
pub(super) fn ordered(candidates: Vec<Candidate>, typed: &Typed<'_>) -> Vec<Candidate> {
    let distance = |candidate: &Candidate| match candidate.span {
        Some(_) => Some(0),
        None => typed.distance(&candidate.key, candidate.kind),
    };
    let mut fitting: Vec<(usize, Candidate)> =
        candidates.into_iter().filter_map(|candidate| Some((distance(&candidate)?, candidate))).collect();
    fitting.sort_by_key(|(distance, candidate)| {
        // A name of the data comes before one of the conventions that fits a little better.
        let distance = distance + if candidate.score >= FROM_CONVENTIONS { BEHIND_DATA } else { 0 };
        (candidate.score >= FROM_DEPRECATED, distance, candidate.score)
    });
    let mut seen = HashSet::new();
    fitting.retain(|(_, candidate)| seen.insert(candidate.label.clone()));
    fitting.truncate(MOST_ITEMS);
    fitting.into_iter().map(|(_, candidate)| candidate).collect()
}

/// A typed text, against which words are held.
pub(super) struct Typed<'t> {
    text: &'t str,
    lower: String,
    kind: WordKind,
}

impl<'t> Typed<'t> {
    /// Makes the text of a half-typed word.
    pub(super) fn new(word: &Word<'t>) -> Typed<'t> {
        Typed { text: word.typed, lower: word.typed.to_lowercase(), kind: word.kind }
    }

    /// Returns how far a word is from the typed text, from 0; `None` where it does not fit.
    pub(super) fn distance(&self, key: &str, kind: ItemKind) -> Option<usize> {
        if self.kind == WordKind::Operator {
            return (kind == ItemKind::Operator && key.len() > self.text.len() && key.starts_with(self.text))
                .then_some(0);
        }
        if self.text.is_empty() || key.starts_with(self.text) {
            return Some(0);
        }
        let key = key.to_lowercase();
        // A scope that is typed holds; the name behind it need not be typed from its begin.
        if let Some((scope, typed)) = self.scoped() {
            let name = key.strip_prefix(scope)?;
            return match () {
                () if name.starts_with(typed) => Some(1),
                () if parts(name, typed) => Some(3),
                () => (typed.chars().count() > 1 && name.contains(typed)).then_some(4),
            };
        }
        let bare = key.rsplit_once(':').map_or(key.as_str(), |(_, word)| word);
        let name = match kind {
            ItemKind::Attribute => {
                key.strip_prefix("parent.").unwrap_or(&key).split_once('.').map_or("", |(_, name)| name)
            }
            _ => bare,
        };
        if key.starts_with(&self.lower) {
            return Some(1);
        }
        if name.starts_with(&self.lower) {
            return Some(2);
        }
        if parts(&key, &self.lower) {
            return Some(3);
        }
        (self.lower.chars().count() > 1 && key.contains(&self.lower)).then_some(4)
    }

    /// Returns the scope that is typed, with its point, and what is typed behind it.
    fn scoped(&self) -> Option<(&str, &str)> {
        let words = SCOPES.iter().map(|row| row.word).filter(|word| !word.is_empty());
        words.chain(["parent"]).find_map(|word| {
            let rest = self.lower.strip_prefix(word)?.strip_prefix('.')?;
            Some((&self.lower[..=word.len()], rest))
        })
    }
}

/// Tells whether a part of a name begins with what is typed.
fn parts(name: &str, typed: &str) -> bool {
    name.match_indices(typed).any(|(at, _)| name[..at].ends_with(['.', '_', ':', '-', '/', ' ', '"']))
}
