//! Tempo's blocks: what is read of them and written, held against blocks that Tempo wrote itself.
#![cfg(feature = "tempo-block")]

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use parquet::{
    column::reader::ColumnReader,
    file::reader::{FileReader, SerializedFileReader},
};
use traceql::model::tempo_block::{
    bloom::Bloom,
    meta::{DedicatedType, Meta},
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
