//! Reads trace files into [`Fragment`]s.
//!
//! [`find`] turns arguments into inputs, [`read`] decodes them on all threads and hands each fragment to a sink on the
//! thread that decoded it. What a file holds is told by its content: JSON (lines, pretty-printed, concatenated, in lists)
//! of OTLP, Jaeger, Zipkin, New Relic and Go's stdouttrace, in UTF-8 or UTF-16, or OTLP as protobuf (one message, or many
//! behind their lengths), packed with gzip or zstd or not.
//!
//! An input is cut into chunks of whole records by whoever gets hold of it; no thread only reads, and no queue can grow.
//! Files are never held whole: memory is a chunk for each thread, or the longest record.
//!
//! Nothing here knows what is asked of the spans, except for the [`Projection`]: what it does not name is stepped over,
//! checked for damage, and never built.

#[cfg(feature = "tempo-block")]
mod blocks;
mod brackets;
mod builder;
mod carried;
mod chunks;
mod columns;
mod damage;
mod environment;
mod error;
mod format;
mod formats;
mod go_stdout;
mod input;
mod intake;
mod jaeger;
mod json;
mod known;
mod new_relic;
mod otlp;
#[cfg(feature = "tempo-block")]
mod parquet;
mod records;
mod remembered;
#[cfg(any(feature = "cloud", feature = "remote"))]
mod runtime;
#[cfg(any(feature = "cloud", feature = "remote"))]
pub(crate) mod small_file;
#[cfg(feature = "cloud")]
mod store;
mod stream;
#[cfg(feature = "tempo-block")]
mod tempo_block;
mod text_ids;
mod times;
mod trace_json;
mod unpack;
mod utf16;
mod zipkin;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use parking_lot::{Mutex, MutexGuard};

use crate::{
    model::{
        batch::Fragment,
        cancel::Cancel,
        fault,
        profile::{Profile, Step, Watch, timed},
        projection::Projection,
        scan::Scan,
        trace_id::TypedId,
    },
    plan::Pruning,
};

use self::{
    builder::FragmentBuilder,
    chunks::{Buffer, Chunk, Chunks},
    error::CURE_DAMAGED,
    stream::Stream,
};

#[cfg(any(feature = "cloud", feature = "remote"))]
pub use self::runtime::Runtime;
pub use self::{
    environment::Environment,
    error::{Place, SourceError},
    formats::{TRACE_FORMATS, TraceFormat},
    input::{Input, find, find_anywhere, is_store},
    remembered::Remembered,
};

/// How to read.
#[derive(Clone, Copy)]
pub struct ReadOptions<'a> {
    /// What to build.
    pub projection: &'a Projection,
    /// What may be left out of sources that can tell without a look at spans.
    pub pruning: Option<&'a Pruning>,
    /// Who takes traces that are known to be complete; without it, all spans come as loose ones.
    pub scan: Option<&'a dyn Scan>,
    /// The trace that alone is wanted: sources that can look it up read nothing else, and hand its spans on as loose ones.
    pub trace: Option<TypedId>,
    /// Whether damaged records and files are skipped and counted instead of ending the reading.
    pub keep_going: bool,
    /// Who wants to know what the reading takes.
    pub profile: Option<&'a Profile>,
    /// Ends the reading soon when it is cancelled: what the sink got until then is a part.
    pub cancel: Option<&'a Cancel>,
    /// What earlier readings have left to know, and this one adds to.
    pub remembered: Option<&'a Remembered>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// Bytes of input, as they lay on the disk.
    pub bytes: u64,
    /// How many records (lines, objects, messages, whole files that hold no traces) were skipped because of damage.
    pub damaged: u64,
    /// What was wrong with the first few of them, in the order of the input.
    pub first_damages: Vec<SourceError>,
    /// How many spans end before they start; they are kept with duration 0.
    pub reversed: u64,
    /// How many traces the sources have in which the wanted one was looked up without reading them all.
    pub looked_up: u64,
}

/// How many damages a report describes.
const DESCRIBED: usize = 5;

