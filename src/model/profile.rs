//! What reading takes: bytes, pages, rows and time, for those who ask.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use parking_lot::Mutex;

/// Counts while sources are read, on all threads.
pub struct Profile {
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
    sources: Mutex<Vec<SourceProfile>>,
}

/// What one source took.
#[derive(Clone, Debug, Default)]
pub struct SourceProfile {
    /// The path, or `stdin`.
    pub name: String,
    /// What it holds and how it is packed; empty if it was not opened.
    pub format: String,
    /// How many bytes there are; `None` for stdin.
    pub size: Option<u64>,
    /// How many bytes were read, packed as they lie on the disk.
    pub bytes: u64,
    /// Traces that were handed on whole or looked at; 0 where nobody knows which spans make a trace.
    pub traces: u64,
    /// Spans that were looked at.
    pub spans: u64,
    /// Records that were skipped because of damage.
    pub damaged: u64,
    /// Nanoseconds by step, summed over the threads.
    pub times: BTreeMap<Step, u64>,
    /// What only Tempo's blocks have.
    pub block: Option<BlockProfile>,
}

/// What a Tempo block took beside its bytes.
#[derive(Clone, Debug, Default)]
pub struct BlockProfile {
    /// How many row groups there are.
    pub row_groups: u64,
    /// How many windows they were cut into, each of which one thread goes through.
    pub windows: u64,
    /// Whether all spans were read as loose ones, because other sources may have spans of the same traces.
    pub loose: bool,
    /// How many rows, which are traces, there are.
    pub rows: u64,
    /// Rows that were read as loose spans, because other blocks have spans of the same traces.
    pub shared: u64,
    /// Rows ruled out because they lie outside of the time range.
    pub by_time: u64,
    /// Rows ruled out by statistics, page indexes and dictionaries.
    pub by_index: u64,
    /// Rows ruled out by the dictionary indices of pages.
    pub by_pages: u64,
    /// Rows that were looked at.
    pub left: u64,
    /// What the first columns picked; `None` if nothing was picked.
    pub picked: Option<Count>,
    /// Bytes of the footer.
    pub footer: u64,
    /// Bytes of page indexes, and whatever else belongs to no page.
    pub indexes: u64,
    /// The leaf columns that were read, by path.
    pub columns: BTreeMap<String, ColumnProfile>,
}

/// How many spans, or whole traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Spans.
    Spans(u64),
    /// Traces with all their spans.
    Traces(u64),
}

/// What a leaf column took.
#[derive(Clone, Debug, Default)]
pub struct ColumnProfile {
    /// Whether its indexes or dictionary helped to rule rows out.
    pub prunes: bool,
    /// Whether it decides which spans or traces are picked.
    pub decides: bool,
    /// Whether it was read for the answer, of what was picked.
    pub answers: bool,
    /// The pages that were read, by row group and place.
    pub pages: BTreeSet<(usize, usize)>,
    /// How many pages there are in all row groups.
    pub all_pages: u64,
    /// How many bytes were read, dictionaries included; pages that two windows share count twice.
    pub bytes: u64,
    /// How many bytes there are in all row groups.
    pub all_bytes: u64,
}

/// What a thread does while it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Opens a block: its footer, and what its columns are.
    Open,
    /// Finds the rows of a block that can matter.
    Prune,
    /// Builds the columns that decide.
    First,
    /// Picks what matters.
    Pick,
    /// Builds the columns of what was picked.
    Rest,
    /// Reads a file, unpacks it and cuts it into records.
    Read,
    /// Decodes records.
    Decode,
    /// Sorts spans out and keeps those that matter.
    Keep,
}

impl Step {
    /// Returns what the step is called in output: a word or two, and the same as a name in JSON.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Step::Open => ("open", "open"),
            Step::Prune => ("prune", "prune"),
            Step::First => ("first columns", "firstColumns"),
            Step::Pick => ("pick", "pick"),
            Step::Rest => ("other columns", "otherColumns"),
            Step::Read => ("read and unpack", "read"),
            Step::Decode => ("decode", "decode"),
            Step::Keep => ("sort out", "sortOut"),
        }
    }
}

/// One source that is watched while it is read.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'p> {
    profile: &'p Profile,
    source: usize,
}

impl Profile {
    /// Begins with nothing read; `clock` returns nanoseconds since whatever it likes.
    pub fn new(clock: impl Fn() -> u64 + Send + Sync + 'static) -> Profile {
        Profile { clock: Box::new(clock), sources: Mutex::default() }
    }

    /// Watches a source, by its place among the inputs.
    pub fn watch(&self, source: usize) -> Watch<'_> {
        Watch { profile: self, source }
    }

    /// Returns what each source took, in the order of the inputs.
    pub fn finish(self) -> Vec<SourceProfile> {
        self.sources.into_inner()
    }
}

impl Watch<'_> {
    /// Counts something of the source.
    pub fn count(self, count: impl FnOnce(&mut SourceProfile)) {
        let mut sources = self.profile.sources.lock();
        if sources.len() <= self.source {
            sources.resize_with(self.source + 1, SourceProfile::default);
        }
        if let Some(source) = sources.get_mut(self.source) {
            count(source);
        }
    }

    /// Counts something that only blocks have.
    pub fn block(self, count: impl FnOnce(&mut BlockProfile)) {
        self.count(|source| count(source.block.get_or_insert_default()));
    }
}

/// Does something, and takes the time if somebody watches.
pub fn timed<T>(watch: Option<Watch<'_>>, step: Step, work: impl FnOnce() -> T) -> T {
    let Some(watch) = watch else { return work() };
    let begun = (watch.profile.clock)();
    let done = work();
    let took = (watch.profile.clock)().saturating_sub(begun);
    watch.count(|source| *source.times.entry(step).or_default() += took);
    done
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("sources", &self.sources).finish_non_exhaustive()
    }
}
