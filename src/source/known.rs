//! Rows that are recognised by the bytes that they were read from.

use std::{borrow::Cow, hash::BuildHasher};

use hashbrown::{DefaultHashBuilder, HashTable};

/// The rows of a table by their encoded form: collectors repeat the same few resources and scopes in every message.
#[derive(Default)]
pub(super) struct KnownRows {
    /// The encoded form of each row.
    encoded: Vec<Box<[u8]>>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// Returns the form by which a row is known that was read from these bytes and has a schema's address beside them.
pub(super) fn with_schema<'a>(encoded: &'a [u8], schema_url: &str) -> Cow<'a, [u8]> {
    if schema_url.is_empty() {
        return Cow::Borrowed(encoded);
    }
    // No JSON text and no message begins with this byte.
    let mut known = vec![0xff];
    known.extend_from_slice(&schema_url.len().to_le_bytes());
    known.extend_from_slice(schema_url.as_bytes());
    known.extend_from_slice(encoded);
    Cow::Owned(known)
}

impl KnownRows {
    /// Returns the row that was read from the same bytes.
    pub(super) fn get(&self, encoded: &[u8]) -> Option<u32> {
        self.index.find(self.hasher.hash_one(encoded), |row| *self.encoded[*row as usize] == *encoded).copied()
    }

    /// Adds the next row, which is not known yet.
    pub(super) fn push(&mut self, encoded: &[u8]) {
        let KnownRows { encoded: all, index, hasher } = self;
        let row = all.len() as u32;
        all.push(encoded.into());
        index.insert_unique(hasher.hash_one(encoded), row, |row| hasher.hash_one(&*all[*row as usize]));
    }

    /// Forgets all rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        for (row, encoded) in self.encoded.drain(rows..).enumerate() {
            let row = (rows + row) as u32;
            if let Ok(entry) = self.index.find_entry(self.hasher.hash_one(&*encoded), |other| *other == row) {
                entry.remove();
            }
        }
    }
}
