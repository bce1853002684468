//! Bit-packed numbers: eight of them fill as many bytes as each has bits, the lowest bits first.
//!
//! All is specialised by the width, and eight numbers are one step, so that shifts and masks are constants. Widths up to 8
//! are spread within a register: its halves move apart, then their halves, then theirs.

/// Unpacks numbers until `out` is full.
///
/// `bytes` must hold them all; it may hold more. A last step that is not whole is padded with zeros.
pub(super) type Unpack<T> = fn(bytes: &[u8], out: &mut [T]);

/// A number that can be unpacked.
pub(super) trait Packed: Copy + Default {
    /// Returns the function for `width`, or `None` if numbers of this type are not so wide.
    fn unpack(width: u8) -> Option<Unpack<Self>>;
}

/// Unpacks numbers as [`Unpack`] does and fills `out` with sums: each is the one before, plus `smallest`, plus a number.
/// The first one before is `last`; the last one is returned if the numbers are whole steps.
pub(super) type Sums<T> = fn(bytes: &[u8], smallest: T, last: T, out: &mut [T]) -> T;

/// A number that is a sum of packed numbers, and wraps around.
pub(super) trait Summed: Copy + Default {
    /// Returns the lowest bits of `number`.
    fn wrapped(number: u64) -> Self;

    /// Returns a sum.
    fn plus(self, other: Self) -> Self;

    /// Returns the function for `width`, or `None` if numbers of this type are not so wide.
    fn sums(width: u8) -> Option<Sums<Self>>;
}

/// Goes through `bytes` in steps of eight numbers.
#[inline(always)]
fn steps<const W: usize, T: Copy + Default>(bytes: &[u8], out: &mut [T], mut step: impl FnMut(&[u8; W], &mut [T; 8])) {
    let (whole, _) = bytes.as_chunks::<W>();
    let (eights, rest) = out.as_chunks_mut::<8>();
    let done = whole.len().min(eights.len());
    for (chunk, out) in whole.iter().zip(eights.iter_mut()) {
        step(chunk, out);
    }
    // What is left is less than a step of bytes, of numbers, or of both.
    let last = if done < eights.len() { eights[done].as_mut_slice() } else { rest };
    if !last.is_empty() {
        let (mut padded, mut numbers) = ([0; W], [T::default(); 8]);
        let left = &bytes[done * W..];
        let held = left.len().min(W);
        padded[..held].copy_from_slice(&left[..held]);
        step(&padded, &mut numbers);
        last.copy_from_slice(&numbers[..last.len()]);
    }
}

/// Returns a mask of the `bits` lowest bits in every lane of `lane` bits.
const fn lanes(lane: usize, bits: usize) -> u64 {
    let (ones, mut mask, mut at) = (if bits == 64 { !0 } else { (1 << bits) - 1 }, 0, 0);
    while at < 64 {
        mask |= ones << at;
        at += lane;
    }
    mask
}

