//! The hybrid of run lengths and bit packing: levels, dictionary indices, and booleans of later writers.

use super::{
    CLAIMED, Corrupt,
    unpack::{Packed, Unpack},
    varint,
};

/// How many values a vector grows by at once beyond what a run holds. Runs may be as short as one value, and bytes that
/// promise more values than they hold must not cost memory.
const AHEAD: usize = 4096;

/// The greatest width there is.
const WIDEST: u8 = 32;

/// What is wrong with a greater one.
const TOO_WIDE: Corrupt = Corrupt("values are wider than 32 bits");

/// Values that follow each other in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run<'a> {
    /// One value, `count` times.
    Repeated {
        /// The value, which fits the width.
        value: u32,
        /// How often, never 0.
        count: usize,
    },
    /// Bit-packed values.
    Packed {
        /// The values from the first bit on; more may lie behind them.
        bytes: &'a [u8],
        /// How many, never 0.
        count: usize,
    },
}

/// The runs of a page, as many as its values need. Ends after the first error.
#[derive(Clone, Debug)]
pub(crate) struct Runs<'a> {
    rest: &'a [u8],
    width: u8,
    left: usize,
}

impl<'a> Runs<'a> {
    /// Starts reading `count` values of `width` bits each.
    ///
    /// # Errors
    ///
    /// Values are wider than 32 bits.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], width: u8, count: usize) -> Result<Runs<'a>, Corrupt> {
        if width > WIDEST {
            return Err(TOO_WIDE);
        }
        Ok(Runs { rest: bytes, width, left: count })
    }

    /// Starts reading `count` dictionary indices, whose first byte is their width.
    ///
    /// # Errors
    ///
    /// There is no width, or it is more than 32 bits.
    #[inline]
    pub(crate) fn of_indices(bytes: &'a [u8], count: usize) -> Result<Runs<'a>, Corrupt> {
        match bytes.split_first() {
            Some((&width, rest)) => Runs::new(rest, width, count),
            // Writers leave pages without values empty.
            None if count == 0 => Runs::new(bytes, 0, 0),
            None => Err(Corrupt("a page of indices has no width")),
        }
    }

    #[inline]
    fn run(&mut self) -> Result<Run<'a>, Corrupt> {
        if self.width == 0 {
            // Nothing needs to be written for values that have no bits, and some writers write nothing.
            return Ok(Run::Repeated { value: 0, count: std::mem::take(&mut self.left) });
        }
        loop {
            let header = varint(&mut self.rest)?;
            let length = header >> 1;
            if length == 0 {
                // Of no use, but it moves on.
                if header == 0 {
                    self.repeated()?;
                }
            } else if header & 1 == 0 {
                let value = self.repeated()?;
                let count = usize::try_from(length).unwrap_or(usize::MAX).min(self.left);
                self.left -= count;
                return Ok(Run::Repeated { value, count });
            } else {
                return self.packed(usize::try_from(length).unwrap_or(usize::MAX));
            }
        }
    }

    #[inline]
    fn repeated(&mut self) -> Result<u32, Corrupt> {
        let bytes = usize::from(self.width).div_ceil(8);
        let Some((value, rest)) = self.rest.split_at_checked(bytes) else {
            return Err(Corrupt("a repeated value is cut off"));
        };
        self.rest = rest;
        let value = value.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
        if self.width < WIDEST && value >> self.width != 0 {
            return Err(Corrupt("a repeated value is wider than the others"));
        }
        Ok(value)
    }

    #[inline]
    fn packed(&mut self, eights: usize) -> Result<Run<'a>, Corrupt> {
        let width = usize::from(self.width);
        let count = eights.saturating_mul(8).min(self.left);
        let bytes = self.rest;
        // Some writers cut off the bytes that only fill up the last eight values.
        if count > bytes.len().saturating_mul(8) / width {
            return Err(Corrupt("packed values are cut off"));
        }
        self.rest = &bytes[eights.saturating_mul(width).min(bytes.len())..];
        self.left -= count;
        Ok(Run::Packed { bytes, count })
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = Result<Run<'a>, Corrupt>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let run = self.run();
        if run.is_err() {
            self.left = 0;
        }
        Some(run)
    }
}

