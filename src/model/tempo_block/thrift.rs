//! Structs in Thrift's compact protocol, in which Parquet's headers and footers are written: enough to walk through them.

/// The type of a field that is a whole number of 32 bits.
pub(crate) const INT32: u8 = 5;

/// The type of a field that is a number of 64 bits.
pub(crate) const INT64: u8 = 6;

/// The type of a field that is a text or bytes.
pub(crate) const BYTES: u8 = 8;

/// The type of a field that is a list.
pub(crate) const LIST: u8 = 9;

/// The type of a field that is a struct.
pub(crate) const STRUCT: u8 = 12;

/// Maximum depth of structs and lists in one another.
const MAX_DEPTH: u8 = 16;

/// What stands before the value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The number of the field.
    pub(crate) number: i16,
    /// The type of the value.
    pub(crate) kind: u8,
}

/// A place in bytes, which moves forward. Whatever does not fit is `None`.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    /// Begins at the first byte.
    pub(crate) fn new(bytes: &'b [u8]) -> Cursor<'b> {
        Cursor { bytes, at: 0 }
    }

    /// Returns how many bytes were passed.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Reads the head of the field that follows the one with the number `last` (0 before the first). The inner `None` is
    /// the end of the struct.
    pub(crate) fn field(&mut self, last: i16) -> Option<Option<Field>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let (step, kind) = (i16::from(head >> 4), head & 0x0f);
        let number = match step {
            0 => i16::try_from(self.int()?).ok()?,
            step => last.checked_add(step)?,
        };
        Some(Some(Field { number, kind }))
    }

    /// Reads the head of a list: how many elements it has, and their type.
    pub(crate) fn list(&mut self) -> Option<(usize, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            count => usize::from(count),
        };
        // Every element takes a byte at least.
        (count <= self.bytes.len() - self.at).then_some((count, head & 0x0f))
    }

    /// Reads a whole number of 16, 32 or 64 bits.
    pub(crate) fn int(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// Reads bytes or a text.
    pub(crate) fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        let end = self.at.checked_add(length)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    /// Passes the value of a field of a type.
    pub(crate) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_at(kind, 0)
    }

    fn skip_at(&mut self, kind: u8, depth: u8) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match kind {
            // The type itself is the value.
            1 | 2 => {}
            3 => self.pass(1)?,
            4..=INT64 => drop(self.varint()?),
            7 => self.pass(8)?,
            BYTES => drop(self.bytes()?),
            LIST | 10 => {
                let (count, kind) = self.list()?;
                for _ in 0..count {
                    // In a list a truth takes a byte.
                    self.skip_at(if kind <= 2 { 3 } else { kind }, depth + 1)?;
                }
            }
            STRUCT => {
                let mut last = 0;
                while let Some(field) = self.field(last)? {
                    self.skip_at(field.kind, depth + 1)?;
                    last = field.number;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        let end = self.at.checked_add(bytes).filter(|end| *end <= self.bytes.len())?;
        self.at = end;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Appends an unsigned number of variable length.
pub(crate) fn to_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Returns the unsigned number that a signed one is written as.
pub(crate) fn zigzag_of(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}
