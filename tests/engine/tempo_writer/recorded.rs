//! Blocks written of the recorded spans, held against the blocks that Tempo wrote of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use parquet::{
    basic::Encoding,
    column::page::Page,
    file::{page_index::column_index::ColumnIndexMetaData, reader::FileReader},
};
use traceql::{model::batch::Batch, output::tempo_block::Options, source};

use super::{super::pages, Block, read, rows};

/// The id of every recorded block.
const BLOCK_ID: &str = "00000000-0000-4000-8000-000000000001";

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn recorded(name: &str) -> PathBuf {
    repository().join(format!("tests/blocks/{name}-vParquet4/single-tenant/{BLOCK_ID}"))
}

fn batches(name: &str) -> Vec<Batch> {
    let path = repository().join(format!("tests/conformance/{name}.otlp.jsonl.zst"));
    read(&source::find(&[path.to_string_lossy().into_owned()]).expect("it is there"))
}

/// The names of the recorded blocks, each with a block written of the same spans.
fn pairs() -> impl Iterator<Item = (&'static str, Block)> {
    ["zoo", "shop"].into_iter().map(|name| (name, Block::new(&batches(name), &Options::new(BLOCK_ID))))
}

#[test]
fn rows_are_those_of_tempo() {
    for (name, block) in pairs() {
        let (ours, theirs) = (rows::rows(&block.folder), rows::rows(&recorded(name)));
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(rows::row_text(ours), rows::row_text(theirs), "{name}");
        }
    }
}

#[test]
fn columns_are_stored_as_tempo_stores_them() {
    for (name, block) in pairs() {
        let (ours, theirs) = (rows::metadata(&block.folder), rows::metadata(&recorded(name)));
        assert_eq!(ours.file_metadata().schema(), theirs.file_metadata().schema());
        assert_eq!(ours.file_metadata().version(), theirs.file_metadata().version());
        assert_eq!((ours.num_row_groups(), ours.row_group(0).num_columns()), (1, 103));
        for (ours, theirs) in ours.row_group(0).columns().iter().zip(theirs.row_group(0).columns()) {
            let path = format!("{name}: {}", ours.column_path().string());
            // Columns outside of all lists have no levels, which are what is stored by runs; ours lists it all the same.
            let encodings = |encodings: Vec<Encoding>| -> Vec<String> {
                let encodings = encodings.iter().filter(|encoding| **encoding != Encoding::RLE);
                encodings.map(ToString::to_string).collect()
            };
            assert_eq!(encodings(ours.encodings().collect()), encodings(theirs.encodings().collect()), "{path}");
            assert_eq!(ours.compression(), theirs.compression(), "{path}");
            assert_eq!(ours.dictionary_page_offset().is_some(), theirs.dictionary_page_offset().is_some(), "{path}");
            assert_eq!(ours.num_values(), theirs.num_values(), "{path}");
            if depends_on_order(&path) {
                continue;
            }
            let (ours, theirs) = (ours.statistics().expect("written"), theirs.statistics().expect("written"));
            assert_eq!(ours.null_count_opt(), theirs.null_count_opt(), "{path}");
            assert_eq!(ours.min_bytes_opt(), theirs.min_bytes_opt(), "{path}");
            assert_eq!(ours.max_bytes_opt(), theirs.max_bytes_opt(), "{path}");
        }
    }
}

/// Tells whether a column holds nested-set numbers, which depend on the order of siblings.
fn depends_on_order(path: &str) -> bool {
    ["ParentID", "NestedSetLeft", "NestedSetRight"].iter().any(|name| path.ends_with(&format!(".{name}")))
}

