//! Distinct values with their counts, in bounded memory.
//!
//! Where there are too many values, those with the smallest hashes are kept: whatever was kept in the end has been kept
//! from the beginning, so that its count is exact, and neither the order of the spans nor how threads share them shows.
//! How small the kept hashes are tells how many values there are.

use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::hash_table::{Entry, HashTable};

use crate::{
    exec::metrics::key::Key,
    model::{
        catalog::{ValueCount, Values},
        operand::Operand,
        result::Datum,
    },
};

/// A bounded set of values.
pub(super) struct Distinct {
    values: HashTable<Counted>,
    bounds: Bounds,
    /// Values with a larger hash are not kept.
    ceiling: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// How many values, at least 1.
    pub(super) values: usize,
    /// How many characters of a text; longer texts are cut, and told apart by their hashes alone.
    pub(super) characters: usize,
}

struct Counted {
    hash: u64,
    value: Datum,
    spans: u64,
}

impl Distinct {
    pub(super) fn new(bounds: Bounds) -> Distinct {
        Distinct { values: HashTable::new(), bounds, ceiling: u64::MAX }
    }

    /// Counts spans with a value, which is no array.
    pub(super) fn add(&mut self, value: Operand<'_>, spans: u64) {
        // Ids are text to whoever reads the answer.
        let id = match value {
            Operand::TraceId(id) => Some(id.to_string()),
            Operand::SpanId(id) => Some(id.to_string()),
            _ => None,
        };
        let value = id.as_deref().map_or(value, Operand::Str);
        let hash = hash(value);
        if hash > self.ceiling {
            return;
        }
        let is_cut = self.bounds.characters < usize::MAX;
        let is_same = |known: &Counted| known.hash == hash && (is_cut || Key(operand(&known.value)) == Key(value));
        match self.values.entry(hash, is_same, |known| known.hash) {
            Entry::Occupied(mut known) => known.get_mut().spans += spans,
            Entry::Vacant(place) => {
                place.insert(Counted { hash, value: kept(value, self.bounds.characters), spans });
                self.shrink(self.bounds.values.saturating_mul(2));
            }
        }
    }

    /// Adds what another thread has counted.
    pub(super) fn merge(&mut self, other: Distinct) {
        self.ceiling = self.ceiling.min(other.ceiling);
        let is_cut = self.bounds.characters < usize::MAX;
        for counted in other.values {
            let is_same = |known: &Counted| {
                known.hash == counted.hash && (is_cut || Key(operand(&known.value)) == Key(operand(&counted.value)))
            };
            match self.values.entry(counted.hash, is_same, |known| known.hash) {
                Entry::Occupied(mut known) => known.get_mut().spans += counted.spans,
                Entry::Vacant(place) => {
                    place.insert(counted);
                }
            }
        }
        self.values.retain(|known| known.hash <= self.ceiling);
        self.shrink(self.bounds.values.saturating_mul(2));
    }

    /// Returns the values, those with the most spans first.
    pub(super) fn finish(mut self) -> Values {
        self.shrink(self.bounds.values);
        let kept = self.values.len();
        let is_exact = self.ceiling == u64::MAX;
        let distinct = if is_exact {
            kept as u64
        } else {
            // Hashes lie evenly, and the largest one that is kept is not by chance where it is.
            (kept.saturating_sub(1) as f64 / (self.ceiling as f64 / u64::MAX as f64)).round() as u64
        };
        let mut counts: Vec<ValueCount> =
            self.values.into_iter().map(|Counted { value, spans, .. }| ValueCount { value, spans }).collect();
        counts.sort_unstable_by(|a, b| {
            b.spans.cmp(&a.spans).then_with(|| operand(&a.value).total_cmp(operand(&b.value)))
        });
        Values { counts, distinct, is_exact }
    }

    /// Where there are more than `most` values, keeps as many as the bounds say.
    fn shrink(&mut self, most: usize) {
        if self.values.len() <= most {
            return;
        }
        let mut hashes: Vec<u64> = self.values.iter().map(|known| known.hash).collect();
        let last = self.bounds.values.clamp(1, hashes.len()) - 1;
        let (_, ceiling, _) = hashes.select_nth_unstable(last);
        self.ceiling = *ceiling;
        self.values.retain(|known| known.hash <= self.ceiling);
    }
}

