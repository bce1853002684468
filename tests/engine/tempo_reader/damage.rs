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
    model::{assemble::assemble, projection::Projection, trace_id::TypedId},
    plan::{Limits, lower},
    session::{Cancel, Quiet, Request, Session, Trace, run},
    source::{Input, Place, ReadOptions, SourceError, read},
};
use traceql_grammar::{check, vocab::release::Release};

use super::{super::pages, Numbers, VERSIONS, files, loose};

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
        // Without checksums more of what is damaged is decoded.
        let whole = pages::without_checksums(&files("zoo", version).remove(1).1);
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
        let mut damaged = pages::without_checksums(&files("zoo", "vParquet5").remove(1).1);
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        let input = with("vParquet5", "data.parquet", Some(&damaged));
        read_damaged(&input, &format!("byte {at}"));
        // Whoever puts the traces together relies on every row being there.
        let (fragments, _) = loose(&[input], &Projection::everything(), true).unwrap();
        assemble(&fragments);
    }
}

/// A page of a column of the zoo.
fn page(file: &[u8], column: &str, is_dictionary: bool) -> pages::Page {
    let is_wanted = |page: &pages::Page| page.column == column && page.is_dictionary == is_dictionary;
    pages::pages(file).into_iter().find(is_wanted).unwrap()
}

#[test]
fn pages_that_do_not_have_their_checksum() {
    let whole = files("zoo", "vParquet5").remove(1).1;
    let error = |page: &pages::Page, query: &str| {
        let mut damaged = whole.clone();
        damaged[page.bytes.end - 1] ^= 1;
        let error = search(query, &with("vParquet5", "data.parquet", Some(&damaged))).unwrap_err();
        assert_eq!(error.place, Place::Byte { offset: page.bytes.start as u64 });
        error.problem
    };
    let kind = page(&whole, "rs.ss.Spans.Kind", false);
    assert_eq!(
        error(&kind, "{ kind = server }"),
        "page 1 of column rs.ss.Spans.Kind in row group 1 does not have the checksum that its header tells"
    );
    let names = page(&whole, "rs.ss.Spans.Name", true);
    assert_eq!(
        error(&names, "{ name = \"x\" }"),
        "the dictionary of column rs.ss.Spans.Name in row group 1 does not have the checksum that its header tells"
    );
    // What is not read does no harm, and what is skipped is told.
    let mut damaged = whole.clone();
    damaged[kind.bytes.end - 1] ^= 1;
    let damaged = with("vParquet5", "data.parquet", Some(&damaged));
    assert_eq!(search("{ name != \"x\" }", &damaged), search("{ name != \"x\" }", &with("vParquet5", "-", None)));
    let (_, report) = loose(&[damaged], &Projection::everything(), true).unwrap();
    assert_eq!(report.damaged, 1);
}

#[test]
fn pages_without_a_checksum_among_others() {
    let whole = files("zoo", "vParquet5").remove(1).1;
    let mut mixed = whole.clone();
    let kind = page(&whole, "rs.ss.Spans.Kind", false);
    let header = kind.bytes.start..kind.bytes.start + kind.header.length;
    mixed[header.clone()].copy_from_slice(&pages::without_checksums(&whole)[header]);
    let error = loose(&[with("vParquet5", "data.parquet", Some(&mixed))], &Projection::everything(), false);
    let problem = error.map(drop).unwrap_err().problem;
    assert!(problem.contains("checksum, which other pages of the file"), "{problem}");
}

#[test]
fn columns_that_do_not_belong_together() {
    // A list of services more or less than there are traces: one level is another one.
    for version in ["vParquet4", "vParquet5"] {
        let whole = pages::without_checksums(&files("zoo", version).remove(1).1);
        for page in pages::pages(&whole).iter().filter(|page| page.column.starts_with("ServiceStats")) {
            if page.is_dictionary {
                continue;
            }
            let body = page.bytes.start + page.header.length..page.bytes.end;
            for at in body.clone().take(8) {
                for bit in 0..8 {
                    let mut damaged = whole.clone();
                    damaged[at] ^= 1 << bit;
                    read_damaged(
                        &with(version, "data.parquet", Some(&damaged)),
                        &format!("{version}, {}, {at}.{bit}", page.column),
                    );
                }
            }
        }
    }
}

#[test]
fn metas_that_tell_of_other_data() {
    let meta = String::from_utf8(files("zoo", "vParquet4").remove(0).1).unwrap();
    for (from, to, problem) in [
        ("\"totalObjects\":52", "\"totalObjects\":53", "it tells of 53 traces, and data.parquet has 52"),
        ("\"totalRecords\":1", "\"totalRecords\":2", "it tells of 2 row groups, and data.parquet has 1"),
    ] {
        assert!(meta.contains(from), "{meta}");
        let input = with("vParquet4", "meta.json", Some(meta.replace(from, to).as_bytes()));
        let error = search("{ }", &input).unwrap_err();
        assert_eq!(error.file, "block/meta.json");
        assert!(error.problem.contains(problem), "{error}");
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
fn filters_of_trace_ids_that_are_none_or_too_many() {
    let look_up = |input: Input, id: &str| {
        let session = Session::over([input]);
        let id = TypedId::parse(id).unwrap();
        run(&session, &Request::Trace(Trace { id }), &Cancel::new(), &Quiet).map(|answer| !answer.found.is_empty())
    };
    let there = "000000000000a0011234567890abc001";
    assert!(look_up(with("vParquet4", "bloom-0", None), there).unwrap());
    let cut = &files("zoo", "vParquet4").remove(2).1[..1000];
    let error = look_up(with("vParquet4", "bloom-0", Some(cut)), there).unwrap_err().to_string();
    assert!(error.starts_with("block/bloom-0: it is no filter of trace ids"), "{error}");
    let meta = String::from_utf8(files("zoo", "vParquet4").remove(0).1).unwrap();
    let meta = meta.replace("\"bloomShards\":1", "\"bloomShards\":4");
    let other = |id: u8| look_up(with("vParquet4", "meta.json", Some(meta.as_bytes())), &format!("{id:032x}"));
    // One of four ids, or so, belongs to the filter that is there.
    let error = (1..64).find_map(|id| other(id).err()).unwrap().to_string();
    assert!(error.contains("meta.json: it tells of another number of filters of trace ids (4)"), "{error}");
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
