//! Any bytes as a page of any encoding: no panic, as many values as were asked for or an error, and ranges within bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/source/parquet/encoding/mod.rs"]
#[allow(dead_code, reason = "the reader of blocks uses all of it")]
mod encoding;
#[path = "../../../src/source/parquet/levels.rs"]
mod levels;

use encoding::{
    delta,
    hybrid::{self, Run, Runs},
    plain,
    ranges::ByteRanges,
};

/// Asserts that a decoder that succeeded appended `count` values.
fn numbers<T, R, E>(count: usize, decode: impl FnOnce(&mut Vec<T>) -> Result<R, E>) -> Option<Vec<T>> {
    let mut out = Vec::new();
    decode(&mut out).ok().map(|_| {
        assert_eq!(out.len(), count);
        out
    })
}

/// Asserts that a decoder that succeeded found `count` byte arrays within `bytes`.
fn arrays<E>(bytes: &[u8], count: usize, ranges: &ByteRanges, decoded: Result<(), E>) {
    if decoded.is_ok() {
        assert_eq!(ranges.len(), count);
        let mut end = 0;
        for range in ranges.iter() {
            assert!(range.start >= end && range.start <= range.end && range.end <= bytes.len());
            end = range.end;
        }
    }
}

fuzz_target!(|input: (u8, u8, u16, &[u8])| {
    let (kernel, width, count, bytes) = input;
    let count = usize::from(count);
    let mut ranges = ByteRanges::default();
    match kernel % 14 {
        0 => {
            let decoded = numbers(count, |out| hybrid::levels(bytes, width % 9, count, out));
            if let Some(decoded) = decoded {
                let mut found = Vec::new();
                levels::starts(&decoded, 1, &mut found);
                assert_eq!(found.len(), levels::count_below(&decoded, 2));
                assert_eq!(hybrid::are_all(bytes, width % 9, count, 1), Ok(decoded.iter().all(|level| *level == 1)));
            }
        }
        1 => {
            let decoded = numbers(count, |out| hybrid::indices(bytes, count, out));
            let runs = Runs::of_indices(bytes, count).and_then(Iterator::collect::<Result<Vec<Run<'_>>, _>>);
            assert_eq!(decoded.is_some(), runs.is_ok());
            let lengths = runs.iter().flatten().map(|run| match run {
                Run::Repeated { count, .. } | Run::Packed { count, .. } => *count,
            });
            assert_eq!(lengths.sum::<usize>(), decoded.map_or(0, |decoded| decoded.len()));
        }
        2 => drop(numbers(count, |out| hybrid::bools(bytes, count, out))),
        3 => drop(numbers(count, |out| hybrid::plain_bools(bytes, count, out))),
        4 => drop(numbers(count, |out| delta::i32s(bytes, count, out))),
        5 => drop(numbers(count, |out| delta::i64s(bytes, count, out))),
        6 => {
            let decoded = delta::byte_arrays(bytes, count, &mut ranges);
            arrays(bytes, count, &ranges, decoded);
        }
        7 => {
            let mut buffer = Vec::new();
            let decoded = delta::prefixed_byte_arrays(bytes, count, 1 << 20, &mut buffer, &mut ranges);
            assert!(buffer.len() <= 1 << 20);
            arrays(&buffer, count, &ranges, decoded);
        }
        8 => drop(numbers(count, |out| plain::i32s(bytes, count, out))),
        9 => drop(numbers(count, |out| plain::i64s(bytes, count, out))),
        10 => drop(numbers(count, |out| plain::f64s(bytes, count, out))),
        11 => {
            let decoded = plain::byte_arrays(bytes, count, &mut ranges);
            arrays(bytes, count, &ranges, decoded);
        }
        12 => {
            let decoded = plain::fixed_byte_arrays(bytes, usize::from(width), count, &mut ranges);
            arrays(bytes, count, &ranges, decoded);
        }
        _ => {
            let runs = Runs::new(bytes, width, count).map(|runs| runs.filter(Result::is_err).count());
            assert!(runs.is_err() || runs.is_ok_and(|errors| errors <= 1));
        }
    }
});
