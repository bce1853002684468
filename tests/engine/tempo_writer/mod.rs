//! Blocks as they are written, held against blocks that Tempo wrote of the same spans, and read back.

mod properties;
pub(crate) mod random;
mod recorded;
mod rows;

use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use traceql::{
    model::{assemble::assemble, batch::Batch, cancel::Cancel, projection::Projection},
    output::tempo_block::{Options, Written, write},
    source::{self, Input, ReadOptions},
};

/// Reads whole traces with everything they hold.
fn read(inputs: &[Input]) -> Vec<Batch> {
    let fragments = Mutex::new(Vec::new());
    let everything = Projection::everything();
    let options = ReadOptions::loose(&everything, false);
    let keep = |fragment| fragments.lock().expect("no reader panics").push(fragment);
    source::read(inputs, &options, &|_| {}, &keep).expect("it is sound");
    assemble(&fragments.into_inner().expect("no reader panics"))
}

/// Makes a name of a folder that no other test has.
fn fresh_folder() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    env::temp_dir().join(format!("traceql-blocks-{}-{number}", process::id()))
}

/// A block that was written, removed again in the end.
struct Block {
    root: PathBuf,
    folder: PathBuf,
}

impl Block {
    fn new(batches: &[Batch], options: &Options) -> Block {
        let root = fresh_folder();
        let Written { folder, .. } = write(&root, batches, options, &Cancel::new()).expect("it can be written");
        Block { root, folder }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // What is left is litter in a folder for litter.
        let _ = fs::remove_dir_all(&self.root);
    }
}
