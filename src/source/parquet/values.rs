//! Values of a leaf column.

use std::{ops::Range, sync::Arc};

use parquet::basic::{Encoding, Type};

use super::{
    encoding::{Corrupt, delta, hybrid, plain},
    file::{Chunk, Dictionary},
    texts::Texts,
};

/// Values of a leaf column.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// INT32 and INT64.
    Ints(Vec<i64>),
    /// DOUBLE.
    Floats(Vec<f64>),
    /// BOOLEAN: 0 or 1.
    Bools(Vec<u8>),
    /// BYTE_ARRAY, as places in the column chunk's dictionary.
    Index(Vec<u32>, Arc<Texts>),
    /// BYTE_ARRAY as such.
    Texts(Texts),
}

impl Values {
    /// Makes values of a chunk's type, of which there are none yet.
    pub(super) fn of(chunk: &Chunk) -> Values {
        match (chunk.column_type(), chunk.dictionary().as_deref()) {
            (Type::INT32 | Type::INT64, _) => Values::Ints(Vec::new()),
            (Type::DOUBLE | Type::FLOAT, _) => Values::Floats(Vec::new()),
            (Type::BOOLEAN, _) => Values::Bools(Vec::new()),
            (_, Some(Dictionary::Texts(texts))) => Values::Index(Vec::new(), Arc::clone(texts)),
            _ => Values::Texts(Texts::default()),
        }
    }

    /// Makes values of the same type, of which there are none yet.
    pub(super) fn like(&self) -> Values {
        match self {
            Values::Ints(_) => Values::Ints(Vec::new()),
            Values::Floats(_) => Values::Floats(Vec::new()),
            Values::Bools(_) => Values::Bools(Vec::new()),
            Values::Index(_, texts) => Values::Index(Vec::new(), Arc::clone(texts)),
            Values::Texts(_) => Values::Texts(Texts::default()),
        }
    }

    /// Makes room for so many values more.
    pub(super) fn reserve(&mut self, values: usize) {
        match self {
            Values::Ints(out) => out.reserve(values),
            Values::Floats(out) => out.reserve(values),
            Values::Bools(out) => out.reserve(values),
            Values::Index(out, _) => out.reserve(values),
            Values::Texts(texts) => texts.reserve(values),
        }
    }

    /// Exchanges the values with others of the same type; a dictionary stays where it is.
    pub(super) fn swap_memory(&mut self, other: &mut Values) {
        match (self, other) {
            (Values::Index(indices, _), Values::Index(others, _)) => std::mem::swap(indices, others),
            (values, others) => std::mem::swap(values, others),
        }
    }

    /// Throws all values away.
    pub(super) fn clear(&mut self) {
        match self {
            Values::Ints(values) => values.clear(),
            Values::Floats(values) => values.clear(),
            Values::Bools(values) => values.clear(),
            Values::Index(values, _) => values.clear(),
            Values::Texts(texts) => texts.clear(),
        }
    }

    /// Adds a range of other values of the same column.
    pub(super) fn extend(&mut self, other: &Values, range: Range<usize>) -> Result<(), Corrupt> {
        const SHORT: Corrupt = Corrupt("a page has fewer values than it should");
        match (&mut *self, other) {
            (Values::Ints(to), Values::Ints(from)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (Values::Floats(to), Values::Floats(from)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (Values::Bools(to), Values::Bools(from)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (Values::Index(to, _), Values::Index(from, _)) => to.extend_from_slice(from.get(range).ok_or(SHORT)?),
            (_, Values::Index(from, texts)) => {
                let to = self.as_texts();
                for index in from.get(range).ok_or(SHORT)? {
                    to.push(texts.get(*index as usize).ok_or(Corrupt("an index lies beyond the dictionary"))?);
                }
            }
            (_, Values::Texts(from)) => {
                let to = self.as_texts();
                for at in range {
                    to.push(from.get(at).ok_or(SHORT)?);
                }
            }
            _ => return Err(Corrupt("pages of a column have different types")),
        }
        Ok(())
    }

    /// Turns byte strings that are places in a dictionary into the strings themselves.
    fn as_texts(&mut self) -> &mut Texts {
        if let Values::Index(indices, dictionary) = self {
            let mut texts = Texts::default();
            for index in indices {
                texts.push(dictionary.get(*index as usize).unwrap_or_default());
            }
            *self = Values::Texts(texts);
        }
        match self {
            Values::Texts(texts) => texts,
            other => {
                *other = Values::Texts(Texts::default());
                other.as_texts()
            }
        }
    }

    /// Adds `count` values of a page.
    pub(super) fn push(
        &mut self,
        data: &[u8],
        count: usize,
        encoding: Encoding,
        chunk: &Chunk,
        dictionary: Option<&Dictionary>,
    ) -> Result<(), Corrupt> {
        if count == 0 {
            return Ok(());
        }
        match (&mut *self, encoding) {
            (_, Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY) => self.push_indices(data, count, dictionary),
            (Values::Ints(out), Encoding::PLAIN) if chunk.column_type() == Type::INT32 => plain::i32s(data, count, out),
            (Values::Ints(out), Encoding::PLAIN) => plain::i64s(data, count, out),
            (Values::Ints(out), Encoding::DELTA_BINARY_PACKED) if chunk.column_type() == Type::INT32 => {
                delta::i32s(data, count, out).map(drop)
            }
            (Values::Ints(out), Encoding::DELTA_BINARY_PACKED) => delta::i64s(data, count, out).map(drop),
            (Values::Floats(out), Encoding::PLAIN) => plain::f64s(data, count, out),
            (Values::Bools(out), Encoding::PLAIN) => hybrid::plain_bools(data, count, out),
            (Values::Bools(out), Encoding::RLE) => hybrid::bools(data, count, out),
            (Values::Index(..) | Values::Texts(_), Encoding::PLAIN) => self.as_texts().push_plain(data, count),
            (Values::Index(..) | Values::Texts(_), Encoding::DELTA_LENGTH_BYTE_ARRAY) => {
                self.as_texts().push_delta_length(data, count)
            }
            (Values::Index(..) | Values::Texts(_), Encoding::DELTA_BYTE_ARRAY) => {
                self.as_texts().push_delta(data, count)
            }
            _ => Err(Corrupt("values are encoded in a way that is not known")),
        }
    }

    /// Adds values that are places in the dictionary.
    fn push_indices(&mut self, data: &[u8], count: usize, dictionary: Option<&Dictionary>) -> Result<(), Corrupt> {
        const BEYOND: Corrupt = Corrupt("an index lies beyond the dictionary");
        let dictionary = dictionary.ok_or(Corrupt("there is no dictionary"))?;
        if let (Values::Index(out, texts), Dictionary::Texts(_)) = (&mut *self, dictionary) {
            let before = out.len();
            hybrid::indices(data, count, out)?;
            let largest = out[before..].iter().copied().max().unwrap_or_default();
            return if (largest as usize) < texts.len() { Ok(()) } else { Err(BEYOND) };
        }
        let mut indices = Vec::new();
        hybrid::indices(data, count, &mut indices)?;
        for index in indices {
            let index = index as usize;
            match (&mut *self, dictionary) {
                (Values::Ints(out), Dictionary::Ints(values)) => out.push(*values.get(index).ok_or(BEYOND)?),
                (Values::Floats(out), Dictionary::Floats(values)) => out.push(*values.get(index).ok_or(BEYOND)?),
                (Values::Texts(out), Dictionary::Texts(texts)) => out.push(texts.get(index).ok_or(BEYOND)?),
                _ => return Err(Corrupt("the dictionary has another type than the column")),
            }
        }
        Ok(())
    }
}
