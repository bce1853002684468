//! Pages at the edges of what the format allows, and beyond them.

use super::{
    super::encoding::{
        Corrupt, delta,
        hybrid::{Run, Runs, bools, indices, levels, plain_bools},
        plain,
        ranges::ByteRanges,
    },
    arrays,
    packed::{varint, zigzag},
};

fn levels_of(bytes: &[u8], width: u8, count: usize) -> Result<Vec<u8>, Corrupt> {
    let mut out = Vec::new();
    levels(bytes, width, count, &mut out).map(|()| out)
}

fn indices_of(bytes: &[u8], count: usize) -> Result<Vec<u32>, Corrupt> {
    let mut out = Vec::new();
    indices(bytes, count, &mut out).map(|()| out)
}

#[test]
fn levels_without_bits_need_no_bytes() {
    assert_eq!(levels_of(&[], 0, 3), Ok(vec![0; 3]));
    assert_eq!(indices_of(&[0], 3), Ok(vec![0; 3]));
    assert_eq!(indices_of(&[0, 6], 3), Ok(vec![0; 3]));
}

#[test]
fn pages_without_values_may_be_empty() {
    assert_eq!(levels_of(&[], 2, 0), Ok(vec![]));
    assert_eq!(indices_of(&[], 0), Ok(vec![]));
    assert_eq!(bools(&[], 0, &mut Vec::new()), Ok(()));
    assert_eq!(delta::i64s(&[], 0, &mut Vec::new()), Ok(0));
    let mut ranges = ByteRanges::default();
    assert_eq!(delta::byte_arrays(&[], 0, &mut ranges), Ok(()));
    assert_eq!(delta::prefixed_byte_arrays(&[], 0, 0, &mut Vec::new(), &mut ranges), Ok(()));
    assert_eq!(plain::byte_arrays(&[], 0, &mut ranges), Ok(()));
    assert_eq!((ranges.len(), ranges.get(0)), (0, 0..0));
}

#[test]
fn widths_have_limits() {
    assert_eq!(levels_of(&[], 9, 1), Err(Corrupt("levels are wider than 8 bits")));
    assert_eq!(indices_of(&[33, 2, 0, 0, 0, 0, 0], 1), Err(Corrupt("values are wider than 32 bits")));
    assert_eq!(indices_of(&[32, 2, 1, 0, 0, 0x80], 1), Ok(vec![0x8000_0001]));
    assert_eq!(levels_of(&[2, 4], 2, 1), Err(Corrupt("a repeated value is wider than the others")));
}

#[test]
fn runs_are_cut_to_what_is_asked_for() {
    // Ten times 1, nothing, eight packed values, two times 2.
    let bytes = [20, 1, 1, 0, 3, 3, 0b1110_0100, 0b0001_1011, 4, 2];
    let runs = |count| Runs::new(&bytes, 2, count).unwrap().collect::<Result<Vec<Run<'_>>, Corrupt>>();
    let ones = |count| Run::Repeated { value: 1, count };
    let packed = |count| Run::Packed { bytes: &bytes[6..], count };
    assert_eq!(runs(4), Ok(vec![ones(4)]));
    assert_eq!(runs(13), Ok(vec![ones(10), packed(3)]));
    assert_eq!(runs(19), Ok(vec![ones(10), packed(8), Run::Repeated { value: 2, count: 1 }]));
    assert_eq!(runs(21), Err(Corrupt("a number is cut off")));
    assert_eq!(levels_of(&bytes, 2, 19), Ok([vec![1; 10], vec![0, 1, 2, 3, 3, 2, 1, 0, 2]].concat()));
    let mut broken = Runs::new(&bytes, 2, 21).unwrap();
    assert_eq!(broken.by_ref().filter(Result::is_err).count(), 1);
    assert_eq!(broken.next(), None);
}

