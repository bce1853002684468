//! Damaged blocks: what is wrong is named, and nothing hangs, panics or takes memory that no data asks for.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use traceql::{
    exec::{Collector, Search},
    model::{assemble::assemble, projection::Projection},
    plan::{Limits, lower},
    source::{Input, ReadOptions, SourceError, read},
};
use traceql_grammar::{check, vocab::release::Release};

use super::{Numbers, VERSIONS, files, loose};

/// Remembers the largest of the enormous pieces of memory that the threads of these tests asked for.
struct Watched;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread reads damaged blocks; the other tests of this program may take as much memory as they like.
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
}

fn watch(size: usize) {
    // The size comes first: it decides nearly always, and costs the other tests nothing. A thread that ends has no such
    // variable any more, and reads nothing either.
    if size >= ENORMOUS && IS_WATCHED.try_with(Cell::get).unwrap_or(false) {
        LARGEST.fetch_max(size, Ordering::Relaxed);
    }
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        watch(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        watch(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        watch(size);
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static WATCHED: Watched = Watched;

/// The threads that damaged blocks are read with.
static THREADS: LazyLock<ThreadPool> = LazyLock::new(|| {
    let watched = |_| IS_WATCHED.set(true);
    ThreadPoolBuilder::new().start_handler(watched).build().unwrap()
});

/// More than this for a block of 50 KB is somebody believing what damaged bytes claim.
const ENORMOUS: usize = 64 << 20;

/// A block in memory with one file of it replaced, or taken away.
fn with(version: &str, name: &str, content: Option<&[u8]>) -> Input {
    let mut files = files("zoo", version);
    files.retain(|(other, _)| other != name);
    files.extend(content.map(|content| (name.to_owned(), content.to_vec())));
    Input::block_in_memory("block", files)
}

/// Runs a search over an input as the command line does; returns how many traces it finds.
fn search(query: &str, input: &Input) -> Result<usize, SourceError> {
    let plan = lower(&check(query, Release::Main).query, Limits::default(), None).unwrap();
    let search = Search::new(plan);
    let options = ReadOptions {
        pruning: Some(search.plan().pruning()),
        scan: Some(&search),
        ..ReadOptions::loose(search.plan().projection(), false)
    };
    read(std::slice::from_ref(input), &options, &|_| {}, &|fragment| search.observe(fragment))?;
    Ok(search.finish(0).unwrap().traces.len())
}

/// Reads a damaged block in every way; what is told must name the file.
fn read_damaged(input: &Input, what: &str) {
    THREADS.install(|| read_watched(input, what));
}

fn read_watched(input: &Input, what: &str) {
    let everything = loose(std::slice::from_ref(input), &Projection::everything(), false).map(drop);
    let queries = [
        "{ status = error && duration > 1ms }",
        "{ .astr = \"x\" } >> { name != \"x\" }",
        "{ event.e = 1 || link.n = 5 } | select(event:name, span:childCount)",
    ];
    let answers = queries.map(|query| search(query, input).map(drop));
    for answer in answers.into_iter().chain([everything]) {
        if let Err(error) = answer {
            assert_eq!(error.file, "block/data.parquet", "{what}: {error}");
            assert!(!error.problem.is_empty() && error.cure.contains("--keep-going"), "{what}: {error}");
        }
    }
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest < ENORMOUS, "{what}: {largest} bytes were asked for at once");
}

#[test]
fn blocks_cut_off_anywhere() {
    for version in VERSIONS {
        let whole = files("zoo", version).remove(1).1;
        let steps = (0..whole.len()).step_by(whole.len() / 40).chain(whole.len() - 40..whole.len());
        for length in steps {
            let input = with(version, "data.parquet", Some(&whole[..length]));
            let error = loose(std::slice::from_ref(&input), &Projection::everything(), false).map(drop).unwrap_err();
            assert_eq!(error.file, "block/data.parquet", "{error}");
            // It is left out, and counted.
            let (fragments, report) = loose(&[input], &Projection::everything(), true).unwrap();
            assert_eq!((fragments.len(), report.damaged), (0, 1));
        }
    }
}

#[test]
fn bytes_that_flipped_anywhere() {
    for (seed, version) in (1..).zip(VERSIONS) {
        let whole = files("zoo", version).remove(1).1;
        let mut numbers = Numbers(seed);
        for round in 0..250 {
            let mut damaged = whole.clone();
            // Half of the rounds in the footer and the indexes, which say where everything lies.
            let end = if round % 2 == 0 { whole.len() } else { whole.len() / 2 };
            let mut flips = Vec::new();
            for _ in 0..1 + numbers.below(3) {
                let (at, flip) = (whole.len() - 1 - numbers.below(end), 1 << numbers.below(8));
                damaged[at] ^= flip;
                flips.push((at, flip));
            }
            read_damaged(&with(version, "data.parquet", Some(&damaged)), &format!("{version}, flipped {flips:?}"));
        }
    }
}

#[test]
fn what_fuzzing_found() {
    // Levels of attributes that tell of one span more than there are, and a column that lies before the file.
    for (at, bytes) in [(15_747, &[31, 0, 0, 0][..]), (40_764, &[255, 21])] {
        let mut damaged = files("zoo", "vParquet5").remove(1).1;
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        let input = with("vParquet5", "data.parquet", Some(&damaged));
        read_damaged(&input, &format!("byte {at}"));
        // Whoever puts the traces together relies on every row being there.
        let (fragments, _) = loose(&[input], &Projection::everything(), true).unwrap();
        assemble(&fragments);
    }
}

#[test]
fn metas_that_are_missing_or_broken() {
    let error = |content: Option<&[u8]>| {
        let input = with("vParquet4", "meta.json", content);
        let error = loose(&[input], &Projection::everything(), false).map(drop).unwrap_err();
        assert_eq!(error.file, "block/meta.json");
        error.problem
    };
    assert!(error(None).contains("half-written"));
    assert!(error(Some(b"{\"format\":")).contains("EOF"));
    assert!(error(Some(b"[]")).contains("invalid"));
    assert!(error(Some(b"\xff")).contains("expected value"));
    // Lengths that are wrong are found out: the file itself tells.
    let meta = String::from_utf8(files("zoo", "vParquet4").remove(0).1).unwrap();
    for footer in ["0", "1", "4000000000"] {
        let meta = meta.replace("\"footerSize\":19411", &format!("\"footerSize\":{footer}"));
        let input = with("vParquet4", "meta.json", Some(meta.as_bytes()));
        assert_eq!(search("{ }", &input).unwrap(), 52, "{footer}");
    }
}

#[test]
fn filters_of_trace_ids_are_not_needed() {
    for content in [None, Some(&b""[..]), Some(&b"\xff\xff\xff"[..])] {
        let input = with("vParquet4", "bloom-0", content);
        assert_eq!(search("{ }", &input).unwrap(), 52);
    }
}

#[test]
fn files_that_are_no_blocks() {
    for content in [&b""[..], b"PAR1", b"PAR1PAR1", &[0; 64], b"hello world, this is a text"] {
        let error = search("{ }", &with("vParquet4", "data.parquet", Some(content))).unwrap_err();
        assert_eq!(error.file, "block/data.parquet");
    }
    let error = search("{ }", &with("vParquet4", "data.parquet", None)).unwrap_err();
    assert!(error.problem.contains("not there"), "{error}");
}
