//! Tempo blocks among the inputs: cut into windows that threads go through.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;

use crate::model::{
    batch::Fragment,
    ids::TraceId,
    profile::{Step, Watch, timed},
};

use super::{
    ReadOptions,
    error::{CURE_BLOCK, Place, SourceError},
    input::{Input, Origin},
    parquet::file::ParquetFault,
    tempo_block::{Block, BlockFault, Files, Wanted, Window, scan, trace_ids, windows},
};

/// Which traces other inputs may have spans of too.
#[derive(Debug)]
pub(super) enum Sharing {
    /// These only.
    Known(HashSet<TraceId>),
    /// Perhaps all: nobody knows what a file holds before it was read.
    Unknown,
}

impl Sharing {
    /// Finds the traces that lie in several of the inputs.
    pub(super) fn among(inputs: &[Input]) -> Sharing {
        let blocks: Vec<&Arc<dyn Files>> = inputs
            .iter()
            .filter_map(|input| match &input.origin {
                Origin::Block(files) => Some(files),
                _ => None,
            })
            .collect();
        if blocks.len() < inputs.len() {
            return Sharing::Unknown;
        }
        let mut shared = HashSet::new();
        if blocks.len() > 1 {
            // A block that cannot be opened is told of when its turn comes.
            let ids: Vec<Vec<TraceId>> = blocks
                .par_iter()
                .map(|files| Block::open(&***files).and_then(|block| trace_ids(&block)).unwrap_or_default())
                .collect();
            let mut holders: HashMap<TraceId, usize> = HashMap::new();
            for (holder, ids) in ids.into_iter().enumerate() {
                for id in ids {
                    if *holders.entry(id).or_insert(holder) != holder {
                        shared.insert(id);
                    }
                }
            }
        }
        Sharing::Known(shared)
    }
}

/// The windows of an open block that nobody has taken yet.
pub(super) struct Windows<'a> {
    input: &'a Input,
    block: Arc<Block>,
    windows: Vec<Window>,
    next: usize,
    /// How many windows nobody is done with.
    left: Arc<AtomicUsize>,
}

/// A window that one thread goes through.
pub(super) struct Part<'a> {
    input: &'a Input,
    block: Arc<Block>,
    window: Window,
    /// Its place among the windows of the block.
    pub(super) sequence: u32,
    /// How many windows the block has.
    of: usize,
    left: Arc<AtomicUsize>,
}

impl<'a> Windows<'a> {
    /// Opens a block.
    pub(super) fn open(
        input: &'a Input,
        files: &dyn Files,
        watch: Option<Watch<'_>>,
    ) -> Result<Windows<'a>, SourceError> {
        let block = timed(watch, Step::Open, || Block::open(files)).map_err(|fault| told(input, fault))?;
        let windows = windows(&block, rayon::current_num_threads());
        if let Some(watch) = watch {
            block.tell_opened(&windows, watch);
        }
        let left = Arc::new(AtomicUsize::new(windows.len()));
        Ok(Windows { input, block: Arc::new(block), windows, next: 0, left })
    }

    /// Hands out a window.
    pub(super) fn next(&mut self) -> Option<Part<'a>> {
        let window = self.windows.get(self.next)?.clone();
        self.next += 1;
        Some(Part {
            input: self.input,
            block: Arc::clone(&self.block),
            window,
            sequence: self.next as u32 - 1,
            of: self.windows.len(),
            left: Arc::clone(&self.left),
        })
    }
}

impl Part<'_> {
    /// Returns how many bytes were read of the block since anybody asked last.
    pub(super) fn read(&self) -> u64 {
        self.block.take_read()
    }

    /// Returns how many bytes of the block are done with: its share of all, read or not.
    pub(super) fn progress(&self) -> u64 {
        self.block.size() / self.of.max(1) as u64
    }

    /// Goes through the window; loose spans go to `sink`.
    pub(super) fn scan(
        &self,
        options: &ReadOptions<'_>,
        sharing: &Sharing,
        watch: Option<Watch<'_>>,
        sink: &dyn Fn(Fragment),
    ) -> Result<(), SourceError> {
        let none = HashSet::new();
        let (scan_with, shared) = match sharing {
            Sharing::Known(shared) => (options.scan, shared),
            Sharing::Unknown => (None, &none),
        };
        let wanted =
            Wanted { projection: options.projection, pruning: options.pruning, scan: scan_with, shared, watch };
        let scanned = scan(&self.block, &self.window, wanted, sink).map_err(|fault| told(self.input, fault));
        if let Some(watch) = watch {
            self.block.tell_read(watch, self.left.fetch_sub(1, Ordering::AcqRel) == 1);
            watch.block(|block| block.loose |= options.scan.is_some() && scan_with.is_none());
        }
        scanned
    }
}

/// Says which block is damaged, which file of it, and where.
fn told(input: &Input, BlockFault { file, fault }: BlockFault) -> SourceError {
    let file = format!("{}/{file}", input.name.trim_end_matches('/'));
    let (place, problem, cure) = match fault {
        ParquetFault::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            (Place::File, "it ends too early".to_owned(), CURE_BLOCK)
        }
        ParquetFault::Io(error) => (Place::File, format!("cannot be read: {error}"), CURE_BLOCK),
        ParquetFault::Damaged { offset, problem } => {
            (offset.map_or(Place::File, |offset| Place::Byte { offset }), problem, CURE_BLOCK)
        }
    };
    SourceError { file, place, problem, cure: cure.to_owned() }
}
