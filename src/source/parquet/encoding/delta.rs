//! The encodings of differences: DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY.
//!
//! Blocks hold miniblocks of differences to the smallest difference of their block, bit-packed with a width of their own.
//! Sums wrap around, as those of writers do.

use super::{CLAIMED, Corrupt, ranges::ByteRanges, unpack::Summed, varint, zigzag};

/// What a list of numbers begins with.
struct Header {
    /// How many miniblocks a block has, at least 1.
    miniblocks: usize,
    /// How many differences a miniblock has, at least 32.
    differences: usize,
    first: i64,
}

impl Header {
    /// Takes a header from the front of `bytes`. `None` if there are no numbers.
    fn take(bytes: &mut &[u8], count: usize) -> Result<Option<Header>, Corrupt> {
        if count == 0 && bytes.is_empty() {
            return Ok(None);
        }
        let [block, miniblocks, total] = [varint(bytes)?, varint(bytes)?, varint(bytes)?];
        let first = zigzag(bytes)?;
        if total != count as u64 {
            return Err(Corrupt("a list of differences has another number of values than its page"));
        }
        let differences = block.checked_div(miniblocks).unwrap_or_default();
        if differences == 0 || differences % 32 != 0 || block % miniblocks != 0 {
            return Err(Corrupt("blocks of differences do not consist of miniblocks of 32 or a multiple of it"));
        }
        let [miniblocks, differences] = [miniblocks, differences].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        Ok((count > 0).then_some(Header { miniblocks, differences, first }))
    }

    /// Takes what a block begins with from the front of `bytes`: its smallest difference, and the widths of its miniblocks.
    #[inline]
    fn take_block<'a>(&self, bytes: &mut &'a [u8]) -> Result<(i64, &'a [u8]), Corrupt> {
        let smallest = zigzag(bytes)?;
        let Some((widths, rest)) = bytes.split_at_checked(self.miniblocks) else {
            return Err(Corrupt("a block of differences is cut off"));
        };
        *bytes = rest;
        Ok((smallest, widths))
    }

    /// Takes `count` numbers of a miniblock and appends them: sums of its differences, which are wider than the smallest
    /// one by `width` bits, that go on from the last number. Returns the last one.
    #[inline]
    fn take_miniblock<T: Summed>(
        &self,
        bytes: &mut &[u8],
        width: u8,
        widest: u32,
        (smallest, last): (i64, T),
        count: usize,
        out: &mut Vec<T>,
    ) -> Result<T, Corrupt> {
        let sums = T::sums(width).filter(|_| u32::from(width) <= widest);
        let sums = sums.ok_or(Corrupt("differences are wider than their numbers"))?;
        let width = usize::from(width);
        if count.saturating_mul(width).div_ceil(8) > bytes.len() {
            return Err(Corrupt("differences are cut off"));
        }
        let (packed, rest) = bytes.split_at((self.differences / 8).saturating_mul(width).min(bytes.len()));
        *bytes = rest;
        let at = out.len();
        out.resize(at + count, T::default());
        Ok(sums(packed, T::wrapped(smallest as u64), last, &mut out[at..]))
    }
}

/// Appends `count` numbers, whose differences have `widest` bits at most; returns how many bytes they took.
fn decode<T: Summed>(bytes: &[u8], count: usize, widest: u32, out: &mut Vec<T>) -> Result<usize, Corrupt> {
    let mut rest = bytes;
    let Some(header) = Header::take(&mut rest, count)? else { return Ok(bytes.len() - rest.len()) };
    let mut last = T::wrapped(header.first as u64);
    out.reserve(count.min(CLAIMED));
    out.push(last);
    let mut left = count - 1;
    while left > 0 {
        let (smallest, widths) = header.take_block(&mut rest)?;
        for &width in widths {
            // The last block may have miniblocks that nothing is in; their widths mean nothing.
            if left == 0 {
                break;
            }
            let count = header.differences.min(left);
            last = header.take_miniblock(&mut rest, width, widest, (smallest, last), count, out)?;
            left -= count;
        }
    }
    Ok(bytes.len() - rest.len())
}

