//! Tempo's blocks: what is read of them and written, held against blocks that Tempo wrote itself.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use parquet::{
    column::reader::ColumnReader,
    file::reader::{FileReader, SerializedFileReader},
};
use traceql::{
    exec::{Lookup, TraceLookup},
    model::{
        projection::Projection,
        tempo_block::{
            bloom::Bloom,
            meta::{DedicatedType, Meta},
        },
        trace_id::TypedId,
    },
    output::trace::json,
    source::{ReadOptions, ReadReport, find, read},
};

/// Returns the folder of a recorded block.
fn recorded(name: &str) -> PathBuf {
    let folder = format!("tests/blocks/{name}-vParquet4/single-tenant/00000000-0000-4000-8000-000000000001");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)
}

#[test]
fn recorded_metas_are_read() {
    let meta = fs::read(recorded("shop").join("meta.json")).expect("the block is there");
    let meta = Meta::parse(&meta).expect("Tempo wrote it");
    assert_eq!((meta.format.as_str(), meta.tenant_id.as_str(), meta.traces), ("vParquet4", "single-tenant", 300));
    assert_eq!((meta.start, meta.end), (1_767_225_600_000_220_945, 1_767_229_188_039_507_550));
    assert_eq!((meta.size, meta.row_groups, meta.bloom_shards, meta.footer_size), (461_093, 1, 1, 20_196));
    assert!(meta.dedicated.iter().all(|column| column.holds == DedicatedType::String));
    assert_eq!(meta.dedicated.len(), 5);
}

/// Returns the trace ids of a block, from its first column.
fn ids(folder: &Path) -> Vec<[u8; 16]> {
    let file = File::open(folder.join("data.parquet")).expect("the block has it");
    let reader = SerializedFileReader::new(file).expect("it is Parquet");
    let mut ids = Vec::new();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).expect("it is there");
        let ColumnReader::ByteArrayColumnReader(mut column) = group.get_column_reader(0).expect("it is there") else {
            panic!("ids are bytes")
        };
        let mut values = Vec::new();
        column.read_records(usize::MAX, None, None, &mut values).expect("it can be read");
        ids.extend(values.iter().map(|id| <[u8; 16]>::try_from(id.data()).expect("ids have 16 bytes")));
    }
    ids
}

#[test]
fn filters_are_those_of_tempo() {
    for (name, traces) in [("zoo", 52), ("shop", 300)] {
        let (ids, file) = (ids(&recorded(name)), fs::read(recorded(name).join("bloom-0")).expect("the block has it"));
        assert_eq!(ids.len(), traces);
        let recorded = Bloom::parse(&file).expect("it is a filter");
        assert!(ids.iter().all(|id| recorded.contains(*id)));
        let mut own = Bloom::default();
        ids.iter().for_each(|id| own.insert(*id));
        assert!(own.to_bytes() == file, "{name}: the filter of the same ids is another");
    }
}

/// Finds a trace: what was found as text, and what was read. With `look_up` only the trace is wanted of the sources.
fn find_trace(sources: &[PathBuf], id: &str, look_up: bool) -> (String, ReadReport) {
    let sources: Vec<String> = sources.iter().map(|path| path.to_str().expect("UTF-8").to_owned()).collect();
    let inputs = find(&sources).expect("the sources are there");
    let typed = TypedId::parse(id).expect("it is an id");
    let lookup = TraceLookup::new(typed);
    let everything = Projection::everything();
    let options = ReadOptions { trace: look_up.then_some(typed), ..ReadOptions::loose(&everything, false) };
    let report = read(&inputs, &options, &|_| {}, &|fragment| lookup.observe(&fragment)).expect("it can be read");
    let mut text = Vec::new();
    match lookup.finish().0 {
        Lookup::Found(batch) => json::write(&mut text, Some(&batch), 0).expect("memory takes it"),
        Lookup::Several { ids, more } => text = format!("{ids:?} {more}").into_bytes(),
        Lookup::Nothing => {}
    }
    (String::from_utf8(text).expect("it is text"), report)
}

/// Returns how long a file of a block is.
fn length(block: &str, name: &str) -> u64 {
    fs::metadata(recorded(block).join(name)).expect("the block has it").len()
}

#[test]
fn a_trace_that_is_looked_up_is_the_one_that_reading_everything_finds() {
    for name in ["zoo", "shop"] {
        let block = [recorded(name)];
        for id in ids(&recorded(name)).iter().step_by(17) {
            let digits = format!("{:032x}", u128::from_be_bytes(*id));
            let short = digits.trim_start_matches('0');
            for typed in [&digits, short, &short[..short.len().min(9)], &short[..short.len().min(6)]] {
                let ((looked_up, _), (read, _)) = (find_trace(&block, typed, true), find_trace(&block, typed, false));
                assert!(looked_up == read, "{name} {typed}:\n{looked_up}\n{read}");
                assert!(typed.len() < 9 || looked_up.contains("resourceSpans"), "{name} {typed}: {looked_up}");
            }
        }
    }
}

#[test]
fn spans_of_a_trace_come_from_blocks_and_files() {
    let id = format!("{:032x}", u128::from_be_bytes(ids(&recorded("zoo"))[7]));
    let both = [recorded("zoo"), recorded("shop")];
    assert_eq!(find_trace(&both, &id, true).0, find_trace(&[recorded("zoo")], &id, false).0);
    let with_file = [recorded("shop"), PathBuf::from("examples/shop.otlp.jsonl")];
    let (found, report) = find_trace(&with_file, "5737d2", true);
    assert_eq!(found, find_trace(&with_file, "5737d2", false).0);
    assert!(found.contains("resourceSpans") && report.looked_up == 300, "{report:?}");
}

#[test]
fn looking_a_trace_up_reads_little_of_a_block() {
    let block = [recorded("shop")];
    let of_filter = length("shop", "bloom-0") + length("shop", "meta.json");
    let (nothing, report) = find_trace(&block, "00000000000000000000000000000001", true);
    assert_eq!((nothing.as_str(), report.bytes, report.looked_up), ("", of_filter, 300));

    // Its footer and the ids tell that no id begins so.
    let (nothing, report) = find_trace(&block, "fffffffff", true);
    assert_eq!(nothing, "");
    assert!(report.bytes - of_filter < length("shop", "data.parquet") / 10, "{report:?}");

    let id = format!("{:032x}", u128::from_be_bytes(ids(&recorded("shop"))[150]));
    let ((_, one), (_, all)) = (find_trace(&block, &id, true), find_trace(&block, &id, false));
    let (one, all) = (one.bytes - of_filter, all.bytes);
    // Each column of this block is one page, so that a row costs nearly as much as all rows.
    assert!(one < all, "{one} bytes of {all}");
}