#[test]
fn packed_values_may_lack_what_only_fills_them_up() {
    assert_eq!(levels_of(&[3, 0b1110_0100], 2, 4), Ok(vec![0, 1, 2, 3]));
    assert_eq!(levels_of(&[3, 0b1110_0100], 2, 5), Err(Corrupt("packed values are cut off")));
    assert_eq!(plain_bools(&[5], 9, &mut Vec::new()), Err(Corrupt("booleans are cut off")));
}

#[test]
fn few_bytes_that_promise_much_cost_nothing() {
    let (mut numbers, mut ranges) = (Vec::new(), ByteRanges::default());
    let mut bytes = vec![1];
    varint(u64::MAX, &mut bytes);
    assert!(indices(&bytes, usize::MAX, &mut numbers).is_err());
    assert!(plain::byte_arrays(&[0; 8], usize::MAX, &mut ranges).is_err());
    assert!(plain::fixed_byte_arrays(&[0; 8], 16, usize::MAX / 8, &mut ranges).is_err());
    assert!(plain::fixed_byte_arrays(&[0; 8], 16, 1, &mut ranges).is_err());
    assert!(plain::i64s(&[0; 8], usize::MAX, &mut Vec::new()).is_err());
    assert!(plain_bools(&[0; 8], usize::MAX, &mut Vec::new()).is_err());
    assert!(delta::i64s(&[0; 8], usize::MAX, &mut Vec::new()).is_err());
    assert!(numbers.capacity() < 50_000);
}

#[test]
fn numbers_end() {
    let decode = |bytes: &[u8]| Runs::new(bytes, 1, 1).unwrap().next().unwrap().map(|_| ());
    assert_eq!(decode(&[0x80; 9]), Err(Corrupt("a number is cut off")));
    assert_eq!(decode(&[0x80; 20]), Err(Corrupt("a number has more than 64 bits")));
    let of_65_bits = [[0x80; 9].as_slice(), &[2]].concat();
    assert_eq!(decode(&of_65_bits), Err(Corrupt("a number has more than 64 bits")));
}

/// Returns the head of a list of differences.
fn head(block: u64, miniblocks: u64, total: u64, first: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [block, miniblocks, total] {
        varint(number, &mut bytes);
    }
    zigzag(first, &mut bytes);
    bytes
}

#[test]
fn heads_of_differences_are_looked_at() {
    let decode = |bytes: &[u8], count| {
        let mut out = Vec::new();
        delta::i64s(bytes, count, &mut out).map(|used| (out, used))
    };
    let sound = head(128, 4, 1, -5);
    assert_eq!(decode(&sound, 1), Ok((vec![-5], sound.len())));
    assert!(decode(&sound, 2).is_err());
    assert_eq!(decode(&head(128, 4, 0, 0), 0), Ok((vec![], 5)));
    for (block, miniblocks) in [(128, 0), (0, 4), (0, 0), (128, 8), (130, 4), (128, 3), (u64::MAX, 1)] {
        assert!(decode(&head(block, miniblocks, 2, 0), 2).is_err(), "{block} {miniblocks}");
    }
    // A block as large as can be, all of whose differences are equal.
    let mut large = head(1 << 62, 1, 4, i64::MAX);
    zigzag(2, &mut large);
    large.push(0);
    assert_eq!(decode(&large, 4).unwrap().0, [i64::MAX, i64::MIN + 1, i64::MIN + 3, i64::MIN + 5]);
    *large.last_mut().unwrap() = 64;
    assert!(decode(&large, 4).is_err());
    *large.last_mut().unwrap() = 65;
    assert!(decode(&large, 4).is_err());
}