/// Reads inputs on all threads of the current rayon pool.
///
/// `sink` gets every fragment, in any order, on several threads at once; [`Fragment::order`] tells where it stood.
/// `progress` is told how many bytes of the inputs were read since it was told last, in any order too.
///
/// # Errors
///
/// Without `keep_going`: the first damage or unreadable file, in the order of the inputs; what the sink got until then
/// is of no use. With it nothing is an error.
pub fn read(
    inputs: &[Input],
    options: &ReadOptions<'_>,
    progress: &(dyn Fn(u64) + Sync),
    sink: &(dyn Fn(Fragment) + Sync),
) -> Result<ReadReport, SourceError> {
    #[cfg(feature = "tempo-block")]
    return blocks::with_threads(inputs, || read_all(inputs, options, progress, sink));
    #[cfg(not(feature = "tempo-block"))]
    read_all(inputs, options, progress, sink)
}

fn read_all(
    inputs: &[Input],
    options: &ReadOptions<'_>,
    progress: &(dyn Fn(u64) + Sync),
    sink: &(dyn Fn(Fragment) + Sync),
) -> Result<ReadReport, SourceError> {
    #[cfg(feature = "tempo-block")]
    let sharing = match options.scan {
        Some(_) => blocks::Sharing::among(inputs, options.remembered),
        // All spans are loose ones anyway.
        None => blocks::Sharing::Unknown,
    };
    let reading = Reading {
        inputs,
        #[cfg(feature = "tempo-block")]
        sharing,
        lanes: inputs.iter().map(|input| Mutex::new(Lane::Closed(input))).collect(),
        options,
        progress,
        sink,
        unopened: AtomicUsize::new(0),
        stop: AtomicUsize::new(usize::MAX),
        bytes: AtomicU64::new(0),
        reversed: AtomicU64::new(0),
        looked_up: AtomicU64::new(0),
        damages: Mutex::default(),
    };
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| reading.work());
        }
    });
    let damages = reading.damages.into_inner();
    let mut first_damages: Vec<_> = damages.first.into_values().collect();
    if !options.keep_going && !first_damages.is_empty() {
        return Err(first_damages.swap_remove(0));
    }
    Ok(ReadReport {
        bytes: reading.bytes.into_inner(),
        damaged: damages.count,
        first_damages,
        reversed: reading.reversed.into_inner(),
        looked_up: reading.looked_up.into_inner(),
    })
}

