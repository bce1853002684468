//! How long the encodings of Parquet's pages take. Run with `cargo bench --bench encodings`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "../src/source/parquet/encoding/mod.rs"]
#[allow(dead_code, reason = "the reader of blocks uses all of it")]
mod encoding;
#[path = "../src/source/parquet/levels.rs"]
#[allow(dead_code, reason = "the reader of blocks uses all of it")]
mod levels;

use encoding::{delta, hybrid, plain, ranges::ByteRanges};

/// How many values a page has here, about as many as writers put into one.
const VALUES: usize = 1 << 16;

/// Random numbers that are the same in each run.
fn numbers() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x9e37_79b9_7f4a_7c15_u64), |&last| {
        let last = last ^ last << 13;
        let last = last ^ last >> 7;
        Some(last ^ last << 17)
    })
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Returns random packed values as runs of 504, the longest that is common.
fn packed_runs(width: usize) -> Vec<u8> {
    const RUN: usize = 504;
    let mut bytes = Vec::new();
    let mut random = numbers().flat_map(u64::to_le_bytes);
    for _ in 0..VALUES.div_ceil(RUN) {
        varint((RUN / 8) as u64 * 2 + 1, &mut bytes);
        bytes.extend(random.by_ref().take(RUN / 8 * width));
    }
    bytes
}

/// Returns what a list of numbers begins with whose blocks are of 128, as most writers make them.
fn head(first: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [128, 4, VALUES as u64, first << 1] {
        varint(number, &mut bytes);
    }
    bytes
}

/// Returns random differences of `width` bits.
fn differences(first: u64, width: usize) -> Vec<u8> {
    let mut bytes = head(first);
    let mut random = numbers().flat_map(u64::to_le_bytes);
    for _ in 0..VALUES / 128 {
        bytes.push(0);
        bytes.extend([width as u8; 4]);
        bytes.extend(random.by_ref().take(128 / 8 * width));
    }
    bytes
}

fn encodings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encodings");
    group.throughput(Throughput::Elements(VALUES as u64));
    for width in [1, 2, 3] {
        let (bytes, mut out) = (packed_runs(width), Vec::new());
        group.bench_function(format!("levels/{width}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                hybrid::levels(black_box(&bytes), width as u8, VALUES, &mut out)
            });
        });
    }
    for width in [4, 8, 12, 16, 20] {
        let (bytes, mut out) = ([vec![width as u8], packed_runs(width)].concat(), Vec::new());
        group.bench_function(format!("indices/{width}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                hybrid::indices(black_box(&bytes), VALUES, &mut out)
            });
        });
    }
    for width in [0, 12, 36] {
        let (bytes, mut out) = (differences(0, width), Vec::new());
        group.bench_function(format!("delta i64/{width}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                delta::i64s(black_box(&bytes), VALUES, &mut out)
            });
        });
    }
    group.finish();
}

fn lengths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("byte arrays");
    group.throughput(Throughput::Elements(VALUES as u64));
    // A first length of 16, and no differences; the byte arrays themselves are never looked at.
    let mut equal = differences(16, 0);
    equal.resize(equal.len() + 16 * VALUES, 0);
    // A first length of 20, which one is added to and taken from in turn: 2, 0, 2, 0 above a smallest difference of -1.
    let mut different = head(20);
    for _ in 0..VALUES / 128 {
        different.extend([1, 2, 2, 2, 2]);
        different.extend([0x22; 32]);
    }
    different.resize(different.len() + 21 * VALUES, 0);
    let plain: Vec<u8> =
        (0..VALUES).flat_map(|i| [&(i as u32 % 40).to_le_bytes(), &[0; 40][..i % 40]].concat()).collect();
    let mut out = ByteRanges::default();
    for (name, bytes) in [("delta lengths, equal", &equal), ("delta lengths", &different)] {
        delta::byte_arrays(bytes, VALUES, &mut out).expect("a sound page");
        group.bench_function(name, |bencher| {
            bencher.iter(|| delta::byte_arrays(black_box(bytes), VALUES, &mut out));
        });
    }
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain::byte_arrays(black_box(&plain), VALUES, &mut out));
    });
    group.finish();
}

fn structure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("structure");
    group.throughput(Throughput::Elements(VALUES as u64));
    for share in [5, 30] {
        let levels: Vec<u8> = numbers().take(VALUES).map(|number| u8::from(number % 100 >= share) * 2).collect();
        let mut out = Vec::new();
        group.bench_function(format!("starts of {share} %"), |bencher| {
            bencher.iter(|| {
                out.clear();
                levels::starts(black_box(&levels), 1, &mut out);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encodings, lengths, structure);
criterion_main!(benches);
