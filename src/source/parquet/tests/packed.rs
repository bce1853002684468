//! Bit-packed numbers of every width, packed here one bit at a time.

use proptest::{collection::vec, prelude::*};

use super::{
    super::encoding::{delta, hybrid},
    decode_whole_and_damaged,
};

/// Packs the lowest `width` bits of each number; the last eight are filled up with zeros.
fn pack(numbers: &[u64], width: usize) -> Vec<u8> {
    let mut bytes = vec![0; numbers.len().div_ceil(8) * width];
    for (i, number) in numbers.iter().enumerate() {
        for bit in (0..width).filter(|bit| number >> bit & 1 == 1) {
            let at = i * width + bit;
            bytes[at / 8] |= 1 << (at % 8);
        }
    }
    bytes
}

pub(super) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn zigzag(number: i64, out: &mut Vec<u8>) {
    varint((number << 1 ^ number >> 63) as u64, out);
}

fn low(number: u64, width: usize) -> u64 {
    if width == 64 { number } else { number & ((1 << width) - 1) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn hybrid_of_every_width(numbers in vec(any::<u64>(), 1..200)) {
        for width in 1..=32 {
            let mut bytes = vec![width as u8];
            varint((numbers.len().div_ceil(8) as u64) << 1 | 1, &mut bytes);
            bytes.extend(pack(&numbers, width));
            let expected: Vec<u32> = numbers.iter().map(|&number| low(number, width) as u32).collect();
            let decoded = decode_whole_and_damaged(&bytes, |bytes| {
                let mut out = Vec::new();
                hybrid::indices(bytes, numbers.len(), &mut out).map(|()| out)
            });
            prop_assert_eq!(&decoded, &expected);
            if width <= 8 {
                let mut out = vec![9];
                hybrid::levels(&bytes[1..], width as u8, numbers.len(), &mut out).unwrap();
                prop_assert_eq!(out.remove(0), 9, "what is there stays");
                prop_assert_eq!(out.into_iter().map(u32::from).collect::<Vec<u32>>(), expected);
            }
        }
    }

    #[test]
    fn differences_of_every_width(numbers in vec(any::<u64>(), 1..200), first in any::<i64>(), smallest in any::<i64>()) {
        for width in 1..=64 {
            let mut bytes = Vec::new();
            // Four miniblocks of 32 numbers; those behind the last number have a width and no bytes.
            for number in [128, 4, numbers.len() as u64 + 1] {
                varint(number, &mut bytes);
            }
            zigzag(first, &mut bytes);
            let mut expected = vec![first];
            for block in numbers.chunks(128) {
                zigzag(smallest, &mut bytes);
                bytes.extend([width as u8; 4]);
                for miniblock in block.chunks(32) {
                    let mut whole = miniblock.to_vec();
                    whole.resize(32, 0);
                    bytes.extend(pack(&whole, width));
                }
                for &number in block {
                    let difference = smallest.wrapping_add(low(number, width) as i64);
                    expected.push(expected.last().unwrap().wrapping_add(difference));
                }
            }
            let decoded = decode_whole_and_damaged(&bytes, |bytes| {
                let mut out = Vec::new();
                delta::i64s(bytes, numbers.len() + 1, &mut out).map(|_| out)
            });
            prop_assert_eq!(&decoded, &expected);
            bytes.extend([1, 2, 3]);
            let mut out = Vec::new();
            prop_assert_eq!(delta::i64s(&bytes, numbers.len() + 1, &mut out), Ok(bytes.len() - 3));
            let mut narrow = Vec::new();
            if width <= 32 {
                prop_assert_eq!(delta::i32s(&bytes, numbers.len() + 1, &mut narrow), Ok(bytes.len() - 3));
                prop_assert_eq!(narrow, expected.into_iter().map(|number| i64::from(number as i32)).collect::<Vec<i64>>());
            } else {
                prop_assert!(delta::i32s(&bytes, numbers.len() + 1, &mut narrow).is_err());
            }
        }
    }
}
