//! Texts of columns, as texts of a batch.

use std::sync::Arc;

use crate::{
    model::dictionary::{Dictionary, StrId},
    source::parquet::{column::Column, texts::Texts, values::Values},
};

/// Turns the values of text columns into texts of a dictionary, each distinct one once.
pub(super) struct Words<'c> {
    values: &'c Values,
    /// For each entry of the column's dictionary its text, or that it was not met yet.
    met: Vec<u32>,
}

/// Stands for an entry that was not met yet.
const UNMET: u32 = u32::MAX;

impl<'c> Words<'c> {
    /// Begins with a column of which no text was met.
    pub(super) fn of(column: &'c Column) -> Words<'c> {
        let met = match &column.values {
            Values::Index(_, texts) => vec![UNMET; texts.len()],
            _ => Vec::new(),
        };
        Words { values: &column.values, met }
    }

    /// Returns the text of a value, by its place; the empty one if there is none.
    #[inline]
    pub(super) fn get(&mut self, at: usize, dictionary: &mut Dictionary) -> StrId {
        match self.values {
            Values::Index(indices, texts) => {
                let Some(index) = indices.get(at).map(|index| *index as usize) else { return StrId::EMPTY };
                match self.met.get(index) {
                    Some(met) if *met != UNMET => StrId(*met),
                    _ => self.meet(texts, index, dictionary),
                }
            }
            Values::Texts(texts) => match texts.get(at) {
                None | Some([]) => StrId::EMPTY,
                Some(text) => intern(text, dictionary),
            },
            _ => StrId::EMPTY,
        }
    }

    fn meet(&mut self, texts: &Arc<Texts>, index: usize, dictionary: &mut Dictionary) -> StrId {
        let id = intern(texts.get(index).unwrap_or_default(), dictionary);
        if let Some(met) = self.met.get_mut(index) {
            *met = id.0;
        }
        id
    }
}

/// Adds a text; what is no UTF-8 is replaced.
fn intern(text: &[u8], dictionary: &mut Dictionary) -> StrId {
    match std::str::from_utf8(text) {
        Ok(text) => dictionary.intern(text),
        Err(_) => dictionary.intern(&String::from_utf8_lossy(text)),
    }
}