/// Returns the same for the same value in every run: the choice of values must not be one of chance.
fn hash(value: Operand<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    Key(value).hash(&mut hasher);
    hasher.finish()
}

/// Returns a value as it is kept.
fn kept(value: Operand<'_>, characters: usize) -> Datum {
    match value {
        Operand::Str(text) => match text.char_indices().nth(characters) {
            Some((end, _)) => Datum::String(format!("{}…", &text[..end])),
            None => Datum::String(text.to_owned()),
        },
        value => value.to_datum(),
    }
}

/// Reads a kept value; no array is ever kept.
fn operand(value: &Datum) -> Operand<'_> {
    match value {
        Datum::Nil | Datum::Array(_) => Operand::Absent,
        Datum::String(text) => Operand::Str(text),
        Datum::Int(n) => Operand::Int(*n),
        Datum::Float(x) => Operand::Float(*x),
        Datum::Bool(b) => Operand::Bool(*b),
        Datum::Duration(ns) => Operand::Duration(*ns),
        Datum::Status(status) => Operand::Status(*status),
        Datum::Kind(kind) => Operand::Kind(*kind),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Counts numbers, dealt to several threads.
    fn counted(numbers: &[(i64, usize)], threads: usize, values: usize) -> Values {
        let bounds = Bounds { values, characters: usize::MAX };
        let mut parts: Vec<Distinct> = (0..threads).map(|_| Distinct::new(bounds)).collect();
        for (number, thread) in numbers {
            parts[thread % threads].add(Operand::Int(*number), 1);
        }
        let mut all = Distinct::new(bounds);
        parts.into_iter().for_each(|part| all.merge(part));
        all.finish()
    }

    proptest! {
        #[test]
        fn what_is_kept_is_exact_and_does_not_depend_on_threads(
            numbers in prop::collection::vec((0..60i64, 0..5usize), 0..300),
            values in 1..40usize,
        ) {
            let whole = counted(&numbers, 1, values);
            prop_assert_eq!(&counted(&numbers, 5, values), &whole);
            let reversed: Vec<_> = numbers.iter().rev().copied().collect();
            prop_assert_eq!(&counted(&reversed, 3, values), &whole);
            let mut distinct: Vec<i64> = numbers.iter().map(|(number, _)| *number).collect();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(whole.counts.len(), distinct.len().min(values));
            prop_assert_eq!(whole.is_exact, distinct.len() <= values);
            if whole.is_exact {
                prop_assert_eq!(whole.distinct, distinct.len() as u64);
            }
            for ValueCount { value, spans } in &whole.counts {
                let count = numbers.iter().filter(|(number, _)| *value == Datum::Int(*number)).count();
                prop_assert_eq!(*spans, count as u64);
            }
        }
    }

    #[test]
    fn how_many_values_there_are_is_estimated() {
        let numbers: Vec<(i64, usize)> = (0..100_000).map(|number| (number, number as usize)).collect();
        let values = counted(&numbers, 3, 1_000);
        assert!((90_000..110_000).contains(&values.distinct), "{}", values.distinct);
        assert!(!values.is_exact && values.counts.len() == 1_000);
    }

    #[test]
    fn long_texts_are_cut_and_told_apart() {
        let mut texts = Distinct::new(Bounds { values: 10, characters: 3 });
        ["äöüx", "äöüy", "äöü", "äöüy"].into_iter().for_each(|text| texts.add(Operand::Str(text), 1));
        let values = texts.finish();
        let shown: Vec<(String, u64)> =
            values.counts.iter().map(|count| (count.value.to_string(), count.spans)).collect();
        assert_eq!(shown, [("äöü…".to_owned(), 2), ("äöü".to_owned(), 1), ("äöü…".to_owned(), 1)]);
        assert_eq!(values.distinct, 3);
    }
}
