//! From levels to structure: where lists begin, and how many entries lie below a level.
//!
//! A level is a byte. Comparisons are made for 64 levels at once; what follows from them depends on how many hit.

/// How many levels one mask holds.
const CHUNK: usize = 64;

/// How many hits in a chunk are looked for one by one; from there on every entry is written and only hits are kept.
const FEW: u32 = 20;

/// Returns a bit for each level that passes `test`, the first one lowest.
#[inline(always)]
fn mask(levels: &[u8; CHUNK], test: impl Fn(u8) -> bool) -> u64 {
    let hits = levels.map(|level| u8::from(test(level)));
    hits.as_chunks::<8>().0.iter().rev().fold(0, |mask, eight| {
        // The product has bit i of the top byte from byte i, and no two terms meet in one bit.
        mask << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// Appends the positions of the levels that are `level` or less.
///
/// Of repetition levels these are the entries that begin a list at that depth: of level 0, the rows.
pub(crate) fn starts(repetition: &[u8], level: u8, out: &mut Vec<u32>) {
    let (chunks, rest) = repetition.as_chunks::<CHUNK>();
    let mut found = [0; CHUNK];
    let mut base = 0;
    for chunk in chunks {
        let mut hits = mask(chunk, |found| found <= level);
        if hits == u64::MAX {
            out.extend(base..base + CHUNK as u32);
        } else if hits.count_ones() <= FEW {
            while hits != 0 {
                out.push(base + hits.trailing_zeros());
                hits &= hits - 1;
            }
        } else {
            let mut at = 0;
            for (i, &found_level) in (base..).zip(chunk) {
                found[at % CHUNK] = i;
                at += usize::from(found_level <= level);
            }
            out.extend_from_slice(&found[..at]);
        }
        base += CHUNK as u32;
    }
    out.extend((base..).zip(rest).filter(|(_, found)| **found <= level).map(|(i, _)| i));
}

/// Returns how many levels are less than `level`.
///
/// Of definition levels below the greatest these are the entries without a value.
pub(crate) fn count_below(levels: &[u8], level: u8) -> usize {
    // As many as a byte can count.
    let counts = levels.chunks(192).map(|chunk| chunk.iter().map(|&found| u8::from(found < level)).sum::<u8>());
    counts.map(usize::from).sum()
}