/// Returns the number that all `count` numbers are, and how many bytes they took; `None` if they differ.
fn all_equal(bytes: &[u8], count: usize) -> Result<Option<(i64, usize)>, Corrupt> {
    let mut rest = bytes;
    let Some(header) = Header::take(&mut rest, count)? else { return Ok(None) };
    let mut left = count - 1;
    let mut numbers: Vec<i64> = Vec::new();
    while left > 0 {
        let (smallest, widths) = header.take_block(&mut rest)?;
        for &width in widths {
            if left == 0 {
                break;
            }
            let count = header.differences.min(left);
            if width == 0 && smallest != 0 {
                return Ok(None);
            }
            if width > 0 {
                // Some writers fill the last block up with numbers that do not count, and then all differences are large.
                numbers.clear();
                header.take_miniblock(&mut rest, width, i64::BITS, (smallest, header.first), count, &mut numbers)?;
                if numbers.iter().any(|number| *number != header.first) {
                    return Ok(None);
                }
            }
            left -= count;
        }
    }
    Ok(Some((header.first, bytes.len() - rest.len())))
}

/// Appends `count` numbers of DELTA_BINARY_PACKED for a column of 64 bits; returns how many bytes they took.
///
/// # Errors
///
/// The page holds more or fewer numbers, or is damaged.
pub(crate) fn i64s(bytes: &[u8], count: usize, out: &mut Vec<i64>) -> Result<usize, Corrupt> {
    decode(bytes, count, i64::BITS, out)
}

/// Appends `count` numbers of DELTA_BINARY_PACKED for a column of 32 bits; returns how many bytes they took.
///
/// # Errors
///
/// The page holds more or fewer numbers, or is damaged.
pub(crate) fn i32s(bytes: &[u8], count: usize, out: &mut Vec<i64>) -> Result<usize, Corrupt> {
    let before = out.len();
    let used = decode(bytes, count, i32::BITS, out)?;
    // Sums of more bits agree with those of 32 in the lowest 32.
    out[before..].iter_mut().for_each(|number| *number = i64::from(*number as i32));
    Ok(used)
}

/// Finds `count` byte arrays of DELTA_LENGTH_BYTE_ARRAY in `bytes`.
///
/// # Errors
///
/// The page holds another number of lengths, or fewer bytes than the lengths say, or is damaged. `out` has nothing of use
/// then.
pub(crate) fn byte_arrays(bytes: &[u8], count: usize, out: &mut ByteRanges) -> Result<(), Corrupt> {
    if let Some((length, used)) = all_equal(bytes, count)? {
        let length = u32::try_from(length).map_err(|_| Corrupt("a length of a byte array is no length"))?;
        return out.set_equal(bytes, used, 0, length as usize, count);
    }
    out.set_ends(0, |ends| {
        let used = decode(bytes, count, u32::BITS, ends)?;
        // Lengths below 0 count as more than any page has.
        let mut sum = 0;
        for length in ends {
            sum += u64::from(*length);
            *length = sum as u32;
        }
        if sum > (bytes.len() - used) as u64 || sum > u64::from(u32::MAX) {
            return Err(Corrupt("byte arrays are cut off"));
        }
        Ok(used)
    })
}

/// Puts together `count` byte arrays of DELTA_BYTE_ARRAY, each of which begins as the one before. Replaces what `buffer`
/// held; `out` lies in it.
///
/// A few bytes can stand for very many: what would take more than `limit` bytes is an error.
///
/// # Errors
///
/// The page holds another number of byte arrays, or more bytes than `limit`, or is damaged. `out` has nothing of use then.
pub(crate) fn prefixed_byte_arrays(
    bytes: &[u8],
    count: usize,
    limit: usize,
    buffer: &mut Vec<u8>,
    out: &mut ByteRanges,
) -> Result<(), Corrupt> {
    buffer.clear();
    let limit = limit.min(u32::MAX as usize);
    let mut prefixes = Vec::new();
    let used = decode::<u32>(bytes, count, u32::BITS, &mut prefixes)?;
    let bytes = &bytes[used..];
    let mut suffixes = ByteRanges::default();
    byte_arrays(bytes, count, &mut suffixes)?;
    out.set_ends(0, |ends| {
        let mut start = 0;
        for (&prefix, suffix) in prefixes.iter().zip(suffixes.iter()) {
            let (prefix, end) = (prefix as usize, buffer.len());
            if prefix > end - start {
                return Err(Corrupt("a byte array begins with more than the one before has"));
            }
            if prefix + suffix.len() > limit - end {
                return Err(Corrupt("byte arrays of a page take more room than a page may"));
            }
            buffer.extend_from_within(start..start + prefix);
            buffer.extend_from_slice(&bytes[suffix]);
            start = end;
            ends.push(buffer.len() as u32);
        }
        Ok(0)
    })
}
