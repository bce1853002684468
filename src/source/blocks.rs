//! Tempo blocks among the inputs: cut into windows that threads go through.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use rayon::prelude::*;

use crate::model::{
    batch::Fragment,
    ids::TraceId,
    profile::{Step, Watch, timed},
    projection::Projection,
    trace_id::TypedId,
};

use super::{
    ReadOptions,
    error::{CURE_BLOCK, Place, SourceError, refusal},
    input::{Input, Origin},
    parquet::file::ParquetFault,
    remembered::{KnownBlock, Remembered},
    tempo_block::{Block, BlockFault, Files, LookedUp, Wanted, Window, look_up, scan, trace_ids, windows},
};

/// Which traces other inputs may have spans of too.
#[derive(Debug)]
pub(super) enum Sharing {
    /// These only.
    Known {
        traces: HashSet<TraceId>,
        /// Blocks that were opened to find out, by input, until their turn comes.
        open: Vec<Mutex<Option<Block>>>,
    },
    /// Perhaps all: nobody knows what a file holds before it was read.
    Unknown,
}

/// How many blocks stay open from one reading to the next: what they say of themselves takes memory.
const STAY_OPEN: usize = 256;

/// How many threads wait for what is far away.
const WAITING: usize = 16;

/// Runs something on more threads than there are cores if some of the inputs are far away: most of them will wait.
pub(super) fn with_threads<T: Send>(inputs: &[Input], work: impl FnOnce() -> T + Send) -> T {
    let threads = rayon::current_num_threads().max(WAITING);
    if !inputs.iter().any(is_far) || threads == rayon::current_num_threads() {
        return work();
    }
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        // Slower, but as good.
        Err(_) => work(),
    }
}

fn is_far(input: &Input) -> bool {
    match &input.origin {
        Origin::Block(files) => files.is_far(),
        #[cfg(feature = "cloud")]
        Origin::Object(_) => true,
        _ => false,
    }
}

impl Sharing {
    /// Finds the traces that lie in several of the inputs.
    pub(super) fn among(inputs: &[Input], remembered: Option<&Remembered>) -> Sharing {
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
        let (mut shared, mut open) = (HashSet::new(), Vec::new());
        if blocks.len() > 1 {
            // A block that cannot be opened is told of when its turn comes.
            let ids: Vec<(Arc<Vec<TraceId>>, Option<Block>)> = blocks
                .par_iter()
                .enumerate()
                .map(|(at, files)| {
                    let Ok((block, known)) = open_block(&***files, remembered) else { return Default::default() };
                    let read = || trace_ids(&block);
                    let ids = match known {
                        Some(known) => known.trace_ids(read),
                        None => read().map(Arc::new),
                    };
                    // What is wrong with them is told when the block's turn comes.
                    let ids = ids.unwrap_or_default();
                    (ids, Some(block).filter(|_| at < STAY_OPEN))
                })
                .collect();
            let mut holders: HashMap<TraceId, usize> = HashMap::new();
            for (holder, (ids, block)) in ids.into_iter().enumerate() {
                open.push(Mutex::new(block));
                for id in ids.iter() {
                    if *holders.entry(*id).or_insert(holder) != holder {
                        shared.insert(*id);
                    }
                }
            }
        }
        Sharing::Known { traces: shared, open }
    }

    /// Hands over the block of an input, if it is open.
    fn take(&self, input: usize) -> Option<Block> {
        match self {
            Sharing::Known { open, .. } => open.get(input)?.lock().take(),
            Sharing::Unknown => None,
        }
    }
}

/// Opens a block, with what is known of it from earlier readings.
fn open_block(
    files: &dyn Files,
    remembered: Option<&Remembered>,
) -> Result<(Block, Option<Arc<KnownBlock>>), BlockFault> {
    let Some((remembered, version)) = remembered.zip(files.version()) else { return Ok((Block::open(files)?, None)) };
    if let Some(known) = remembered.block(&version) {
        let block = Block::again(files, known.opened())?;
        // Unless it was exchanged meanwhile.
        if files.version().as_ref() == Some(&version) {
            return Ok((block, Some(known)));
        }
        return Ok((Block::open(files)?, None));
    }
    let block = Block::open(files)?;
    if files.version().as_ref() != Some(&version) {
        return Ok((block, None));
    }
    let known = remembered.keep(version, block.opened());
    Ok((block, Some(known)))
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
    /// Opens a block: the input with the number `at`.
    pub(super) fn open(
        (at, input): (usize, &'a Input),
        files: &dyn Files,
        (sharing, remembered): (&Sharing, Option<&Remembered>),
        watch: Option<Watch<'_>>,
    ) -> Result<Windows<'a>, SourceError> {
        let open = || open_block(files, remembered).map(|(block, _)| block);
        let opened = || sharing.take(at).map_or_else(open, Ok);
        let block = timed(watch, Step::Open, opened).map_err(|fault| told(input, fault))?;
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
            Sharing::Known { traces, .. } => (options.scan, traces),
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

/// A block in which one trace is looked up.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    input: &'a Input,
    files: &'a dyn Files,
    trace: TypedId,
}

impl<'a> Lookup<'a> {
    /// Begins to look a trace up; `None` if the input is no block.
    pub(super) fn of(input: &'a Input, trace: TypedId) -> Option<Lookup<'a>> {
        match &input.origin {
            Origin::Block(files) => Some(Lookup { input, files: &**files, trace }),
            _ => None,
        }
    }

    /// Returns how many bytes of the block are done with: all, read or not.
    pub(super) fn progress(&self) -> u64 {
        self.files.size().unwrap_or_default()
    }

    /// Looks the trace up; its spans go to `sink`.
    pub(super) fn run(self, projection: &Projection, sink: &dyn Fn(Fragment)) -> Result<LookedUp, SourceError> {
        look_up(self.files, self.trace, projection, sink).map_err(|fault| told(self.input, fault))
    }
}

/// Says which block is damaged, which file of it, and where.
fn told(input: &Input, BlockFault { file, fault }: BlockFault) -> SourceError {
    let file = format!("{}/{file}", input.name.trim_end_matches('/'));
    if let ParquetFault::Io(error) = &fault
        && error.kind() != io::ErrorKind::NotFound
        && let Some((problem, cure)) = refusal(error)
    {
        return SourceError { file, place: Place::File, problem, cure };
    }
    let (place, problem, cure) = match fault {
        ParquetFault::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            (Place::File, "it ends too early".to_owned(), CURE_BLOCK)
        }
        ParquetFault::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            (Place::File, "it is not there".to_owned(), CURE_BLOCK)
        }
        ParquetFault::Io(error) => (Place::File, format!("cannot be read: {error}"), CURE_BLOCK),
        ParquetFault::Damaged { offset, problem } => {
            (offset.map_or(Place::File, |offset| Place::Byte { offset }), problem, CURE_BLOCK)
        }
    };
    SourceError { file, place, problem, cure: cure.to_owned() }
}
