//! Tempo's blocks, read: that nothing of a span is lost, what damage is told, and how blocks lie in folders.
//!
//! `tests/blocks` holds blocks that Tempo wrote of the datasets in `tests/conformance`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod damage;
mod flips;
mod folders;
mod pruning;
mod spans;
mod whole;

use std::{fs, path::PathBuf, sync::Mutex};

use traceql::{
    model::{batch::Fragment, projection::Projection},
    source::{Input, ReadOptions, ReadReport, SourceError, find, read},
};

use super::tempo_writer::random;

/// The versions that are read.
const VERSIONS: [&str; 3] = ["vParquet3", "vParquet4", "vParquet5"];

/// Returns the folder of a recorded block.
fn recorded(dataset: &str, version: &str) -> PathBuf {
    let folder = format!("tests/blocks/{dataset}-{version}/single-tenant/00000000-0000-4000-8000-000000000001");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// Returns the file that a block was recorded from.
fn dataset(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/conformance/{name}.otlp.jsonl.zst"))
}

/// Finds what paths name.
fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    let names: Vec<String> = paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    find(&names).unwrap()
}

/// Reads all spans loose; fragments come in the order of the input.
fn loose(
    inputs: &[Input],
    projection: &Projection,
    keep_going: bool,
) -> Result<(Vec<Fragment>, ReadReport), SourceError> {
    let fragments = Mutex::new(Vec::new());
    let report = read(inputs, &ReadOptions::loose(projection, keep_going), &|_| {}, &|fragment| {
        fragments.lock().unwrap().push(fragment);
    })?;
    let mut fragments = fragments.into_inner().unwrap();
    fragments.sort_by_key(|fragment: &Fragment| fragment.order);
    Ok((fragments, report))
}

/// Returns the files of a recorded block.
fn files(dataset: &str, version: &str) -> Vec<(String, Vec<u8>)> {
    let folder = recorded(dataset, version);
    ["meta.json", "data.parquet", "bloom-0"].map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap())).into()
}

/// Numbers that are the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's constants; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound as u64) as usize
    }

    fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len())]
    }
}