#[test]
fn lengths_must_be_lengths() {
    let mut ranges = ByteRanges::default();
    // Three of five bytes: no differences at all.
    let mut equal = head(128, 4, 3, 5);
    zigzag(0, &mut equal);
    equal.extend([0; 4]);
    let texts = [&equal[..], b"abcdefghijklmno"].concat();
    delta::byte_arrays(&texts, 3, &mut ranges).unwrap();
    assert_eq!((ranges.width(), ranges.gap()), (Some(5), 0));
    assert_eq!(arrays(&texts, &ranges), [b"abcde", b"fghij", b"klmno"]);
    assert_eq!(delta::byte_arrays(&texts[..texts.len() - 1], 3, &mut ranges), Err(Corrupt("byte arrays are cut off")));

    // Two, one, none, and one below.
    let mut falling = head(128, 4, 3, 2);
    zigzag(-1, &mut falling);
    falling.extend([0; 4]);
    let texts = [&falling[..], b"abc"].concat();
    delta::byte_arrays(&texts, 3, &mut ranges).unwrap();
    assert_eq!(arrays(&texts, &ranges), [&b"ab"[..], b"c", b""]);
    let mut below = head(128, 4, 4, 2);
    below.extend_from_slice(&falling[falling.len() - 5..]);
    below.extend([0; 100]);
    assert_eq!(delta::byte_arrays(&below, 4, &mut ranges), Err(Corrupt("byte arrays are cut off")));
    assert_eq!(ranges.len(), 0);
    assert!(delta::byte_arrays(&head(128, 4, 1, -1), 1, &mut ranges).is_err());
}

#[test]
fn prefixes_have_limits() {
    // A byte array of 100 bytes, and four that begin with all of it and add nothing.
    let list = |first: i64, then: i64| {
        let mut bytes = head(128, 4, 5, first);
        zigzag(0, &mut bytes);
        // The first difference is what leads to `then`, the others are 0; a byte each.
        bytes.extend([8, 0, 0, 0]);
        bytes.push(then.wrapping_sub(first) as u8);
        bytes.extend([0; 31]);
        bytes
    };
    let mut suffixes = head(128, 4, 5, 100);
    zigzag(-100, &mut suffixes);
    suffixes.extend([7, 0, 0, 0]);
    // The differences -100, 0, 0 and 0, less the smallest.
    let packed: u64 = [0, 100, 100, 100].iter().enumerate().map(|(i, number)| number << (7 * i)).sum();
    suffixes.extend(&packed.to_le_bytes()[..4]);
    suffixes.extend([0; 24]);
    let (mut buffer, mut ranges) = (Vec::new(), ByteRanges::default());
    let page = [list(0, 100), suffixes.clone(), vec![b'x'; 100]].concat();
    delta::prefixed_byte_arrays(&page, 5, 500, &mut buffer, &mut ranges).unwrap();
    assert_eq!(arrays(&buffer, &ranges), vec![vec![b'x'; 100]; 5]);
    assert_eq!(
        delta::prefixed_byte_arrays(&page, 5, 499, &mut buffer, &mut ranges),
        Err(Corrupt("byte arrays of a page take more room than a page may"))
    );
    let page = [list(0, 101), suffixes, vec![b'x'; 100]].concat();
    assert_eq!(
        delta::prefixed_byte_arrays(&page, 5, 500, &mut buffer, &mut ranges),
        Err(Corrupt("a byte array begins with more than the one before has"))
    );
}

#[test]
fn plain_byte_arrays_of_one_length_are_told() {
    let page = |texts: &[&str]| -> Vec<u8> {
        texts.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()).collect()
    };
    let mut ranges = ByteRanges::default();
    let bytes = page(&["ab", "cd", "ef"]);
    plain::byte_arrays(&bytes, 3, &mut ranges).unwrap();
    assert_eq!((ranges.width(), ranges.gap()), (Some(2), 4));
    assert_eq!(arrays(&bytes, &ranges), [b"ab", b"cd", b"ef"]);
    let bytes = page(&["ab", "cd", "", "e"]);
    plain::byte_arrays(&bytes, 4, &mut ranges).unwrap();
    assert_eq!((ranges.width(), ranges.gap()), (None, 4));
    assert_eq!(arrays(&bytes, &ranges), [&b"ab"[..], b"cd", b"", b"e"]);
    assert!(plain::byte_arrays(&bytes, 5, &mut ranges).is_err());
    assert!(plain::byte_arrays(&[255; 12], 1, &mut ranges).is_err());
    assert_eq!(ranges.len(), 0);
}
