//! Strings of one batch, each kept once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A string of one [`Dictionary`], by default the empty one; ids of different dictionaries have nothing to do with each
/// other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StrId(pub u32);

impl StrId {
    /// The empty string, which every dictionary holds first.
    pub const EMPTY: StrId = StrId(0);
}

/// Distinct strings, numbered in the order in which they came.
///
/// A dictionary belongs to one batch: threads that parse different chunks would fight over a shared one.
#[derive(Clone)]
pub struct Dictionary {
    /// All strings, one behind the other.
    text: String,
    /// Where each string ends in `text`.
    ends: Vec<usize>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Dictionary {
    /// Makes a dictionary that holds only the empty string.
    pub fn new() -> Dictionary {
        let mut dictionary = Dictionary {
            text: String::new(),
            ends: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        };
        dictionary.intern("");
        dictionary
    }

    /// Returns the id of `string`, which is added if it is new.
    pub fn intern(&mut self, string: &str) -> StrId {
        let hash = self.hasher.hash_one(string);
        let (text, ends) = (&self.text, &self.ends);
        if let Some(id) = self.index.find(hash, |id| slice(text, ends, *id) == string) {
            return StrId(*id);
        }
        let id = self.ends.len() as u32;
        self.text.push_str(string);
        self.ends.push(self.text.len());
        let (text, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.index.insert_unique(hash, id, |id| hasher.hash_one(slice(text, ends, *id)));
        StrId(id)
    }

    /// Returns the id of `string` if the dictionary holds it.
    pub fn find(&self, string: &str) -> Option<StrId> {
        let hash = self.hasher.hash_one(string);
        self.index.find(hash, |id| slice(&self.text, &self.ends, *id) == string).map(|id| StrId(*id))
    }

    /// Returns the string.
    pub fn get(&self, id: StrId) -> &str {
        slice(&self.text, &self.ends, id.0)
    }

    /// Returns how many strings there are, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a dictionary is never empty")]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns every string, in order of its id.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|id| slice(&self.text, &self.ends, id))
    }
}

impl Default for Dictionary {
    fn default() -> Dictionary {
        Dictionary::new()
    }
}

fn slice<'t>(text: &'t str, ends: &[usize], id: u32) -> &'t str {
    let start = if id == 0 { 0 } else { ends[id as usize - 1] };
    &text[start..ends[id as usize]]
}