/// Loads up to 8 bytes.
#[inline(always)]
fn load<const W: usize>(bytes: &[u8; W]) -> u64 {
    let b = |at: usize| u64::from(bytes[at]);
    let b2 = |at: usize| u64::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let b4 = |at: usize| u64::from(u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
    match W {
        1 => b(0),
        2 => b2(0),
        3 => b2(0) | b(2) << 16,
        4 => b4(0),
        5 => b4(0) | b(4) << 32,
        6 => b4(0) | b2(4) << 32,
        7 => b4(0) | b4(3) << 24,
        _ => b4(0) | b4(4) << 32,
    }
}

/// Moves eight numbers of up to 8 bits into a byte each.
#[inline(always)]
fn spread<const W: usize>(bytes: &[u8; W]) -> u64 {
    let x = load(bytes);
    if W == 1 {
        // Each byte keeps its own bit, which an addition then carries to the top of the byte.
        let bits = (x * lanes(8, 1)) & 0x8040_2010_0804_0201;
        return ((bits + lanes(8, 7)) >> 7) & lanes(8, 1);
    }
    let x = (x & lanes(64, 4 * W)) | ((x & !lanes(64, 4 * W)) << (32 - 4 * W));
    let x = (x & lanes(32, 2 * W)) | ((x & !lanes(32, 2 * W)) << (16 - 2 * W));
    (x & lanes(16, W)) | ((x & !lanes(16, W)) << (8 - W))
}

/// Returns the number `i` of a step that is wider than 8 bits.
#[inline(always)]
fn wide<const W: usize>(bytes: &[u8; W], i: usize) -> u64 {
    let bit = i * W;
    // Eight bytes that end within the step.
    let at = (bit / 8).min(W - 8);
    let shift = bit - at * 8;
    let mut low = [0; 8];
    low.copy_from_slice(&bytes[at..at + 8]);
    let mut value = u64::from_le_bytes(low) >> shift;
    if shift + W > 64 {
        value |= u64::from(bytes[at + 8]) << (64 - shift);
    }
    value & lanes(64, W)
}

fn bytes_of<const W: usize>(bytes: &[u8], out: &mut [u8]) {
    steps::<W, u8>(bytes, out, |chunk, out| *out = spread(chunk).to_le_bytes());
}

fn words_of<const W: usize>(bytes: &[u8], out: &mut [u32]) {
    steps::<W, u32>(bytes, out, |chunk, out| {
        if W <= 8 {
            *out = spread(chunk).to_le_bytes().map(u32::from);
        } else {
            *out = std::array::from_fn(|i| wide(chunk, i) as u32);
        }
    });
}

fn sums_of<const W: usize, T: Summed>(bytes: &[u8], smallest: T, mut last: T, out: &mut [T]) -> T {
    steps::<W, T>(bytes, out, |chunk, out| {
        let numbers: [u64; 8] =
            if W <= 8 { spread(chunk).to_le_bytes().map(u64::from) } else { std::array::from_fn(|i| wide(chunk, i)) };
        for (number, out) in numbers.into_iter().zip(out) {
            last = last.plus(T::wrapped(number).plus(smallest));
            *out = last;
        }
    });
    last
}

fn equal_steps<T: Summed>(_: &[u8], smallest: T, mut last: T, out: &mut [T]) -> T {
    for out in out {
        last = last.plus(smallest);
        *out = last;
    }
    last
}

fn nothing<T: Default + Copy>(_: &[u8], out: &mut [T]) {
    out.fill(T::default());
}

/// Picks the function for a width out of those that are named.
macro_rules! by_width {
    ($width:expr, 0 => $none:expr, [$($at:literal)*] => $function:ident) => {
        match $width {
            0 => Some($none),
            $($at => Some($function::<$at>),)*
            _ => None,
        }
    };
    ($width:expr, 0 => $none:expr, [$($at:literal)*] => $function:ident<$type:ty>) => {
        match $width {
            0 => Some($none),
            $($at => Some($function::<$at, $type>),)*
            _ => None,
        }
    };
}

impl Packed for u8 {
    fn unpack(width: u8) -> Option<Unpack<u8>> {
        by_width!(width, 0 => nothing, [1 2 3 4 5 6 7 8] => bytes_of)
    }
}

impl Packed for u32 {
    fn unpack(width: u8) -> Option<Unpack<u32>> {
        by_width!(
            width,
            0 => nothing,
            [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32] => words_of
        )
    }
}

/// Says how a type is summed up, out of numbers of the widths that are named.
macro_rules! summed {
    ($type:ty, [$($width:literal)*]) => {
        impl Summed for $type {
            #[inline(always)]
            fn wrapped(number: u64) -> $type {
                number as $type
            }

            #[inline(always)]
            fn plus(self, other: $type) -> $type {
                self.wrapping_add(other)
            }

            fn sums(width: u8) -> Option<Sums<$type>> {
                by_width!(width, 0 => equal_steps, [$($width)*] => sums_of<$type>)
            }
        }
    };
}

summed!(u32, [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32]);
summed!(i32, [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32]);
summed!(i64, [
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
]);