/// Appends `count` levels of `width` bits (8 at most).
///
/// `bytes` are the levels without the length that stands before them in a data page of version 1.
///
/// # Errors
///
/// There are fewer levels, or they are too wide.
pub(crate) fn levels(bytes: &[u8], width: u8, count: usize, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let unpack = u8::unpack(width).ok_or(Corrupt("levels are wider than 8 bits"))?;
    // The width is 8 at most, and so is every value.
    append(Runs::new(bytes, width, count)?, unpack, |value| value as u8, out)
}

/// Tells whether `count` levels of `width` bits (8 at most) are all `level`: most often one run says so.
///
/// # Errors
///
/// There are fewer levels, or they are too wide.
pub(crate) fn are_all(bytes: &[u8], width: u8, count: usize, level: u8) -> Result<bool, Corrupt> {
    for run in Runs::new(bytes, width, count)? {
        match run? {
            Run::Repeated { value, .. } if value == u32::from(level) => {}
            Run::Repeated { .. } => return Ok(false),
            Run::Packed { .. } => {
                let mut all = Vec::new();
                levels(bytes, width, count, &mut all)?;
                return Ok(all.iter().all(|found| *found == level));
            }
        }
    }
    Ok(true)
}

/// Appends `count` dictionary indices; the first byte is their width. An index may lie outside of the dictionary.
///
/// # Errors
///
/// There are fewer indices, or they are wider than 32 bits.
pub(crate) fn indices(bytes: &[u8], count: usize, out: &mut Vec<u32>) -> Result<(), Corrupt> {
    let runs = Runs::of_indices(bytes, count)?;
    let unpack = u32::unpack(runs.width).ok_or(TOO_WIDE)?;
    append(runs, unpack, |value| value, out)
}

#[inline]
fn append<T: Packed>(
    runs: Runs<'_>,
    unpack: Unpack<T>,
    narrow: impl Fn(u32) -> T,
    out: &mut Vec<T>,
) -> Result<(), Corrupt> {
    let mut at = out.len();
    let end = at.saturating_add(runs.left);
    out.reserve(runs.left.min(CLAIMED));
    for run in runs {
        let run = run?;
        let (Run::Repeated { count, .. } | Run::Packed { count, .. }) = run;
        if out.len() < at + count {
            out.resize((at + count + AHEAD).min(end), T::default());
        }
        let room = &mut out[at..at + count];
        match run {
            Run::Repeated { value, .. } => room.fill(narrow(value)),
            Run::Packed { bytes, .. } => unpack(bytes, room),
        }
        at += count;
    }
    Ok(())
}

/// Appends `count` booleans of the encoding RLE, each 0 or 1. Their length in 4 bytes stands before them.
///
/// # Errors
///
/// There are fewer booleans.
pub(crate) fn bools(bytes: &[u8], count: usize, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
        return if count == 0 { Ok(()) } else { Err(Corrupt("the length of booleans is cut off")) };
    };
    let length = u32::from_le_bytes(*length) as usize;
    levels(rest.get(..length).ok_or(Corrupt("booleans are cut off"))?, 1, count, out)
}

/// Appends `count` booleans of the encoding PLAIN, which is one bit for each; they become 0 or 1.
///
/// # Errors
///
/// There are fewer booleans.
pub(crate) fn plain_bools(bytes: &[u8], count: usize, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    if count > bytes.len().saturating_mul(8) {
        return Err(Corrupt("booleans are cut off"));
    }
    let unpack = u8::unpack(1).ok_or(Corrupt("levels are wider than 8 bits"))?;
    let at = out.len();
    out.resize(at + count, 0);
    unpack(bytes, &mut out[at..]);
    Ok(())
}