/// One input on its way.
enum Lane<'a> {
    Closed(&'a Input),
    Open(Box<Chunks>),
    #[cfg(feature = "tempo-block")]
    Block(blocks::Windows<'a>),
    Done,
}

/// A part of an input that one thread reads.
enum Part<'a> {
    Chunk(Chunk),
    #[cfg(feature = "tempo-block")]
    Window(blocks::Part<'a>),
    /// Nothing else is lent out.
    #[cfg(not(feature = "tempo-block"))]
    #[expect(dead_code, reason = "it holds the lifetime")]
    Nothing(std::convert::Infallible, std::marker::PhantomData<&'a ()>),
    /// A whole block, in which one trace is looked up.
    #[cfg(feature = "tempo-block")]
    Lookup(blocks::Lookup<'a>),
}

/// The damages found so far.
#[derive(Default)]
struct Damages {
    count: u64,
    /// The first few by input, chunk and place, so that the threads' order does not show.
    first: BTreeMap<(usize, u32, usize), SourceError>,
}

/// What the threads share.
struct Reading<'a> {
    inputs: &'a [Input],
    /// Which traces lie in several inputs.
    #[cfg(feature = "tempo-block")]
    sharing: blocks::Sharing,
    lanes: Vec<Mutex<Lane<'a>>>,
    options: &'a ReadOptions<'a>,
    progress: &'a (dyn Fn(u64) + Sync),
    sink: &'a (dyn Fn(Fragment) + Sync),
    /// The first lane that nobody has begun.
    unopened: AtomicUsize,
    /// The lane of the first damage that ends the reading: no chunk from it on is begun any more. Those before it are
    /// read to their end, because they may hold the damage that comes first.
    stop: AtomicUsize,
    bytes: AtomicU64,
    reversed: AtomicU64,
    looked_up: AtomicU64,
    damages: Mutex<Damages>,
}

impl<'a> ReadOptions<'a> {
    /// Reads all spans, loose, with these columns.
    pub fn loose(projection: &'a Projection, keep_going: bool) -> ReadOptions<'a> {
        ReadOptions {
            projection,
            pruning: None,
            scan: None,
            trace: None,
            keep_going,
            profile: None,
            cancel: None,
            remembered: None,
        }
    }
}

impl<'a> Reading<'a> {
    /// Reads inputs until nothing is left: first such as nobody has begun, then along with others.
    fn work(&self) {
        let mut buffer = Buffer::default();
        loop {
            let lane = self.unopened.fetch_add(1, Ordering::Relaxed);
            if lane >= self.lanes.len() {
                break;
            }
            while self.step(lane, &mut buffer) {}
        }
        for lane in 0..self.lanes.len() {
            while self.step(lane, &mut buffer) {}
        }
    }

    /// Reads one part of a lane; false if it has no more, or nothing more is wanted.
    fn step(&self, lane: usize, buffer: &mut Buffer) -> bool {
        if self.options.cancel.is_some_and(Cancel::is_cancelled) {
            return false;
        }
        match self.next_part(lane, buffer) {
            None => return false,
            Some(Part::Chunk(chunk)) => self.decode(lane, chunk, buffer),
            #[cfg(feature = "tempo-block")]
            Some(Part::Window(window)) => self.scan(lane, &window),
            #[cfg(feature = "tempo-block")]
            Some(Part::Lookup(lookup)) => self.look_up(lane, lookup),
        }
        true
    }

    fn decode(&self, lane: usize, chunk: Chunk, buffer: &Buffer) {
        let watch = self.watch(lane);
        let mut builder = FragmentBuilder::new(self.options.projection);
        timed(watch, Step::Decode, || {
            records::decode(buffer.bytes(), chunk, &mut builder, &mut |damage| {
                let (file, cure) = (self.inputs[lane].name.clone(), CURE_DAMAGED.to_owned());
                let error = SourceError { file, place: damage.place, problem: damage.problem, cure };
                self.damage((lane, chunk.sequence, damage.order), error);
                self.options.keep_going
            });
        });
        let (fragment, reversed) = timed(watch, Step::Decode, || builder.finish());
        if let Some(watch) = watch {
            watch.count(|source| source.spans += fragment.trace.len() as u64);
        }
        self.reversed.fetch_add(reversed, Ordering::Relaxed);
        timed(watch, Step::Keep, || self.hand_on(fragment, lane, chunk.sequence));
    }

    #[cfg(feature = "tempo-block")]
    fn scan(&self, lane: usize, window: &blocks::Part<'a>) {
        let scanned = window.scan(self.options, &self.sharing, self.watch(lane), &|fragment| {
            self.hand_on(fragment, lane, window.sequence);
        });
        self.count(lane, window.read(), window.progress());
        if let Err(error) = scanned {
            self.damage((lane, window.sequence, 0), error);
        }
    }

    #[cfg(feature = "tempo-block")]
    fn look_up(&self, lane: usize, lookup: blocks::Lookup<'a>) {
        match lookup.run(self.options.projection, &|fragment| self.hand_on(fragment, lane, 0)) {
            Ok(found) => {
                self.count(lane, found.bytes, lookup.progress());
                self.looked_up.fetch_add(found.traces, Ordering::Relaxed);
            }
            Err(error) => self.damage((lane, 0, 0), error),
        }
    }

    fn hand_on(&self, mut fragment: Fragment, lane: usize, sequence: u32) {
        if !fragment.spans.is_empty() {
            fragment.order = (lane as u64) << 32 | u64::from(sequence);
            (self.sink)(fragment);
        }
    }

    /// Counts bytes that were read, and tells how far that is on the way through all that there is.
    fn count(&self, lane: usize, read: u64, progress: u64) {
        if let Some(watch) = self.watch(lane) {
            watch.count(|source| source.bytes += read);
        }
        self.bytes.fetch_add(read, Ordering::Relaxed);
        (self.progress)(progress);
    }

    fn next_part(&self, lane: usize, buffer: &mut Buffer) -> Option<Part<'a>> {
        let mut state = self.lock(lane);
        if lane >= self.stop.load(Ordering::Relaxed) {
            return None;
        }
        #[cfg(feature = "tempo-block")]
        if let (Lane::Closed(input), Some(trace)) = (&*state, self.options.trace)
            && let Some(lookup) = blocks::Lookup::of(input, trace)
        {
            *state = Lane::Done;
            return Some(Part::Lookup(lookup));
        }
        // What is read to open an input counts too.
        let before = if let Lane::Open(chunks) = &*state { chunks.raw_bytes() } else { 0 };
        if let Lane::Closed(input) = &*state {
            match self.open(lane, input) {
                Ok(open) => *state = open,
                Err(error) => {
                    *state = Lane::Done;
                    drop(state);
                    self.damage((lane, u32::MAX, 0), error);
                    return None;
                }
            }
        }
        let result = match &mut *state {
            Lane::Done | Lane::Closed(_) => return None,
            Lane::Open(chunks) => {
                timed(self.watch(lane), Step::Read, || chunks.next(buffer)).map(|chunk| chunk.map(Part::Chunk))
            }
            #[cfg(feature = "tempo-block")]
            Lane::Block(windows) => Ok(windows.next().map(Part::Window)),
        };
        let read = match &*state {
            Lane::Open(chunks) => {
                Some((chunks.raw_bytes() - before, self.watch(lane).map(|watch| (watch, chunks.format()))))
            }
            _ => None,
        };
        if !matches!(result, Ok(Some(_))) {
            *state = Lane::Done;
        }
        // Before others are told: they may make threads of this pool wait, which may want this lane.
        drop(state);
        if let Some((read, watched)) = read {
            self.count(lane, read, read);
            if let Some((watch, format)) = watched {
                watch.count(|source| source.format = format);
            }
        }
        match result {
            Ok(part) => part,
            Err(error) => {
                self.damage((lane, u32::MAX, 0), error);
                None
            }
        }
    }

    fn open(&self, lane: usize, input: &'a Input) -> Result<Lane<'a>, SourceError> {
        let watch = self.watch(lane);
        if let Some(watch) = watch {
            watch.count(|source| (source.name, source.size) = (input.name.clone(), input.size()));
        }
        #[cfg(feature = "tempo-block")]
        if let input::Origin::Block(files) = &input.origin {
            let remembered = self.options.remembered;
            return blocks::Windows::open((lane, input), &**files, (&self.sharing, remembered), watch).map(Lane::Block);
        }
        timed(watch, Step::Read, || Stream::open(input)).map(|stream| Lane::Open(Box::new(Chunks::new(stream))))
    }

    fn damage(&self, order: (usize, u32, usize), error: SourceError) {
        if let Some(watch) = self.watch(order.0) {
            watch.count(|source| source.damaged += 1);
        }
        let mut damages = self.damages.lock();
        damages.count += 1;
        // One place may have two faults: an object that should not stand there may be broken too. The first one counts.
        damages.first.entry(order).or_insert(error);
        if damages.first.len() > DESCRIBED {
            damages.first.pop_last();
        }
        if !self.options.keep_going {
            self.stop.fetch_min(order.0, Ordering::Relaxed);
        }
    }

    /// Returns who watches an input, if anybody does.
    fn watch(&self, lane: usize) -> Option<Watch<'a>> {
        self.options.profile.map(|profile| profile.watch(lane))
    }

    fn lock(&self, lane: usize) -> MutexGuard<'_, Lane<'a>> {
        self.lanes[lane].lock()
    }
}
