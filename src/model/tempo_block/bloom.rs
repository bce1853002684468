//! The filters that tell which trace ids a block does not hold.
//!
//! They are those of the Go library `bits-and-blooms/bloom`: an id is hashed by MurmurHash3 (128 bits, for 64-bit
//! machines), once as it is and once with the byte 1 behind it; the four halves are combined to as many positions as the
//! filter says. A file holds the number of bits, the number of positions, again the number of bits, and then the bits in
//! words of 64, all of them big-endian numbers of 8 bytes.

use std::f64::consts::LN_2;

/// Bits in the filter of one shard: 100 KiB, as Tempo's default has it.
pub const SHARD_BITS: u64 = 100 * 1024 * 8;

/// The share of foreign ids that a filter may take for its own, as Tempo's default has it.
const FALSE_POSITIVES: f64 = 0.01;

/// More positions than any filter has that is of use: with 1 % of false positives there are 7.
const MOST_POSITIONS: u64 = 1000;

/// Returns the name of the file with a shard's filter.
pub fn file_name(shard: u32) -> String {
    format!("bloom-{shard}")
}

/// Returns which of a block's shards an id belongs to: its FNV-1 hash of 32 bits modulo their number.
pub fn shard_of(id: [u8; 16], shards: u32) -> u32 {
    let hash = id.iter().fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte));
    hash.checked_rem(shards).unwrap_or_default()
}

/// Returns how many shards a block of so many traces needs, at least 1.
pub fn shards_for(traces: u64) -> u32 {
    let bits = (-(traces as f64) * FALSE_POSITIVES.ln() / (LN_2 * LN_2)).ceil();
    // A conversion of floats stays within the bounds of its type.
    ((bits / SHARD_BITS as f64).ceil() as u32).max(1)
}

/// The filter of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bloom {
    /// How many bits count; at least 1.
    bits: u64,
    /// How many bits an id sets.
    positions: u64,
    words: Vec<u64>,
}

impl Default for Bloom {
    /// Makes the empty filter of a shard.
    fn default() -> Bloom {
        // ln 2 times the bits for each id.
        let positions = (-FALSE_POSITIVES.log2()).ceil() as u64;
        Bloom { bits: SHARD_BITS, positions, words: vec![0; SHARD_BITS.div_ceil(64) as usize] }
    }
}

impl Bloom {
    /// Adds an id.
    pub fn insert(&mut self, id: [u8; 16]) {
        let hashes = hashes(id);
        for position in 0..self.positions {
            let bit = location(hashes, position) % self.bits;
            self.words[(bit / 64) as usize] |= 1 << (bit % 64);
        }
    }

    /// Tells whether the id may have been added; `false` is certain.
    pub fn contains(&self, id: [u8; 16]) -> bool {
        let hashes = hashes(id);
        (0..self.positions).all(|position| {
            let bit = location(hashes, position) % self.bits;
            self.words[(bit / 64) as usize] & (1 << (bit % 64)) != 0
        })
    }

    /// Reads the content of a filter's file; `None` if it is none.
    pub fn parse(file: &[u8]) -> Option<Bloom> {
        let (words, rest) = file.as_chunks::<8>();
        let [bits, positions, length, words @ ..] = words else { return None };
        let [bits, positions, length] = [bits, positions, length].map(|bytes| u64::from_be_bytes(*bytes));
        let sound = rest.is_empty()
            && bits > 0
            && bits == length
            && positions <= MOST_POSITIONS
            && words.len() as u64 == bits.div_ceil(64);
        sound.then(|| Bloom { bits, positions, words: words.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect() })
    }

    /// Returns the content of the filter's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.bits, self.positions, self.bits].iter().chain(&self.words).flat_map(|word| word.to_be_bytes()).collect()
    }
}

/// Returns the four numbers that an id's positions are made of.
fn hashes(id: [u8; 16]) -> [u64; 4] {
    let [a, b] = murmur(id, None);
    let [c, d] = murmur(id, Some(1));
    [a, b, c, d]
}

/// Returns an id's position of the given number, before it is cut to the filter's bits.
fn location(hashes: [u64; 4], number: u64) -> u64 {
    let odd = number % 2;
    let factor = hashes[2 + ((number + odd) % 4 / 2) as usize];
    hashes[odd as usize].wrapping_add(number.wrapping_mul(factor))
}

/// Hashes an id, and the byte behind it, with MurmurHash3 x64 128, seed 0.
fn murmur(id: [u8; 16], last: Option<u8>) -> [u64; 2] {
    const C1: u64 = 0x87c3_7b91_1142_53d5;
    const C2: u64 = 0x4cf5_ad43_2745_937f;
    let (halves, _) = id.as_chunks::<8>();
    let (mut h1, mut h2) = (0_u64, 0_u64);
    if let [low, high] = halves {
        let (k1, k2) = (u64::from_le_bytes(*low), u64::from_le_bytes(*high));
        h1 ^= k1.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= k2.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    if let Some(byte) = last {
        h1 ^= u64::from(byte).wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
    }
    let length = id.len() as u64 + u64::from(last.is_some());
    h1 ^= length;
    h2 ^= length;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = mix(h1);
    h2 = mix(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    [h1, h2]
}

/// Spreads every bit over all bits.
fn mix(mut k: u64) -> u64 {
    k ^= k >> 33;
    k = k.wrapping_mul(0xff51_afd7_ed55_8ccd);
    k ^= k >> 33;
    k = k.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    k ^ k >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> [u8; 16] {
        (u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_be_bytes()
    }

    #[test]
    fn shards_follow_fnv_1() {
        assert_eq!((shard_of(id(7), 1), shard_of(id(7), 0)), (0, 0));
        let mut counts = [0; 5];
        (0..5000).for_each(|n| counts[shard_of(id(n), 5) as usize] += 1);
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn shards_grow_with_traces() {
        assert_eq!([0, 1, 20_000, 85_465, 85_467, 1_000_000].map(shards_for), [1, 1, 1, 1, 2, 12]);
    }

    #[test]
    fn what_was_added_is_found_and_little_else() {
        let mut bloom = Bloom::default();
        (0..20_000).for_each(|n| bloom.insert(id(n)));
        let read = Bloom::parse(&bloom.to_bytes()).expect("what was written is a filter");
        assert_eq!(read, bloom);
        assert!((0..20_000).all(|n| read.contains(id(n))));
        let wrong = (20_000..40_000).filter(|n| read.contains(id(*n))).count();
        assert!(wrong < 200, "{wrong} of 20000 foreign ids");
    }

    #[test]
    fn damaged_files_are_no_filters() {
        let file = Bloom::default().to_bytes();
        let changed = |at: usize, byte: u8| {
            let mut file = file.clone();
            file[at] = byte;
            Bloom::parse(&file)
        };
        assert!(Bloom::parse(&file).is_some());
        assert!(Bloom::parse(&[]).is_none());
        assert!(Bloom::parse(&[0; 24]).is_none());
        assert!(Bloom::parse(&file[..file.len() - 1]).is_none());
        assert!(Bloom::parse(&file[..file.len() - 8]).is_none());
        assert!([changed(0, 1), changed(8, 1), changed(16, 1)].iter().all(Option::is_none));
    }
}
