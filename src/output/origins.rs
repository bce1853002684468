//! What many spans share, encoded once for a batch: resources and instrumentation scopes. Those that are encoded alike
//! are one, wherever they came from, so that a file does not tell how it was read.

use hashbrown::HashMap;

use super::losses::Losses;

/// The encoded form of each row of a table.
pub(super) struct Origins {
    rows: Vec<Encoded>,
    /// For each row the first one that is encoded alike.
    first: Vec<u32>,
}

/// One row, encoded.
#[derive(Default)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// What is lost where it is written.
    pub(super) losses: Losses,
}

impl Origins {
    /// Encodes so many rows.
    pub(super) fn new(rows: usize, encode: impl Fn(u32, &mut Encoded)) -> Origins {
        let mut all: Vec<Encoded> = Vec::with_capacity(rows);
        let mut first = Vec::with_capacity(rows);
        let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
        for row in 0..rows as u32 {
            let mut encoded = Encoded::default();
            encode(row, &mut encoded);
            first.push(*known.entry_ref(&encoded.bytes).or_insert(row));
            all.push(encoded);
        }
        Origins { rows: all, first }
    }

    /// Returns the encoded form of a row.
    pub(super) fn get(&self, row: u32) -> &Encoded {
        &self.rows[row as usize]
    }

    /// Returns the first row that is encoded as this one is.
    pub(super) fn first(&self, row: u32) -> u32 {
        self.first[row as usize]
    }
}

/// Puts together what has the same key: keys in the order in which they come first, and so what has them.
pub(super) fn grouped<K: Copy + Eq + std::hash::Hash, T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<(K, Vec<T>)> {
    let mut numbers: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for item in items {
        let key = key(&item);
        let number = *numbers.entry(key).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[number].1.push(item);
    }
    groups
}