/// Tells of every page of a block which rows it holds, how many entries without a value, and between what its values lie.
fn indexed(folder: &Path) -> Vec<String> {
    let metadata = rows::metadata(folder);
    let index = metadata.page_index().expect("it was read");
    let mut pages = Vec::new();
    for (column, chunk) in metadata.row_group(0).columns().iter().enumerate() {
        let path = chunk.column_path().string();
        let places = index.offset_index(0, column).expect("every column has one").page_locations();
        let index =
            index.column_index(0, column).unwrap_or_else(|| panic!("{}: column {column} has one", folder.display()));
        assert_eq!(index.num_pages(), places.len() as u64);
        for (page, place) in places.iter().enumerate() {
            let bounds = match index {
                _ if depends_on_order(&path) => String::new(),
                ColumnIndexMetaData::BYTE_ARRAY(index) => {
                    format!("{:?}", (index.min_value(page), index.max_value(page)))
                }
                ColumnIndexMetaData::INT32(index) => format!("{:?}", (index.min_value(page), index.max_value(page))),
                ColumnIndexMetaData::INT64(index) => format!("{:?}", (index.min_value(page), index.max_value(page))),
                ColumnIndexMetaData::DOUBLE(index) => format!("{:?}", (index.min_value(page), index.max_value(page))),
                ColumnIndexMetaData::BOOLEAN(index) => format!("{:?}", (index.min_value(page), index.max_value(page))),
                other => panic!("no column has such values: {other:?}"),
            };
            let (row, nulls) = (place.first_row_index, index.null_count(page));
            pages.push(format!("{path}: from row {row}, {nulls:?} nulls, {bounds}"));
        }
    }
    pages
}

#[test]
fn pages_are_indexed_as_tempo_indexes_them() {
    for (name, block) in pairs() {
        assert_eq!(indexed(&block.folder), indexed(&recorded(name)), "{name}");
    }
}

#[test]
fn pages_are_of_the_second_version() {
    let (_, block) = pairs().next().expect("there is one");
    let reader = rows::open(&block.folder);
    let group = reader.get_row_group(0).expect("there is one");
    for column in 0..103 {
        let mut pages = group.get_column_page_reader(column).expect("it is there");
        while let Some(page) = pages.get_next_page().expect("it can be read") {
            assert!(matches!(page, Page::DictionaryPage { .. } | Page::DataPageV2 { .. }), "column {column}");
        }
    }
}

#[test]
fn pages_have_checksums_as_those_of_tempo() {
    for (name, block) in pairs() {
        for folder in [block.folder.clone(), recorded(name)] {
            let file = fs::read(folder.join("data.parquet")).expect("the block has it");
            for page in pages::pages(&file) {
                let body = &file[page.bytes.start + page.header.length..page.bytes.end];
                let of_body = crc32fast::hash(body);
                assert_eq!(page.header.checksum, Some(of_body), "{}: {}", folder.display(), page.column);
            }
        }
    }
}

#[test]
fn small_files_are_those_of_tempo() {
    for (name, block) in pairs() {
        for file in ["bloom-0", "index"] {
            let (ours, theirs) = [&block.folder, &recorded(name)].map(|folder| fs::read(folder.join(file))).into();
            assert!(ours.expect("written") == theirs.expect("recorded"), "{name}: {file}");
        }
        let meta = |folder: &PathBuf| -> serde_json::Value {
            let text = fs::read(folder.join("meta.json")).expect("the block has it");
            let mut meta: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
            // These differ by what is said of who wrote the file.
            let data = fs::metadata(folder.join("data.parquet")).expect("the block has it");
            assert_eq!(meta["size"].take(), data.len());
            assert!(meta["footerSize"].take().as_u64() > Some(0));
            meta
        };
        assert_eq!(meta(&block.folder), meta(&recorded(name)), "{name}");
        let order = |folder: &PathBuf| -> Vec<String> {
            let text = fs::read_to_string(folder.join("meta.json")).expect("the block has it");
            text.split(',').filter_map(|member| member.split(':').next().map(str::to_owned)).collect()
        };
        assert_eq!(order(&block.folder), order(&recorded(name)), "{name}");
        let mut files: Vec<_> = fs::read_dir(&block.folder).expect("written").collect();
        files.sort_by_key(|file| file.as_ref().map(fs::DirEntry::file_name).ok());
        assert_eq!(files.len(), 4, "nothing else: {files:?}");
    }
}
