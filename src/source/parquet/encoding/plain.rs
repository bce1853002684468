//! The encoding PLAIN: numbers as they lie in memory, and byte arrays behind their lengths.

use super::{Corrupt, ranges::ByteRanges};

fn numbers<const SIZE: usize, T>(
    bytes: &[u8],
    count: usize,
    number: fn([u8; SIZE]) -> T,
    out: &mut Vec<T>,
) -> Result<(), Corrupt> {
    let numbers = bytes.as_chunks::<SIZE>().0.get(..count).ok_or(Corrupt("numbers are cut off"))?;
    out.extend(numbers.iter().map(|&bytes| number(bytes)));
    Ok(())
}

/// Appends `count` numbers of 32 bits.
///
/// # Errors
///
/// There are fewer.
pub(crate) fn i32s(bytes: &[u8], count: usize, out: &mut Vec<i64>) -> Result<(), Corrupt> {
    numbers(bytes, count, |bytes| i64::from(i32::from_le_bytes(bytes)), out)
}

/// Appends `count` numbers of 64 bits.
///
/// # Errors
///
/// There are fewer.
pub(crate) fn i64s(bytes: &[u8], count: usize, out: &mut Vec<i64>) -> Result<(), Corrupt> {
    numbers(bytes, count, i64::from_le_bytes, out)
}

/// Appends `count` floats of 64 bits.
///
/// # Errors
///
/// There are fewer.
pub(crate) fn f64s(bytes: &[u8], count: usize, out: &mut Vec<f64>) -> Result<(), Corrupt> {
    numbers(bytes, count, f64::from_le_bytes, out)
}

/// How long the length before a byte array is.
const LENGTH: usize = 4;

/// Finds `count` byte arrays, each of which lies behind its length in 4 bytes.
///
/// # Errors
///
/// There are fewer, or their bytes are cut off. `out` has nothing of use then.
pub(crate) fn byte_arrays(bytes: &[u8], count: usize, out: &mut ByteRanges) -> Result<(), Corrupt> {
    const CUT: Corrupt = Corrupt("byte arrays are cut off");
    if u32::try_from(bytes.len()).is_err() {
        return Err(Corrupt("a page has more than 4 GiB"));
    }
    if count == 0 {
        return out.set_equal(bytes, 0, 0, 0, 0);
    }
    if count > bytes.len() / LENGTH {
        return Err(CUT);
    }
    let length = |at: usize| -> Option<usize> {
        let length = bytes.get(at..)?.first_chunk::<LENGTH>()?;
        Some(u32::from_le_bytes(*length) as usize)
    };
    // Where the next length lies is known before this one is read only as long as all are equal, which ids are.
    let width = length(0).ok_or(CUT)?;
    let stride = width + LENGTH;
    let equal = bytes.chunks(stride).take(count).take_while(|chunk| {
        chunk.first_chunk::<LENGTH>().is_some_and(|length| u32::from_le_bytes(*length) as usize == width)
    });
    let equal = equal.count();
    if equal == count {
        return out.set_equal(bytes, LENGTH, LENGTH, width, count);
    }
    out.set_ends(LENGTH, |ends| {
        ends.reserve(count);
        // Ends are counted from the first byte array.
        ends.extend((0..equal).map(|i| (i * stride + width) as u32));
        let mut at = equal * stride;
        for _ in equal..count {
            let end = at + LENGTH + length(at).ok_or(CUT)?;
            if end > bytes.len() {
                return Err(CUT);
            }
            ends.push((end - LENGTH) as u32);
            at = end;
        }
        Ok(LENGTH)
    })
}

/// Finds `count` byte arrays of `width` bytes each.
///
/// # Errors
///
/// There are fewer.
#[allow(dead_code, reason = "no column of a block has this type yet; the fuzz target calls it")]
pub(crate) fn fixed_byte_arrays(bytes: &[u8], width: usize, count: usize, out: &mut ByteRanges) -> Result<(), Corrupt> {
    out.set_equal(bytes, 0, 0, width, count)
}
