//! Steps over values that nobody asked for, and finds damage in them all the same.

use super::cursor::Cursor;
use crate::model::{
    any_value::AnyValue,
    fault::{Decoded, fault},
};

/// How deep brackets of any kind may nest. A list inside a list takes at most four brackets in OTLP, and lists may nest
/// 256 deep; the rest is for what stands around them.
const BRACKETS: usize = 64 * WORDS;
const WORDS: usize = 17;

/// How deep lists may nest in an attribute's value.
pub(crate) const MAX_LISTS: usize = AnyValue::MAX_DEPTH;

/// What is wrong where they nest deeper.
pub(crate) const TOO_DEEP: &str = "values nest more than 256 deep";

/// Nesting of lists allowed in what is stepped over where a whole trace may stand, attributes and all.
pub(crate) const MAX_ANY: usize = MAX_LISTS + 8;

/// What is open, innermost last, one bit each: set for objects.
struct Open {
    bits: [u64; WORDS],
    depth: usize,
    lists: usize,
}

impl Cursor<'_> {
    /// Steps over one value in which lists nest at most `max_lists` deep.
    ///
    /// No recursion: what is open is kept in bits.
    pub(crate) fn skip(&mut self, max_lists: usize) -> Decoded<()> {
        // Most values have no brackets.
        match self.peek() {
            Some(b'"') => return self.skip_string(),
            Some(b'{' | b'[') => {}
            _ => return self.skip_plain(),
        }
        let mut open = Open { bits: [0; WORDS], depth: 0, lists: 0 };
        loop {
            match self.peek() {
                Some(b'"') => self.skip_string()?,
                Some(b'{') => {
                    self.at += 1;
                    open.push(true, self.at, max_lists)?;
                    if self.peek() != Some(b'}') {
                        self.skip_key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    open.push(false, self.at, max_lists)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                }
                _ => self.skip_plain()?,
            }
            // A value, or an opening bracket whose closing one comes next, lies behind.
            loop {
                if open.depth == 0 {
                    return Ok(());
                }
                match (self.peek(), open.is_object()) {
                    (Some(b','), true) => {
                        self.at += 1;
                        self.peek();
                        self.skip_key()?;
                        break;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        open.pop();
                    }
                    (_, true) => return self.unexpected("`,` or `}`"),
                    (_, false) => return self.unexpected("`,` or `]`"),
                }
            }
        }
    }

    #[inline]
    fn skip_key(&mut self) -> Decoded<()> {
        self.skip_string()?;
        if self.peek() != Some(b':') {
            return self.unexpected("`:`");
        }
        self.at += 1;
        Ok(())
    }

    fn skip_plain(&mut self) -> Decoded<()> {
        match self.peek() {
            Some(b'n') => self.literal("null"),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'-' | b'0'..=b'9') => self.number().map(|_| ()),
            _ => self.unexpected("a value"),
        }
    }
}

impl Open {
    #[inline]
    fn push(&mut self, object: bool, at: usize, max_lists: usize) -> Decoded<()> {
        self.lists += usize::from(!object);
        if self.depth == BRACKETS || self.lists > max_lists {
            return fault(at - 1, TOO_DEEP);
        }
        let (word, bit) = (self.depth / 64, self.depth % 64);
        self.bits[word] = self.bits[word] & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
        Ok(())
    }

    #[inline]
    fn is_object(&self) -> bool {
        let last = self.depth - 1;
        self.bits[last / 64] >> (last % 64) & 1 == 1
    }

    #[inline]
    fn pop(&mut self) {
        self.lists -= usize::from(!self.is_object());
        self.depth -= 1;
    }
}
